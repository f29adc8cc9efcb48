/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kdump-compressed file as far as libkdumpfile 0.5.1 has to be protected from it: it takes headers at their word and
 * reads zeros behind the end of a file that was cut off.
 */
#ifndef KDUMP_FILE_H
#define KDUMP_FILE_H

#include "file.h"
#include "source.h"

struct kdump_file {
	int fd;
	uint64_t size; /* of the file */
	uint32_t version, block_size;
	uint64_t notes, notes_size; /* file offset and bytes; 0 before version 4 */
	bool split;		    /* one of a set: holds the pages of some frames only */
	uint64_t descriptors;	    /* file offset of the page descriptors */
	uint8_t *exists, *stored;   /* bitmaps of the frames that are memory, and of those that have a descriptor */
	uint64_t bytes;		    /* of each */
	uint64_t frames;	    /* that are memory */
	uint64_t *rank; /* how many have one in front of every 512 bytes of the bitmap */
};

/* Read and check the headers: all that they point at lies in the file. */
bool kdump_file_read(int fd, struct kdump_file *file, struct kq_reason *reason);
/* Read the bitmaps too. */
bool kdump_file_read_bitmaps(struct kdump_file *file, struct kq_reason *reason);
void kdump_file_free(struct kdump_file *file);
/* SOURCE_READ if the data of @frame, a block of the dump, lies in the file; SOURCE_DAMAGED with @reason if it should. */
enum source_answer kdump_file_find(const struct kdump_file *file, uint64_t frame, struct kq_reason *reason);

#endif
