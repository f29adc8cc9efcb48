/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From DMAR to a plan: units, the devices of reserved regions, also behind bridges; and wrong tables.
 */
#include "models/families.h"
#include "models/vtd-firmware.h"
#include "plan.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define BASE UINT64_C(0xfed90000)
#define DRHD_AT	 48u /* offset of the first structure */

static const uint8_t root_port[] = { 0x1c, 0 }, endpoint[] = { 2, 0 }, behind[] = { 0x1c, 0, 3, 1 },
		     two_behind[] = { 0x1c, 0, 1, 0, 4, 2 };

/* Bridges, by requester id. Every other function is an endpoint, except that device 0x1e does not exist. */
struct space {
	struct iq_config config; /* first */
	struct {
		uint16_t requester;
		uint8_t secondary, subordinate;
	} bridge[4];
	bool gone;
	unsigned int reads;
};

static uint32_t read_config(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	struct space *space = (struct space *)config;

	space->reads++;
	if (space->gone || segment || (requester >> 3 & 0x1f) == 0x1e)
		return UINT32_MAX;
	for (unsigned int i = 0; i < 4; i++)
		if (space->bridge[i].secondary && space->bridge[i].requester == requester) {
			if (offset == 0x0c)
				return 0x00810000; /* bridge, several functions */
			return (uint32_t)space->bridge[i].subordinate << 16 | (uint32_t)space->bridge[i].secondary << 8;
		}
	return offset == 0x18 ? 0x00090500 : 0; /* an endpoint has a BAR at the offset of a bridge's bus numbers */
}

struct scene {
	struct model_dmar dmar;
	struct space space;
	struct iq_plan plan;
	uint32_t offset;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->space.config.read = read_config;
	s->space.bridge[0].requester = 0x00e0;
	s->space.bridge[0].secondary = 5;
	s->space.bridge[0].subordinate = 8;
	s->space.bridge[1].requester = 0x0508;
	s->space.bridge[1].secondary = 7;
	s->space.bridge[1].subordinate = 7;
	model_dmar_start(&s->dmar);
	iq_plan_start(&s->plan);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Plan from a copy of exactly this size, so that the sanitizer sees every read beyond it. */
static enum iq_status plan_bytes(struct scene *s, const uint8_t *bytes, uint32_t length, struct iq_config *config)
{
	uint8_t *copy = malloc(length ? length : 1);
	enum iq_status status;

	memcpy(copy, bytes, length);
	iq_plan_start(&s->plan);
	status = iq_plan_from_table(&s->plan, copy, length, config, &s->offset);
	free(copy);
	return status;
}

static enum iq_status plan(struct scene *s)
{
	return plan_bytes(s, s->dmar.bytes, s->dmar.length, &s->space.config);
}

static bool is_preserved(const struct scene *s, uint16_t requester)
{
	const struct iq_rule *rule = iq_plan_rule(&s->plan, 0, requester);

	return rule && rule->mode == IQ_MODE_PRESERVE && rule->reason == IQ_REASON_RESERVED;
}

static void test_units_of_several_segments(void **state)
{
	struct scene *s = *state;

	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, endpoint, 1);
	model_dmar_other(&s->dmar, 3, 16);
	model_dmar_unit(&s->dmar, 0, BASE + 0x1000, true);
	model_dmar_unit(&s->dmar, 2, BASE + 0x2000, true);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.units, 3);
	assert_int_equal(s->plan.left_out, 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_ptr_equal(s->plan.unit[i].family, &iq_vtd);
		assert_int_equal(s->plan.unit[i].base, BASE + i * 0x1000);
		assert_int_equal(s->plan.unit[i].segment, i == 2 ? 2 : 0);
	}
}

static void test_paths_lead_through_bridges(void **state)
{
	struct scene *s = *state;

	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, behind, 2);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_IOAPIC, 0xf0, endpoint, 1);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, two_behind, 3);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.left_out, 0);
	for (uint32_t id = 0; id < 0x10000; id++)
		assert_int_equal(is_preserved(s, (uint16_t)id), id == 0x0722);
}

static void test_reserved_memory_of_less_than_a_page_exempts_nobody(void **state)
{
	static const uint64_t limits[] = { 0x7d000000, 0x7cffffff, 0x7d000ffe, 0x7d000fff };
	struct scene *s = *state;

	for (unsigned int i = 0; i < 4; i++) {
		model_dmar_start(&s->dmar);
		model_dmar_unit(&s->dmar, 0, BASE, true);
		model_dmar_reserved(&s->dmar, 0, 0x7d000000, limits[i]);
		model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, endpoint, 1);
		assert_int_equal(plan(s), IQ_OK);
		assert_int_equal(s->plan.rules, i == 3);
		assert_int_equal(s->plan.left_out, 0);
	}
}

static void test_a_hierarchy_is_the_bridge_and_the_buses_behind_it_and_nothing_between(void **state)
{
	struct scene *s = *state;

	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_HIERARCHY, 0, root_port, 1);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_HIERARCHY, 0, root_port, 1);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.left_out, 0);
	for (uint32_t id = 0; id < 0x10000; id++)
		assert_int_equal(is_preserved(s, (uint16_t)id), id == 0x00e0 || (id >= 0x0500 && id <= 0x08ff));
}

static void test_a_hierarchy_may_reach_the_last_bus(void **state)
{
	struct scene *s = *state;

	s->space.bridge[0].secondary = 0x80;
	s->space.bridge[0].subordinate = 0xff;
	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_HIERARCHY, 0, root_port, 1);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.left_out, 0);
	for (uint32_t id = 0; id < 0x10000; id++)
		assert_int_equal(is_preserved(s, (uint16_t)id), id == 0x00e0 || id >= 0x8000);
}

/* A path through a function that is no bridge is left out and counted. The unit is still in the plan. */
static void assert_left_out(struct scene *s, struct iq_config *config, uint8_t type, const uint8_t *path,
			    unsigned int steps)
{
	model_dmar_start(&s->dmar);
	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_scope(&s->dmar, type, 0, path, steps);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&s->dmar, type, 0, path, steps);
	assert_int_equal(plan_bytes(s, s->dmar.bytes, s->dmar.length, config), IQ_OK);
	assert_int_equal(s->plan.units, 1);
	assert_int_equal(s->plan.rules, 0);
	assert_int_equal(s->plan.left_out, 1);
}

static void test_paths_that_lead_nowhere(void **state)
{
	static const uint8_t through_endpoint[] = { 2, 0, 3, 0 }, through_nothing[] = { 0x1e, 0, 3, 0 },
			     device_32[] = { 32, 0 }, function_8[] = { 0, 8 };
	struct scene *s = *state;
	struct iq_config none = { .read = NULL };

	assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, through_endpoint, 2);
	assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, through_nothing, 2);
	assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, device_32, 1);
	assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, function_8, 1);
	assert_left_out(s, &s->space.config, MODEL_SCOPE_HIERARCHY, endpoint, 1);
	assert_left_out(s, NULL, MODEL_SCOPE_ENDPOINT, behind, 2);
	assert_left_out(s, &none, MODEL_SCOPE_ENDPOINT, behind, 2);
	assert_left_out(s, NULL, MODEL_SCOPE_HIERARCHY, root_port, 1);
	s->space.gone = true;
	assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, behind, 2);
	assert_left_out(s, &s->space.config, MODEL_SCOPE_HIERARCHY, root_port, 1);
}

static void test_bridges_that_lead_back(void **state)
{
	static const uint8_t buses[][2] = { { 0, 8 }, { 5, 4 }, { 5, 0 } };
	struct scene *s = *state;
	uint8_t path[2 * 100];

	for (unsigned int i = 1; i < 3; i++) {
		s->space.bridge[0].secondary = buses[i][0];
		s->space.bridge[0].subordinate = buses[i][1];
		assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, behind, 2);
		assert_left_out(s, &s->space.config, MODEL_SCOPE_HIERARCHY, root_port, 1);
	}
	/* A bridge on bus 5 leads to bus 5 again, and the path goes through it as often as it can. */
	s->space.bridge[0].secondary = 5;
	s->space.bridge[0].subordinate = 8;
	s->space.bridge[1].requester = 0x05e0;
	s->space.bridge[1].secondary = 5;
	for (unsigned int i = 0; i < 100; i++)
		memcpy(path + 2 * i, root_port, 2);
	s->space.reads = 0;
	assert_left_out(s, &s->space.config, MODEL_SCOPE_ENDPOINT, path, 100);
	assert_in_range(s->space.reads, 1, 16);
}

static void test_no_unit(void **state)
{
	struct scene *s = *state;

	assert_int_equal(plan(s), IQ_NOT_FOUND);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_other(&s->dmar, 77, 20);
	assert_int_equal(plan(s), IQ_NOT_FOUND);
}

static void test_units_that_cannot_be(void **state)
{
	static const uint64_t bases[] = { 0, BASE + 8, UINT64_C(0xfffffffffffff800), BASE };
	struct scene *s = *state;

	model_dmar_unit(&s->dmar, 0, BASE, true);
	for (unsigned int i = 0; i < 4; i++)
		model_dmar_unit(&s->dmar, 1, bases[i], true);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.units, 1);
	assert_int_equal(s->plan.left_out, 4);
	assert_int_equal(s->plan.unit[0].segment, 0);
}

static void test_more_units_and_rules_than_there_is_room_for(void **state)
{
	struct scene *s = *state;

	for (unsigned int i = 0; i < IQ_PLAN_UNITS + 3; i++)
		model_dmar_unit(&s->dmar, 0, BASE + i * 0x1000, true);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	for (unsigned int i = 0; i < IQ_PLAN_RULES + 5; i++)
		model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, (uint8_t)i, endpoint, 1);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.units, IQ_PLAN_UNITS);
	assert_int_equal(s->plan.rules, IQ_PLAN_RULES);
	assert_int_equal(s->plan.left_out, 8);
}

/* On some servers the management controller shares a dozen ranges with every slot. */
static void test_a_device_of_many_ranges_takes_one_rule(void **state)
{
	struct scene *s = *state;

	model_dmar_unit(&s->dmar, 0, BASE, true);
	for (unsigned int range = 0; range < IQ_PLAN_RULES + 20; range++) {
		model_dmar_reserved(&s->dmar, 0, 0x7d000000 + range * 0x1000, 0x7d000fff + range * 0x1000);
		model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 1, endpoint, 1);
	}
	model_dmar_reserved(&s->dmar, 0, 0x7e000000, 0x7e000fff);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 2, endpoint, 1);
	assert_int_equal(plan(s), IQ_OK);
	assert_int_equal(s->plan.rules, 2);
	assert_int_equal(s->plan.left_out, 0);
}

static void test_lengths_that_lie(void **state)
{
	struct scene *s = *state;
	uint32_t second;

	model_dmar_unit(&s->dmar, 0, BASE, true);
	second = s->dmar.length;
	model_dmar_unit(&s->dmar, 0, BASE + 0x1000, false);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0x20, endpoint, 1);
	for (uint32_t size = 0; size < 0x120; size++) {
		uint32_t real = iq_le16(s->dmar.bytes + second + 2);
		enum iq_status status;

		s->dmar.bytes[second + 2] = (uint8_t)size;
		s->dmar.bytes[second + 3] = (uint8_t)(size >> 8);
		status = plan(s);
		assert_true(s->plan.units >= 1);
		assert_int_equal(s->plan.unit[0].base, BASE);
		if (size != real)
			assert_true(status == IQ_MALFORMED || s->plan.left_out || size == 16);
		if (size < 4 || size > real) {
			assert_int_equal(status, IQ_MALFORMED);
			assert_int_equal(s->offset, second);
		}
		s->dmar.bytes[second + 2] = (uint8_t)real;
		s->dmar.bytes[second + 3] = 0;
	}
}

static void test_scope_lengths_that_lie(void **state)
{
	struct scene *s = *state;
	uint32_t scope;

	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	scope = s->dmar.length;
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0x20, endpoint, 1);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0x30, endpoint, 1);
	for (uint32_t size = 0; size < 256; size++) {
		s->dmar.bytes[scope + 1] = (uint8_t)size;
		plan(s);
		assert_int_equal(s->plan.units, 1);
		if (size < 8 || size > 16)
			assert_true(s->plan.left_out > 0);
	}
}

static void test_a_table_cut_off_at_every_byte(void **state)
{
	struct scene *s = *state;

	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_HIERARCHY, 0, root_port, 1);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, two_behind, 3);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, behind, 2);
	model_dmar_unit(&s->dmar, 0, BASE + 0x1000, true);
	assert_int_equal(plan(s), IQ_OK);
	for (uint32_t length = 0; length < s->dmar.length; length++) {
		enum iq_status status = plan_bytes(s, s->dmar.bytes, length, &s->space.config);

		assert_true(s->plan.units <= 1);
		/* A cut between two structures gives a shorter, sound table. */
		assert_true(status == IQ_MALFORMED || status == IQ_OK || (status == IQ_NOT_FOUND && length == DRHD_AT));
		if (status == IQ_OK)
			assert_int_equal(s->plan.units, 1);
	}
}

static void test_random_bytes(void **state)
{
	struct scene *s = *state;
	uint32_t seed = 12345;

	model_dmar_unit(&s->dmar, 0, BASE, false);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_HIERARCHY, 0, root_port, 1);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_ENDPOINT, 0, two_behind, 3);
	model_dmar_reserved(&s->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&s->dmar, MODEL_SCOPE_HIERARCHY, 0, root_port, 1);
	model_dmar_unit(&s->dmar, 0, BASE + 0x1000, true);
	for (unsigned int round = 0; round < 20000; round++) {
		uint8_t bytes[MODEL_TABLE_MAX];

		memcpy(bytes, s->dmar.bytes, s->dmar.length);
		for (unsigned int i = 0; i < 1 + round % 6; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[DRHD_AT + (seed >> 8) % (s->dmar.length - DRHD_AT)] = (uint8_t)(seed >> 24);
		}
		plan_bytes(s, bytes, s->dmar.length, &s->space.config);
		assert_true(s->plan.units <= IQ_PLAN_UNITS);
		for (unsigned int i = 0; i < s->plan.rules; i++)
			assert_true(s->plan.rule[i].first <= s->plan.rule[i].last);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_units_of_several_segments),
		TEST(test_paths_lead_through_bridges),
		TEST(test_reserved_memory_of_less_than_a_page_exempts_nobody),
		TEST(test_a_hierarchy_is_the_bridge_and_the_buses_behind_it_and_nothing_between),
		TEST(test_a_hierarchy_may_reach_the_last_bus),
		TEST(test_paths_that_lead_nowhere),
		TEST(test_bridges_that_lead_back),
		TEST(test_no_unit),
		TEST(test_units_that_cannot_be),
		TEST(test_more_units_and_rules_than_there_is_room_for),
		TEST(test_a_device_of_many_ranges_takes_one_rule),
		TEST(test_lengths_that_lie),
		TEST(test_scope_lengths_that_lie),
		TEST(test_a_table_cut_off_at_every_byte),
		TEST(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
