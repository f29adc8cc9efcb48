/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each side is walked in pieces of some thousand runs, so that the two can take turns. Runs are cut where those of the
 * other side begin and end; what differs is put together again.
 */
#include "compare.h"

#include "base/budget.h"
#include "base/progress.h"

#include <stdlib.h>

#define RUNS  4096u
#define BATCH 64u /* more than a walk hands over at a time */

struct side {
	struct iq_radix_visitor visitor; /* first */
	struct compare *compare;
	enum compare_which which;
	struct iq_mapping run[RUNS];
	unsigned int runs, next;
	uint64_t from; /* where the next piece begins */
	uint64_t tables_left;
	bool ended;
	struct iq_mapping differs; /* not handed over yet, it may still grow */
};

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct side *side = (struct side *)visitor;

	for (unsigned int i = 0; i < count && side->runs < RUNS; i++) {
		struct iq_mapping run = mapping[i];
		const uint64_t seen = side->from > run.iova ? side->from - run.iova : 0;

		if (seen >= run.length)
			continue;
		run.iova += seen;
		run.physical += seen;
		run.length -= seen;
		side->run[side->runs++] = run;
	}
	return side->runs + BATCH <= RUNS;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct side *side = (struct side *)visitor;

	side->compare->error(side->compare, side->which, error);
	return true;
}

/* Read the next piece. */
static void refill(struct side *side)
{
	const struct compare_side *what = &side->compare->side[side->which];
	struct iq_radix_totals totals;
	enum iq_status status;
	struct kq_reason unused;

	side->runs = side->next = 0;
	status = reach_walk_from(what->memory, &what->way, side->from,
				 iq_min(side->tables_left, kq_budget_left(KQ_BUDGET_TABLES)), &side->visitor, &totals);
	side->tables_left -= iq_min(totals.tables, side->tables_left);
	kq_budget_take(KQ_BUDGET_TABLES, totals.tables, &unused);
	side->compare->refused[side->which] |= totals.refused;
	side->ended = status != IQ_INTERRUPTED;
	if (side->runs)
		side->from = side->run[side->runs - 1].iova + side->run[side->runs - 1].length;
	kq_progress_below("ranges compared", side->compare->done);
	/* The end of all addresses. */
	side->ended |= !side->runs || !side->from;
}

/* The run at hand, NULL behind the last. */
static struct iq_mapping *at_hand(struct side *side)
{
	if (side->next == side->runs && !side->ended)
		refill(side);
	return side->next < side->runs ? &side->run[side->next] : NULL;
}

/* Move on behind the first @length bytes of the run at hand. */
static void pass(struct side *side, uint64_t length)
{
	struct iq_mapping *run = &side->run[side->next];

	run->iova += length;
	run->physical += length;
	run->length -= length;
	if (!run->length) {
		side->next++;
		side->compare->done++;
	}
}

static bool hand_over(struct side *side)
{
	const struct iq_mapping run = side->differs;

	side->differs.length = 0;
	return !run.length || side->compare->differs(side->compare, side->which, &run);
}

static bool goes_on(const struct iq_mapping *run, const struct iq_mapping *next)
{
	return run->iova + run->length == next->iova && run->physical + run->length == next->physical &&
	       run->read == next->read && run->write == next->write;
}

/* The first @length bytes of the run at hand of @side differ. What both sides have waiting is handed over in order of IOVA. */
static bool note(struct side *side, struct side *other, uint64_t length)
{
	struct iq_mapping part = side->run[side->next];

	part.length = length;
	if (side->differs.length && goes_on(&side->differs, &part)) {
		side->differs.length += length;
		return true;
	}
	if (side->differs.length) {
		struct side *first = side, *second = other;

		if (other->differs.length &&
		    (other->differs.iova < side->differs.iova ||
		     (other->differs.iova == side->differs.iova && other->which == COMPARE_OLD))) {
			first = other;
			second = side;
		}
		if (!hand_over(first) || !hand_over(second))
			return false;
	}
	side->differs = part;
	return true;
}

static bool only_in(struct side *side, struct side *other, uint64_t length)
{
	if (!note(side, other, length))
		return false;
	pass(side, length);
	return true;
}

/* Both begin at the same IOVA. */
static bool both(struct side *old, struct side *new)
{
	const struct iq_mapping *a = &old->run[old->next], *b = &new->run[new->next];
	const uint64_t length = iq_min(a->length, b->length);

	if ((a->physical != b->physical || a->read != b->read || a->write != b->write) &&
	    (!note(old, new, length) || !note(new, old, length)))
		return false;
	pass(old, length);
	pass(new, length);
	return true;
}

static bool merge(struct side *old, struct side *new)
{
	for (;;) {
		const struct iq_mapping *a = at_hand(old), *b = at_hand(new);
		bool more;

		if (!a && !b)
			break;
		if (a && b && a->iova == b->iova)
			more = both(old, new);
		else if (a && (!b || a->iova < b->iova))
			more = only_in(old, new, b ? iq_min(a->length, b->iova - a->iova) : a->length);
		else
			more = only_in(new, old, a ? iq_min(b->length, a->iova - b->iova) : b->length);
		if (!more)
			return false;
	}
	return new->differs.length &&new->differs.iova < old->differs.iova ? hand_over(new) && hand_over(old)
									   : hand_over(old) && hand_over(new);
}

bool compare_can(const struct iq_entry *entry)
{
	return entry->windows && (entry->translation == IQ_TRANSLATION_TABLE ||
				  (entry->translation == IQ_TRANSLATION_BLOCKED && !entry->read && !entry->write));
}

/* Let the entry and its roots allow everything, so that only the tables are compared. */
static void allow_all(struct iq_entry *way)
{
	way->translation = IQ_TRANSLATION_TABLE;
	way->read = way->write = true;
	for (unsigned int i = 0; i < way->windows; i++) {
		struct iq_window *window = &way->window[i];

		window->first.read = window->first.write = true;
		window->second.read = window->second.write = true;
		window->direct.read = window->direct.write = true;
	}
}

bool compare_ways(struct compare *compare)
{
	struct side *side = calloc(2, sizeof(*side));
	bool whole;

	compare->done = 0;
	if (!side)
		return false;
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		allow_all(&compare->side[i].way);
		compare->refused[i] = false;
		side[i].visitor.mappings = on_mappings;
		side[i].visitor.error = on_error;
		side[i].compare = compare;
		side[i].which = i;
		side[i].tables_left = compare->side[i].max_tables;
	}
	whole = merge(&side[COMPARE_OLD], &side[COMPARE_NEW]);
	free(side);
	return whole;
}
