/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of `diff' that looks into page tables. Requesters that have the same pair of old and new tables are compared once.
 */
#include "diff-mappings.h"

#include "base/budget.h"
#include "base/progress.h"
#include "record/ways.h"
#include "walk-error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_SAID 100u

/* Of one side: in pieces, of which each begins with tables that were read before. */
static uint64_t most_tables(const struct source *source)
{
	return iq_min(kq_budget_left(KQ_BUDGET_TABLES), 2 * source->frames);
}

static void add(struct diff *diff, const struct pair *pair)
{
	struct kq_reason reason;

	if (!kq_budget_take(KQ_BUDGET_PAIRS, 1, &reason)) {
		diff->left_out = true;
		return;
	}
	if (diff->pairs == diff->room) {
		const size_t room = diff->room ? 2 * diff->room : 64;
		struct pair *more = realloc(diff->pair, room * sizeof(*more));

		if (!more) {
			diff->left_out = true;
			return;
		}
		diff->pair = more;
		diff->room = room;
	}
	diff->pair[diff->pairs++] = *pair;
}

/*
 * Tables can be compared where both sides have some. That a table is empty is said with the entry: its missing mappings are
 * listed only with --all.
 */
static bool is_worth_it(const struct diff *diff, const struct pair *pair)
{
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
		if (!compare_can(&pair->way[i]) ||
		    (!diff->inspect->all && table_is_empty(diff->view[i].memory, &pair->way[i])))
			return false;
	return true;
}

static void add_pasids(struct diff *diff, const struct iq_unit *const unit[2], const struct iq_entry *const entry[2],
		       const struct pair *requester)
{
	const struct iq_reader *reader = iq_reader_of(unit[COMPARE_OLD]->family);
	struct iq_memory *memory = diff->view[COMPARE_OLD].memory;
	struct pair pair = *requester;

	for (uint32_t pasid = 0; reader->next_pasid(memory, entry[COMPARE_OLD], &pasid) == IQ_OK && !diff->left_out;
	     pasid++) {
		bool found = true;

		for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
			found = found &&
				reader->pasid(diff->view[i].memory, unit[i], entry[i], pasid, &pair.way[i]) == IQ_OK;
		pair.pasid = pasid;
		if (found && is_worth_it(diff, &pair))
			add(diff, &pair);
	}
}

void diff_pair(struct diff *diff, const struct iq_unit *old, const struct iq_unit *new, iq_source_id id,
	       const struct iq_entry *old_entry, const struct iq_entry *new_entry)
{
	const struct iq_unit *const unit[] = { old, new };
	const struct iq_entry *const entry[] = { old_entry, new_entry };
	const struct pair pair = {
		.unit = old,
		.id = id,
		.pasid = NO_PASID,
		.way = { *old_entry, *new_entry },
	};

	if (is_worth_it(diff, &pair))
		add(diff, &pair);
	if (old_entry->valid && new_entry->valid && old_entry->pasid_table && new_entry->pasid_table)
		add_pasids(diff, unit, entry, &pair);
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_tables(const struct pair *a, const struct pair *b)
{
	int by = 0;

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW && !by; i++)
		by = ways_compare_tables(&a->way[i], &b->way[i]);
	return by;
}

static int by_tables_and_name(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	int by = by_tables(a, b);

	if (!by)
		by = order(a->unit->index, b->unit->index);
	if (!by)
		by = order(a->id, b->id);
	return by ? by : order(a->pasid, b->pasid);
}

static void pair_name(const struct diff *diff, char *name, size_t size)
{
	const struct pair *pair = &diff->pair[diff->first];

	device_name(diff->view[COMPARE_OLD].inspect, pair->unit, pair->id, pair->pasid, name, size);
}

static void text_head(struct diff *diff)
{
	char name[32];

	pair_name(diff, name, sizeof(name));
	kq_output_format(&diff->inspect->out, "@@ mappings of %s", name);
	if (diff->alike > 1)
		kq_output_format(&diff->inspect->out, " and %zu more", diff->alike - 1);
	kq_output_char(&diff->inspect->out, '\n');
}

static void text_run(struct diff *diff, enum compare_which which, const struct iq_mapping *run)
{
	if (!diff->headed)
		text_head(diff);
	diff_mark(diff, which);
	mapping_text(&diff->inspect->out, run);
	diff_line_end(diff);
}

static void json_run(struct diff *diff, enum compare_which which, const struct iq_mapping *run)
{
	const struct pair *pair = &diff->pair[diff->first];
	struct kq_json *json = &diff->inspect->json;

	kq_json_object(json, NULL);
	kq_json_string(json, "requester",
		       evidence_name(&diff->view[COMPARE_OLD].inspect->evidence, pair->unit, pair->id));
	kq_json_number(json, "source_id", pair->id);
	if (pair->pasid == NO_PASID)
		kq_json_null(json, "pasid");
	else
		kq_json_number(json, "pasid", pair->pasid);
	kq_json_number(json, "alike", diff->alike);
	kq_json_string(json, "in", which == COMPARE_OLD ? "old" : "new");
	mapping_json(json, run);
	kq_json_end(json);
}

static bool on_difference(struct compare *compare, enum compare_which which, const struct iq_mapping *run)
{
	struct diff *diff = (struct diff *)compare;

	diff->differences++;
	if (diff->inspect->use_json)
		json_run(diff, which, run);
	else
		text_run(diff, which, run);
	diff->headed = true;
	return !diff->inspect->out.failed;
}

static void on_error(struct compare *compare, enum compare_which which, const struct iq_radix_error *error)
{
	struct diff *diff = (struct diff *)compare;
	char name[32];

	pair_name(diff, name, sizeof(name));
	if (diff->errors++ < ERRORS_SAID)
		walk_error_say(diff->view[which].inspect, name, error);
}

static void say_refused(struct diff *diff)
{
	char name[32];

	pair_name(diff, name, sizeof(name));
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
		if (diff->compare.refused[i])
			inspect_trouble(diff->view[i].inspect, "%s: its root table is malformed", name);
}

void diff_mappings(struct diff *diff)
{
	struct kq_reason reason;
	bool more = true;

	diff->compare.differs = on_difference;
	diff->compare.error = on_error;
	if (diff->pairs)
		qsort(diff->pair, diff->pairs, sizeof(*diff->pair), by_tables_and_name);
	for (diff->first = 0; diff->first < diff->pairs && more; diff->first += diff->alike) {
		const struct pair *pair = &diff->pair[diff->first];

		diff->alike = 1;
		while (diff->first + diff->alike < diff->pairs && !by_tables(pair, pair + diff->alike))
			diff->alike++;
		diff->headed = false;
		for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
			diff->compare.side[i].memory = diff->view[i].memory;
			diff->compare.side[i].way = pair->way[i];
			diff->compare.side[i].max_tables = most_tables(diff->view[i].inspect->source);
		}
		more = compare_ways(&diff->compare);
		say_refused(diff);
		kq_progress("comparing tables", diff->first, diff->pairs);
	}
	if (!more && !diff->inspect->out.failed)
		inspect_trouble(diff->inspect, "out of memory");
	if (diff->errors > ERRORS_SAID)
		inspect_trouble(diff->inspect, "and %u more errors", diff->errors - ERRORS_SAID);
	if (diff->left_out && !kq_budget_take(KQ_BUDGET_PAIRS, 1, &reason))
		inspect_trouble(diff->inspect, "%s: not all tables were compared", reason.text);
	else if (diff->left_out)
		inspect_trouble(diff->inspect, "out of memory: not all tables were compared");
}
