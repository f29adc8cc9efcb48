/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kdump-compressed file: headers, bitmaps and page descriptors, all of them hostile input. One file of a split set has the
 * pages of some frames only.
 */
#ifndef KDUMP_FILE_H
#define KDUMP_FILE_H

#include "file.h"
#include "source.h"

struct kdump_file {
	const struct dump_file *file;
	uint32_t version, block_size;
	char machine[65]; /* as uname has it */
	uint64_t notes, notes_size; /* file offset and bytes; 0 before version 4 */
	bool split;
	uint64_t first, end;	    /* frames that this file of a split set is about: first..end - 1 */
	uint64_t descriptors;	    /* file offset of the page descriptors */
	uint8_t *exists, *stored;   /* bitmaps of the frames that are memory, and of those that have a descriptor */
	uint64_t bytes;		    /* of each */
	uint64_t frames;	    /* that are memory */
	uint64_t *rank; /* how many have one in front of every 512 bytes of the bitmap */
	uint64_t skip;	/* how many in front of the first */
};

/* A block of the dump as it is stored. */
struct kdump_block {
	uint64_t offset;
	uint32_t size;
	uint32_t flags; /* how it is compressed; 0: not */
};

/* Read and check the headers: all that they point at lies in @file, which stays the caller's. */
bool kdump_file_read(const struct dump_file *file, struct kdump_file *kdump, struct kq_reason *reason);
/* Read the bitmaps too. */
bool kdump_file_read_bitmaps(struct kdump_file *kdump, struct kq_reason *reason);
void kdump_file_free(struct kdump_file *kdump);
/* Whether the pages of @frame, a block of the dump, would be in this file. */
bool kdump_file_covers(const struct kdump_file *kdump, uint64_t frame);
/* Whether @frame, which the bitmaps have a bit for, is memory. */
bool kdump_file_knows(const struct kdump_file *kdump, uint64_t frame);
/* Where @frame is stored. SOURCE_READ with @block; SOURCE_DAMAGED with @reason. */
enum source_answer kdump_file_find(const struct kdump_file *kdump, uint64_t frame, struct kdump_block *block,
				   struct kq_reason *reason);

#endif
