/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core's decoders of firmware tables: valid blocks, ranges, aliases, scopes, the translation of an id.
 */
#include "unit/core/cmocka-all.h"
#include "firmware/dmar.h"
#include "iort-table.h"
#include "firmware/ivrs.h"
#include "firmware/mcfg.h"
#include "models/vtd-firmware.h"

#include <stdlib.h>
#include <string.h>

static struct model_ivrs ivrs;

static int new_ivrs(void **state)
{
	(void)state;
	model_ivrs_start(&ivrs);
	return 0;
}

/* The device entries of the only IVHD. */
static void entries(struct iq_walk *walk, const uint8_t *bytes, uint32_t length)
{
	struct iq_structure block;
	struct iq_walk blocks;

	model_ivrs_unit(&ivrs, 0x40, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(&ivrs, bytes, length);
	iq_ivrs_blocks(&blocks, ivrs.bytes, ivrs.length);
	assert_true(iq_walk_next(&blocks, &block));
	iq_ivhd_entries(walk, ivrs.bytes, &block);
}

static void test_ranges_are_put_together(void **state)
{
	static const uint8_t bytes[] = {
		0x03, 0x08, 0x00, 0, 0x00, 0, 0, 0, 0x04, 0xfe, 0xff, 0,
		0x43, 0x00, 0xff, 0x10, 0, 0xa5, 0x00, 0, 0x04, 0xff, 0xff, 0,
		0x47, 0, 1, 0, 0, 0, 0, 0x80, 0x04, 7, 1, 0,
	};
	struct iq_ivhd_device device;
	struct iq_walk walk;

	(void)state;
	entries(&walk, bytes, sizeof(bytes));
	assert_true(iq_ivhd_next_device(&walk, &device));
	assert_int_equal(device.first, 0x0008);
	assert_int_equal(device.last, 0xfffe);
	assert_false(device.aliased);
	assert_false(device.unpaired);
	assert_true(iq_ivhd_next_device(&walk, &device));
	assert_int_equal(device.first, 0xff00);
	assert_int_equal(device.last, 0xffff);
	assert_true(device.aliased);
	assert_int_equal(device.alias, 0x00a5);
	assert_int_equal(device.setting, 0x10);
	assert_true(iq_ivhd_next_device(&walk, &device));
	assert_int_equal(device.first, 0x0100);
	assert_int_equal(device.last, 0x0107);
	assert_int_equal(device.extended, IVHD_EXTENDED_ATS_OFF);
	assert_false(iq_ivhd_next_device(&walk, &device));
}

static void test_ranges_that_lie_name_their_first_device_only(void **state)
{
	static const uint8_t bytes[] = {
		0x04, 1, 0, 0, 0x03, 2, 0, 0, 0x02, 3, 0, 0, 0x03, 9, 0, 0, 0x04, 8, 0, 0, 0x03, 5, 0, 0,
	};
	static const struct {
		uint16_t requester;
		bool unpaired;
	} expected[] = { { 1, true }, { 2, true }, { 3, false }, { 9, true }, { 5, true } };
	struct iq_ivhd_device device;
	struct iq_walk walk;

	(void)state;
	entries(&walk, bytes, sizeof(bytes));
	for (size_t i = 0; i < IQ_ARRAY_SIZE(expected); i++) {
		assert_true(iq_ivhd_next_device(&walk, &device));
		assert_int_equal(device.first, expected[i].requester);
		assert_int_equal(device.last, expected[i].requester);
		assert_int_equal(device.unpaired, expected[i].unpaired);
	}
	assert_false(iq_ivhd_next_device(&walk, &device));
}

static void test_the_newest_block_of_each_unit_counts(void **state)
{
	static const bool counts[] = { false, true, false, false, true, true };
	struct iq_structure block;
	struct iq_walk walk;

	(void)state;
	model_ivrs_unit(&ivrs, 0x11, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(&ivrs, 0x40, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(&ivrs, 0x10, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(&ivrs, 0x40, 0, 0x0002, 0xfd000000);
	model_ivrs_unit(&ivrs, 0x10, 1, 0x0002, 0xfd100000);
	model_ivrs_unit(&ivrs, 0x11, 0, 0x4002, 0xfd200000);
	iq_ivrs_blocks(&walk, ivrs.bytes, ivrs.length);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(counts); i++) {
		assert_true(iq_walk_next(&walk, &block));
		assert_int_equal(iq_ivrs_counts(ivrs.bytes, ivrs.length, &block), counts[i]);
	}
	assert_false(iq_walk_next(&walk, &block));
}

static void test_configuration_space_of_each_bus(void **state)
{
	static const uint8_t mcfg[44 + 32] = {
		'M', 'C', 'F', 'G', [44] = LE64(0xe0000000), LE16(0), 0, 0x7f, LE32(0),
		LE64(0xd0000000), LE16(1), 0x80, 0xff, LE32(0),
	};

	(void)state;
	assert_int_equal(iq_mcfg_address(mcfg, sizeof(mcfg), 0, 0x0000), 0xe0000000);
	assert_int_equal(iq_mcfg_address(mcfg, sizeof(mcfg), 0, 0x7fff), 0xe7fff000);
	assert_int_equal(iq_mcfg_address(mcfg, sizeof(mcfg), 0, 0x8000), 0);
	assert_int_equal(iq_mcfg_address(mcfg, sizeof(mcfg), 1, 0x8008), 0xd8008000);
	assert_int_equal(iq_mcfg_address(mcfg, sizeof(mcfg), 1, 0x7f00), 0);
	assert_int_equal(iq_mcfg_address(mcfg, sizeof(mcfg) - 1, 1, 0x8008), 0);
}

static void test_requester_ids_reach_the_smmu_as_stream_ids(void **state)
{
	struct iq_structure root, smmu_node;
	struct iq_iort_root_complex complex;
	struct iq_iort_smmu smmu;
	uint32_t stream;

	(void)state;
	assert_true(iq_iort_node(iort_table, sizeof(iort_table), ROOT_AT, &root));
	assert_true(iq_iort_root_complex(&root, &complex));
	assert_int_equal(complex.segment, 5);
	assert_true(iq_iort_stream(iort_table, sizeof(iort_table), &root, 0x0042, &stream, &smmu_node));
	assert_int_equal(stream, 0x1042);
	assert_int_equal(smmu_node.offset, SMMU_AT);
	assert_true(iq_iort_smmu(&smmu_node, &smmu));
	assert_true(smmu.v3);
	assert_int_equal(smmu.base, 0x2b400000);
	/* Both mappings contain the id: the one that starts with it is used. */
	assert_true(iq_iort_stream(iort_table, sizeof(iort_table), &root, 0x0100, &stream, &smmu_node));
	assert_int_equal(stream, 0x3000);
	assert_false(iq_iort_stream(iort_table, sizeof(iort_table), &root, 0x0200, &stream, &smmu_node));
	assert_false(iq_iort_node(iort_table, sizeof(iort_table), ROOT_AT + 1, &root));
}

static void test_nodes_that_lead_in_a_circle_end(void **state)
{
	uint8_t table[IORT_END];
	struct iq_structure root, smmu;
	uint32_t stream;

	(void)state;
	memcpy(table, iort_table, sizeof(table));
	table[ROOT_AT + 36 + IORT_OUTPUT_NODE] = (uint8_t)ROOT_AT;
	memset(table + ROOT_AT + 36 + IORT_OUTPUT, 0, 4);
	assert_true(iq_iort_node(table, sizeof(table), ROOT_AT, &root));
	assert_false(iq_iort_stream(table, sizeof(table), &root, 0x0042, &stream, &smmu));
}

static void test_reserved_ranges_of_a_stream(void **state)
{
	struct iq_iort_mapping mapping;
	struct iq_structure rmr, one;
	struct iq_iort_range range;
	struct iq_walk walk;

	(void)state;
	assert_true(iq_iort_node(iort_table, sizeof(iort_table), RMR_AT, &rmr));
	iq_iort_mappings(&walk, iort_table, &rmr);
	assert_true(iq_walk_next(&walk, &one));
	iq_iort_mapping(&one, &mapping);
	assert_int_equal(mapping.output, 8);
	assert_int_equal(mapping.node, SMMU_AT);
	assert_false(iq_walk_next(&walk, &one));
	iq_iort_ranges(&walk, iort_table, &rmr);
	assert_true(iq_walk_next(&walk, &one));
	iq_iort_range(&one, &range);
	assert_int_equal(range.base, 0x80000000);
	assert_int_equal(range.length, 0x10000);
	assert_false(iq_walk_next(&walk, &one));
}

/* A configuration space in which the buses behind bridge @requester begin at its own bus plus 3. */
static uint32_t read_buses(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	const uint32_t bus = (requester >> 8) + 3u;

	(void)config;
	assert_int_equal(segment, 2);
	if (offset == 0x0c)
		return 1u << 16;
	assert_int_equal(offset, 0x18);
	return (bus + 4) << 16 | bus << 8 | requester >> 8;
}

static void test_scopes_are_followed_over_bridges(void **state)
{
	static const uint8_t path[] = { 0x1c, 4, 0x02, 1 };
	struct iq_config config = { read_buses, NULL };
	struct iq_structure drhd, scope;
	struct iq_dmar_scope found;
	struct model_dmar dmar;
	struct iq_walk walk;

	(void)state;
	model_dmar_start(&dmar);
	model_dmar_unit(&dmar, 2, 0xfed90000, false);
	model_dmar_scope(&dmar, MODEL_SCOPE_ENDPOINT, 0x10, path, 2);
	model_dmar_scope(&dmar, MODEL_SCOPE_HIERARCHY, 0x10, path, 1);
	iq_dmar_structures(&walk, dmar.bytes, dmar.length);
	assert_true(iq_walk_next(&walk, &drhd));
	iq_dmar_scopes(&walk, dmar.bytes, &drhd);
	assert_true(iq_walk_next(&walk, &scope));
	assert_true(iq_dmar_resolve(&scope, 2, &config, &found));
	assert_int_equal(found.requester, 0x1311);
	assert_int_equal(found.last_bus, 0x13);
	assert_false(iq_dmar_resolve(&scope, 2, NULL, &found));
	assert_true(iq_walk_next(&walk, &scope));
	assert_true(iq_dmar_resolve(&scope, 2, &config, &found));
	assert_int_equal(found.requester, 0x10e4);
	assert_int_equal(found.last_bus, 0x17);
	assert_false(iq_walk_next(&walk, &scope));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ranges_are_put_together, new_ivrs),
		cmocka_unit_test_setup(test_ranges_that_lie_name_their_first_device_only, new_ivrs),
		cmocka_unit_test_setup(test_the_newest_block_of_each_unit_counts, new_ivrs),
		cmocka_unit_test(test_configuration_space_of_each_bus),
		cmocka_unit_test(test_requester_ids_reach_the_smmu_as_stream_ids),
		cmocka_unit_test(test_nodes_that_lead_in_a_circle_end),
		cmocka_unit_test(test_reserved_ranges_of_a_stream),
		cmocka_unit_test(test_scopes_are_followed_over_bridges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
