/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kdump-compressed file (makedumpfile, QEMU): headers, bitmaps and page descriptors, all of them hostile input, in the byte
 * order of the machine that was dumped. One file of a split set has the pages of some frames only.
 */
#ifndef KDUMP_FILE_H
#define KDUMP_FILE_H

#include "dump/source.h"

struct kdump_file {
	const struct dump_file *file;
	uint32_t version, block_size;
	struct notes_span notes; /* empty before version 4 */
	bool split;
	uint64_t first, end;	  /* frames that this file of a split set is about: first..end - 1 */
	uint64_t descriptors;	  /* file offset of the page descriptors */
	uint8_t *exists, *stored; /* bitmaps of the frames that are memory, and of those that have a descriptor */
	uint64_t bytes;		  /* of each */
	uint64_t frames;	  /* that are memory */
	uint64_t *rank;		  /* for every 512 bytes of the bitmap: how many frames in front of them have a descriptor */
	uint64_t skip;		  /* how many in front of the first frame of this file have one, in another file of the set */
};

/* A block of the dump as it is stored. */
struct kdump_block {
	uint64_t offset;
	uint32_t size;
	uint32_t flags; /* how it is compressed; 0: not */
};

/*
 * Whether @file, which begins with the @size bytes at @head, is kdump-compressed; what it is a dump of goes to file->arch. As
 * source_format.probe().
 */
enum probe_answer kdump_file_probe(struct dump_file *file, const uint8_t *head, size_t size, struct kq_reason *reason);
/* Read and check the headers: all that they point at lies in @file, which stays the caller's and was probed. */
bool kdump_file_read(const struct dump_file *file, struct kdump_file *kdump, struct kq_reason *reason);
/* Read the bitmaps too. */
bool kdump_file_read_bitmaps(struct kdump_file *kdump, struct kq_reason *reason);
void kdump_file_free(struct kdump_file *kdump);
/* Whether @frame, counted in blocks of the dump, belongs to this file. */
bool kdump_file_covers(const struct kdump_file *kdump, uint64_t frame);
/* Whether @frame, which the bitmaps have a bit for, is memory. */
bool kdump_file_knows(const struct kdump_file *kdump, uint64_t frame);
/* Where @frame is stored. SOURCE_READ with @block; SOURCE_DAMAGED with @reason. */
enum source_answer kdump_file_find(const struct kdump_file *kdump, uint64_t frame, struct kdump_block *block,
				   struct kq_reason *reason);

#endif
