/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format of kdump-compressed dumps (makedumpfile, QEMU), also in several files (makedumpfile --split). They are read without
 * libkdumpfile: its version 0.5.1 takes a file descriptor only, and a dump may have to be read out of a flattened file.
 */
#include "formats.h"

#include "decompress.h"
#include "kdump-file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NO_FRAME UINT64_MAX

struct kdump_source {
	struct kdump_file *part;
	unsigned int parts;
	uint64_t frame; /* the number of the block that is in @block; a block of the dump may have several pages */
	uint8_t *block, *packed;
};

/* The sub header of a kdump-compressed file says where it has the PT_NOTE segment of the machine as it was. */
static bool notes(const struct dump_file *file, struct notes_span **span, size_t *count, struct kq_reason *reason)
{
	struct kdump_file kdump;

	*count = 0;
	*span = NULL;
	if (!kdump_file_read(file, &kdump, reason))
		return false;
	*span = malloc(sizeof(**span));
	if (!*span)
		return kq_fail(reason, "out of memory");
	**span = kdump.notes;
	*count = 1;
	return true;
}

/* Frames that are memory, and how many have a descriptor in a file: a hole has none. */
static bool count_frames(struct source *source, struct kdump_source *kdump, struct kq_reason *reason)
{
	const uint64_t pages = kdump->part[0].block_size / IQ_PAGE_SIZE;

	if (!bitmap_sum(&kdump->part[0].exists, &source->frames, reason))
		return false;
	source->frames *= pages;
	for (unsigned int i = 0; i < kdump->parts; i++)
		source->stored += pages * iq_min(kdump->part[i].stored.set, file_stored(&source->file[i]) / KDUMP_DESCRIPTOR);
	return true;
}

/* The part that covers @frame; NULL: none does, and *@next is the first frame behind it that one covers. */
static struct kdump_file *part_at(const struct kdump_source *kdump, uint64_t frame, uint64_t *next)
{
	*next = UINT64_MAX;
	for (unsigned int i = 0; i < kdump->parts; i++) {
		struct kdump_file *part = &kdump->part[i];

		if (kdump_file_covers(part, frame))
			return part;
		if (part->first > frame && part->first < *next)
			*next = part->first;
	}
	return NULL;
}

/* Say which frames that are memory no file of the set covers. False with @reason. */
static bool find_missing(struct source *source, const struct kdump_source *kdump, struct kq_reason *reason)
{
	struct bitmap *exists = &kdump->part[0].exists;
	const uint64_t frames = kdump->part[0].frames;
	uint64_t from = 0, end, frame, next;

	/* Bound: the files of the set. */
	while (from < frames) {
		const struct kdump_file *part = part_at(kdump, from, &next);

		end = part ? part->end : iq_min(next, frames);
		if (!part) {
			if (!bitmap_next(exists, from, true, &frame, reason))
				return false;
			if (frame < end) {
				kq_fail(&source->missing, "a file of this split set is missing: that of the frames from 0x%" PRIx64
					" to 0x%" PRIx64, frame, end - 1);
				return true;
			}
		}
		from = end;
	}
	return true;
}

static bool start(struct source *source, struct kq_reason *reason)
{
	struct kdump_source *kdump = calloc(1, sizeof(*kdump));

	source->private = kdump;
	if (!kdump)
		return kq_fail(reason, "out of memory");
	kdump->frame = NO_FRAME;
	kdump->part = calloc(source->files, sizeof(*kdump->part));
	if (!kdump->part)
		return kq_fail(reason, "out of memory");
	for (unsigned int i = 0; i < source->files; i++, kdump->parts++)
		if (!kdump_file_read(&source->file[i], &kdump->part[i], reason) ||
		    !kdump_file_open_bitmaps(&kdump->part[i], reason))
			return false;
	kdump->block = malloc(kdump->part[0].block_size);
	kdump->packed = malloc(kdump->part[0].block_size);
	if (!kdump->block || !kdump->packed)
		return kq_fail(reason, "out of memory");
	return count_frames(source, kdump, reason) && find_missing(source, kdump, reason);
}

static void close_dump(struct source *source)
{
	struct kdump_source *kdump = source->private;

	if (!kdump)
		return;
	for (unsigned int i = 0; kdump->part && i < source->files; i++)
		kdump_file_free(&kdump->part[i]);
	free(kdump->part);
	free(kdump->block);
	free(kdump->packed);
	free(kdump);
}

/* Read and unpack block @frame into kdump->block. */
static enum source_answer read_block(struct kdump_source *kdump, uint64_t frame, struct kq_reason *reason)
{
	struct kdump_file *part;
	struct kdump_block block;
	enum source_answer answer;
	uint64_t next;

	kdump->frame = NO_FRAME;
	part = part_at(kdump, frame, &next);
	if (!part)
		part = &kdump->part[0]; /* it knows whether there is such a frame */
	answer = kdump_file_find(part, frame, &block, reason);
	if (answer != SOURCE_READ)
		return answer;
	if (!block.flags && block.size < part->block_size) {
		kq_fail(reason, "%u bytes at offset 0x%" PRIx64 ", not compressed, are no page", block.size, block.offset);
		return SOURCE_DAMAGED;
	}
	if (!file_read(part->file, block.offset, block.flags ? kdump->packed : kdump->block, block.size, "memory", reason))
		return SOURCE_DAMAGED;
	if (block.flags &&
	    !decompress(block.flags, kdump->packed, block.size, kdump->block, part->block_size, reason))
		return SOURCE_DAMAGED;
	kdump->frame = frame;
	return SOURCE_READ;
}

static enum source_answer page(struct source *source, uint64_t address, void *to, struct kq_reason *reason)
{
	struct kdump_source *kdump = source->private;
	const uint32_t block_size = kdump->part[0].block_size;

	if (kdump->frame != address / block_size) {
		const enum source_answer answer = read_block(kdump, address / block_size, reason);

		if (answer != SOURCE_READ)
			return answer;
	}
	memcpy(to, kdump->block + address % block_size, IQ_PAGE_SIZE);
	return SOURCE_READ;
}

static bool range(const struct source *source, uint64_t from, uint64_t *start, uint64_t *length)
{
	const struct kdump_source *kdump = source->private;
	struct kdump_file *part = &kdump->part[0];
	struct kq_reason unused;
	uint64_t first, end;

	if (!bitmap_next(&part->exists, from / part->block_size, true, &first, &unused) || first == 8 * part->bytes ||
	    !bitmap_next(&part->exists, first, false, &end, &unused))
		return false;
	*start = first * part->block_size;
	*length = (end - first) * part->block_size;
	return true;
}

const struct source_format source_kdump = {
	.name = "kdump-compressed",
	.files = 1024,
	.probe = kdump_file_probe,
	.same = kdump_file_same,
	.notes = notes,
	.start = start,
	.close = close_dump,
	.page = page,
	.range = range,
};

const struct source_format *const inspect_formats[] = {
	&source_elf,
	&source_kdump,
	NULL,
};
