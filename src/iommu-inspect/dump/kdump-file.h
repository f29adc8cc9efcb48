/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kdump-compressed file (makedumpfile, QEMU): headers, bitmaps and page descriptors, all of them hostile input, in the byte
 * order of the machine that was dumped. One file of a split set has the pages of some frames only.
 */
#ifndef KDUMP_FILE_H
#define KDUMP_FILE_H

#include "bitmap.h"
#include "dump/source.h"

#define KDUMP_DESCRIPTOR 24u /* bytes of a page descriptor */

struct kdump_file {
	const struct dump_file *file;
	uint32_t version, block_size;
	struct notes_span notes; /* empty before version 4 */
	bool split;
	uint64_t first, end;	  /* frames that this file is about: first..end - 1; of one that is not split all */
	uint64_t frames;	  /* the number of the last one that the dump can have, and one more */
	uint64_t descriptors;	  /* file offset of the page descriptors, of frames first..end - 1 */
	uint64_t bytes;		  /* of each bitmap */
	struct bitmap exists, stored; /* of the frames that are memory, and of those that have a descriptor */
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
/* Make the bitmaps ready to be looked into. */
bool kdump_file_open_bitmaps(struct kdump_file *kdump, struct kq_reason *reason);
void kdump_file_free(struct kdump_file *kdump);
/* Whether @frame, counted in blocks of the dump, belongs to this file. */
bool kdump_file_covers(const struct kdump_file *kdump, uint64_t frame);
/* Where @frame is stored. SOURCE_READ with @block; SOURCE_DAMAGED with @reason. */
enum source_answer kdump_file_find(struct kdump_file *kdump, uint64_t frame, struct kdump_block *block,
				   struct kq_reason *reason);
/*
 * Whether @other is of one dump with @first, both probed: made of the same machine at the same time, with the same notes. False with
 * @reason, as source_format.same().
 */
bool kdump_file_same(const struct dump_file *first, const struct dump_file *other, struct kq_reason *reason);

#endif
