/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units whose entries come from the kernel's structures, not from tables. The made-up family has host bridges without registers, and
 * partition numbers as source ids.
 */
#include "given.h"
#include "kernel/family.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct iq_family family = { .name = "bridges", .id = 999 };
static const struct iq_reader reader = {
	.family = &family,
	.ids = iq_given_ids,
	.next = iq_given_next,
	.entry = iq_given_entry,
};
static const char *const symbols[] = { "bridges" };
static const struct kernel_family driver = { .family = &family, .symbols = symbols, .symbol_count = 1 };

struct found {
	struct kernel_units units;
	struct evidence evidence;
	struct kq_reason reason;
};

static void start(struct found *found)
{
	memset(found, 0, sizeof(*found));
	found->units.family = &driver;
	found->units.evidence = &found->evidence;
	found->units.objects.reason = &found->reason;
}

static void stop(struct found *found)
{
	kernel_units_drop(&found->units);
	evidence_close(&found->evidence);
}

static void give(struct found *found, iq_source_id id, uint64_t table)
{
	const struct iq_entry entry = { .id = id,
					.translation = IQ_TRANSLATION_TABLE,
					.read = true,
					.windows = 1,
					.window[0].second = { .form = &iq_form_x86_64, .table = table, .levels = 1 } };

	kernel_entry_add(&found->units, &entry);
}

static void add(struct found *found, uint16_t segment, uint16_t requester)
{
	const struct evidence_unit unit = {
		.family_id = 999,
		.unit = { .family = &family,
			  .index = (uint16_t)found->evidence.units,
			  .segment = segment,
			  .requester = requester,
			  .status = IQ_OK },
	};

	kernel_unit_add(&found->units, &unit);
	if (found->evidence.units)
		found->evidence.unit[found->evidence.units - 1].reader = &reader;
}

/* Two bridges: one has partitions 0x1fd and 3, the other has partition 0x80000000. */
static void make(struct found *found)
{
	const struct iq_function nic = { 0, 0x100 }, disk = { 1, 0x100 };

	start(found);
	give(found, 0x1fd, 0x10000);
	give(found, 3, 0x20000);
	kernel_functions_add(&found->units, 0x1fd, &nic, 0);
	add(found, 0, 0);
	give(found, 0x80000000, 0x30000);
	kernel_functions_add(&found->units, 0x80000000, &disk, 0);
	add(found, 1, 0);
	assert_false(found->units.objects.failed);
	assert_int_equal(found->evidence.units, 2);
}

static void entries_are_found_by_their_ids(void **state)
{
	static const iq_source_id absent[] = { 0, 2, 4, 0x1fc, 0x1fe, 0x80000000, UINT32_MAX };
	const struct iq_change *change;
	struct iq_entry entry;
	struct found found;
	bool partial;

	(void)state;
	make(&found);
	assert_int_equal(evidence_entry(&found.evidence, NULL, 0, 0x1fd, &entry, &change, &partial), IQ_OK);
	assert_int_equal(entry.window[0].second.table, 0x10000);
	assert_int_equal(evidence_entry(&found.evidence, NULL, 0, 3, &entry, &change, &partial), IQ_OK);
	assert_int_equal(entry.window[0].second.table, 0x20000);
	assert_int_equal(evidence_entry(&found.evidence, NULL, 1, 0x80000000, &entry, &change, &partial), IQ_OK);
	assert_int_equal(entry.window[0].second.table, 0x30000);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(absent); i++)
		assert_int_equal(evidence_entry(&found.evidence, NULL, 0, absent[i], &entry, &change, &partial),
				 IQ_NOT_FOUND);
	stop(&found);
}

/* Two dumps have different units: a unit without registers is identified by its segment. */
static void a_unit_is_identified_by_its_registers_or_its_segment(void **state)
{
	struct iq_unit unit = { .family = &family, .segment = 7 };
	uint64_t place = 0;

	(void)state;
	assert_string_equal(evidence_place(&unit, &place), "segment");
	assert_int_equal(place, 7);
	unit.base = 0xfed80000;
	assert_string_equal(evidence_place(&unit, &place), "registers at");
	assert_int_equal(place, 0xfed80000);
}

static void ids_come_in_order(void **state)
{
	const struct iq_unit none = { .family = &family };
	struct found found;
	iq_source_id id = 0;

	(void)state;
	make(&found);
	assert_true(iq_given_next(NULL, &found.evidence.unit[0].unit, &id));
	assert_int_equal(id++, 3);
	assert_true(iq_given_next(NULL, &found.evidence.unit[0].unit, &id));
	assert_int_equal(id++, 0x1fd);
	assert_false(iq_given_next(NULL, &found.evidence.unit[0].unit, &id));
	assert_int_equal(iq_given_ids(&found.evidence.unit[0].unit), 0x1fe);
	assert_int_equal(iq_given_ids(&found.evidence.unit[1].unit), 0x80000001);
	assert_int_equal(iq_given_ids(&none), 0);
	id = 0;
	assert_false(iq_given_next(NULL, &none, &id));
	stop(&found);
}

static void functions_of_ids_are_known(void **state)
{
	const struct iq_function disk = { 1, 0x100 };
	struct iq_function function;
	struct found found;
	iq_source_id id;

	(void)state;
	make(&found);
	assert_true(evidence_function(&found.evidence, &found.evidence.unit[0].unit, 0x1fd, &function));
	assert_int_equal(function.segment, 0);
	assert_int_equal(function.requester, 0x100);
	assert_false(evidence_function(&found.evidence, &found.evidence.unit[0].unit, 3, &function));
	assert_true(evidence_source_id(&found.evidence, &found.evidence.unit[1].unit, &disk, &id));
	assert_int_equal(id, 0x80000000);
	stop(&found);
}

/* The units have no registers and no tables by which they could be told apart. */
static void units_without_registers_are_not_merged(void **state)
{
	struct evidence_unit same = { .unit = { .family = &family, .segment = 1 } };
	struct found found;

	(void)state;
	make(&found);
	assert_int_equal(found.evidence.unit[0].shares, 0);
	assert_int_equal(found.evidence.unit[1].shares, 1);
	assert_int_equal(evidence_same(&found.evidence, &same), 1);
	same.unit.requester = 8;
	assert_int_equal(evidence_same(&found.evidence, &same), 2);
	add(&found, 1, 8);
	assert_false(found.units.objects.failed);
	assert_int_equal(found.evidence.units, 3);
	add(&found, 1, 8);
	assert_true(found.units.objects.failed);
	assert_non_null(strstr(found.reason.text, "bridges has the unit"));
	assert_int_equal(found.evidence.units, 3);
	stop(&found);
}

static void two_entries_of_one_id_are_refused(void **state)
{
	struct found found;

	(void)state;
	start(&found);
	give(&found, 7, 0x1000);
	give(&found, 8, 0x2000);
	give(&found, 7, 0x3000);
	add(&found, 0, 0);
	assert_true(found.units.objects.failed);
	assert_string_equal(found.reason.text, "unit 0 has two entries for source id 0x7");
	assert_int_equal(found.evidence.units, 0);
	stop(&found);
}

static void entries_have_a_bound(void **state)
{
	struct found found;

	(void)state;
	start(&found);
	for (uint32_t id = 0; id < KERNEL_ENTRIES_MAX; id++)
		give(&found, id, 0x1000);
	add(&found, 0, 0);
	assert_false(found.units.objects.failed);
	assert_int_equal(found.evidence.unit[0].unit.given->count, KERNEL_ENTRIES_MAX);
	give(&found, 0, 0x1000);
	assert_true(found.units.objects.failed);
	assert_string_equal(found.reason.text, "bridges: more than 65536 entries");
	stop(&found);
}

/* Each unit owns its entries. Sanitizers see an entry that is used after it was freed, or freed twice. */
static void units_take_their_entries_along(void **state)
{
	struct evidence record = { 0 };
	struct found found, again;
	struct iq_function function;
	struct kq_reason reason;
	struct iq_entry entry;

	(void)state;
	make(&found);
	make(&again);
	again.evidence.unit[1].unit.index = 7;
	assert_true(evidence_add(&record, &again.evidence.unit[1], &reason));
	assert_true(evidence_replace(&record, &found.evidence, &reason));
	stop(&found);
	stop(&again);
	assert_int_equal(record.units, 2);
	assert_int_equal(record.unit[0].unit.index, 7);
	assert_int_equal(record.unit[0].unit.segment, 1);
	assert_int_equal(iq_given_entry(NULL, &record.unit[0].unit, 0x80000000, &entry), IQ_OK);
	assert_int_equal(entry.window[0].second.table, 0x30000);
	assert_int_equal(iq_given_entry(NULL, &record.unit[1].unit, 3, &entry), IQ_OK);
	assert_true(evidence_function(&record, &record.unit[0].unit, 0x80000000, &function));
	assert_int_equal(function.segment, 1);
	assert_true(evidence_function(&record, &record.unit[1].unit, 0x1fd, &function));
	assert_int_equal(function.segment, 0);
	evidence_close(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_found_by_their_ids),
		cmocka_unit_test(ids_come_in_order),
		cmocka_unit_test(a_unit_is_identified_by_its_registers_or_its_segment),
		cmocka_unit_test(functions_of_ids_are_known),
		cmocka_unit_test(units_without_registers_are_not_merged),
		cmocka_unit_test(two_entries_of_one_id_are_refused),
		cmocka_unit_test(entries_have_a_bound),
		cmocka_unit_test(units_take_their_entries_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
