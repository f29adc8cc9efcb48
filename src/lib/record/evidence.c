/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections of a record sorted into what the verbs ask for. iq_record_open() has checked that sections lie inside; what is
 * in them is checked here.
 */
#include "evidence.h"

#include "given.h"

#include "host/requester.h"
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_SIZE  sizeof(struct iq_change)
#define TABLE_WORDS UINT64_C(512)

/* Put the register at @offset where its family keeps it. */
static void set_register(const struct iq_family *family, uint32_t offset, uint64_t value, uint64_t *values, bool *known)
{
	for (unsigned int i = 0; i < family->register_count && i < IQ_UNIT_REGISTERS; i++) {
		if (family->registers[i].offset != offset || known[i])
			continue;
		values[i] = value;
		known[i] = true;
		return;
	}
}

static void read_registers(const struct iq_family *family, const uint8_t *payload, uint32_t length,
			   const struct iq_record_unit *head, uint64_t *values, bool *known)
{
	const uint32_t room = (length - (uint32_t)sizeof(*head)) / (sizeof(uint64_t) + sizeof(uint32_t));
	const uint32_t count = head->registers < room ? head->registers : room;
	const uint8_t *value = payload + sizeof(*head), *offset = value + sizeof(uint64_t) * head->registers;

	if (head->registers > room)
		return;
	for (uint32_t i = 0; i < count; i++)
		set_register(family, iq_le32(offset + 4 * i), iq_le64(value + 8 * i), values, known);
}

static struct evidence_unit *unit_by_index(struct evidence *evidence, unsigned int index)
{
	for (unsigned int i = 0; i < evidence->units; i++)
		if (evidence->unit[i].unit.index == index)
			return &evidence->unit[i];
	return NULL;
}

/* Which of the first @number units unit number @number shares its tables with; @number: none. */
static unsigned int shared_with(const struct evidence *evidence, unsigned int number)
{
	for (unsigned int i = 0; i < number; i++)
		if (iq_same_tables(&evidence->unit[i].unit, &evidence->unit[number].unit))
			return evidence->unit[i].shares;
	return number;
}

static int by_entry_id(const void *left, const void *right)
{
	const struct iq_entry *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* The entries that @unit was given, NULL if it has registers in their place. */
static const struct iq_given *given_of(const struct iq_unit *unit)
{
	return unit->family && !unit->family->register_count ? unit->given : NULL;
}

/* Give @unit, a copy of another, entries of its own. */
static bool own_given(struct iq_unit *unit, struct kq_reason *reason)
{
	const struct iq_given *given = given_of(unit);
	const size_t size = given ? sizeof(*given) + given->count * sizeof(given->entry[0]) : 0;
	struct iq_given *own;

	if (!given)
		return true;
	own = malloc(size);
	if (!own)
		return kq_fail(reason, "out of memory");
	memcpy(own, given, size);
	qsort(own->entry, own->count, sizeof(own->entry[0]), by_entry_id);
	for (uint32_t i = 1; i < own->count; i++) {
		const iq_source_id id = own->entry[i].id;

		if (own->entry[i - 1].id != id)
			continue;
		free(own);
		return kq_fail(reason, "unit %u has two entries for source id 0x%x", unit->index, id);
	}
	unit->given = own;
	return true;
}

static void free_own(const struct evidence_unit *unit)
{
	free((void *)given_of(&unit->unit));
	free(unit->driver.unflushed);
}

/* Give @unit, a copy of another, what the other has by pointer. */
static bool own(struct evidence_unit *unit, struct kq_reason *reason)
{
	const struct evidence_unflushed *theirs = unit->driver.unflushed;
	const size_t size = theirs ? sizeof(*theirs) + theirs->count * sizeof(theirs->range[0]) : 0;
	struct evidence_unflushed *copy = theirs ? malloc(size) : NULL;

	if (theirs && !copy)
		return kq_fail(reason, "out of memory");
	if (theirs)
		memcpy(copy, theirs, size);
	unit->driver.unflushed = copy;
	if (own_given(&unit->unit, reason))
		return true;
	free(copy);
	return false;
}

bool evidence_add(struct evidence *evidence, const struct evidence_unit *unit, struct kq_reason *reason)
{
	struct evidence_unit *more = realloc(evidence->unit, (evidence->units + 1) * sizeof(*more));
	struct evidence_unit copy = *unit;

	if (!more)
		return kq_fail(reason, "out of memory");
	evidence->unit = more;
	if (!own(&copy, reason))
		return false;
	evidence->unit[evidence->units] = copy;
	evidence->unit[evidence->units].reader = unit->unit.family ? iq_reader_of(unit->unit.family) : NULL;
	evidence->unit[evidence->units].shares = shared_with(evidence, evidence->units);
	evidence->units++;
	return true;
}

bool evidence_add_functions(struct evidence *evidence, const struct iq_functions *range, struct kq_reason *reason)
{
	struct iq_functions *more = realloc(evidence->functions, (evidence->ranges + 1) * sizeof(*more));

	if (!more)
		return kq_fail(reason, "out of memory");
	evidence->functions = more;
	evidence->functions[evidence->ranges++] = *range;
	return true;
}

static bool is_same(const struct iq_unit *a, const struct iq_unit *b)
{
	if (!a->family || a->family != b->family)
		return false;
	if (a->base && b->base)
		return a->base == b->base;
	if (a->segment != b->segment)
		return false;
	return a->family->tables ? a->family->tables(a) == a->family->tables(b) : a->requester == b->requester;
}

const char *evidence_place(const struct iq_unit *unit, uint64_t *place)
{
	*place = unit->base ? unit->base : unit->segment;
	return unit->base ? "registers at" : "segment";
}

unsigned int evidence_same(const struct evidence *evidence, const struct evidence_unit *unit)
{
	for (unsigned int i = 0; i < evidence->units; i++)
		if (is_same(&evidence->unit[i].unit, &unit->unit))
			return i;
	return evidence->units;
}

/* Take @from in place of unit number @number, whose index stays. */
static bool replace_unit(struct evidence *evidence, unsigned int number, const struct evidence_unit *from,
			 struct kq_reason *reason)
{
	struct evidence_unit *to = &evidence->unit[number], copy = *from;

	copy.unit.index = to->unit.index;
	if (!own(&copy, reason))
		return false;
	free_own(to);
	*to = copy;
	return true;
}

/* Add what @other knows of the functions of its unit @from, which has the index @index here. */
static bool add_functions_of(struct evidence *evidence, const struct evidence *other, const struct iq_unit *from,
			     uint16_t index, struct kq_reason *reason)
{
	for (unsigned int i = 0; i < other->ranges; i++) {
		struct iq_functions range = other->functions[i];

		if (range.unit != from->index)
			continue;
		range.unit = index;
		if (!evidence_add_functions(evidence, &range, reason))
			return false;
	}
	return true;
}

bool evidence_replace(struct evidence *evidence, const struct evidence *other, struct kq_reason *reason)
{
	const unsigned int recorded = evidence->units;

	for (unsigned int i = 0; i < recorded; i++)
		evidence->unit[i].unit.status = IQ_ABSENT;
	for (unsigned int i = 0; i < other->units; i++) {
		unsigned int same = evidence_same(evidence, &other->unit[i]);

		if (same >= recorded)
			same = evidence->units;
		if (!(same < recorded ? replace_unit(evidence, same, &other->unit[i], reason)
				      : evidence_add(evidence, &other->unit[i], reason)) ||
		    !add_functions_of(evidence, other, &other->unit[i].unit, evidence->unit[same].unit.index, reason))
			return false;
	}
	for (unsigned int i = 0; i < evidence->units; i++)
		evidence->unit[i].shares = shared_with(evidence, i);
	return true;
}

static bool add_unit(struct evidence *evidence, const struct iq_section *section, const uint8_t *payload,
		     struct kq_reason *reason)
{
	struct evidence_unit unit = { 0 };
	struct iq_record_unit head;

	if (section->length < sizeof(head) || unit_by_index(evidence, section->unit))
		return true; /* cut off, or there already */
	memcpy(&head, payload, sizeof(head));
	unit.family_id = head.family;
	unit.unit.family = iq_family_by_id(head.family);
	unit.unit.index = section->unit;
	unit.unit.segment = head.segment;
	unit.unit.requester = head.requester;
	unit.unit.status = head.status;
	unit.unit.base = head.base;
	if (unit.unit.family)
		read_registers(unit.unit.family, payload, section->length, &head, unit.unit.value, unit.known);
	return evidence_add(evidence, &unit, reason);
}

static void add_after(struct evidence *evidence, const struct iq_section *section, const uint8_t *payload)
{
	struct evidence_unit *unit = unit_by_index(evidence, section->unit);
	struct iq_record_unit head;

	if (!unit || !unit->unit.family || section->length < sizeof(head))
		return;
	memcpy(&head, payload, sizeof(head));
	unit->has_after = true;
	read_registers(unit->unit.family, payload, section->length, &head, unit->after, unit->known_after);
}

static void add_patch(struct evidence *evidence, const struct iq_change *change)
{
	struct evidence_patch *to = &evidence->patch[evidence->patches];
	const uint64_t address = change->old[0];

	to->page = address & IQ_PAGE_MASK;
	to->whole = change->kind == IQ_CHANGE_WORD;
	to->bits = change->old[1];
	if (to->whole) {
		to->first = to->last = (uint16_t)((address & ~IQ_PAGE_MASK) / 8);
	} else {
		to->first = (uint16_t)iq_min(change->first, TABLE_WORDS - 1);
		to->last = (uint16_t)iq_min(iq_change_last(change), TABLE_WORDS - 1);
	}
	evidence->patches++;
}

static bool add_changes(struct evidence *evidence, const struct iq_section *section, const uint8_t *payload,
			struct kq_reason *reason)
{
	const struct evidence_unit *unit = unit_by_index(evidence, section->unit);
	const unsigned int count = section->length / ENTRY_SIZE;
	struct evidence_change *changes;
	struct evidence_patch *patches;

	if (!unit || !count)
		return true;
	changes = realloc(evidence->change, (evidence->changes + count) * sizeof(*changes));
	if (changes)
		evidence->change = changes;
	patches = realloc(evidence->patch, (evidence->patches + count) * sizeof(*patches));
	if (patches)
		evidence->patch = patches;
	if (!changes || !patches)
		return kq_fail(reason, "out of memory");
	for (unsigned int i = 0; i < count; i++) {
		struct evidence_change *to = &evidence->change[evidence->changes];

		to->unit = unit->shares;
		to->order = evidence->changes;
		memcpy(&to->change, payload + i * ENTRY_SIZE, ENTRY_SIZE);
		if (to->change.kind == IQ_CHANGE_TABLE || to->change.kind == IQ_CHANGE_WORD)
			add_patch(evidence, &to->change);
		else if (to->change.kind == IQ_CHANGE_ENTRY && to->change.more <= UINT32_MAX - to->change.first)
			evidence->changes++;
	}
	return true;
}

/* The last such section counts; a record has one at most. */
static bool read_functions(struct evidence *evidence, const struct iq_section *section, const uint8_t *payload,
			   struct kq_reason *reason)
{
	const unsigned int count = section->length / sizeof(*evidence->functions);
	struct iq_functions *functions = count ? malloc(count * sizeof(*functions)) : NULL;

	if (count && !functions)
		return kq_fail(reason, "out of memory");
	if (count)
		memcpy(functions, payload, count * sizeof(*functions));
	free(evidence->functions);
	evidence->functions = functions;
	evidence->ranges = count;
	return true;
}

static int by_id(const void *left, const void *right)
{
	const struct evidence_change *a = left, *b = right;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->change.first != b->change.first)
		return a->change.first < b->change.first ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int by_page(const void *left, const void *right)
{
	const struct evidence_patch *a = left, *b = right;

	return a->page < b->page ? -1 : a->page > b->page;
}

/* Where the same entry was changed twice the first change has the original: drop what overlaps an earlier one. */
static void drop_overlaps(struct evidence *evidence)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < evidence->changes; i++) {
		const struct evidence_change *last = kept ? &evidence->change[kept - 1] : NULL;

		if (!last || last->unit != evidence->change[i].unit ||
		    iq_change_last(&last->change) < evidence->change[i].change.first)
			evidence->change[kept++] = evidence->change[i];
	}
	evidence->changes = kept;
}

static bool take_apart(struct evidence *evidence, struct kq_reason *reason)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&evidence->view, &at, &section, &payload)) {
		bool ok = true;

		if (section.type == IQ_SECTION_UNIT)
			ok = add_unit(evidence, &section, payload, reason);
		else if (section.type == IQ_SECTION_AFTER)
			add_after(evidence, &section, payload);
		else if (section.type == IQ_SECTION_CHANGES)
			ok = add_changes(evidence, &section, payload, reason);
		else if (section.type == IQ_SECTION_FUNCTIONS)
			ok = read_functions(evidence, &section, payload, reason);
		if (!ok)
			return false;
	}
	if (evidence->changes)
		qsort(evidence->change, evidence->changes, sizeof(*evidence->change), by_id);
	if (evidence->patches)
		qsort(evidence->patch, evidence->patches, sizeof(*evidence->patch), by_page);
	drop_overlaps(evidence);
	return true;
}

bool evidence_open(struct evidence *evidence, void *bytes, size_t size, struct kq_reason *reason)
{
	enum iq_status status;
	uint32_t offset = 0;

	memset(evidence, 0, sizeof(*evidence));
	evidence->bytes = bytes;
	status = iq_record_open(&evidence->view, bytes, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size, &offset);
	if (status == IQ_UNSUPPORTED)
		return kq_fail(reason, "record: version %u at offset 0x%x, this program reads version %u",
			       evidence->view.header.version, offset, IQ_RECORD_VERSION);
	if (status != IQ_OK && status != IQ_DAMAGED)
		return kq_fail(reason, "record: %s at offset 0x%x of %zu bytes", iq_status_name(status), offset, size);
	evidence->whole = status == IQ_OK;
	return take_apart(evidence, reason);
}

const char *evidence_warning(const struct evidence *evidence)
{
	if (evidence->whole)
		return NULL;
	if (!(evidence->view.header.flags & IQ_RECORD_SEALED))
		return "record: never sealed: the plugin did not come to its end; what follows is what it had written";
	return "record: checksum at offset 0xc does not match; what follows may be wrong";
}

void evidence_close(struct evidence *evidence)
{
	for (unsigned int i = 0; i < evidence->units; i++)
		free_own(&evidence->unit[i]);
	free(evidence->bytes);
	free(evidence->unit);
	free(evidence->change);
	free(evidence->patch);
	free(evidence->functions);
	memset(evidence, 0, sizeof(*evidence));
}

const struct iq_change *evidence_find(const struct evidence *evidence, unsigned int unit, iq_source_id id)
{
	unsigned int low = 0, high = evidence->changes;

	unit = evidence->unit[unit].shares;
	while (low < high) {
		const unsigned int middle = low + (high - low) / 2;
		const struct evidence_change *at = &evidence->change[middle];

		if (at->unit < unit || (at->unit == unit && iq_change_last(&at->change) < id))
			low = middle + 1;
		else if (at->unit > unit || at->change.first > id)
			high = middle;
		else
			return &at->change;
	}
	return NULL;
}

enum iq_status evidence_entry(const struct evidence *evidence, struct iq_memory *past, unsigned int unit,
			      iq_source_id id, struct iq_entry *entry, const struct iq_change **change,
			      bool *partial)
{
	const struct iq_reader *reader = evidence->unit[unit].reader;
	const struct iq_unit *u = &evidence->unit[unit].unit;
	enum iq_status status;

	*partial = false;
	*change = evidence_find(evidence, unit, id);
	status = reader->entry(past, u, id, entry);
	if (*change && status == IQ_UNREACHABLE) {
		memset(entry, 0, sizeof(*entry));
		entry->id = id;
		*partial = true;
		status = IQ_OK;
	}
	if (*change && status == IQ_OK)
		reader->restore(past, u, *change, entry);
	return status;
}

bool evidence_function(const struct evidence *evidence, const struct iq_unit *unit, iq_source_id id,
		       struct iq_function *function)
{
	return iq_function_of(evidence->functions, evidence->ranges, unit, id, function);
}

bool evidence_source_id(const struct evidence *evidence, const struct iq_unit *unit, const struct iq_function *function,
			iq_source_id *id)
{
	return iq_source_id_of(evidence->functions, evidence->ranges, unit, function, id);
}

const char *evidence_name(const struct evidence *evidence, const struct iq_unit *unit, iq_source_id id)
{
	return source_id_text(evidence->functions, evidence->ranges, unit, id);
}

/* The first rule of the record that is about source id @id of the unit with registers at @unit, or about @function. */
static unsigned int policy(const struct evidence *evidence, uint64_t unit, iq_source_id id,
			   const struct iq_function *function)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&evidence->view, &at, &section, &payload))
		for (uint32_t i = 0; section.type == IQ_SECTION_RULES && i < section.length / sizeof(struct iq_rule);
		     i++) {
			struct iq_rule rule;

			memcpy(&rule, payload + i * sizeof(rule), sizeof(rule));
			if (iq_rule_for(&rule, 1, unit, id, function))
				return rule.mode;
		}
	return IQ_MODE_BLOCK;
}

unsigned int evidence_policy(const struct evidence *evidence, const struct iq_unit *unit, iq_source_id id)
{
	struct iq_function function;
	const bool known = evidence_function(evidence, unit, id, &function);

	return policy(evidence, unit->base, id, known ? &function : NULL);
}

unsigned int evidence_function_policy(const struct evidence *evidence, const struct iq_function *function)
{
	return policy(evidence, 0, 0, function);
}

bool evidence_ns(const struct evidence *evidence, uint64_t from, uint64_t to, uint64_t *ns)
{
	const struct iq_record_header *header = &evidence->view.header;
	const uint64_t passed = to - from;

	if (!header->tick_khz || from < header->entered || to < from || passed / header->tick_khz > UINT64_MAX / 2000000)
		return false;
	*ns = passed / header->tick_khz * 1000000 + passed % header->tick_khz * 1000000 / header->tick_khz;
	return true;
}

bool evidence_us(const struct evidence *evidence, uint64_t ticks, uint64_t *us)
{
	uint64_t ns;

	if (!evidence_ns(evidence, evidence->view.header.entered, ticks, &ns))
		return false;
	*us = ns / 1000;
	return true;
}
