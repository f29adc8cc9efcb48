/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DMA tables of IBM Z's PCI functions as a paging form: big-endian entries, bits that mean "invalid" and "protected", an address
 * field and a table size for each level, and tables shorter than their maximum. Linux pci_dma.h; region and segment tables are those
 * of z/Architecture Principles of Operation, chapter 3, dynamic address translation.
 */
#include "table-memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) (KIB(1024) * (n))
#define GIB(n) (MIB(1024) * (n))
#define TIB(n) (GIB(1024) * (n))

#define PROTECTED	 IQ_BIT(9) /* no writes */
#define INVALID		 IQ_BIT(5) /* of region and segment tables */
#define PAGE_INVALID	 IQ_BIT(10)
#define TABLE_OFFSET	 IQ_MASK(7, 6) /* number of quarters that the next table lacks at its beginning */
#define TABLE_TYPE	 IQ_MASK(3, 2) /* type of the table that has the entry: segment 0, region third 1, second 2, first 3 */
#define TABLE_LENGTH	 IQ_MASK(1, 0) /* number of the next table's last quarter */
#define QUARTER		 512u

#define SEGMENT_TABLE	 2u /* levels */
#define REGION_THIRD	 3u

/* Check that the entry is in a table of its type, and find the length of the next table. A page table always has its full length. */
static enum iq_radix_kind step(const struct iq_radix_root *root, unsigned int level, uint64_t entry, enum iq_radix_kind kind,
			       struct iq_radix_target *target)
{
	(void)root;
	if (iq_field(entry, TABLE_TYPE) != level - SEGMENT_TABLE)
		return IQ_RADIX_MALFORMED;
	if (level == SEGMENT_TABLE)
		return kind;
	target->first = (uint32_t)iq_field(entry, TABLE_OFFSET) * QUARTER;
	target->end = (uint32_t)(iq_field(entry, TABLE_LENGTH) + 1) * QUARTER;
	return target->first < target->end ? kind : IQ_RADIX_MALFORMED;
}

static const struct iq_radix_form zpci = {
	.name = "zpci",
	.max_levels = 5,
	.page_levels = 1,
	.layout = { .shift = { 12, 20, 31, 42, 53, 64 }, .big_endian = true },
	.lowest_absent = IQ_ALL_SET(PAGE_INVALID),
	.absent = IQ_ALL_SET(INVALID),
	.address = IQ_MASK(63, 11),
	.address_bit = { 12, 11, 14, 14, 14 },
	.write = IQ_ALL_CLEAR(PROTECTED),
	.table_write = IQ_ALL_CLEAR(PROTECTED),
	.step = step,
	.step_level = SEGMENT_TABLE,
};

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
	struct iq_radix_root root = root_of(&zpci, region, REGION_THIRD);
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
	struct iq_radix_root root = root_of(&zpci, region, REGION_THIRD);
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
	struct iq_radix_root root = root_of(&zpci, region, REGION_THIRD);
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
	struct iq_radix_root root = root_of(&zpci, region, REGION_THIRD);
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
	struct iq_radix_root root = root_of(&zpci, region, REGION_THIRD);
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
	root = root_of(&zpci, table[4], 5);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, ~UINT64_C(0xfff), MIB(5), KIB(4), "rw");
	check_by_translation(m, &root, seen);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
