/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages that were read become the snapshot. Entries are read first, then page tables: time may run out, and entries are
 * worth more.
 */
#include "old.h"

#include "base/budget.h"
#include "classify.h"
#include "base/cleanup.h"
#include "record/collect.h"
#include "kernel/units.h"
#include "live.h"
#include "dump/notes.h"
#include "repair.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_BYTES (UINT64_C(16) << 20) /* of 40,000 CPUs */

static void bad(struct reconcile *reconcile, enum old_state state, int status, const char *why)
{
	reconcile->crashed.state = state;
	reconcile_trouble(reconcile, status, "%s: %s", reconcile->dump, why);
}

static void open_record(struct reconcile *reconcile)
{
	struct kq_reason reason;
	void *bytes = NULL;
	size_t size = 0;

	switch (notes_find(reconcile->crashed.source, IQ_NOTE_NAME, IQ_NOTE_TYPE, &bytes, &size, &reason)) {
	case NOTES_FOUND:
		if (!evidence_open(&reconcile->crashed.evidence, bytes, size, &reason)) {
			evidence_close(&reconcile->crashed.evidence);
			bad(reconcile, OLD_BAD_RECORD, EXIT_BAD_RECORD, reason.text);
			return;
		}
		reconcile->crashed.state = OLD_READ;
		reconcile->crashed.units = UNITS_RECORD;
		if (evidence_warning(&reconcile->crashed.evidence))
			reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: %s", reconcile->dump,
					  evidence_warning(&reconcile->crashed.evidence));
		return;
	case NOTES_NONE:
		if (reason.text[0])
			bad(reconcile, OLD_BAD_RECORD, EXIT_BAD_RECORD, reason.text);
		else
			bad(reconcile, OLD_NO_RECORD, EXIT_NO_RECORD,
			    "no record of kdump-quiesce among its notes: the plugin was not loaded");
		return;
	case NOTES_DAMAGED:
		bad(reconcile, OLD_BAD_DUMP, EXIT_BAD_DUMP, reason.text);
		return;
	}
}

void old_limits(void)
{
	kq_budget_set(KQ_BUDGET_PAGES, LIMITS_PAGES);
	kq_budget_set(KQ_BUDGET_NOTE_BYTES, NOTE_BYTES);
}

void old_open(struct reconcile *reconcile)
{
	char *const path[] = { (char *)reconcile->dump };
	struct kq_reason reason;

	reconcile->crashed.source = source_open(source_only_elf, path, 1, false, &reason);
	if (!reconcile->crashed.source) {
		bad(reconcile, OLD_BAD_DUMP, EXIT_BAD_DUMP, reason.text);
		return;
	}
	reconcile->crashed.source->by_page = true;
	open_record(reconcile);
	if (reconcile->crashed.state != OLD_BAD_DUMP && !source_start(reconcile->crashed.source, &reason))
		bad(reconcile, OLD_BAD_DUMP, EXIT_BAD_DUMP, reason.text);
}

static bool is_same(const struct reach *reach, const struct collect *collect, const struct iq_mapping *mapping)
{
	return reach->unit == collect->unit && reach->id == collect->id &&
	       reach->mapping.iova == mapping->iova && reach->mapping.physical == mapping->physical &&
	       reach->mapping.length == mapping->length;
}

static void add_reach(struct reconcile *reconcile, const struct collect *collect, const struct iq_mapping *mapping)
{
	reconcile->reaches_now += collect->now;
	for (size_t i = 0; collect->now && i < reconcile->reaches && i < REACHES_MAX; i++) {
		if (is_same(&reconcile->reach[i], collect, mapping)) {
			reconcile->reach[i].now = true;
			reconcile->reach[i].now_write = mapping->write;
			return;
		}
	}
	/* When reach[] is full, a run in the tables of now is taken to be one that was counted at the crash. */
	if (collect->now && reconcile->reaches >= REACHES_MAX)
		return;
	if (reconcile->reaches < REACHES_MAX)
		reconcile->reach[reconcile->reaches] = (struct reach){
			.unit = collect->unit,
			.id = collect->id,
			.mapping = *mapping,
			.now = collect->now,
			.now_write = collect->now && mapping->write,
		};
	reconcile->reaches++;
}

static void on_mappings(struct collect *collect, const struct iq_mapping *mapping, unsigned int count)
{
	struct reconcile *reconcile = collect->context;

	for (unsigned int i = 0; i < count; i++)
		if ((mapping[i].read || mapping[i].write) &&
		    memory_map_hit(&reconcile->running.map, mapping[i].physical, mapping[i].length))
			add_reach(reconcile, collect, &mapping[i]);
}

static void collect(struct reconcile *reconcile, struct page_set *pages)
{
	struct collect collect = {
		.evidence = &reconcile->crashed.evidence,
		.pages = pages,
		.source = reconcile->crashed.source,
		.context = reconcile,
	};

	if (reconcile->running.map.ranges) {
		collect.mappings = on_mappings;
		collect.first = UINT64_MAX;
	}
	for (unsigned int i = 0; i < reconcile->running.map.ranges; i++) {
		collect.first = iq_min(collect.first, reconcile->running.map.range[i].first);
		if (collect.last < reconcile->running.map.range[i].last)
			collect.last = reconcile->running.map.range[i].last;
	}
	if (!collect_tables(&collect))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "out of memory: not all tables were read");
	reconcile->crashed.walked = true;
	reconcile->crashed.unreadable = collect.unreadable;
	if (collect.gave_up.text[0])
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: %s: not all were read", reconcile->dump, collect.gave_up.text);
}

static void save(struct reconcile *reconcile, struct page_set *pages)
{
	char *const path[] = { (char *)reconcile->dump };
	struct kq_reason reason;

	if (!reconcile->crashed.saved.path)
		return;
	reconcile->crashed.saved.source = reconcile->crashed.source;
	reconcile->crashed.saved.dump = path;
	reconcile->crashed.saved.pages = pages;
	if (!save_tables(&reconcile->crashed.saved, &reason)) {
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: no snapshot: %s", reconcile->crashed.saved.path, reason.text);
		reconcile->crashed.saved.path = NULL;
	}
}

/* Note units whose tables are not read, and why. */
static void check_units(struct reconcile *reconcile)
{
	for (unsigned int i = 0; i < reconcile->crashed.evidence.units; i++) {
		const struct evidence_unit *unit = &reconcile->crashed.evidence.unit[i];

		if (!unit->unit.family)
			reconcile_trouble(reconcile, EXIT_TROUBLE,
					  "unit %u: family %u is not known to this version: its tables are not read",
					  unit->unit.index, unit->family_id);
	}
}

/* The units by the crashed kernel's own structures, which are read through @memory. */
static void find_units(struct reconcile *reconcile, struct limits *limits, struct iq_memory *memory)
{
	struct kq_reason *why = &reconcile->crashed.no_units;
	struct kernel_clues clues = { .arch = source_arch(reconcile->crashed.source) };
	_cleanup_free_ void *text = NULL;
	bool found;

	switch (notes_find(reconcile->crashed.source, VMCOREINFO_NOTE, VMCOREINFO_TYPE, &text, &clues.info.size,
			   why)) {
	case NOTES_FOUND:
		break;
	case NOTES_NONE:
		kq_fail(why, "no vmcoreinfo among its notes");
		return;
	case NOTES_DAMAGED:
		return;
	}
	clues.info.text = text;
	found = kernel_units_find(memory, &clues, &reconcile->crashed.evidence, why);
	reconcile->crashed.no_iommu = found && !reconcile->crashed.evidence.units;
	if (reconcile->crashed.no_iommu)
		kq_fail(why, "that kernel had no IOMMU that this program knows");
	else if (!found && reconcile->crashed.evidence.units)
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: not all IOMMUs were found: %s", reconcile->dump,
				  why->text);
	if (reconcile->crashed.evidence.units)
		reconcile->crashed.units = UNITS_SYMBOLS;
	/* Note what could not be read. */
	limits->damaged = 0;
}

/* Make verdicts without any old tables. */
static void compare_nothing(struct reconcile *reconcile)
{
	if (reconcile->crashed.saved.path)
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: no snapshot: nothing leads to the old tables",
				  reconcile->crashed.saved.path);
	reconcile->crashed.saved.path = NULL;
	if (reconcile->repair && !reconcile->crashed.no_iommu)
		reconcile_trouble(reconcile, EXIT_TROUBLE,
				  "nothing is repaired: without the old tables nobody knows what needs it");
	classify(reconcile, NULL, NULL);
	if (reconcile->crashed.no_iommu)
		repair(reconcile, NULL, NULL);
}

static void compare(struct reconcile *reconcile, struct past *past, struct limits *limits, struct page_set *pages)
{
	const size_t structures = pages->count;
	struct kq_reason reason;
	struct live live;

	check_units(reconcile);
	past_start(past, &limits->memory, &reconcile->crashed.evidence);
	live_start(&live, &reconcile->running.map, limits);
	/* --repair groups alone runs before drivers are loaded: this kernel has attached nothing yet. */
	if (!reconcile->entries_only || reconcile->repair & KQ_REPAIR_DEVICES)
		live_open(&live, reconcile);
	classify(reconcile, &past->memory, &live);
	repair(reconcile, &past->memory, &live);
	live_close(&live);
	if (!reconcile->entries_only)
		collect(reconcile, pages);
	reconcile->crashed.tables = pages->count - structures;
	if (limits->late || limits->many) {
		limits_why(limits, &reason);
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: %s: not all tables were read", reconcile->dump, reason.text);
	} else if (limits->damaged) {
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: not all tables were read: %s", reconcile->dump,
				  limits->why.text);
	}
	limits->off = true; /* its pages were read within the limits */
	save(reconcile, pages);
}

void old_compare(struct reconcile *reconcile)
{
	struct past *past = malloc(sizeof(*past));
	struct limits limits;
	struct page_set pages;

	if (reconcile->crashed.state == OLD_BAD_DUMP || !past) {
		if (!past)
			reconcile_trouble(reconcile, EXIT_TROUBLE, "out of memory");
		compare_nothing(reconcile);
		free(past);
		return;
	}
	limits_start(&limits, reconcile->crashed.source);
	page_set_start(&pages, &limits.memory);
	limits.pages = &pages;
	/* The structures that lead to the tables belong to the snapshot too: with --save they are read through @pages. */
	if (reconcile->crashed.units == UNITS_NONE)
		find_units(reconcile, &limits, reconcile->crashed.saved.path ? &pages.memory : &limits.memory);
	if (reconcile->crashed.units == UNITS_NONE)
		compare_nothing(reconcile);
	else
		compare(reconcile, past, &limits, &pages);
	page_set_free(&pages);
	free(past);
}

void old_close(struct reconcile *reconcile)
{
	evidence_close(&reconcile->crashed.evidence);
	source_close(reconcile->crashed.source);
	reconcile->crashed.source = NULL;
}
