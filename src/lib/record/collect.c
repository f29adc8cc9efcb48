/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything is read once through memory that remembers pages, in the way that the verbs read it: what they need later
 * is then there, and nothing here has to know where a family keeps its tables.
 */
#include "collect.h"

#include "base/budget.h"
#include "base/progress.h"
#include "reach.h"
#include "ways.h"

#include <stdlib.h>
#include <string.h>

#define PLACE  IQ_MASK(51, 12) /* of a root's table, as far as it is no part of the root's shape */
#define SHAPES 256u

/* All that windows can have in common but the place of their table: real machines have a handful of such. */
struct shape {
	struct iq_window window;
	bool now;
};

struct walker {
	struct iq_radix_visitor visitor; /* first */
	struct collect *collect;
	struct past past;
	struct page_set ways; /* not pages: what was walked, as the number of its shape and its place */
	struct shape shape[SHAPES];
	unsigned int shapes;
	struct iq_entry nested; /* walked last; without a window: none */
	bool nested_now;
};

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct walker *walker = (struct walker *)visitor;

	walker->collect->unreadable += error->status == IQ_UNREACHABLE;
	if (error->status == IQ_NO_ROOM)
		source_tables_exceeded(walker->collect->source, &walker->collect->gave_up);
	return true;
}

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct collect *collect = ((struct walker *)visitor)->collect;

	collect->mappings(collect, mapping, count);
	return true;
}

/* What one requester may not do at all another may, by the same tables. */
static bool is_alike(const struct shape *a, const struct shape *b)
{
	return a->now == b->now && !ways_compare_windows(&a->window, &b->window) && !ways_compare_rights(&a->window, &b->window);
}

/* Where what @window leads to lies. */
static uint64_t *place_of(struct iq_window *window)
{
	if (window->first.form)
		return &window->first.table;
	return window->second.form ? &window->second.table : &window->direct.physical;
}

/* The number of the shape of @window, SHAPES if there are more than that; *@place becomes what else there is to it. */
static unsigned int shape_of(struct walker *walker, const struct iq_window *window, bool now, uint64_t *place)
{
	struct shape shape = { *window, now };
	unsigned int i = 0;

	*place = *place_of(&shape.window) & PLACE;
	*place_of(&shape.window) &= ~PLACE;
	while (i < walker->shapes && !is_alike(&walker->shape[i], &shape))
		i++;
	if (i == walker->shapes && i < SHAPES)
		walker->shape[walker->shapes++] = shape;
	return i;
}

/* Whether this way, through one window, was walked before. Of nested ones, whether it is the one that was walked last. */
static bool is_known(struct walker *walker, const struct iq_entry *way, bool now)
{
	unsigned int shape;
	uint64_t place;

	if (reach_has_nested(way)) {
		if (walker->nested.windows && walker->nested_now == now && !ways_compare_tables(way, &walker->nested))
			return true;
		walker->nested = *way;
		walker->nested_now = now;
		return false;
	}
	shape = shape_of(walker, &way->window[0], now, &place);
	/* More shapes than that only a hostile dump has: each of its ways is walked, until that are too many tables. */
	return shape < SHAPES && !page_set_add(&walker->ways, place | (uint64_t)shape << 52);
}

/* Whether there is room for another way. It cannot have more pages than the dump, and all ways together not many more. */
static bool has_room(struct collect *collect)
{
	if (!source_tables(collect->source) || collect->pages->count > collect->source->frames)
		return source_tables_exceeded(collect->source, &collect->gave_up);
	return collect->pages->count <= kq_budget_limit(KQ_BUDGET_PAGES) ||
	       kq_budget_exceeded(KQ_BUDGET_PAGES, &collect->gave_up);
}

/* A way through one window. */
static void visit_window(struct walker *walker, struct iq_memory *memory, const struct iq_entry *way)
{
	struct collect *collect = walker->collect;
	struct iq_radix_totals totals;
	struct kq_reason unused;

	if (is_known(walker, way, memory != &walker->past.memory) || !has_room(collect))
		return;
	collect->now = memory != &walker->past.memory;
	reach_walk(memory, way, source_tables(collect->source), &walker->visitor, &totals);
	kq_budget_take(KQ_BUDGET_TABLES, totals.tables, &unused);
}

/* Windows of one requester may be another's too: each is looked at for itself. */
static void visit_way(struct walker *walker, struct iq_memory *memory, const struct iq_entry *way)
{
	struct iq_entry one = *way;

	one.windows = 1;
	for (unsigned int i = 0; i < way->windows; i++) {
		one.window[0] = way->window[i];
		visit_window(walker, memory, &one);
	}
}

static void visit_entry(struct walker *walker, struct iq_memory *memory, const struct evidence_unit *unit,
			const struct iq_entry *entry)
{
	const struct iq_reader *reader = unit->reader;
	struct iq_entry way;

	visit_way(walker, memory, entry);
	for (uint32_t pasid = 0; entry->pasid_table && reader->next_pasid(memory, entry, &pasid) == IQ_OK; pasid++) {
		if (!kq_budget_take(KQ_BUDGET_PASIDS, 1, &walker->collect->gave_up))
			return;
		if (reader->pasid(memory, &unit->unit, entry, pasid, &way) == IQ_OK)
			visit_way(walker, memory, &way);
	}
}

static void visit_id(struct walker *walker, unsigned int number, iq_source_id id)
{
	struct collect *collect = walker->collect;
	const struct evidence_unit *unit = &collect->evidence->unit[number];
	struct iq_memory *past = &walker->past.memory, *now = &collect->pages->memory;
	const struct iq_change *change;
	struct iq_entry entry;
	enum iq_status status;
	bool partial;

	collect->unit = &unit->unit;
	collect->id = id;
	status = evidence_entry(collect->evidence, past, number, id, &entry, &change, &partial);
	if (status == IQ_OK && entry.valid)
		visit_entry(walker, past, unit, &entry);
	status = unit->reader->entry(now, &unit->unit, id, &entry);
	if (status == IQ_OK && entry.valid)
		visit_entry(walker, now, unit, &entry);
	collect->unreadable += status == IQ_UNREACHABLE;
}

static void visit_rings(struct walker *walker, const struct evidence_unit *unit)
{
	struct iq_memory *memory = &walker->past.memory;
	struct iq_ring ring;

	for (unsigned int n = 0; unit->reader->ring(&unit->unit, n, &ring); n++)
		for (uint64_t at = 0; at < ring.size; at += IQ_PAGE_SIZE)
			walker->collect->unreadable += !memory->map(memory, ring.base + at, IQ_PAGE_SIZE);
}

static void visit_unit(struct walker *walker, unsigned int number)
{
	struct collect *collect = walker->collect;
	const struct evidence_unit *unit = &collect->evidence->unit[number];
	iq_source_id id = 0;
	uint64_t ids;

	if (!unit->unit.family)
		return;
	visit_rings(walker, unit);
	if (unit->unit.status != IQ_OK || unit->shares != number)
		return;
	ids = unit->reader->ids(&unit->unit);
	do {
		if (!unit->reader->next(&collect->pages->memory, &unit->unit, &id))
			break;
		visit_id(walker, number, id);
		kq_progress("reading tables", id, ids);
	} while (++id);
}

bool collect_tables(struct collect *collect)
{
	struct walker *walker = calloc(1, sizeof(*walker));
	bool whole;

	collect->unreadable = 0;
	collect->gave_up.text[0] = '\0';
	if (!walker)
		return false;
	walker->visitor.error = on_error;
	walker->collect = collect;
	if (collect->mappings) {
		walker->visitor.mappings = on_mappings;
		walker->visitor.filtered = true;
		walker->visitor.first = collect->first;
		walker->visitor.last = collect->last;
	}
	past_start(&walker->past, &collect->pages->memory, collect->evidence);
	page_set_start(&walker->ways, NULL);
	for (unsigned int i = 0; i < collect->evidence->units; i++)
		visit_unit(walker, i);
	whole = !walker->ways.failed && !collect->pages->failed;
	page_set_free(&walker->ways);
	free(walker);
	return whole;
}
