/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a set of kdump-compressed files. Nothing random would be one: an input says which files of a sound set are given, in
 * which order, and what is changed in them.
 */
#include "fuzz.h"

#include "dump/formats.h"
#include "dump/notes.h"

#include <string.h>
#include <unistd.h>

#define PARTS	    4u
#define BLOCK	    IQ_PAGE_SIZE
#define FRAMES	    32u /* each part has as many of its own */
#define NOTES_SIZE  64u
#define DESCRIPTORS (5 * BLOCK)
#define DATA	    (6 * BLOCK)
#define HEADER_SIZE 464u
#define FILE_SIZE   (DATA + FRAMES * BLOCK)

struct change {
	uint8_t part, value;
	uint16_t offset; /* up to the pages; in the first and the second block are the headers */
};

static void put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* Part @number of a sound set: header, sub header, notes, two bitmaps, descriptors, and pages that are full of their number. */
static void make_part(uint8_t *file, unsigned int number)
{
	memset(file, 0, FILE_SIZE);
	memcpy(file, "KDUMP   ", 8);
	put(file + 8, 6, 4);
	memcpy(file + 272, "x86_64", 6);
	put(file + 428, BLOCK, 4);
	put(file + 432, 2, 4);
	put(file + 436, 2, 4);
	put(file + 440, PARTS * FRAMES, 4);
	put(file + BLOCK + 12, 1, 4);
	put(file + BLOCK + 48, 2 * BLOCK, 8);
	put(file + BLOCK + 56, NOTES_SIZE, 8);
	put(file + BLOCK + 80, number * FRAMES, 8);
	put(file + BLOCK + 88, (number + 1) * FRAMES, 8);
	put(file + BLOCK + 96, PARTS * FRAMES, 8);
	memset(file + 3 * BLOCK, 0xff, PARTS * FRAMES / 8);
	memset(file + 4 * BLOCK, 0xff, PARTS * FRAMES / 8);
	for (unsigned int i = 0; i < FRAMES; i++) {
		put(file + DESCRIPTORS + 24 * i, DATA + i * BLOCK, 8);
		put(file + DESCRIPTORS + 24 * i + 8, BLOCK, 4);
		memset(file + DATA + i * BLOCK, (int)(number * FRAMES + i), BLOCK);
	}
}

/* Read all frames, and some behind. In a set that was not changed they have what they must. */
static void read_memory(struct source *source, unsigned int given, bool changed)
{
	for (uint64_t frame = 0; frame < PARTS * FRAMES + 8; frame++) {
		const uint8_t *page = source->memory.map(&source->memory, frame * BLOCK, BLOCK);
		const bool has = frame < PARTS * FRAMES && given & 1u << frame / FRAMES;

		if (!page)
			source_trouble(source);
		require(changed || (page ? has && page[0] == frame && page[BLOCK - 1] == frame : !has));
	}
	require(changed || (source->missing.text[0] != 0) == (given != (1u << PARTS) - 1));
}

static void read_all(struct source *source, unsigned int given, bool changed)
{
	struct kq_reason reason;
	uint64_t start, length, from = 0;
	void *bytes = NULL;
	size_t size;

	notes_find(source, "CORE", 1, &bytes, &size, &reason);
	free(bytes);
	require(source_start(source, &reason) || changed);
	if (!source->ready)
		return;
	read_memory(source, given, changed);
	for (unsigned int i = 0; i < FRAMES && source->format->range(source, from, &start, &length); i++) {
		require(start >= from && length);
		from = start + length;
	}
}

/* Files that are taken for one dump have the same header and the same notes. */
static void check_same(uint8_t (*const file)[FILE_SIZE], const unsigned int *part, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++)
		require(!memcmp(file[part[0]], file[part[i]], HEADER_SIZE));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t file[PARTS][FILE_SIZE];
	char path[PARTS][32], *paths[PARTS];
	unsigned int part[PARTS], count = 0, given = 0;
	const size_t changes = size ? (size - 1) / sizeof(struct change) : 0;
	struct kq_reason reason;
	struct source *source;
	int fd[PARTS];

	for (unsigned int i = 0; i < PARTS; i++)
		make_part(file[i], i);
	for (size_t i = 0; i < changes; i++) {
		struct change change;

		memcpy(&change, bytes + 1 + i * sizeof(change), sizeof(change));
		file[change.part % PARTS][change.offset % DATA] = change.value;
	}
	/* The low four bits: which are given; the next two: which is the first. */
	for (unsigned int i = 0; i < PARTS; i++) {
		const unsigned int number = (i + (size ? bytes[0] >> 4 : 0)) % PARTS;

		if (!size || !(bytes[0] & 1u << number))
			continue;
		fd[count] = fuzz_file(file[number], FILE_SIZE, path[count]);
		paths[count] = path[count];
		given |= 1u << number;
		part[count++] = number;
	}
	source = count ? source_open(inspect_formats, paths, count, false, &reason) : NULL;
	require(source || !count || changes);
	if (source) {
		check_same(file, part, count);
		read_all(source, given, changes);
	}
	source_close(source);
	while (count)
		close(fd[--count]);
	return 0;
}
