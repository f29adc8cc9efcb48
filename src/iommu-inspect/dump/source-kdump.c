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

/* The files of a set have to be of one dump. */
static bool check_set(const struct kdump_source *kdump, struct kq_reason *reason)
{
	for (unsigned int i = 0; i < kdump->parts; i++) {
		const struct kdump_file *part = &kdump->part[i];

		if (kdump->parts > 1 && !part->split)
			return kq_fail(reason, "file %u of %u is not one of a split set", i + 1, kdump->parts);
		if (part->block_size != kdump->part[0].block_size || part->bytes != kdump->part[0].bytes)
			return kq_fail(reason, "file %u of %u belongs to another dump than the first", i + 1, kdump->parts);
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
		    !kdump_file_read_bitmaps(&kdump->part[i], reason))
			return false;
	source->frames = kdump->part[0].frames * (kdump->part[0].block_size / IQ_PAGE_SIZE);
	kdump->block = malloc(kdump->part[0].block_size);
	kdump->packed = malloc(kdump->part[0].block_size);
	if (!kdump->block || !kdump->packed)
		return kq_fail(reason, "out of memory");
	return check_set(kdump, reason);
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

static const struct kdump_file *part_with(const struct kdump_source *kdump, uint64_t frame)
{
	for (unsigned int i = 0; i < kdump->parts; i++)
		if (kdump_file_covers(&kdump->part[i], frame))
			return &kdump->part[i];
	return &kdump->part[0];
}

/* Read and unpack block @frame into kdump->block. */
static enum source_answer read_block(struct kdump_source *kdump, uint64_t frame, struct kq_reason *reason)
{
	const struct kdump_file *part = part_with(kdump, frame);
	struct kdump_block block;
	enum source_answer answer;

	kdump->frame = NO_FRAME;
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
	const struct kdump_file *part = &kdump->part[0];
	uint64_t frame = from / part->block_size, end;

	while (frame / 8 < part->bytes && !kdump_file_knows(part, frame))
		frame++;
	if (frame / 8 >= part->bytes)
		return false;
	for (end = frame + 1; end / 8 < part->bytes && kdump_file_knows(part, end);)
		end++;
	*start = frame * part->block_size;
	*length = (end - frame) * part->block_size;
	return true;
}

const struct source_format source_kdump = {
	.name = "kdump-compressed",
	.files = 1024,
	.probe = kdump_file_probe,
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
