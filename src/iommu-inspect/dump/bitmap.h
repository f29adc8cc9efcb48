/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bitmap in a file, of which only the parts that are looked at are in memory: the bitmaps of a kdump-compressed dump have a bit
 * for each frame up to the end of memory, in each file of a split set.
 */
#ifndef BITMAP_H
#define BITMAP_H

#include "dump/file.h"

struct bitmap {
	const struct dump_file *file;
	uint64_t offset, bytes; /* its place in the file */
	uint8_t *block;		/* parts of it that were read */
	uint64_t *has;		/* which they are: number + 1, 0: none yet */
	size_t blocks;
	/* Of bits that were counted, from @first on: */
	uint64_t first;
	uint64_t *rank; /* for each part of the bitmap, from the one that has @first on: how many are set in the parts before */
	uint64_t ranks;
	uint64_t all, before; /* how many are set in all these parts, and in front of @first */
	uint64_t set;	      /* how many are set of those that were to be counted */
};

/*
 * The bitmap of @bytes bytes at @offset of @file, which stays the caller's. bitmap_close() frees it, also after a failure. False with
 * @reason.
 */
bool bitmap_open(struct bitmap *bitmap, const struct dump_file *file, uint64_t offset, uint64_t bytes,
		 struct kq_reason *reason);
void bitmap_close(struct bitmap *bitmap);
/* Count the bits that are set of [@first, @end). False with @reason, also if that takes more memory than the budget allows. */
bool bitmap_count(struct bitmap *bitmap, uint64_t first, uint64_t end, struct kq_reason *reason);
/* How many bits are set in all. False with @reason. */
bool bitmap_sum(struct bitmap *bitmap, uint64_t *count, struct kq_reason *reason);
/* The number of the first bit from @from on that is @wanted; that of all bits if there is none. False with @reason. */
bool bitmap_next(struct bitmap *bitmap, uint64_t from, bool wanted, uint64_t *bit, struct kq_reason *reason);
/* Whether @bit is set; behind the last none is. False with @reason if that cannot be read. */
bool bitmap_get(struct bitmap *bitmap, uint64_t bit, bool *set, struct kq_reason *reason);
/* How many bits are set in front of @bit, which is one of those that were counted. False with @reason. */
bool bitmap_rank(struct bitmap *bitmap, uint64_t bit, uint64_t *count, struct kq_reason *reason);

#endif
