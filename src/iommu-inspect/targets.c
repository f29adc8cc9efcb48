/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collects the ways of all requesters, for the verbs that go from memory back to devices.
 */
#include "targets.h"

#include "base/budget.h"
#include "base/progress.h"
#include "record/ways.h"
#include "walk-error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_SAID 100u

static bool add(struct targets *targets, const struct target *target)
{
	if (targets->count == targets->room) {
		const size_t room = targets->room ? 2 * targets->room : 64;
		struct target *more = realloc(targets->target, room * sizeof(*more));

		if (!more)
			return false;
		targets->target = more;
		targets->room = room;
	}
	targets->target[targets->count++] = *target;
	return true;
}

struct iq_memory *targets_memory(struct inspect *inspect)
{
	return inspect->now ? &inspect->source->memory : &inspect->past.memory;
}

static bool add_pasids(struct inspect *inspect, struct targets *targets, const struct target *requester)
{
	const struct iq_reader *reader = iq_reader_of(requester->unit->family);
	struct iq_memory *memory = targets_memory(inspect);
	struct target target = *requester;
	struct kq_reason reason;

	for (uint32_t pasid = 0; !targets->left_out && reader->next_pasid(memory, &requester->way, &pasid) == IQ_OK; pasid++) {
		if (reader->pasid(memory, requester->unit, &requester->way, pasid, &target.way) != IQ_OK ||
		    !reach_has_way(&target.way))
			continue;
		targets->left_out = !kq_budget_take(KQ_BUDGET_PASIDS, 1, &reason);
		if (targets->left_out) {
			inspect_trouble(inspect, "%s: %s: the rest is left out",
					evidence_name(&inspect->evidence, target.unit, target.id), reason.text);
			return true;
		}
		target.pasid = pasid;
		if (!add(targets, &target))
			return false;
	}
	return true;
}

static bool add_requester(struct inspect *inspect, struct targets *targets, const struct device *device)
{
	const struct iq_entry *entry = inspect->now ? &device->now : &device->crash;
	const struct target target = {
		.unit = device->unit, .id = device->id, .pasid = NO_PASID, .way = *entry,
	};

	if (!entry->valid) {
		targets->passing += reach_has_way(entry);
		return true;
	}
	if (entry->translation == IQ_TRANSLATION_UNKNOWN)
		inspect_trouble(inspect, "%s: what its entry leads to cannot be read: %s",
				evidence_name(&inspect->evidence, device->unit, device->id), source_trouble(inspect->source));
	if (reach_has_way(entry) && !add(targets, &target))
		return false;
	return !entry->pasid_table || add_pasids(inspect, targets, &target);
}

static bool add_unit(struct inspect *inspect, struct targets *targets, unsigned int number)
{
	const struct evidence_unit *unit = &inspect->evidence.unit[number];
	const uint64_t ids = unit->reader->ids(&unit->unit);
	uint32_t unreadable = 0;
	iq_source_id id = 0;

	do {
		struct device device;
		enum iq_status status;

		if (!unit->reader->next(&inspect->source->memory, &unit->unit, &id))
			break;
		device_look(inspect, number, id, &device);
		status = inspect->now ? device.now_status : device.crash_status;
		if (status == IQ_OK && !add_requester(inspect, targets, &device))
			return false;
		if (status != IQ_OK && status != IQ_NOT_FOUND && !unreadable++)
			inspect_trouble(inspect, "%s: its entry in the tables of unit %u cannot be read: %s",
					evidence_name(&inspect->evidence, &unit->unit, id), unit->unit.index,
					status == IQ_UNREACHABLE ? source_trouble(inspect->source) : iq_status_name(status));
		kq_progress("reading entries", id, ids);
	} while (++id);
	if (unreadable > 1)
		inspect_trouble(inspect, "unit %u: the entries of %u more requester%s cannot be read", unit->unit.index,
				unreadable - 1, kq_plural(unreadable - 1));
	return true;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_way(const void *left, const void *right)
{
	const struct target *a = left, *b = right;
	int order = ways_compare(&a->way, &b->way);

	if (!order)
		order = compare(a->unit->index, b->unit->index);
	if (!order)
		order = compare(a->id, b->id);
	return order ? order : compare(a->pasid, b->pasid);
}

bool targets_find(struct inspect *inspect, struct targets *targets)
{
	const struct evidence *evidence = &inspect->evidence;

	memset(targets, 0, sizeof(*targets));
	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];

		if (!unit->unit.family || unit->unit.status != IQ_OK) {
			kq_reply_incomplete();
			kq_warn("%s: unit %u: %s: its tables are not read", inspect->dump, unit->unit.index,
				unit->unit.family ? iq_status_name(unit->unit.status) : "unknown family");
			continue;
		}
		if (inspect->unit == INSPECT_ANY_UNIT ? unit->shares != i : unit->unit.index != inspect->unit)
			continue;
		if (!add_unit(inspect, targets, i)) {
			inspect_trouble(inspect, "out of memory");
			return false;
		}
	}
	if (targets->count)
		qsort(targets->target, targets->count, sizeof(*targets->target), by_way);
	return true;
}

void targets_free(struct targets *targets)
{
	free(targets->target);
	targets->target = NULL;
	targets->count = targets->room = 0;
}

size_t targets_alike(const struct targets *targets, size_t first)
{
	size_t count = 1;

	while (first + count < targets->count &&
	       !ways_compare(&targets->target[first].way, &targets->target[first + count].way))
		count++;
	return count;
}

bool targets_turn_back(struct targets *targets)
{
	size_t kept = 0;

	for (size_t i = 0; i < targets->count; i++) {
		const struct target target = targets->target[i];
		struct target *to = &targets->target[kept];

		*to = target;
		kept += reach_past(&target.way, &to->way);
	}
	targets->count = kept;
	return kept;
}

void target_name(struct inspect *inspect, const struct target *target, char *name, size_t size)
{
	device_name(inspect, target->unit, target->id, target->pasid, name, size);
}

struct way_walk {
	struct iq_radix_visitor visitor; /* first */
	struct inspect *inspect;
	struct targets_visitor *to;
	const struct target *target;
	size_t alike;
	unsigned int errors;
	bool ended;
};

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct way_walk *walk = (struct way_walk *)visitor;

	walk->ended = !walk->to->visit(walk->to, walk->target, walk->alike, mapping, count);
	return !walk->ended;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct way_walk *walk = (struct way_walk *)visitor;
	char name[32];

	target_name(walk->inspect, walk->target, name, sizeof(name));
	if (!walk->to->quiet && walk->errors++ < ERRORS_SAID)
		walk_error_say(walk->inspect, name, error);
	return true;
}

void targets_walk(struct inspect *inspect, const struct targets *targets, struct targets_visitor *visitor)
{
	struct way_walk walk = {
		.visitor = {
			.mappings = on_mappings,
			.error = on_error,
			.filtered = visitor->filtered,
			.first = visitor->first,
			.last = visitor->last,
		},
		.inspect = inspect,
		.to = visitor,
	};
	char name[32];

	for (size_t i = 0; i < targets->count && !walk.ended; i += walk.alike) {
		const uint64_t limit = source_tables(inspect->source);
		struct iq_radix_totals totals;
		struct kq_reason reason;

		walk.target = &targets->target[i];
		walk.alike = targets_alike(targets, i);
		walk.errors = 0;
		if (!limit) {
			source_tables_exceeded(inspect->source, &reason);
			inspect_trouble(inspect, "%s: %zu of %zu way%s not looked at", reason.text, targets->count - i,
					targets->count, targets->count == 1 ? " was" : "s were");
			return;
		}
		target_name(inspect, walk.target, name, sizeof(name));
		reach_walk(targets_memory(inspect), &walk.target->way, limit, &walk.visitor, &totals);
		visitor->tables += totals.tables;
		kq_budget_take(KQ_BUDGET_TABLES, totals.tables, &reason);
		if (totals.refused && !visitor->quiet)
			inspect_trouble(inspect, "%s: its root table is malformed", name);
		if (walk.errors > ERRORS_SAID)
			inspect_trouble(inspect, "%s: and %u more error%s", name, walk.errors - ERRORS_SAID,
					kq_plural(walk.errors - ERRORS_SAID));
		kq_progress("walking tables", i, targets->count);
	}
}
