/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the root pointer to a table: root pointers of both versions, and everything that can be broken.
 */
#include "firmware/acpi.h"
#include "models/firmware.h"
#include "models/machine.h"
#include "plan.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define HIGH	   UINT64_C(0x180000000)
#define LOW	   UINT64_C(0x7ff00000)
#define END_OF_RAM UINT64_C(0x80000000)

struct bench {
	struct model_machine machine;
	struct model_acpi acpi;
	struct iq_acpi_table found;
};

static int new_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	model_machine_init(&bench->machine);
	model_memory_add(&bench->machine.memory, 0, 0xa0000);
	model_memory_add(&bench->machine.memory, 0xe0000, 0x20000);
	model_memory_add(&bench->machine.memory, 0x100000, END_OF_RAM - 0x100000);
	model_memory_add(&bench->machine.memory, UINT64_C(0x100000000), UINT64_C(0x100000000));
	model_acpi_start(&bench->acpi, &bench->machine.memory, LOW);
	*state = bench;
	return 0;
}

static int free_bench(void **state)
{
	struct bench *bench = *state;

	assert_false(bench->machine.breach);
	model_machine_free(&bench->machine);
	free(bench);
	return 0;
}

static enum iq_status find(struct bench *bench, uint64_t rsdp)
{
	return iq_acpi_find(&bench->machine.io.memory, rsdp, "IVRS", &bench->found);
}

/* A sound table of @length bytes with @signature; returns its address. */
static uint64_t add(struct bench *bench, const char *signature, uint32_t length)
{
	uint8_t *table = calloc(1, length);
	uint64_t address;

	memcpy(table, signature, 4);
	model_acpi_seal(table, length);
	address = model_acpi_add(&bench->acpi, table, length);
	free(table);
	return address;
}

static void poke(struct bench *bench, uint64_t address, uint8_t value)
{
	model_memory_write(&bench->machine.memory, address, &value, 1);
}

static void flip(struct bench *bench, uint64_t address)
{
	uint8_t value;

	model_memory_read(&bench->machine.memory, address, &value, 1, true);
	poke(bench, address, value ^ 0x10);
}

static void test_both_generations_of_the_root(void **state)
{
	for (uint8_t revision = 0; revision <= 2; revision += 2) {
		struct bench *bench = *state;
		uint64_t table, rsdp;

		model_acpi_start(&bench->acpi, &bench->machine.memory, revision ? HIGH : LOW);
		add(bench, "FACP", 244);
		table = add(bench, "IVRS", 5000);
		add(bench, "IVRS", 100);
		rsdp = model_acpi_root(&bench->acpi, revision);
		assert_int_equal(find(bench, rsdp), IQ_OK);
		assert_int_equal(bench->found.address, table);
		assert_int_equal(bench->found.length, 5000);
	}
}

static void test_a_revision_2_root_without_an_xsdt(void **state)
{
	struct bench *bench = *state;
	uint64_t table = add(bench, "IVRS", 100), rsdp;
	uint8_t bytes[36] = { 0 };
	uint8_t sum;

	rsdp = model_acpi_root(&bench->acpi, 0);
	model_memory_read(&bench->machine.memory, rsdp, bytes, 20, true);
	bytes[15] = 2;
	bytes[8] = (uint8_t)(bytes[8] - 2);
	bytes[20] = 36;
	sum = iq_acpi_sum(bytes, 36);
	bytes[32] = (uint8_t)-sum;
	model_memory_write(&bench->machine.memory, rsdp, bytes, sizeof(bytes));
	assert_int_equal(find(bench, rsdp), IQ_OK);
	assert_int_equal(bench->found.address, table);
}

static void test_what_is_no_root_pointer(void **state)
{
	static const uint64_t wrong[] = { 0, 0x1234, 0xa0000, 0xf5a41, END_OF_RAM - 4, UINT64_C(0xf00000000000), UINT64_MAX - 5 };
	struct bench *bench = *state;
	const uint64_t root = model_acpi_root(&bench->acpi, 2);

	for (size_t i = 0; i < IQ_ARRAY_SIZE(wrong); i++)
		assert_false(iq_acpi_is_root(&bench->machine.io.memory, wrong[i]));
	assert_true(iq_acpi_is_root(&bench->machine.io.memory, root));
}

static void test_no_root_pointer_at_all(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(find(bench, 0), IQ_UNREACHABLE);
	assert_int_not_equal(find(bench, 0x1234), IQ_OK);
	assert_int_not_equal(find(bench, UINT64_C(0xf00000000000)), IQ_OK);
	assert_int_not_equal(find(bench, UINT64_MAX - 5), IQ_OK);
}

/* A wrong byte in the root pointer, the list or the table: nothing is found, and nothing else happens. */
static void test_every_byte_is_under_a_checksum(void **state)
{
	struct bench *bench = *state;

	for (uint8_t revision = 0; revision <= 2; revision += 2) {
		uint64_t start = bench->acpi.next, rsdp;

		bench->acpi.tables = 0;
		add(bench, "IVRS", 100);
		rsdp = model_acpi_root(&bench->acpi, revision);
		for (uint64_t at = start; at < rsdp + (revision ? 36 : 20); at++) {
			if ((at >= start + 100 && at < start + 112) || (at >= start + 112 + 36 + (revision ? 8 : 4) && at < rsdp))
				continue;
			flip(bench, at);
			assert_int_not_equal(find(bench, rsdp), IQ_OK);
			flip(bench, at);
		}
		assert_int_equal(find(bench, rsdp), IQ_OK);
	}
}

static void test_a_damaged_table_is_told_from_none(void **state)
{
	struct bench *bench = *state;
	uint64_t table = add(bench, "IVRS", 100);
	uint64_t rsdp = model_acpi_root(&bench->acpi, 2);

	flip(bench, table + 80);
	assert_int_equal(find(bench, rsdp), IQ_DAMAGED);
	/* A second table, which is sound, is found. */
	table = add(bench, "IVRS", 120);
	assert_int_equal(find(bench, model_acpi_root(&bench->acpi, 2)), IQ_OK);
	assert_int_equal(bench->found.address, table);
}

static void test_pointers_out_of_memory(void **state)
{
	static const uint64_t nowhere[] = { 0, 0xa0000, 0xbfff0, END_OF_RAM - 35, END_OF_RAM, UINT64_C(0xf00000000000),
					    UINT64_MAX - 10 };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(nowhere); i++) {
		struct bench *bench;
		uint64_t table;

		new_bench((void **)&bench);
		bench->acpi.table[bench->acpi.tables++] = nowhere[i];
		assert_int_not_equal(find(bench, model_acpi_root(&bench->acpi, 2)), IQ_OK);
		table = add(bench, "IVRS", 100);
		assert_int_equal(find(bench, model_acpi_root(&bench->acpi, 2)), IQ_OK);
		assert_int_equal(bench->found.address, table);
		free_bench((void **)&bench);
	}
	(void)state;
}

static void test_a_table_that_runs_out_of_memory(void **state)
{
	struct bench *bench = *state;
	uint8_t table[200] = "IVRS";

	model_acpi_seal(table, sizeof(table));
	model_memory_write(&bench->machine.memory, END_OF_RAM - 100, table, 100);
	bench->acpi.table[bench->acpi.tables++] = END_OF_RAM - 100;
	assert_int_equal(find(bench, model_acpi_root(&bench->acpi, 2)), IQ_UNREACHABLE);
}

static void test_lengths_that_lie(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 35, IQ_ACPI_TABLE_MAX + 1, 0x80000000, 0xffffffff };
	struct bench *bench = *state;
	uint64_t table = add(bench, "IVRS", 100);
	uint64_t rsdp = model_acpi_root(&bench->acpi, 2), xsdt = table + 112;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(lengths); i++) {
		model_memory_write(&bench->machine.memory, table + 4, &lengths[i], 4);
		assert_int_equal(find(bench, rsdp), IQ_MALFORMED);
	}
	model_memory_write(&bench->machine.memory, table + 4, &(uint32_t){ 100 }, 4);
	assert_int_equal(find(bench, rsdp), IQ_OK);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(lengths); i++) {
		model_memory_write(&bench->machine.memory, xsdt + 4, &lengths[i], 4);
		assert_int_equal(find(bench, rsdp), IQ_MALFORMED);
	}
}

static void test_a_root_that_is_its_own_table(void **state)
{
	struct bench *bench = *state;

	/* The XSDT lies at the address in its own first entry. */
	bench->acpi.table[bench->acpi.tables++] = bench->acpi.next;
	assert_int_equal(find(bench, model_acpi_root(&bench->acpi, 2)), IQ_NOT_FOUND);
	assert_in_range(bench->machine.calls, 1, 100);
}

static void test_tables_across_pages(void **state)
{
	struct bench *bench = *state;
	uint8_t copy[3 * 4096];
	uint64_t table;

	bench->acpi.next = LOW + 4096 - 16;
	table = add(bench, "IVRS", sizeof(copy));
	assert_int_equal(find(bench, model_acpi_root(&bench->acpi, 2)), IQ_OK);
	assert_int_equal(bench->found.address, table);
	assert_true(iq_memory_read(&bench->machine.io.memory, table, copy, sizeof(copy)));
	assert_memory_equal(copy, "IVRS", 4);
	assert_false(iq_memory_read(&bench->machine.io.memory, END_OF_RAM - 5, copy, 6));
	assert_false(iq_memory_read(&bench->machine.io.memory, UINT64_MAX - 2, copy, 6));
	assert_true(iq_memory_read(&bench->machine.io.memory, END_OF_RAM, copy, 0));
}

static void test_a_plan_from_memory(void **state)
{
	struct bench *bench = *state;
	struct model_ivrs *ivrs = calloc(1, sizeof(*ivrs));
	struct iq_plan *plan = calloc(1, sizeof(*plan));
	uint8_t scratch[4096];
	uint64_t rsdp;

	model_ivrs_start(ivrs);
	model_ivrs_unit(ivrs, 0x11, 0, 2, 0xfd000000);
	model_acpi_add(&bench->acpi, ivrs->bytes, ivrs->length);
	rsdp = model_acpi_root(&bench->acpi, 2);
	iq_plan_start(plan);
	assert_int_equal(iq_plan_from_acpi(plan, &bench->machine.io.memory, &bench->machine.io.config, rsdp, scratch,
					   ivrs->length - 1), IQ_NO_ROOM);
	assert_int_equal(plan->units, 0);
	assert_int_equal(iq_plan_from_acpi(plan, &bench->machine.io.memory, &bench->machine.io.config, rsdp, scratch,
					   sizeof(scratch)), IQ_OK);
	assert_int_equal(plan->units, 1);
	free(plan);
	free(ivrs);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, new_bench, free_bench)
	const struct CMUnitTest tests[] = {
		T(test_both_generations_of_the_root),
		T(test_a_revision_2_root_without_an_xsdt),
		T(test_what_is_no_root_pointer),
		T(test_no_root_pointer_at_all),
		T(test_every_byte_is_under_a_checksum),
		T(test_a_damaged_table_is_told_from_none),
		T(test_pointers_out_of_memory),
		T(test_a_table_that_runs_out_of_memory),
		T(test_lengths_that_lie),
		T(test_a_root_that_is_its_own_table),
		T(test_tables_across_pages),
		T(test_a_plan_from_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
