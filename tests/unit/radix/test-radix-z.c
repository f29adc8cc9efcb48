/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of IBM Z's CPUs, and the DMA tables of its PCI functions as a paging form: big-endian entries, bits that mean "invalid" and "protected", an address
 * field and a table size for each level, and tables shorter than their maximum. Linux pci_dma.h; region and segment tables are those
 * of z/Architecture Principles of Operation, chapter 3, dynamic address translation.
 */
#include "form-z.h"
#include "table-memory.h"
#include "zpci/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) (KIB(1024) * (n))
#define GIB(n) (MIB(1024) * (n))
#define TIB(n) (GIB(1024) * (n))

#define PROTECTED	 IQ_Z_PROTECTED
#define INVALID		 IQ_Z_INVALID
#define PAGE_INVALID	 IQ_Z_PAGE_INVALID
#define TABLE_OFFSET	 IQ_Z_OFFSET
#define TABLE_TYPE	 IQ_Z_TYPE
#define TABLE_LENGTH	 IQ_Z_LENGTH
#define QUARTER		 512u

#define SEGMENT_TABLE	 IQ_Z_SEGMENT
#define REGION_THIRD	 IQ_Z_REGION_THIRD

static void set(struct table_memory *m, uint64_t table, unsigned int index, uint64_t entry)
{
	table_at(m, table + 8 * index)[0] = __builtin_bswap64(entry);
}

/* A table of invalid entries, as Linux makes it. */
static uint64_t new_table(struct table_memory *m, unsigned int level)
{
	const unsigned int entries = level == 1 ? 256 : 4 * QUARTER;
	const uint64_t table = table_new_of(m, entries * IQ_RADIX_ENTRY_SIZE);

	for (unsigned int i = 0; i < entries; i++)
		set(m, table, i, level == 1 ? PAGE_INVALID : INVALID | (level - SEGMENT_TABLE) << 2 | 3);
	return table;
}

static uint64_t entry_in(unsigned int level, uint64_t table)
{
	return table | (level - SEGMENT_TABLE) << 2 | (level > SEGMENT_TABLE ? TABLE_LENGTH : 0);
}

static int setup(void **state)
{
	*state = table_memory_new();
	return 0;
}

static int teardown(void **state)
{
	table_memory_free(*state);
	return 0;
}

static void pages_of_a_three_level_table(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2), pages[2] = { new_table(m, 1), new_table(m, 1) };
	struct iq_radix_root root = root_of(&iq_form_zpci, region, REGION_THIRD);
	struct iq_radix_path path;
	struct seen *seen;

	assert_int_equal(pages[1], pages[0] + KIB(2)); /* two in one page */
	/* Bits that are part of the address at other levels only. */
	set(m, region, 2, entry_in(3, segment) | IQ_MASK(13, 11));
	set(m, segment, 0, entry_in(2, pages[0]));
	set(m, segment, 1, entry_in(2, pages[1]));
	for (unsigned int i = 250; i < 256; i++)
		set(m, pages[0], i, MIB(16) + KIB(4) * i);
	set(m, pages[0], 100, MIB(77) | PAGE_INVALID); /* was mapped */
	for (unsigned int i = 0; i < 4; i++)
		set(m, pages[1], i, (MIB(17) + KIB(4) * i) | IQ_BIT(11));
	set(m, pages[1], 4, (MIB(17) + KIB(16)) | PROTECTED);
	set(m, pages[1], 255, ~UINT64_C(0xfff)); /* all of 63:12 is the address */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 3);
	assert_run(seen, 0, GIB(4) + KIB(1000), MIB(16) + KIB(1000), KIB(40), "rw");
	assert_run(seen, 1, GIB(4) + KIB(1040), MIB(17) + KIB(16), KIB(4), "r");
	assert_run(seen, 2, GIB(4) + MIB(2) - KIB(4), ~UINT64_C(0xfff), KIB(4), "rw");
	check_by_translation(m, &root, seen);
	free(seen);

	assert_int_equal(iq_radix_translate(&m->memory, &root, GIB(4) + KIB(400), &path), IQ_NOT_FOUND);
	assert_int_equal(path.steps, 3);
	assert_int_equal(path.step[2].index, 100);
	assert_int_equal(path.step[2].entry, MIB(77) | PAGE_INVALID); /* the value of the word, not the bytes in memory */
}

static void a_protected_table_protects_all_below(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2), pages = new_table(m, 1);
	struct iq_radix_root root = root_of(&iq_form_zpci, region, REGION_THIRD);
	struct seen *seen;

	set(m, region, 0, entry_in(3, segment));
	set(m, region, 1, entry_in(3, segment) | PROTECTED);
	set(m, segment, 0, entry_in(2, pages));
	set(m, segment, 1, entry_in(2, pages) | PROTECTED);
	set(m, pages, 0, MIB(1));
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 4);
	assert_run(seen, 0, 0, MIB(1), KIB(4), "rw");
	assert_run(seen, 1, MIB(1), MIB(1), KIB(4), "r");
	assert_run(seen, 2, GIB(2), MIB(1), KIB(4), "r");
	assert_run(seen, 3, GIB(2) + MIB(1), MIB(1), KIB(4), "r");
	free(seen);
	/* The same bits tell whether the root allows any write. */
	assert_true(iq_radix_root_lets(&m->memory, &root, true));
	set(m, region, 0, INVALID);
	assert_false(iq_radix_root_lets(&m->memory, &root, true));
	assert_true(iq_radix_root_lets(&m->memory, &root, false));
	set(m, region, 1, INVALID);
	assert_false(iq_radix_root_lets(&m->memory, &root, false));
}

static void a_table_of_another_type_is_malformed(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2);
	struct iq_radix_root root = root_of(&iq_form_zpci, region, REGION_THIRD);
	struct iq_radix_path path;
	struct seen *seen;

	set(m, region, 0, segment | 0xc | TABLE_LENGTH); /* of a region first table */
	set(m, region, 1, entry_in(3, segment));
	set(m, segment, 9, 0x4); /* of a region third table */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 0);
	assert_int_equal(seen->errors, 2);
	assert_error(seen, 0, IQ_MALFORMED, 3, 0, region, segment | 0xf, 0);
	assert_error(seen, 1, IQ_MALFORMED, 2, 9, segment, 0x4, GIB(2) + MIB(9));
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, 5, &path), IQ_MALFORMED);
	assert_int_equal(path.mapping.length, GIB(2));
}

/* Missing quarters of a table are not read: any other data may lie there. */
static void tables_end_where_their_entry_says(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2), pages = new_table(m, 1);
	struct iq_radix_root root = root_of(&iq_form_zpci, region, REGION_THIRD);
	struct iq_radix_path path;
	struct seen *seen;

	set(m, pages, 1, MIB(3));
	for (unsigned int quarter = 0; quarter < 4; quarter++)
		set(m, segment, quarter * QUARTER, entry_in(2, pages));
	set(m, region, 0, segment | 1 << 2 | 1);	  /* quarters 0 and 1 */
	set(m, region, 1, segment | 1 << 2 | 3 | 2 << 6); /* 2 and 3 */
	set(m, region, 2, segment | 1 << 2 | 1 << 6);	  /* from quarter 1 to 0: impossible */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 4);
	assert_run(seen, 0, KIB(4), MIB(3), KIB(4), "rw");
	assert_run(seen, 1, MIB(512) + KIB(4), MIB(3), KIB(4), "rw");
	assert_run(seen, 2, GIB(3) + KIB(4), MIB(3), KIB(4), "rw");
	assert_run(seen, 3, GIB(3) + MIB(512) + KIB(4), MIB(3), KIB(4), "rw");
	assert_int_equal(seen->errors, 1);
	assert_int_equal(seen->error[0].index, 2);
	check_by_translation(m, &root, seen);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, GIB(1) + KIB(4), &path), IQ_NOT_FOUND);
	assert_int_equal(path.steps, 1);
}

/* The function may use IOVAs from start_dma to end_dma. The tables cover more; the rest is refused. */
static void a_window_within_the_reach_of_the_tables(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2), pages = new_table(m, 1);
	struct iq_radix_root root = root_of(&iq_form_zpci, region, REGION_THIRD);
	struct iq_radix_path path;
	struct seen *seen;

	root.first = GIB(4);
	root.last = GIB(4) + GIB(1) - 1;
	for (unsigned int i = 0; i < 4; i++)
		set(m, region, i, entry_in(3, segment));
	set(m, segment, 1023, entry_in(2, pages));
	set(m, segment, 1024, entry_in(2, pages));
	set(m, pages, 255, MIB(1));
	set(m, pages, 0, MIB(1) + KIB(4));
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, GIB(5) - MIB(1), MIB(1) + KIB(4), KIB(4), "rw");
	assert_run(seen, 1, GIB(5) - KIB(4), MIB(1), KIB(4), "rw");
	check_by_translation(m, &root, seen);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, GIB(5), &path), IQ_NOT_FOUND);
	assert_int_equal(path.mapping.iova, GIB(5));
	assert_int_equal(path.mapping.length, -GIB(5));
	assert_int_equal(iq_radix_translate(&m->memory, &root, GIB(3), &path), IQ_NOT_FOUND);
	assert_int_equal(path.mapping.length, GIB(4));
}

/* IOVAs of 64 bits: the root is a region first table. */
static void five_levels_reach_the_last_address(void **state)
{
	struct table_memory *m = *state;
	uint64_t table[5];
	struct iq_radix_root root;
	struct seen *seen;

	for (unsigned int level = 1; level <= 5; level++)
		table[level - 1] = new_table(m, level);
	for (unsigned int level = 2; level <= 5; level++)
		set(m, table[level - 1], 2047, entry_in(level, table[level - 2]));
	set(m, table[0], 255, MIB(5));
	root = root_of(&iq_form_zpci, table[4], 5);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, ~UINT64_C(0xfff), MIB(5), KIB(4), "rw");
	check_by_translation(m, &root, seen);
	free(seen);
}

/* An entry that was made invalid keeps its page; one that was never used has none. What is mapped is not the past. */
static void the_past_is_what_invalid_entries_name(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2), pages = new_table(m, 1);
	struct iq_radix_root root = root_of(iq_form_zpci.past, region, REGION_THIRD);
	struct iq_radix_path path;
	struct seen *seen;

	set(m, region, 0, entry_in(3, segment));
	set(m, segment, 1, entry_in(2, pages));
	set(m, segment, 2, entry_in(2, pages) | INVALID);
	set(m, pages, 2, MIB(5));
	set(m, pages, 3, MIB(6) | PAGE_INVALID);
	set(m, pages, 4, (MIB(6) + KIB(4)) | PAGE_INVALID);
	set(m, pages, 5, (MIB(6) + KIB(8)) | PAGE_INVALID | PROTECTED);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, MIB(1) + KIB(12), MIB(6), KIB(8), "rw");
	assert_run(seen, 1, MIB(1) + KIB(20), MIB(6) + KIB(8), KIB(4), "r");
	check_by_translation(m, &root, seen);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(1) + KIB(8), &path), IQ_NOT_FOUND);
	assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(1), &path), IQ_NOT_FOUND);
}

/* CPUs have pages of 1 MiB and 2 GiB, with bits below their address that are no part of it. */
static void large_pages_of_cpus(void **state)
{
	struct table_memory *m = *state;
	uint64_t region = new_table(m, 3), segment = new_table(m, 2), pages = new_table(m, 1);
	struct iq_radix_root root = root_of(&iq_form_z_cpu, region, REGION_THIRD);
	struct seen *seen;

	set(m, region, 0, entry_in(3, segment));
	set(m, region, 1, GIB(4) | PAGE_INVALID | 1 << 2 | IQ_MASK(15, 12) | 3);
	set(m, segment, 0, MIB(7) | PAGE_INVALID | IQ_MASK(15, 12) | 3);
	set(m, segment, 1, entry_in(2, pages));
	set(m, pages, 0, MIB(9) | 0xff);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 3);
	assert_run(seen, 0, 0, MIB(7), MIB(1), "rw");
	assert_run(seen, 1, MIB(1), MIB(9), KIB(4), "rw");
	assert_run(seen, 2, GIB(2), GIB(4), GIB(2), "rw");
	free(seen);
	/* PCI functions have none. */
	root.form = &iq_form_zpci;
	set(m, segment, 0, entry_in(2, pages) | PAGE_INVALID);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mapping[0].physical, MIB(9));
	free(seen);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(pages_of_a_three_level_table),
		TEST(a_protected_table_protects_all_below),
		TEST(a_table_of_another_type_is_malformed),
		TEST(tables_end_where_their_entry_says),
		TEST(a_window_within_the_reach_of_the_tables),
		TEST(five_levels_reach_the_last_address),
		TEST(the_past_is_what_invalid_entries_name),
		TEST(large_pages_of_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
