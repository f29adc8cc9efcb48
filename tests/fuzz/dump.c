/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a dump file of any format: headers, bitmaps, compressed pages, notes, memory.
 */
#include "fuzz.h"

#include "dump/formats.h"
#include "dump/notes.h"
#include "record.h"
#include "dump/source.h"

#include <string.h>
#include <unistd.h>

#define RANGES_TRIED 64u
#define PAGES_TRIED  8u

static void read_memory(struct source *source)
{
	struct iq_memory *memory = &source->memory;
	uint64_t start, length, from = 0;

	for (unsigned int i = 0; i < RANGES_TRIED && source->format->range(source, from, &start, &length); i++) {
		require(start >= from && length && start + length > start);
		from = start + length;
		for (unsigned int page = 0; page < PAGES_TRIED && page * IQ_PAGE_SIZE < length; page++)
			if (!memory->map(memory, (start + page * IQ_PAGE_SIZE) & IQ_PAGE_MASK, IQ_PAGE_SIZE))
				source_trouble(source);
		memory->map(memory, (from - 1) & IQ_PAGE_MASK, IQ_PAGE_SIZE);
	}
	require(source->frames <= UINT64_MAX / IQ_PAGE_SIZE + 1);
	memory->map(memory, 0, 8);
	memory->map(memory, UINT64_MAX & IQ_PAGE_MASK, IQ_PAGE_SIZE);
}

static void read_notes(struct source *source)
{
	const struct notes_span *notes;
	struct kq_reason reason;
	void *record = NULL;
	size_t size;

	if (notes_find(source, IQ_NOTE_NAME, IQ_NOTE_TYPE, &record, &size, &reason) == NOTES_FOUND)
		require(record);
	free(record);
	notes_spans(source, &notes, &size, &reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct kq_reason reason;
	struct source *source;
	char path[32], *paths[] = {path};
	int fd = fuzz_file(bytes, size, path);

	source = source_open(inspect_formats, paths, 1, size & 1, &reason);
	if (source) {
		read_notes(source);
		if (source_start(source, &reason))
			read_memory(source);
	}
	source_close(source);
	close(fd);
	return 0;
}
