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
#define HEADER_FRAMES	     440u
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
#define SUB_FRAMES	     96u
#define SUB_SIZE	     104u

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
	kdump->frames = kdump->version >= 6 ? get64(kdump, sub + SUB_FRAMES) : kdump->frames;
	if (!kdump->split) {
		kdump->first = 0;
		kdump->end = UINT64_MAX;
	}
	if (kdump->first > kdump->end)
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
	kdump->frames = get32(kdump, head + HEADER_FRAMES);
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

bool kdump_file_open_bitmaps(struct kdump_file *kdump, struct kq_reason *reason)
{
	const uint64_t at = kdump->descriptors - 2 * kdump->bytes;

	return bitmap_open(&kdump->exists, kdump->file, at, kdump->bytes, reason) &&
	       bitmap_open(&kdump->stored, kdump->file, at + kdump->bytes, kdump->bytes, reason) &&
	       bitmap_count(&kdump->stored, kdump->first, kdump->end, reason);
}

void kdump_file_free(struct kdump_file *kdump)
{
	bitmap_close(&kdump->exists);
	bitmap_close(&kdump->stored);
}

bool kdump_file_covers(const struct kdump_file *kdump, uint64_t frame)
{
	return frame >= kdump->first && frame < kdump->end;
}

/* Whether @frame has a descriptor in this file. @reason is filled in for SOURCE_DAMAGED. */
static enum source_answer look_up(struct kdump_file *kdump, uint64_t frame, struct kq_reason *reason)
{
	bool exists, stored;

	if (!bitmap_get(&kdump->exists, frame, &exists, reason))
		return SOURCE_DAMAGED;
	if (!exists)
		return SOURCE_OUTSIDE;
	if (!kdump_file_covers(kdump, frame)) {
		kq_fail(reason, "it is in another file of the split set");
		return SOURCE_DAMAGED;
	}
	if (!bitmap_get(&kdump->stored, frame, &stored, reason))
		return SOURCE_DAMAGED;
	return stored ? SOURCE_READ : SOURCE_EXCLUDED;
}

enum source_answer kdump_file_find(struct kdump_file *kdump, uint64_t frame, struct kdump_block *block,
				   struct kq_reason *reason)
{
	const uint64_t size = kdump->file->size;
	const enum source_answer answer = look_up(kdump, frame, reason);
	uint8_t descriptor[KDUMP_DESCRIPTOR];
	uint64_t rank;

	if (answer != SOURCE_READ)
		return answer;
	if (!bitmap_rank(&kdump->stored, frame, &rank, reason) ||
	    !file_read(kdump->file, kdump->descriptors + rank * KDUMP_DESCRIPTOR, descriptor, sizeof(descriptor), "page descriptor",
		       reason))
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

/* Parts of the header that say what a dump is of; the rest of it is the same in all files of a set too (makedumpfile.c). */
static const struct {
	const char *name;
	uint32_t offset, size; /* size 0: text of MACHINE_SIZE bytes */
} identity[] = {
	{ "host", 77, 0 },	 { "kernel's release", 142, 0 }, { "kernel's version", 207, 0 },
	{ "domain", 337, 0 },	 { "machine", HEADER_MACHINE, 0 }, { "system", 12, 0 },
	{ "time", 408, 16 },
};

static bool same_header(const struct dump_file *first, const struct dump_file *other, struct kq_reason *reason)
{
	uint8_t a[HEADER_END], b[HEADER_END];

	if (!file_read(first, 0, a, sizeof(a), "kdump header", reason) || !file_read(other, 0, b, sizeof(b), "kdump header", reason))
		return false;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(identity); i++) {
		const uint32_t at = identity[i].offset, size = identity[i].size ? identity[i].size : MACHINE_SIZE;

		if (!memcmp(a + at, b + at, size))
			continue;
		if (identity[i].size)
			return kq_fail(reason, "belongs to another dump than the first: its %s is not the same", identity[i].name);
		return kq_fail(reason, "belongs to another dump than the first: its %s is \"%.40s\", not \"%.40s\"", identity[i].name,
			       (const char *)b + at, (const char *)a + at);
	}
	return !memcmp(a, b, sizeof(a)) || kq_fail(reason, "belongs to another dump than the first: its header is not the same");
}

static bool same_notes(const struct kdump_file *first, const struct kdump_file *other, struct kq_reason *reason)
{
	uint8_t a[IQ_PAGE_SIZE], b[IQ_PAGE_SIZE];
	uint64_t done = 0;
	bool same = first->notes.size == other->notes.size;

	while (same && done < first->notes.size) {
		const size_t size = (size_t)iq_min(sizeof(a), first->notes.size - done);

		if (!file_read(first->file, first->notes.offset + done, a, size, "notes", reason) ||
		    !file_read(other->file, other->notes.offset + done, b, size, "notes", reason))
			return false;
		same = !memcmp(a, b, size);
		done += size;
	}
	return same || kq_fail(reason, "belongs to another dump than the first: its notes are not the same");
}

bool kdump_file_same(const struct dump_file *first, const struct dump_file *other, struct kq_reason *reason)
{
	struct kdump_file a, b;

	if (!same_header(first, other, reason) || !kdump_file_read(first, &a, reason) || !kdump_file_read(other, &b, reason))
		return false;
	if (!a.split || !b.split)
		return kq_fail(reason, "%s", b.split ? "is one of a split set, the first is not" : "is not one of a split set");
	return same_notes(&a, &b, reason);
}
