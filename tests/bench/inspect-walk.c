/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspect-walk DUMP TABLE LEVELS: measures the time of iommu-inspect's walker for one table of a dump, and of translating one address
 * after the other. For comparison it measures adding up the words of the same pages, as many calls of pread(), and the walk of `who'.
 * Used by tests/bench/inspect, which counts instructions inside the measure_ functions.
 */
#include "radix.h"
#include "amd-vi/amd-v1.h"
#include "dump/formats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15

struct pages {
	struct iq_memory memory; /* first */
	struct iq_memory *below;
	uint64_t *address;
	size_t count, room;
};

struct filter {
	struct iq_radix_visitor visitor; /* first */
	uint64_t found;
};

static struct source *source;
static struct pages pages;
static struct iq_radix_root root = { .form = &iq_form_amd_v1, .read = true, .write = true };

static const void *remember(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct pages *to = (struct pages *)memory;

	if (!to->count || to->address[to->count - 1] != address) {
		if (to->count == to->room) {
			to->room = to->room ? 2 * to->room : 1024;
			to->address = realloc(to->address, to->room * sizeof(*to->address));
			if (!to->address)
				abort();
		}
		to->address[to->count++] = address;
	}
	return to->below->map(to->below, address, length);
}

static int by_address(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* Count each page once: on its way back up the walk maps a table again. */
static void drop_repeated(void)
{
	size_t kept = 0;

	qsort(pages.address, pages.count, sizeof(*pages.address), by_address);
	for (size_t i = 0; i < pages.count; i++)
		if (!kept || pages.address[kept - 1] != pages.address[i])
			pages.address[kept++] = pages.address[i];
	pages.count = kept;
}

/* Reads of the file itself. */
static uint64_t read_file(void)
{
	static uint8_t page[IQ_PAGE_SIZE];
	struct kq_reason reason;
	uint64_t sum = 0;

	for (size_t i = 0; i < pages.count; i++) {
		if (file_read(&source->file[0], (i + 1) * IQ_PAGE_SIZE, page, sizeof(page), "page", &reason))
			sum += page[0];
	}
	return sum;
}

static bool count(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int runs)
{
	(void)mapping;
	((struct filter *)visitor)->found += runs;
	return true;
}

static __attribute__((noinline)) uint64_t measure_walk(void)
{
	struct iq_radix_totals totals;
	struct iq_radix_visitor nothing = { .mappings = NULL };

	iq_radix_walk(&source->memory, &root, IQ_RADIX_TABLES_MAX, &nothing, &totals);
	return totals.mappings;
}

static __attribute__((noinline)) uint64_t measure_who(void)
{
	/* A walk as `who' makes it, for a page that no device can reach. */
	struct filter filter = {
		.visitor = { .mappings = count, .filtered = true, .first = UINT64_C(1) << 50, .last = UINT64_C(1) << 50 },
	};
	struct iq_radix_totals totals;

	iq_radix_walk(&source->memory, &root, IQ_RADIX_TABLES_MAX, &filter.visitor, &totals);
	return totals.mappings + filter.found;
}

#define ADDRESSES 100000u

/* The IOVA of page @i. The measured tables map IOVAs from 4 GiB on. */
static uint64_t address_of(unsigned int i)
{
	return UINT64_C(0x100000000) + (uint64_t)i * IQ_PAGE_SIZE;
}

/* Translate addresses one by one; the root is checked once before. */
static __attribute__((noinline)) uint64_t measure_translate(void)
{
	struct iq_radix_view view;
	struct iq_radix_path path;
	uint64_t found = 0;

	if (!iq_radix_view(&root, &view))
		abort();
	for (unsigned int i = 0; i < ADDRESSES; i++)
		found += iq_radix_translate_by(&source->memory, &view, address_of(i), &path) == IQ_OK;
	return found;
}

/* The same, but the root is checked again for each address. */
static __attribute__((noinline)) uint64_t measure_single(void)
{
	struct iq_radix_path path;
	uint64_t found = 0;

	for (unsigned int i = 0; i < ADDRESSES; i++)
		found += iq_radix_translate(&source->memory, &root, address_of(i), &path) == IQ_OK;
	return found;
}

/* Read every word of every table page once. */
static uint64_t read_source(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < pages.count; i++) {
		const uint64_t *page = source->memory.map(&source->memory, pages.address[i], IQ_PAGE_SIZE);

		for (size_t word = 0; page && word < IQ_PAGE_SIZE / 8; word++)
			sum += page[word];
	}
	return sum;
}

static uint64_t best(uint64_t (*measure)(void), uint64_t *result)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec start, end;
		uint64_t took;

		clock_gettime(CLOCK_MONOTONIC, &start);
		*result = measure();
		clock_gettime(CLOCK_MONOTONIC, &end);
		took = (uint64_t)(end.tv_sec - start.tv_sec) * 1000000000u + (uint64_t)end.tv_nsec - (uint64_t)start.tv_nsec;
		least = iq_min(least, took);
	}
	return least;
}

int main(int argc, char **argv)
{
	struct iq_radix_visitor nothing = { .mappings = NULL };
	struct kq_reason reason;
	uint64_t mappings, unused;

	if (argc != 4 && argc != 5)
		return 2;
	source = source_open(inspect_formats, &argv[1], 1, false, &reason);
	if (!source || !source_start(source, &reason)) {
		fprintf(stderr, "inspect-walk: %s: %s\n", argv[1], reason.text);
		return 1;
	}
	root.table = strtoull(argv[2], NULL, 16);
	root.levels = (uint8_t)atoi(argv[3]);
	pages.memory.map = remember;
	pages.below = &source->memory;
	iq_radix_walk(&pages.memory, &root, IQ_RADIX_TABLES_MAX, &nothing, NULL);
	drop_repeated();
	if (argc == 5) {
		/* A fifth argument names one measure_ function, which is called once: for counting its instructions. */
		uint64_t (*const measure)(void) = !strcmp(argv[4], "walk") ? measure_walk : !strcmp(argv[4], "who") ? measure_who :
						  !strcmp(argv[4], "translate") ? measure_translate : measure_single;

		printf("%" PRIu64 "\n", measure());
		source_close(source);
		free(pages.address);
		return 0;
	}
	printf("{\"walk_ns\": %" PRIu64, best(measure_walk, &mappings));
	printf(", \"mappings\": %" PRIu64 ", \"tables\": %zu", mappings, pages.count);
	printf(", \"who_ns\": %" PRIu64, best(measure_who, &unused));
	printf(", \"translate_ns\": %" PRIu64, best(measure_translate, &unused));
	printf(", \"addresses\": %u", ADDRESSES);
	printf(", \"sum_ns\": %" PRIu64, best(read_source, &unused));
	printf(", \"read_ns\": %" PRIu64 "}\n", best(read_file, &unused));
	source_close(source);
	free(pages.address);
	return 0;
}
