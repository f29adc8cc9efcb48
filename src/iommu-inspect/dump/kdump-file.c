/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers, bitmaps and page descriptors of a kdump-compressed file (makedumpfile, diskdump_mod.h; offsets on LP64). No field
 * names the byte order: it is the one in which the version is a small number.
 */
#include "kdump-file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* disk_dump_header */
#define HEADER_VERSION	     8u
#define HEADER_MACHINE	     272u /* uname's, MACHINE_SIZE characters */
#define MACHINE_SIZE	     65u
#define HEADER_BLOCK_SIZE    428u
#define HEADER_SUB_BLOCKS    432u
#define HEADER_BITMAP_BLOCKS 436u
#define HEADER_END	     464u
/* kdump_sub_header: pairs of offset and size; @see check_parts() for the versions since which they are there */
#define SUB_SPLIT	     12u
#define SUB_FIRST_OLD	     16u
#define SUB_END_OLD	     24u
#define SUB_VMCOREINFO	     32u
#define SUB_NOTES	     48u
#define SUB_ERASEINFO	     64u
#define SUB_FIRST	     80u
#define SUB_END		     88u
#define SUB_SIZE	     104u
/* page_desc */
#define DESCRIPTOR	     24u
#define RANK_BYTES	     512u

enum probe_answer kdump_file_probe(struct dump_file *file, const uint8_t *head, size_t size, struct kq_reason *reason)
{
	enum byte_order order;

	if (size < HEADER_VERSION || (memcmp(head, "KDUMP   ", 8) && memcmp(head, "DISKDUMP", 8)))
		return PROBE_OTHER;
	if (size < HEADER_END) {
		kq_fail(reason, "a kdump-compressed dump that ends in its header, after %zu bytes", size);
		return PROBE_REFUSED;
	}
	order = order_get32(ORDER_BIG, head + HEADER_VERSION) < order_get32(ORDER_LITTLE, head + HEADER_VERSION)
			? ORDER_BIG
			: ORDER_LITTLE;
	file->arch = dump_arch_by_name((const char *)head + HEADER_MACHINE, MACHINE_SIZE, order);
	return PROBE_TAKEN;
}

static uint32_t get32(const struct kdump_file *kdump, const uint8_t *at)
{
	return order_get32(kdump->file->arch.order, at);
}

static uint64_t get64(const struct kdump_file *kdump, const uint8_t *at)
{
	return order_get64(kdump->file->arch.order, at);
}

/* The offset and size at @at of the sub header. */
static bool part(const struct kdump_file *kdump, const uint8_t *sub, uint32_t at, const char *what, uint64_t *offset,
		 uint64_t *size, struct kq_reason *reason)
{
	*offset = get64(kdump, sub + at);
	*size = get64(kdump, sub + at + 8);
	if (*size <= kdump->file->size && *offset <= kdump->file->size - *size)
		return true;
	return kq_fail(reason, "%s of 0x%" PRIx64 " bytes at offset 0x%" PRIx64 ": the file has 0x%" PRIx64, what, *size,
		       *offset, kdump->file->size);
}

static bool check_parts(struct kdump_file *kdump, const uint8_t *sub, struct kq_reason *reason)
{
	uint64_t offset, size;

	kdump->split = kdump->version >= 2 && get32(kdump, sub + SUB_SPLIT);
	kdump->first = get64(kdump, sub + (kdump->version >= 6 ? SUB_FIRST : SUB_FIRST_OLD));
	kdump->end = get64(kdump, sub + (kdump->version >= 6 ? SUB_END : SUB_END_OLD));
	if (kdump->split && kdump->first > kdump->end)
		return kq_fail(reason, "one of a split set, for frames 0x%" PRIx64 " to 0x%" PRIx64, kdump->first,
			       kdump->end);
	if (kdump->version >= 3 && !part(kdump, sub, SUB_VMCOREINFO, "vmcoreinfo", &offset, &size, reason))
		return false;
	if (kdump->version >= 4 && !part(kdump, sub, SUB_NOTES, "notes", &kdump->notes.offset, &kdump->notes.size, reason))
		return false;
	return kdump->version < 5 || part(kdump, sub, SUB_ERASEINFO, "eraseinfo", &offset, &size, reason);
}

bool kdump_file_read(const struct dump_file *file, struct kdump_file *kdump, struct kq_reason *reason)
{
	uint8_t head[HEADER_END], sub[SUB_SIZE];
	uint64_t sub_blocks, bitmap_blocks;

	memset(kdump, 0, sizeof(*kdump));
	kdump->file = file;
	if (!file_read(file, 0, head, sizeof(head), "kdump header", reason))
		return false;
	kdump->version = get32(kdump, head + HEADER_VERSION);
	kdump->block_size = get32(kdump, head + HEADER_BLOCK_SIZE);
	sub_blocks = get32(kdump, head + HEADER_SUB_BLOCKS);
	bitmap_blocks = get32(kdump, head + HEADER_BITMAP_BLOCKS);
	if (kdump->block_size < IQ_PAGE_SIZE || kdump->block_size > 65536 || kdump->block_size & (kdump->block_size - 1))
		return kq_fail(reason, "kdump header: block size %u at offset 0x%x", kdump->block_size,
			       HEADER_BLOCK_SIZE);
	kdump->descriptors = (1 + sub_blocks + bitmap_blocks) * kdump->block_size;
	if (kdump->descriptors > kdump->file->size)
		return kq_fail(reason, "kdump header: %" PRIu64 " blocks of sub header and %" PRIu64
			       " of bitmaps at offset 0x%x, the file has 0x%" PRIx64 " bytes", sub_blocks, bitmap_blocks,
			       HEADER_SUB_BLOCKS, kdump->file->size);
	kdump->bytes = bitmap_blocks / 2 * kdump->block_size;
	return file_read(file, kdump->block_size, sub, sizeof(sub), "kdump sub header", reason) &&
	       check_parts(kdump, sub, reason);
}

/* How many frames in front of @frame are stored. */
static uint64_t rank_of(const struct kdump_file *kdump, uint64_t frame)
{
	uint64_t at = frame / 8 / RANK_BYTES * RANK_BYTES, count = kdump->rank[at / RANK_BYTES];

	for (; at < frame / 8; at++)
		count += (uint64_t)__builtin_popcount(kdump->stored[at]);
	return count + (uint64_t)__builtin_popcount(kdump->stored[at] & ((1u << frame % 8) - 1));
}

bool kdump_file_read_bitmaps(struct kdump_file *kdump, struct kq_reason *reason)
{
	const uint64_t first = kdump->descriptors - 2 * kdump->bytes;
	uint64_t count = 0;

	kdump->exists = malloc(kdump->bytes + 1);
	kdump->stored = malloc(kdump->bytes + 1);
	kdump->rank = calloc(kdump->bytes / RANK_BYTES + 1, sizeof(*kdump->rank));
	if (!kdump->exists || !kdump->stored || !kdump->rank)
		return kq_fail(reason, "out of memory");
	if (!file_read(kdump->file, first, kdump->exists, kdump->bytes, "first bitmap", reason) ||
	    !file_read(kdump->file, first + kdump->bytes, kdump->stored, kdump->bytes, "second bitmap", reason))
		return false;
	for (uint64_t i = 0; i < kdump->bytes; i++) {
		if (i % RANK_BYTES == 0)
			kdump->rank[i / RANK_BYTES] = count;
		count += (uint64_t)__builtin_popcount(kdump->stored[i]);
		kdump->frames += (uint64_t)__builtin_popcount(kdump->exists[i]);
	}
	if (kdump->split)
		kdump->skip = kdump->first / 8 < kdump->bytes ? rank_of(kdump, kdump->first) : count;
	return true;
}

void kdump_file_free(struct kdump_file *kdump)
{
	free(kdump->exists);
	free(kdump->stored);
	free(kdump->rank);
	kdump->exists = kdump->stored = NULL;
	kdump->rank = NULL;
}

bool kdump_file_covers(const struct kdump_file *kdump, uint64_t frame)
{
	return !kdump->split || (frame >= kdump->first && frame < kdump->end);
}

bool kdump_file_knows(const struct kdump_file *kdump, uint64_t frame)
{
	return kdump->exists[frame / 8] & 1u << frame % 8;
}

enum source_answer kdump_file_find(const struct kdump_file *kdump, uint64_t frame, struct kdump_block *block,
				   struct kq_reason *reason)
{
	const uint8_t bit = (uint8_t)(1u << frame % 8);
	const uint64_t size = kdump->file->size;
	uint8_t descriptor[DESCRIPTOR];

	if (frame / 8 >= kdump->bytes || !(kdump->exists[frame / 8] & bit))
		return SOURCE_OUTSIDE;
	if (!kdump_file_covers(kdump, frame)) {
		kq_fail(reason, "it is in another file of the split set");
		return SOURCE_DAMAGED;
	}
	if (!(kdump->stored[frame / 8] & bit))
		return SOURCE_EXCLUDED;
	if (!file_read(kdump->file, kdump->descriptors + (rank_of(kdump, frame) - kdump->skip) * DESCRIPTOR, descriptor,
		       sizeof(descriptor), "page descriptor", reason))
		return SOURCE_DAMAGED;
	block->offset = get64(kdump, descriptor);
	block->size = get32(kdump, descriptor + 8);
	block->flags = get32(kdump, descriptor + 12);
	if (block->size && block->size <= kdump->block_size && block->offset <= size && block->size <= size - block->offset)
		return SOURCE_READ;
	kq_fail(reason, "its descriptor names %u bytes at offset 0x%" PRIx64 ", the file has 0x%" PRIx64, block->size,
		block->offset, size);
	return SOURCE_DAMAGED;
}
