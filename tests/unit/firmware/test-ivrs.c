/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IVRS: the units and exemptions that good, unusual, wrong and truncated tables give.
 */
#include "models/families.h"
#include "models/firmware.h"
#include "firmware/ivrs.h"
#include "plan.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

static struct iq_plan *plan;

static int new_plan(void **state)
{
	*state = calloc(1, sizeof(struct model_ivrs));
	plan = calloc(1, sizeof(*plan));
	iq_plan_start(plan);
	model_ivrs_start(*state);
	return 0;
}

static int free_plan(void **state)
{
	free(*state);
	free(plan);
	return 0;
}

/* Parse a copy of exactly this size, so that a sanitizer sees every read beyond it. */
static enum iq_status parse_bytes(const uint8_t *bytes, uint32_t length)
{
	uint8_t *copy = malloc(length ? length : 1);
	enum iq_status status;
	uint32_t offset;

	memcpy(copy, bytes, length);
	iq_plan_start(plan);
	status = iq_plan_from_table(plan, copy, length, NULL, &offset);
	assert_in_range(offset, 0, length);
	free(copy);
	return status;
}

static enum iq_status parse(const struct model_ivrs *ivrs)
{
	return parse_bytes(ivrs->bytes, ivrs->length);
}

/* Do the device entries of the IVHD for @iommu name a requester id on @bus, as a device's own id or as an alias? */
static bool names_bus(const struct model_ivrs *ivrs, uint16_t iommu, unsigned int bus)
{
	struct iq_walk blocks, entries;
	struct iq_ivhd_device device;
	struct iq_structure block;
	struct iq_ivhd ivhd;
	bool found = false;

	iq_ivrs_blocks(&blocks, ivrs->bytes, ivrs->length);
	while (iq_walk_next(&blocks, &block)) {
		iq_ivhd_decode(&block, &ivhd);
		if (ivhd.requester != iommu)
			continue;
		iq_ivhd_entries(&entries, ivrs->bytes, &block);
		while (iq_ivhd_next_device(&entries, &device))
			found |= (device.first >> 8 <= bus && bus <= device.last >> 8) ||
				 (device.aliased && device.alias >> 8 == bus);
	}
	return found;
}

static void test_units_of_all_types(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x10, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(ivrs, 0x11, 1, 0x4002, 0xfd100000);
	model_ivrs_unit(ivrs, 0x40, 0xabcd, 0xc002, UINT64_C(0x20000000000));
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->units, 3);
	assert_int_equal(plan->left_out, 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_ptr_equal(plan->unit[i].family, &iq_amdvi);
		assert_int_equal(plan->unit[i].index, i);
	}
	/* The newest type of block is read first. */
	assert_int_equal(plan->unit[0].base, UINT64_C(0x20000000000));
	assert_int_equal(plan->unit[0].segment, 0xabcd);
	assert_int_equal(plan->unit[0].requester, 0xc002);
	assert_int_equal(plan->unit[2].base, 0xfd000000);
}

/* 48882, 5.2.2: firmware describes the same unit in every type of block; the highest type is valid. */
static void test_the_newest_description_of_a_unit_counts(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x10, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(ivrs, 0x40, 0, 0x0002, 0xfd200000);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd100000);
	model_ivrs_unit(ivrs, 0x10, 1, 0x0002, 0xfd300000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->units, 2);
	assert_int_equal(plan->unit[0].base, 0xfd200000);
	assert_int_equal(plan->unit[1].base, 0xfd300000);
	assert_int_equal(plan->left_out, 0);
}

static void test_types_of_later_versions_are_passed_over(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x41, 0, 0x0002, 0xfd000000);
	assert_int_equal(parse(ivrs), IQ_NOT_FOUND);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd100000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->units, 1);
}

/* The entries of QEMU 7.2 for an IOAPIC, a device and a conventional bridge; and further entries of real firmware. */
static void test_device_entries_of_every_length(void **state)
{
	static const uint8_t select[] = { 0x02, 0x10, 0x01, 0 };
	static const uint8_t range[] = { 0x03, 0x00, 0x20, 0, 0x04, 0xff, 0x21, 0 };
	static const uint8_t pad[] = { 0x00, 0x00, 0x90, 0, 0x40, 0, 0x91, 0, 0, 0, 0, 0 };
	static const uint8_t alias[] = { 0x42, 0x00, 0x30, 0, 0, 0x00, 0x31, 0 };
	static const uint8_t alias_range[] = { 0x43, 0x00, 0x40, 0, 0, 0x00, 0x50, 0, 0x04, 0xff, 0x42, 0 };
	static const uint8_t extended[] = { 0x46, 0x08, 0x60, 0, 0, 0, 0, 0x80 };
	static const uint8_t special[] = { 0x48, 0, 0, 0xd7, 0, 0xa0, 0x70, 0x01 };
	static const uint8_t unknown16[16] = { 0x80, 0x10, 0x92, 0 }, unknown32[32] = { 0xc0, 0x10, 0x93, 0 };
	uint8_t hid[22 + 9] = { 0xf0, 0x00, 0x80, 0x40, 'A', 'M', 'D', 'I', '0', '0', '2', '0' };
	static const uint8_t last[] = { 0x02, 0x10, 0xa0, 0 };
	static const uint8_t there[] = { 0x01, 0x20, 0x21, 0x30, 0x31, 0x40, 0x41, 0x42, 0x50, 0x60, 0x70, 0x80, 0xa0 };
	static const uint8_t not_there[] = { 0x00, 0x02, 0x1f, 0x22, 0x3f, 0x43, 0x90, 0x91, 0x92, 0x93, 0xff };
	struct model_ivrs *ivrs = *state;

	hid[20] = 2;
	hid[21] = 9;
	memcpy(hid + 22, "\\_SB.FUR0", 9);
	model_ivrs_unit(ivrs, 0x40, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(ivrs, select, sizeof(select));
	model_ivrs_entry(ivrs, range, sizeof(range));
	model_ivrs_entry(ivrs, pad, sizeof(pad));
	model_ivrs_entry(ivrs, alias, sizeof(alias));
	model_ivrs_entry(ivrs, alias_range, sizeof(alias_range));
	model_ivrs_entry(ivrs, extended, sizeof(extended));
	model_ivrs_entry(ivrs, special, sizeof(special));
	model_ivrs_entry(ivrs, unknown16, sizeof(unknown16));
	model_ivrs_entry(ivrs, unknown32, sizeof(unknown32));
	model_ivrs_entry(ivrs, hid, sizeof(hid));
	model_ivrs_entry(ivrs, last, sizeof(last));
	model_ivrs_unit(ivrs, 0x40, 0, 0x8002, 0xfd100000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->units, 2);
	for (size_t i = 0; i < sizeof(there); i++)
		assert_true(names_bus(ivrs, 0x0002, there[i]));
	for (size_t i = 0; i < sizeof(not_there); i++)
		assert_false(names_bus(ivrs, 0x0002, not_there[i]));
	assert_false(names_bus(ivrs, 0x8002, 0x01));
}

static void test_a_unit_for_all_devices(void **state)
{
	static const uint8_t all[] = { 0x01, 0, 0, 0 };
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x10, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(ivrs, all, sizeof(all));
	model_ivrs_unit(ivrs, 0x10, 0, 0x0102, 0xfd100000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_true(names_bus(ivrs, 0x0002, 0));
	assert_true(names_bus(ivrs, 0x0002, 0xff));
	assert_false(names_bus(ivrs, 0x0102, 0));
}

static void test_reserved_memory_exempts_its_devices(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_memory(ivrs, 0x20, 0, 0, 0xffff, 0x1000, 0x1000);
	model_ivrs_memory(ivrs, 0x21, 0, 0x0010, 0xffff, 0x1000, 0x1000);
	model_ivrs_memory(ivrs, 0x22, 2, 0x0020, 0x0027, 0x1000, 0x1000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x0030, 0x0020, 0x1000, 0x1000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->rules, 2);
	assert_int_equal(plan->left_out, 1);
	assert_int_equal(iq_plan_rule(plan, 0, 0x0010)->reason, IQ_REASON_RESERVED);
	assert_int_equal(iq_plan_rule(plan, 0, 0x0010)->mode, IQ_MODE_PRESERVE);
	assert_null(iq_plan_rule(plan, 0, 0x0011));
	assert_non_null(iq_plan_rule(plan, 2, 0x0024));
	assert_null(iq_plan_rule(plan, 0, 0x0024));
}

static void test_reserved_memory_of_less_than_a_page_exempts_nobody(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_memory(ivrs, 0x21, 0, 0x0060, 0, 0, 0);
	model_ivrs_memory(ivrs, 0x22, 0, 0, 0xffff, 0x1000, 1);
	model_ivrs_memory(ivrs, 0x21, 0, 0x0068, 0, 0x1000, 0x1000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->rules, 1);
	assert_int_equal(plan->rule[0].first, 0x0068);
}

/* As good as a block of type 20h: nobody would be blocked. */
static void test_reserved_memory_for_every_device_exempts_nobody(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x0008, 0xfffe, 0x7a000000, 0x1000);
	model_ivrs_memory(ivrs, 0x21, 1, 0x0308, 0, 0x7a000000, 0x1000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->rules, 1);
	assert_int_equal(plan->rule[0].segment, 1);
	model_ivrs_start(ivrs);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	/* In pieces, and not in their order. */
	model_ivrs_memory(ivrs, 0x22, 0, 0x4000, 0xffff, 0x7a000000, 0x1000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x2000, 0x3fff, 0x7a000000, 0x1000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x0000, 0x1fff, 0x7a000000, 0x1000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->rules, 0);
	/* The control: one device is not among them. */
	model_ivrs_start(ivrs);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x0000, 0x1fff, 0x7a000000, 0x1000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x2001, 0xffff, 0x7a000000, 0x1000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->rules, 2);
}

static void test_firmware_that_names_a_unit_twice(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0102, 0xfd000000);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0202, 0xfd002000);
	model_ivrs_unit(ivrs, 0x11, 0, 0x0302, 0xfd004000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->units, 2);
	assert_int_equal(plan->left_out, 2);
}

static void test_more_units_than_a_plan_holds(void **state)
{
	struct model_ivrs *ivrs = *state;

	for (uint16_t i = 0; i < IQ_PLAN_UNITS + 5; i++)
		model_ivrs_unit(ivrs, 0x11, i, 0x0002, 0xfd000000 + (uint64_t)i * 0x80000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->units, IQ_PLAN_UNITS);
	assert_int_equal(plan->left_out, 5);
}

static void test_more_exemptions_than_a_plan_holds(void **state)
{
	struct model_ivrs *ivrs = *state;

	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	for (uint16_t i = 0; i < IQ_PLAN_RULES + 5; i++)
		model_ivrs_memory(ivrs, 0x21, 0, i, 0, 0x1000, 0x1000);
	assert_int_equal(parse(ivrs), IQ_OK);
	assert_int_equal(plan->rules, IQ_PLAN_RULES);
	assert_int_equal(plan->left_out, 5);
}

static void full_table(struct model_ivrs *ivrs)
{
	static const uint8_t entries[] = { 0x03, 0x00, 0x00, 0, 0x04, 0xff, 0x0f, 0, 0x48, 0, 0, 0xd7, 0, 0xa0, 0, 1 };
	uint8_t hid[22 + 3] = { 0xf0, 0x00, 0x80, 0x40 };

	hid[21] = 3;
	model_ivrs_unit(ivrs, 0x10, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(ivrs, entries, sizeof(entries));
	model_ivrs_unit(ivrs, 0x40, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(ivrs, entries, sizeof(entries));
	model_ivrs_entry(ivrs, hid, sizeof(hid));
	model_ivrs_memory(ivrs, 0x22, 0, 0x0020, 0x0027, 0x1000, 0x1000);
}

static void test_cut_off_at_every_byte(void **state)
{
	struct model_ivrs *ivrs = *state;
	unsigned int accepted = 0;

	full_table(ivrs);
	for (uint32_t length = 0; length < ivrs->length; length++)
		accepted += parse_bytes(ivrs->bytes, length) == IQ_OK;
	/* The table is sound only if it is cut after a block: after the first or the second unit. */
	assert_int_equal(accepted, 2);
	assert_int_equal(parse(ivrs), IQ_OK);
}

static void test_lengths_that_lie(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 3, 4, 23, 24, 39, 40, 41, 0x7fff, 0xffff };
	struct model_ivrs *ivrs = *state;
	uint32_t block;

	full_table(ivrs);
	for (block = 48; block < ivrs->length; block += (uint32_t)(ivrs->bytes[block + 2] | ivrs->bytes[block + 3] << 8)) {
		uint8_t before[2];

		memcpy(before, ivrs->bytes + block + 2, 2);
		for (size_t i = 0; i < IQ_ARRAY_SIZE(lengths); i++) {
			if (lengths[i] == (before[0] | before[1] << 8))
				continue;
			ivrs->bytes[block + 2] = (uint8_t)lengths[i];
			ivrs->bytes[block + 3] = (uint8_t)(lengths[i] >> 8);
			assert_int_equal(parse(ivrs), IQ_MALFORMED);
		}
		memcpy(ivrs->bytes + block + 2, before, 2);
	}
	assert_int_equal(parse(ivrs), IQ_OK);
}

static void test_every_byte_at_every_value(void **state)
{
	struct model_ivrs *ivrs = *state;

	full_table(ivrs);
	for (uint32_t at = 48; at < ivrs->length; at++) {
		uint8_t before = ivrs->bytes[at];

		for (unsigned int value = 0; value < 256; value++) {
			ivrs->bytes[at] = (uint8_t)value;
			parse(ivrs);
			assert_in_range(plan->units, 0, 3);
		}
		ivrs->bytes[at] = before;
	}
}

static void test_a_table_of_another_kind(void **state)
{
	struct model_ivrs *ivrs = *state;

	full_table(ivrs);
	memcpy(ivrs->bytes, "FACP", 4);
	assert_int_equal(parse(ivrs), IQ_UNSUPPORTED);
}

static void test_administrators_rules_come_first(void **state)
{
	struct model_ivrs *ivrs = *state;
	const struct iq_rule block = { .first = 0x0010, .last = 0x0010, .mode = IQ_MODE_BLOCK };
	uint32_t offset;

	model_ivrs_unit(ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_memory(ivrs, 0x22, 0, 0x0010, 0x0011, 0x1000, 0x1000);
	assert_int_equal(iq_plan_add_rule(plan, &block), IQ_OK);
	assert_int_equal(iq_plan_from_table(plan, ivrs->bytes, ivrs->length, NULL, &offset), IQ_OK);
	assert_int_equal(iq_plan_rule(plan, 0, 0x0010)->mode, IQ_MODE_BLOCK);
	assert_int_equal(iq_plan_rule(plan, 0, 0x0011)->mode, IQ_MODE_PRESERVE);
	assert_null(iq_plan_rule(plan, 0, 0x0012));
}

static void test_units_that_cannot_be(void **state)
{
	(void)state;
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 0, 0, 0), IQ_MALFORMED);
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 0, 0, 0xfd000800), IQ_MALFORMED);
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 0, 0, UINT64_C(0xfffffffffffff000)), IQ_MALFORMED);
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 0, 0, 0xfd000000), IQ_OK);
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 1, 0, 0xfd003000), IQ_MALFORMED);
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 1, 0, 0xfcffd000), IQ_MALFORMED);
	assert_int_equal(iq_plan_add_unit(plan, &iq_amdvi, 1, 0, 0xfcffc000), IQ_OK);
	assert_int_equal(plan->units, 2);
	assert_int_equal(plan->left_out, 5);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, new_plan, free_plan)
	const struct CMUnitTest tests[] = {
		T(test_units_of_all_types),
		T(test_the_newest_description_of_a_unit_counts),
		T(test_types_of_later_versions_are_passed_over),
		T(test_device_entries_of_every_length),
		T(test_a_unit_for_all_devices),
		T(test_reserved_memory_exempts_its_devices),
		T(test_reserved_memory_of_less_than_a_page_exempts_nobody),
		T(test_reserved_memory_for_every_device_exempts_nobody),
		T(test_firmware_that_names_a_unit_twice),
		T(test_more_units_than_a_plan_holds),
		T(test_more_exemptions_than_a_plan_holds),
		T(test_cut_off_at_every_byte),
		T(test_lengths_that_lie),
		T(test_every_byte_at_every_value),
		T(test_a_table_of_another_kind),
		T(test_administrators_rules_come_first),
		T(test_units_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
