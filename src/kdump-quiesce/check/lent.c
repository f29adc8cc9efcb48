/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges from the kernel; writers by the core's own walkers over the dry run's memory.
 */
#include "lent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "record/reach.h"
#include "record/ways.h"
#include "host/requester.h"
#include "host/sysroot.h"

#define RANGES	    "/sys/kernel/kexec/crash_cma_ranges"
#define AREAS	    "/sys/kernel/debug/cma"
#define AREA_NAME   "crashkernel" /* Linux, kernel/crash_reserve.c: reserve_crashkernel_cma() */
#define TEXT_MAX    65536u
#define TABLES_MAX  32768u /* that are read in all: 128 MiB */
#define PASIDS_MAX  4096u  /* of all requesters */
#define WRITERS_MAX 65536u

/* A way that was walked: whoever else goes it writes to as much. */
struct way {
	struct iq_entry entry;
	uint64_t bytes;
};

struct search {
	struct iq_radix_visitor visitor; /* first */
	struct kq_lent *lent;
	struct kq_dry_run *run;
	const struct iq_unit *unit;
	struct way *way;
	size_t ways;
	uint64_t bytes; /* of the way being walked */
	uint64_t tables_left;
	unsigned int pasids_left;
	struct kq_reason many; /* which limit was met, "": none */
};

static void add_range(struct kq_lent *lent, uint64_t first, uint64_t end)
{
	if (first >= end)
		return;
	if (lent->ranges == KQ_LENT_RANGES)
		lent->ranges_left_out = true;
	else
		lent->range[lent->ranges++] = (struct kq_range){ first, end };
}

/* "62000000-65ffffff", a line a range. */
static bool from_kexec(struct kq_lent *lent, const struct kq_host *host)
{
	char *text = kq_host_read(host, RANGES, TEXT_MAX, NULL), *next = NULL;
	const bool known = text;
	uint64_t first, last;

	for (char *line = text ? strtok_r(text, "\n", &next) : NULL; line; line = strtok_r(NULL, "\n", &next))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &first, &last) == 2 && last < UINT64_MAX)
			add_range(lent, first, last + 1);
	free(text);
	lent->source = RANGES;
	return known;
}

/* Kernels that do not have that file, with CONFIG_CMA_DEBUGFS: a directory an area. */
static bool from_areas(struct kq_lent *lent, const struct kq_host *host)
{
	struct kq_names names;
	char path[400];

	kq_host_list(host, AREAS, &names);
	for (size_t i = 0; i < names.count; i++) {
		uint64_t page, pages;

		if (strncmp(names.name[i], AREA_NAME, strlen(AREA_NAME)))
			continue;
		snprintf(path, sizeof(path), AREAS "/%.255s/base_pfn", names.name[i]);
		page = kq_host_number(host, path, 0);
		snprintf(path, sizeof(path), AREAS "/%.255s/count", names.name[i]);
		pages = kq_host_number(host, path, 0);
		if (page < UINT64_MAX / IQ_PAGE_SIZE && pages < UINT64_MAX / IQ_PAGE_SIZE - page)
			add_range(lent, page * IQ_PAGE_SIZE, (page + pages) * IQ_PAGE_SIZE);
	}
	kq_names_free(&names);
	lent->source = AREAS;
	return lent->ranges;
}

void kq_lent_read(struct kq_lent *lent, const struct kq_host *host, const char *cmdline)
{
	const char *at = cmdline, *value;
	struct iq_word word;
	size_t length;

	memset(lent, 0, sizeof(*lent));
	while (iq_cmdline_next(&at, &word))
		if (iq_cmdline_is(&word, "crashkernel", &value, &length))
			lent->asked |= memmem(value, length, ",cma", 4) != NULL;
	lent->known = from_kexec(lent, host) || from_areas(lent, host);
}

/* What of @mapping leads there. Length 0 stands for 2^64. */
static uint64_t overlap(const struct kq_lent *lent, const struct iq_mapping *mapping)
{
	const uint64_t last = mapping->physical + (mapping->length - 1);
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < lent->ranges; i++) {
		const struct kq_range *range = &lent->range[i];
		const uint64_t first = mapping->physical > range->first ? mapping->physical : range->first;

		if (first < range->end && last >= first)
			bytes += iq_min(last, range->end - 1) - first + 1;
	}
	return bytes;
}

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct search *search = (struct search *)visitor;

	for (unsigned int i = 0; i < count; i++)
		if (mapping[i].write)
			search->bytes += overlap(search->lent, &mapping[i]);
	return true;
}

static void add_writer(struct search *search, const char *name, enum iq_mode mode, bool all, uint64_t bytes)
{
	struct kq_lent *lent = search->lent;
	struct kq_writer *more, *last = lent->writers ? &lent->writer[lent->writers - 1] : NULL;

	/* The requests of one source id with other PASIDs. */
	if (last && !strcmp(last->name, name)) {
		last->bytes += bytes;
		last->all |= all;
		return;
	}
	more = lent->writers < WRITERS_MAX ? realloc(lent->writer, (lent->writers + 1) * sizeof(*more)) : NULL;
	if (!more) {
		if (lent->writers == WRITERS_MAX)
			kq_fail(&search->many, "more requesters than %u", WRITERS_MAX);
		else
			kq_fail(&search->many, "out of memory");
		return;
	}
	lent->writer = more;
	last = &more[lent->writers++];
	*last = (struct kq_writer){ .all = all, .preserved = mode == IQ_MODE_PRESERVE, .bytes = bytes };
	snprintf(last->name, sizeof(last->name), "%s", name);
}

/* Bytes of that memory that @entry lets its requester write to. */
static uint64_t walk(struct search *search, const struct iq_entry *entry)
{
	struct iq_radix_totals totals = { 0 };
	enum iq_status status = IQ_NO_ROOM;
	struct way *more;

	for (size_t i = 0; i < search->ways; i++)
		if (!ways_compare_tables(&search->way[i].entry, entry))
			return search->way[i].bytes;
	search->bytes = 0;
	if (search->tables_left)
		status = reach_walk(&search->run->dry.past.memory, entry, search->tables_left, &search->visitor, &totals);
	search->tables_left -= iq_min(search->tables_left, totals.tables);
	search->lent->partial |= status != IQ_OK;
	if (status == IQ_NO_ROOM)
		kq_fail(&search->many, "more page tables than %u", TABLES_MAX);
	more = realloc(search->way, (search->ways + 1) * sizeof(*more));
	if (more) {
		search->way = more;
		more[search->ways++] = (struct way){ *entry, search->bytes };
	}
	return search->bytes;
}

/* Is @id that of a device that can do DMA? What nobody uses is of no interest, whatever its entry lets through. */
static bool in_use(const struct kq_topology *topology, uint16_t segment, uint16_t id)
{
	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		for (unsigned int n = 0; function->master && !function->bridge && n < function->count; n++)
			if (function->segment == segment && topology->requester[function->first + n].id == id)
				return true;
	}
	return false;
}

static void look_at(struct search *search, const struct iq_entry *entry)
{
	const struct iq_plan *plan = &search->run->run.plan;
	const struct iq_unit *unit = search->unit;
	const char *name = source_id_text(plan->functions, plan->ranges, unit, entry->id);
	const enum iq_mode mode = iq_plan_mode(plan, unit, entry->id);
	const uint64_t bytes = reach_has_way(entry) && entry->write && entry->windows ? walk(search, entry) : 0;
	struct iq_function function;

	if (bytes)
		add_writer(search, name, mode, false, bytes);
	else if (entry->translation == IQ_TRANSLATION_UNKNOWN)
		search->lent->partial = true;
	else if (entry->translation == IQ_TRANSLATION_PASSTHROUGH && entry->write && !entry->windows &&
		 (!iq_plan_function(plan, unit, entry->id, &function) ||
		  in_use(&search->run->topology, function.segment, function.requester)))
		add_writer(search, name, mode, true, 0);
}

static void look_at_pasids(struct search *search, const struct iq_entry *entry)
{
	const struct iq_reader *reader = iq_reader_of(search->unit->family);
	struct iq_memory *memory = &search->run->dry.past.memory;
	struct iq_entry found;

	for (uint32_t pasid = 0; entry->pasid_table && reader->next_pasid(memory, entry, &pasid) == IQ_OK; pasid++) {
		if (!search->pasids_left--) {
			search->pasids_left = 0;
			kq_fail(&search->many, "more PASIDs than %u", PASIDS_MAX);
			return;
		}
		if (reader->pasid(memory, search->unit, entry, pasid, &found) == IQ_OK)
			look_at(search, &found);
	}
}

static void look_at_unit(struct search *search)
{
	const struct iq_reader *reader = iq_reader_of(search->unit->family);
	struct iq_memory *memory = &search->run->dry.past.memory;
	iq_source_id id = 0;

	do {
		struct iq_entry entry;
		enum iq_status status;

		if (!reader->next(memory, search->unit, &id))
			return;
		status = reader->entry(memory, search->unit, id, &entry);
		if (status == IQ_OK) {
			look_at(search, &entry);
			look_at_pasids(search, &entry);
		} else if (status != IQ_NOT_FOUND) {
			search->lent->partial = true;
		}
	} while (++id);
}

/* Units of one segment may share every entry. */
static bool is_first(const struct iq_plan *plan, unsigned int number)
{
	for (unsigned int i = 0; i < number; i++)
		if (iq_same_tables(&plan->unit[i], &plan->unit[number]))
			return false;
	return true;
}

/* Whom no IOMMU stands in the way of. */
static void look_at_unserved(struct search *search)
{
	const struct kq_topology *topology = &search->run->topology;
	const struct iq_plan *plan = &search->run->run.plan;

	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		if (function->master && !function->bridge && topology->requester[function->first].unit == IQ_NO_UNIT)
			add_writer(search, requester_text(function->segment, function->id),
				   iq_plan_function_mode(plan, function->segment, function->id), true, 0);
	}
}

void kq_lent_look(struct kq_lent *lent, struct kq_dry_run *run)
{
	const struct iq_plan *plan = &run->run.plan;
	struct search search = {
		.visitor = { .mappings = on_mappings },
		.lent = lent,
		.run = run,
		.tables_left = TABLES_MAX,
		.pasids_left = PASIDS_MAX,
	};
	const char *unseen;

	look_at_unserved(&search);
	for (unsigned int i = 0; i < plan->units; i++) {
		search.unit = &plan->unit[i];
		if (plan->unit[i].status != IQ_OK)
			lent->partial = true;
		else if (is_first(plan, i))
			look_at_unit(&search);
		lent->looked |= plan->unit[i].status == IQ_OK;
	}
	free(search.way);
	unseen = kq_dry_unseen(run, 0);
	if (lent->ranges_left_out)
		kq_fail(&search.many, "more ranges of lent memory than %u", KQ_LENT_RANGES);
	if (search.many.text[0])
		lent->unseen = search.many;
	else if ((lent->partial || !lent->looked) && unseen)
		kq_fail(&lent->unseen, "%.200s", unseen);
	else if (lent->partial)
		kq_fail(&lent->unseen, "not all of the IOMMUs' tables are sound");
}

void kq_lent_free(struct kq_lent *lent)
{
	free(lent->writer);
	memset(lent, 0, sizeof(*lent));
}
