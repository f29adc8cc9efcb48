/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which unit serves which requester id, according to firmware tables. For made-up tables the answer is known. For tables of real
 * machines two ways to the answer must agree.
 */
#include "unit/core/cmocka-all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/real-tables.h"
#include "firmware/dmar.h"
#include "machine-root.h"
#include "host/owners.h"
#include "machine/topology.h"

#define TABLES "/sys/firmware/acpi/tables/"

static struct iq_plan plan;
static struct kq_owners owners;
static struct kq_reason reason;

static int free_owners(void **state)
{
	kq_owners_free(&owners);
	return machine_remove(state);
}

static void read_owners(void)
{
	if (!kq_host_plan(&machine, &plan, &reason))
		fail_msg("%s", reason.text);
	assert_true(kq_owners_read(&owners, &machine, &plan));
}

static void test_named_ids_come_before_the_rest(void **state)
{
	/* DMAR: a unit for 00:02.0 and 3a:00.0, one for all others of the segment. VT-d 4.1, 8.3 */
	static const uint8_t dmar[] = {
		'D', 'M', 'A', 'R', 96, 0,    0, 0, 1, 0, 0,	0,    0,  0, 0, 0, 0, 0,    0,	  0,	0, 0, 0, 0,
		0,   0,	  0,   0,   0,	0,    0, 0, 0, 0, 0,	0,    46, 1, 0, 0, 0, 0,    0,	  0,	0, 0, 0, 0,
		0,   0,	  32,  0,   0,	0,    0, 0, 0, 0, 0xd9, 0xfe, 0,  0, 0, 0, 1, 8,    0,	  0,	0, 0, 2, 0,
		1,   8,	  0,   0,   0,	0x3a, 0, 0, 0, 0, 16,	0,    1,  0, 0, 0, 0, 0x10, 0xd9, 0xfe, 0, 0, 0, 0,
	};

	(void)state;
	machine_put(TABLES "DMAR", dmar, sizeof(dmar));
	read_owners();
	assert_int_equal(plan.units, 2);
	assert_int_equal(kq_owners_unit(&owners, 0, 0x0010), 0);
	assert_int_equal(kq_owners_unit(&owners, 0, 0x3a00), 0);
	assert_int_equal(kq_owners_unit(&owners, 0, 0x0011), 1);
	assert_int_equal(kq_owners_unit(&owners, 0, 0x3a01), 1);
	assert_int_equal(kq_owners_unit(&owners, 0, 0xffff), 1);
	assert_int_equal(kq_owners_unit(&owners, 1, 0x0010), IQ_NO_UNIT);
	assert_int_equal(kq_owners_alias(&owners, 0, 0x0010), 0x0010);
}

static void test_of_two_units_that_name_an_id_the_last_serves_it(void **state)
{
	/* A board (IVRS.Desktop.ASUSTek_Computer.ROG_ZENITH_II_EXTREME_ALPHA): 60:01.0 to ff:1f.6, then another unit has bus
	 * ff, and all of its ids stand for 00:14.4. 48882, 5.2.2 */
	static const uint8_t ivrs[] = {
		'I',  'V',  'R',  'S', 120,  0,	   0,	 0, 2,	  0,	0,    0, 0,    0, 0,	0,    0,    0,
		0,    0,    0,	  0,   0,    0,	   0,	 0, 0,	  0,	0,    0, 0,    0, 0,	0,    0,    0,
		0x41, 0x30, 0x20, 0,   0,    0,	   0,	 0, 0,	  0,	0,    0, 0x10, 0, 32,	0,    0x02, 0x60,
		0x40, 0,    0,	  0,   0x18, 0xb3, 0,	 0, 0,	  0,	0,    0, 0,    0, 0,	0,    0,    0,
		3,    0x08, 0x60, 0,   4,    0xfe, 0xff, 0, 0x10, 0,	40,   0, 0x02, 0, 0x40, 0,    0,    0,
		0x20, 0xe2, 0,	  0,   0,    0,	   0,	 0, 0,	  0,	0,    0, 0,    0, 2,	0xa4, 0,    0,
		0x43, 0,    0xff, 0,   0,    0xa4, 0,	 0, 4,	  0xff, 0xff, 0,
	};

	(void)state;
	machine_put(TABLES "IVRS", ivrs, sizeof(ivrs));
	read_owners();
	assert_int_equal(plan.units, 2);
	assert_int_equal(kq_owners_unit(&owners, 0, 0xfeff), 0);
	assert_int_equal(kq_owners_alias(&owners, 0, 0xfeff), 0xfeff);
	assert_int_equal(kq_owners_unit(&owners, 0, 0xff00), 1);
	assert_int_equal(kq_owners_alias(&owners, 0, 0xff00), 0x00a4);
}

/* For @id and for its alias the plan names the same unit, or none. */
static void assert_agree(const char *name, uint16_t segment, uint16_t id)
{
	const uint16_t unit = kq_owners_unit(&owners, segment, id);
	const uint16_t alias = kq_owners_alias(&owners, segment, id);

	if (unit != IQ_NO_UNIT && (unit >= plan.units || plan.unit[unit].segment != segment))
		fail_msg("%s: %04x:%04x has unit %u of %u", name, segment, id, unit, plan.units);
	if (kq_owners_unit(&owners, segment, alias) != unit)
		fail_msg("%s: %04x:%04x and its alias %04x have different units", name, segment, id, alias);
}

static void assert_consistent(const char *name)
{
	bool serves[IQ_PLAN_UNITS] = { false };

	for (unsigned int i = 0; i < owners.owners; i++) {
		const struct iq_owner *owner = &owners.owner[i];

		if (owner->first > owner->last)
			fail_msg("%s: range %04x to %04x", name, owner->first, owner->last);
		if (owner->unit < plan.units)
			serves[owner->unit] = true;
		assert_agree(name, owner->segment, owner->first);
		assert_agree(name, owner->segment, owner->last);
		assert_agree(name, owner->segment, (uint16_t)(owner->first - 1));
		assert_agree(name, owner->segment, (uint16_t)(owner->last + 1));
	}
	for (unsigned int i = 0; i < plan.units; i++)
		if (!serves[i] && !plan.left_out)
			fail_msg("%s: unit %u at 0x%llx serves nobody", name, i, (unsigned long long)plan.unit[i].base);
}

/* Add the bridges that @table names in one step, so that the buses behind them are known. */
static void put_bridges(const uint8_t *table, uint32_t length)
{
	struct iq_structure structure, scope;
	struct iq_walk structures, scopes;
	uint8_t bus = 0x40;

	iq_dmar_structures(&structures, table, length);
	while (iq_walk_next(&structures, &structure)) {
		if (structure.flaw || structure.type != DMAR_DRHD)
			continue;
		iq_dmar_scopes(&scopes, table, &structure);
		while (iq_walk_next(&scopes, &scope)) {
			const uint8_t *path = scope.bytes + SCOPE_PATH;

			if (scope.flaw || scope.type != SCOPE_HIERARCHY || scope.length != SCOPE_PATH + SCOPE_STEP)
				continue;
			machine_function(&(struct machine_function){
				.id = (uint16_t)(scope.bytes[SCOPE_BUS] << 8 | path[0] << 3 | path[1]),
				.vendor = 0x8086,
				.device = 1,
				.port = 4,
				.secondary = bus,
				.subordinate = (uint8_t)(bus + 1) });
			bus = (uint8_t)(bus + 2);
		}
	}
}

/* Copy the table @path into the machine. False if it is neither IVRS nor DMAR. */
static bool put_table(const char *path)
{
	static uint8_t table[IQ_PAGE_SIZE * 64];
	FILE *file = fopen(path, "rb");
	size_t length = file ? fread(table, 1, sizeof(table), file) : 0;

	if (file)
		fclose(file);
	if (length < 4 || (memcmp(table, "IVRS", 4) && memcmp(table, "DMAR", 4)))
		return false;
	if (!memcmp(table, "IVRS", 4)) {
		machine_put(TABLES "IVRS", table, length);
	} else {
		machine_put(TABLES "DMAR", table, length);
		put_bridges(table, (uint32_t)length);
	}
	return true;
}

static void test_real_tables_agree_with_themselves(void **state)
{
	unsigned int read = 0, units = 0;
	struct kq_topology topology;
	glob_t found;

	real_tables(&found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;

		machine_remove(state);
		assert_int_equal(machine_make(state), 0);
		if (!put_table(found.gl_pathv[i]) || !kq_host_plan(&machine, &plan, &reason))
			continue;
		assert_true(kq_owners_read(&owners, &machine, &plan));
		assert_consistent(name);
		kq_owners_free(&owners);
		machine_function(&(struct machine_function){ .id = 0x4008, .vendor = 0x8086, .device = 1, .port = 0 });
		assert_true(kq_topology_read(&topology, &machine, &plan, &reason));
		assert_true(topology.functions >= 1);
		for (unsigned int n = 0; n < topology.requesters; n++)
			assert_true(topology.requester[n].unit == IQ_NO_UNIT ||
				    topology.requester[n].unit < plan.units);
		kq_topology_free(&topology);
		read++;
		units += plan.units;
	}
	globfree(&found);
	print_message("%u tables, %u units\n", read, units);
	assert_true(read > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_make, free_owners)
	const struct CMUnitTest tests[] = {
		TEST(test_named_ids_come_before_the_rest),
		TEST(test_of_two_units_that_name_an_id_the_last_serves_it),
		TEST(test_real_tables_agree_with_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
