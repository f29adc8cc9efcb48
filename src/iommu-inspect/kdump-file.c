/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers, bitmap and page descriptors of a kdump-compressed file (makedumpfile, diskdump_mod.h; offsets on LP64).
 */
#include "kdump-file.h"

#include "bits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* disk_dump_header */
#define HEADER_VERSION	     8u
#define HEADER_BLOCK_SIZE    428u
#define HEADER_SUB_BLOCKS    432u
#define HEADER_BITMAP_BLOCKS 436u
#define HEADER_END	     464u
/* kdump_sub_header: pairs of offset and size; @see check_parts() for the versions since which they are there */
#define SUB_SPLIT	     12u
#define SUB_VMCOREINFO	     32u
#define SUB_NOTES	     48u
#define SUB_ERASEINFO	     64u
#define SUB_END		     104u
/* page_desc */
#define DESCRIPTOR	     24u
#define RANK_BYTES	     512u

/* The offset and size at @at of the sub header. */
static bool part(const struct kdump_file *file, const uint8_t *sub, uint32_t at, const char *what, uint64_t *offset,
		 uint64_t *size, struct kq_reason *reason)
{
	*offset = iq_le64(sub + at);
	*size = iq_le64(sub + at + 8);
	if (*size <= file->size && *offset <= file->size - *size)
		return true;
	return kq_fail(reason, "%s of 0x%" PRIx64 " bytes at offset 0x%" PRIx64 ": the file has 0x%" PRIx64, what, *size,
		       *offset, file->size);
}

static bool check_parts(struct kdump_file *file, const uint8_t *sub, struct kq_reason *reason)
{
	uint64_t offset, size;

	file->split = file->version >= 2 && iq_le32(sub + SUB_SPLIT);
	if (file->version >= 3 && !part(file, sub, SUB_VMCOREINFO, "vmcoreinfo", &offset, &size, reason))
		return false;
	if (file->version >= 4 && !part(file, sub, SUB_NOTES, "notes", &file->notes, &file->notes_size, reason))
		return false;
	return file->version < 5 || part(file, sub, SUB_ERASEINFO, "eraseinfo", &offset, &size, reason);
}

bool kdump_file_read(int fd, struct kdump_file *file, struct kq_reason *reason)
{
	uint8_t head[HEADER_END], sub[SUB_END];
	uint64_t sub_blocks, bitmap_blocks;
	struct stat st;

	memset(file, 0, sizeof(*file));
	file->fd = fd;
	if (fstat(fd, &st))
		return kq_fail(reason, "%s", strerror(errno));
	file->size = (uint64_t)st.st_size;
	if (!file_read(fd, 0, head, sizeof(head), "kdump header", reason))
		return false;
	file->version = iq_le32(head + HEADER_VERSION);
	file->block_size = iq_le32(head + HEADER_BLOCK_SIZE);
	sub_blocks = iq_le32(head + HEADER_SUB_BLOCKS);
	bitmap_blocks = iq_le32(head + HEADER_BITMAP_BLOCKS);
	if (file->block_size < IQ_PAGE_SIZE || file->block_size > 65536 || file->block_size & (file->block_size - 1))
		return kq_fail(reason, "kdump header: block size %u at offset 0x%x", file->block_size,
			       HEADER_BLOCK_SIZE);
	file->descriptors = (1 + sub_blocks + bitmap_blocks) * file->block_size;
	if (file->descriptors > file->size)
		return kq_fail(reason, "kdump header: %" PRIu64 " blocks of sub header and %" PRIu64
			       " of bitmaps at offset 0x%x, the file has 0x%" PRIx64 " bytes", sub_blocks, bitmap_blocks,
			       HEADER_SUB_BLOCKS, file->size);
	file->bytes = bitmap_blocks / 2 * file->block_size;
	return file_read(fd, file->block_size, sub, sizeof(sub), "kdump sub header", reason) &&
	       check_parts(file, sub, reason);
}

bool kdump_file_read_bitmaps(struct kdump_file *file, struct kq_reason *reason)
{
	const uint64_t first = file->descriptors - 2 * file->bytes;
	uint64_t count = 0;

	file->exists = malloc(file->bytes + 1);
	file->stored = malloc(file->bytes + 1);
	file->rank = calloc(file->bytes / RANK_BYTES + 1, sizeof(*file->rank));
	if (!file->exists || !file->stored || !file->rank)
		return kq_fail(reason, "out of memory");
	if (!file_read(file->fd, first, file->exists, file->bytes, "first bitmap", reason) ||
	    !file_read(file->fd, first + file->bytes, file->stored, file->bytes, "second bitmap", reason))
		return false;
	for (uint64_t i = 0; i < file->bytes; i++) {
		if (i % RANK_BYTES == 0)
			file->rank[i / RANK_BYTES] = count;
		count += (uint64_t)__builtin_popcount(file->stored[i]);
		file->frames += (uint64_t)__builtin_popcount(file->exists[i]);
	}
	return true;
}

void kdump_file_free(struct kdump_file *file)
{
	free(file->exists);
	free(file->stored);
	free(file->rank);
	file->exists = file->stored = NULL;
	file->rank = NULL;
}

/* How many frames in front of @frame are stored. */
static uint64_t rank_of(const struct kdump_file *file, uint64_t frame)
{
	uint64_t at = frame / 8 / RANK_BYTES * RANK_BYTES, count = file->rank[at / RANK_BYTES];

	for (; at < frame / 8; at++)
		count += (uint64_t)__builtin_popcount(file->stored[at]);
	return count + (uint64_t)__builtin_popcount(file->stored[at] & ((1u << frame % 8) - 1));
}

/* Whether the data that @descriptor names lies in the file. */
static bool check_descriptor(const struct kdump_file *file, const uint8_t *descriptor, struct kq_reason *reason)
{
	const uint64_t offset = iq_le64(descriptor);
	const uint32_t size = iq_le32(descriptor + 8);

	if (size && size <= file->block_size && offset <= file->size && size <= file->size - offset)
		return true;
	return kq_fail(reason, "its descriptor names %u bytes at offset 0x%" PRIx64 ", the file has 0x%" PRIx64, size,
		       offset, file->size);
}

enum source_answer kdump_file_find(const struct kdump_file *file, uint64_t frame, struct kq_reason *reason)
{
	const uint8_t bit = (uint8_t)(1u << frame % 8);
	uint8_t descriptor[DESCRIPTOR];

	if (frame / 8 >= file->bytes || !(file->exists[frame / 8] & bit))
		return SOURCE_OUTSIDE;
	if (!(file->stored[frame / 8] & bit))
		return SOURCE_EXCLUDED;
	if (file->split) /* the descriptors begin with another frame; libkdumpfile knows with which */
		return SOURCE_READ;
	if (!file_read(file->fd, file->descriptors + rank_of(file, frame) * DESCRIPTOR, descriptor, sizeof(descriptor),
		       "page descriptor", reason) ||
	    !check_descriptor(file, descriptor, reason))
		return SOURCE_DAMAGED;
	return SOURCE_READ;
}
