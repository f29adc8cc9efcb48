/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect diff: what became of the units, the entries of requesters and their mappings between the crash and the dump, or
 * between two dumps; as diff(1) does it.
 */
#include "base/cleanup.h"
#include "diff-mappings.h"
#include "open.h"
#include "base/progress.h"
#include "snapshots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Source ids first..last whose old entries are alike, and whose new ones are. */
struct row {
	const struct iq_unit *unit;
	iq_source_id first, last;
	enum iq_status status[2];
	struct iq_entry entry[2];
	bool pending;
};

static const char *when(const struct view *view)
{
	return view->now ? "now" : "crash";
}

/* Say one thing about a unit that differs. A side whose @value is NULL does not have the unit. */
static void unit_differs(struct diff *diff, const struct iq_unit *unit, const char *what, const uint64_t *value[2])
{
	struct inspect *inspect = diff->inspect;
	struct kq_json *json = &inspect->json;

	diff->differences++;
	if (inspect->use_json) {
		kq_json_object(json, NULL);
		kq_json_number(json, "unit", unit->index);
		if (unit->base)
			kq_json_hex(json, "base", unit->base);
		else
			kq_json_null(json, "base");
		kq_json_string(json, "what", what);
	}
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		const char *name = i == COMPARE_OLD ? "old" : "new";

		if (inspect->use_json && value[i]) {
			kq_json_hex(json, name, *value[i]);
		} else if (inspect->use_json) {
			kq_json_null(json, name);
		} else if (value[i]) {
			diff_mark(diff, i);
			kq_output_format(&inspect->out, "unit %u: %s 0x%016" PRIx64, unit->index, what, *value[i]);
			diff_line_end(diff);
		}
	}
	if (inspect->use_json)
		kq_json_end(json);
}

static void compare_registers(struct diff *diff, const struct evidence_unit *old, const struct evidence_unit *new)
{
	const struct iq_family *family = old->unit.family;
	const bool now[] = { diff->view[COMPARE_OLD].now, diff->view[COMPARE_NEW].now };

	for (unsigned int i = 0; i < family->register_count; i++) {
		const bool after[] = { now[COMPARE_OLD] && old->known_after[i],
				       now[COMPARE_NEW] && new->known_after[i] };
		const uint64_t *value[] = { after[COMPARE_OLD] ? &old->after[i] : &old->unit.value[i],
					    after[COMPARE_NEW] ? &new->after[i] : &new->unit.value[i] };

		if (old->known[i] && new->known[i] && *value[COMPARE_OLD] != *value[COMPARE_NEW])
			unit_differs(diff, &old->unit, family->registers[i].name, value);
	}
}

static void compare_units(struct diff *diff)
{
	const struct evidence *evidence[] = { &diff->view[COMPARE_OLD].inspect->evidence,
					      &diff->view[COMPARE_NEW].inspect->evidence };

	for (unsigned int i = 0; i < evidence[COMPARE_OLD]->units; i++) {
		const struct evidence_unit *old = &evidence[COMPARE_OLD]->unit[i];
		const unsigned int same = evidence_same(evidence[COMPARE_NEW], old);
		uint64_t place;
		const char *what = evidence_place(&old->unit, &place);
		const uint64_t *only[] = { &place, NULL };

		if (same < evidence[COMPARE_NEW]->units)
			compare_registers(diff, old, &evidence[COMPARE_NEW]->unit[same]);
		else
			unit_differs(diff, &old->unit, what, only);
	}
	for (unsigned int i = 0; i < evidence[COMPARE_NEW]->units; i++) {
		const struct evidence_unit *new = &evidence[COMPARE_NEW]->unit[i];
		uint64_t place;
		const char *what = evidence_place(&new->unit, &place);
		const uint64_t *only[] = { NULL, &place };

		if (evidence_same(evidence[COMPARE_OLD], new) == evidence[COMPARE_OLD]->units)
			unit_differs(diff, &new->unit, what, only);
	}
}

static void text_row(struct diff *diff, const struct row *row)
{
	const struct evidence *evidence = &diff->view[COMPARE_OLD].inspect->evidence;
	struct kq_output *out = &diff->inspect->out;
	char line[2][DEVICE_TABLES + 256];

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		const struct iq_entry *entry = &row->entry[i];
		char what[128], table[DEVICE_TABLES];

		device_text(what, sizeof(what), diff->view[i].memory, row->status[i], entry);
		device_table_text(entry, table);
		snprintf(line[i], sizeof(line[i]), "domain %u  %s  %s%s%s", entry->domain, what,
			 entry->ats ? "ATS+" : "ATS-", table[0] ? "  " : "", table);
	}
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		diff_mark(diff, i);
		kq_output_text(out, evidence_name(evidence, row->unit, row->first));
		if (row->last != row->first)
			kq_output_format(out, "-%s", strchr(evidence_name(evidence, row->unit, row->last), ':') + 1);
		kq_output_format(out, "  %s", line[i]);
		/* The words themselves, where their text is the same on both sides. */
		for (unsigned int word = 0; !strcmp(line[0], line[1]) && word < row->entry[i].words; word++)
			kq_output_format(out, "%s0x%016" PRIx64, word ? " " : "  ", row->entry[i].raw[word]);
		diff_line_end(diff);
	}
}

static void json_row(struct diff *diff, const struct row *row)
{
	const struct evidence *evidence = &diff->view[COMPARE_OLD].inspect->evidence;
	struct kq_json *json = &diff->inspect->json;

	kq_json_object(json, NULL);
	kq_json_string(json, "requester", evidence_name(evidence, row->unit, row->first));
	kq_json_string(json, "last", evidence_name(evidence, row->unit, row->last));
	kq_json_number(json, "source_id", row->first);
	kq_json_number(json, "last_source_id", row->last);
	kq_json_number(json, "unit", row->unit->index);
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
		device_json(json, i == COMPARE_OLD ? "old" : "new", diff->view[i].memory, row->status[i],
			    &row->entry[i]);
	kq_json_end(json);
}

static void print_row(struct diff *diff, struct row *row)
{
	if (!row->pending)
		return;
	row->pending = false;
	diff->differences++;
	if (diff->inspect->use_json)
		json_row(diff, row);
	else
		text_row(diff, row);
}

static bool is_alike(const struct iq_entry *a, enum iq_status a_status, const struct iq_entry *b,
		     enum iq_status b_status)
{
	return a_status == b_status && (a_status != IQ_OK || !memcmp(a->raw, b->raw, sizeof(a->raw)));
}

static void add_row(struct diff *diff, struct row *row, const struct row *next)
{
	if (row->pending && row->last + 1 == next->first &&
	    is_alike(&row->entry[0], row->status[0], &next->entry[0], next->status[0]) &&
	    is_alike(&row->entry[1], row->status[1], &next->entry[1], next->status[1])) {
		row->last = next->last;
		return;
	}
	print_row(diff, row);
	*row = *next;
	row->pending = true;
}

/* What @view has about source id @id of unit number @unit. */
static enum iq_status look(const struct view *view, unsigned int unit, iq_source_id id, struct iq_entry *entry)
{
	struct device device;

	device_look(view->inspect, unit, id, &device);
	*entry = view->now ? device.now : device.crash;
	return view->now ? device.now_status : device.crash_status;
}

/* Move *@id on to the first id, not below it, that one of the two views may have an entry for. False if there is none. */
static bool next_id(const struct diff *diff, const struct evidence_unit *const unit[2], iq_source_id *id)
{
	bool found = false;
	iq_source_id least = 0;

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		iq_source_id next = *id;

		if (!unit[i]->reader->next(diff->view[i].memory, &unit[i]->unit, &next))
			continue;
		least = found && least < next ? least : next;
		found = true;
	}
	*id = least;
	return found;
}

/*
 * Compare the entries of source id @id in both views. The first entry that cannot be read is reported, the others are counted.
 */
static void compare_id(struct diff *diff, const unsigned int number[2], const struct evidence_unit *const unit[2],
		       iq_source_id id, uint32_t unreadable[2], struct row *row)
{
	struct row next = { .unit = &unit[0]->unit, .first = id, .last = id };

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		struct inspect *inspect = diff->view[i].inspect;

		next.status[i] = look(&diff->view[i], number[i], id, &next.entry[i]);
		if (next.status[i] == IQ_UNREACHABLE && !unreadable[i]++)
			inspect_trouble(inspect, "%s: its entry in the tables of unit %u cannot be read: %s",
					evidence_name(&inspect->evidence, &unit[i]->unit, id), unit[i]->unit.index,
					source_trouble(inspect->source));
	}
	if (!is_alike(&next.entry[0], next.status[0], &next.entry[1], next.status[1]))
		add_row(diff, row, &next);
	if (next.status[0] == IQ_OK && next.status[1] == IQ_OK)
		diff_pair(diff, &unit[0]->unit, &unit[1]->unit, id, &next.entry[0], &next.entry[1]);
}

static void compare_entries(struct diff *diff, unsigned int old, unsigned int new)
{
	const unsigned int number[] = { old, new };
	const struct evidence_unit *unit[2];
	uint32_t unreadable[2] = { 0 };
	struct row row = { 0 };
	iq_source_id id = 0;
	uint64_t ids = 0;

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++) {
		unit[i] = &diff->view[i].inspect->evidence.unit[number[i]];
		ids = ids > unit[i]->reader->ids(&unit[i]->unit) ? ids : unit[i]->reader->ids(&unit[i]->unit);
	}
	do {
		if (!next_id(diff, unit, &id))
			break;
		compare_id(diff, number, unit, id, unreadable, &row);
		kq_progress("comparing entries", id, ids);
	} while (++id);
	print_row(diff, &row);
	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
		if (unreadable[i] > 1)
			inspect_trouble(diff->view[i].inspect,
					"unit %u: the entries of %u more requester%s cannot be read", unit[i]->unit.index,
					unreadable[i] - 1, kq_plural(unreadable[i] - 1));
}

static bool is_readable(const struct evidence_unit *unit)
{
	return unit->unit.family && unit->unit.status == IQ_OK;
}

static void compare_devices(struct diff *diff)
{
	const struct evidence *evidence[] = { &diff->view[COMPARE_OLD].inspect->evidence,
					      &diff->view[COMPARE_NEW].inspect->evidence };

	for (unsigned int i = 0; i < evidence[0]->units; i++) {
		const struct evidence_unit *old = &evidence[0]->unit[i];
		const unsigned int same = evidence_same(evidence[1], old);

		if (same < evidence[1]->units && old->shares == i && is_readable(old) &&
		    is_readable(&evidence[1]->unit[same]))
			compare_entries(diff, i, same);
	}
}

static void text(struct diff *diff)
{
	struct kq_output *out = &diff->inspect->out;

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
		kq_output_format(out, "%s %s (%s)\n", i == COMPARE_OLD ? "---" : "+++", diff->view[i].inspect->dump,
				 diff->view[i].now ? "as in the dump" : "at the crash");
	compare_units(diff);
	compare_devices(diff);
	diff_mappings(diff);
}

static void json(struct diff *diff)
{
	struct kq_json *json = &diff->inspect->json;

	inspect_json(diff->inspect);
	kq_json_string(json, "other", diff->view[COMPARE_NEW].inspect->dump);
	kq_json_string(json, "old_when", when(&diff->view[COMPARE_OLD]));
	kq_json_string(json, "new_when", when(&diff->view[COMPARE_NEW]));
	kq_json_array(json, "units");
	compare_units(diff);
	kq_json_end(json);
	kq_json_array(json, "devices");
	compare_devices(diff);
	kq_json_end(json);
	kq_json_array(json, "mappings");
	diff_mappings(diff);
	kq_json_end(json);
	kq_json_number(json, "differences", diff->differences);
	inspect_json_snapshot(diff->inspect, "other_snapshot", diff->view[COMPARE_NEW].inspect);
}

static void run(struct inspect *old, struct inspect *new, bool old_now, bool new_now)
{
	struct diff diff = { .inspect = old,
			     .view = { { .inspect = old, .now = old_now }, { .inspect = new, .now = new_now } } };

	for (unsigned int i = COMPARE_OLD; i <= COMPARE_NEW; i++)
		diff.view[i].memory =
			diff.view[i].now ? &diff.view[i].inspect->source->memory : &diff.view[i].inspect->past.memory;
	if (old->use_json)
		json(&diff);
	else
		text(&diff);
	free(diff.pair);
	kq_progress_end();
	old->differs = diff.differences;
}

void cmd_diff(struct inspect *inspect, char **arguments)
{
	_cleanup_free_ struct inspect *other = NULL;

	if (!arguments[0]) {
		run(inspect, inspect, false, true);
		return;
	}
	other = calloc(1, sizeof(*other));
	if (!other) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	other->file = arguments;
	other->dump = arguments[0];
	while (arguments[other->files])
		other->files++;
	other->units_options = inspect->units_options;
	other->zero_excluded = inspect->zero_excluded;
	other->unit = inspect->unit;
	other->c_bit = inspect->c_bit;
	other->wanted_snapshot = strcmp(inspect->wanted_snapshot, SNAPSHOT_NONE) ? SNAPSHOT_AUTO : SNAPSHOT_NONE;
	if (inspect_open(other, false, true))
		run(inspect, other, inspect->now, inspect->now);
	if (!inspect->status)
		inspect->status = other->status;
	snapshots_tell(other);
	inspect_close(other);
}
