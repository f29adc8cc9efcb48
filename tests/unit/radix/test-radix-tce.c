/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POWER's TCE tables as a paging form: big-endian, one to five levels, windows side by side; the kernel chooses level size and page
 * size for each table. (Linux powernv/pci-ioda-tce.c; OPAL's TVEs.)
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

#define READ	 IQ_BIT(0)
#define WRITE	 IQ_BIT(1)
#define WINDOW_1 IQ_BIT(59) /* IOVA of a PE's second window */

/* An entry with neither right is empty. An entry of a table has both. */
static const struct iq_radix_form tce = {
	.name = "tce",
	.max_levels = 5,
	.page_levels = 1,
	.layout = { .shift = { 12, 21, 30, 39, 48, 57 }, .big_endian = true },
	.absent = IQ_ALL_CLEAR(READ | WRITE),
	.lowest_absent = IQ_ALL_CLEAR(READ | WRITE),
	.table = IQ_ALL_SET(READ | WRITE),
	.address = IQ_MASK(63, 12),
	.read = IQ_ALL_SET(READ),
	.write = IQ_ALL_SET(WRITE),
};

static void set(struct table_memory *m, uint64_t table, uint64_t index, uint64_t entry)
{
	table_at(m, table + 8 * index)[0] = __builtin_bswap64(entry);
}

/* The layout from struct iommu_table: levels, entries of each level, page size. */
static struct iq_radix_root root_by_value(uint64_t table, unsigned int levels, unsigned int index_bits, unsigned int page_shift)
{
	struct iq_radix_root root = root_of(&tce, table, levels);

	root.layout = tce.layout;
	for (unsigned int level = 0; level <= levels; level++)
		root.layout.shift[level] = (uint8_t)(page_shift + level * index_bits);
	return root;
}

/* Two levels of 8,192 entries and pages of 64 KiB: Linux 6.1's default on POWER9. */
static void two_levels_with_pages_of_64k(void **state)
{
	struct table_memory *m = table_memory_of(64);
	uint64_t top = table_new_of(m, KIB(64)), low = table_new_of(m, KIB(64));
	struct iq_radix_root root = root_by_value(top, 2, 13, 16);
	struct iq_radix_path path;
	struct seen *seen;

	(void)state;
	set(m, top, 3, low | READ | WRITE);
	set(m, low, 1, MIB(16) | READ | WRITE);
	set(m, low, 2, (MIB(16) + KIB(64)) | READ | WRITE);
	set(m, low, 3, (MIB(16) + KIB(128)) | READ);
	set(m, low, 8191, MIB(32) | WRITE);
	set(m, low, 5000, (MIB(32) + KIB(4)) | READ); /* not aligned to such a page */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 3);
	assert_run(seen, 0, MIB(512) * 3 + KIB(64), MIB(16), KIB(128), "rw");
	assert_run(seen, 1, MIB(512) * 3 + KIB(192), MIB(16) + KIB(128), KIB(64), "r");
	assert_run(seen, 2, MIB(512) * 4 - KIB(64), MIB(32), KIB(64), "w");
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_MALFORMED, 1, 5000, low, (MIB(32) + KIB(4)) | READ, MIB(512) * 3 + KIB(64) * 5000);
	check_by_translation(m, &root, seen);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(512) * 4 - 1, &path), IQ_OK);
	assert_int_equal(path.step[1].index, 8191);
	assert_int_equal(path.mapping.length, KIB(64));
	table_memory_free(m);
}

/* VFIO's default window: one level of 524,288 entries in one block of 4 MiB. */
static void one_level_of_half_a_million_entries(void **state)
{
	struct table_memory *m = table_memory_of(1024 + 16);
	uint64_t table = table_new_of(m, MIB(4));
	struct iq_radix_root root = root_by_value(table, 1, 19, 12);
	struct seen *seen;

	(void)state;
	for (unsigned int i = 65530; i < 65550; i++)
		set(m, table, i, (MIB(64) + KIB(4) * i) | READ | WRITE);
	set(m, table, 0x7ffff, MIB(1) | READ);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, KIB(4) * 65530, MIB(64) + KIB(4) * 65530, KIB(80), "rw");
	assert_run(seen, 1, GIB(2) - KIB(4), MIB(1), KIB(4), "r");
	assert_int_equal(seen->totals.tables, 1);
	check_by_translation(m, &root, seen);
	free(seen);

	/* Each of the block's 1,024 pages is read. */
	seen = walk(m, &root, 1023);
	assert_int_equal(seen->status, IQ_NO_ROOM);
	assert_int_equal(seen->mappings, 1);
	assert_error(seen, 0, IQ_NO_ROOM, 1, 0x7fe00, table, 0, KIB(4) * 0x7fe00);
	free(seen);

	/* Two holes: each is reported once, with the index of the first entry that cannot be read. */
	m->hole = table + KIB(4) * 127;
	m->hole_length = KIB(12);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_UNREACHABLE, 1, 127 * 512, table, 0, KIB(4) * 127 * 512);
	assert_int_equal(seen->mappings, 1);
	free(seen);
	table_memory_free(m);
}

static void each_number_of_levels_and_each_page_size(void **state)
{
	static const unsigned int sizes[] = { 12, 16, 21, 24, 28, 30 };

	(void)state;
	for (unsigned int levels = 1; levels <= 5; levels++) {
		for (unsigned int i = 0; i < IQ_ARRAY_SIZE(sizes) && sizes[i] + 9 * levels <= 64; i++) {
			struct table_memory *m = table_memory_new();
			uint64_t table = table_new(m), below;
			struct iq_radix_root root = root_by_value(table, levels, 9, sizes[i]);
			const uint64_t page = UINT64_C(1) << sizes[i];
			struct seen *seen;

			for (unsigned int level = levels; level > 1; level--, table = below) {
				below = table_new(m);
				set(m, table, 511, below | READ | WRITE);
			}
			set(m, table, 511, page | READ);
			seen = walk(m, &root, 0);
			assert_int_equal(seen->status, IQ_OK);
			assert_int_equal(seen->mappings, 1);
			assert_run(seen, 0, (~UINT64_C(0) >> (64 - 9 * levels - sizes[i])) - page + 1, page, page, "r");
			check_by_translation(m, &root, seen);
			free(seen);
			table_memory_free(m);
		}
	}
}

/* A PE's windows: the first begins at it_offset, the second at 1 << 59. Each translates only its own addresses. */
static void windows_side_by_side(void **state)
{
	struct table_memory *m = table_memory_new();
	uint64_t low = table_new(m), high = table_new(m);
	struct iq_radix_root first = root_by_value(low, 1, 9, 12), second = root_by_value(high, 1, 9, 16);
	struct iq_radix_path path;
	struct seen *seen;

	(void)state;
	first.base = KIB(4) * 5;
	second.base = WINDOW_1;
	set(m, low, 0, MIB(1) | READ | WRITE);
	set(m, high, 0, MIB(2) | READ | WRITE);
	set(m, high, 511, MIB(3) | READ | WRITE);
	seen = walk(m, &first, 0);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, KIB(20), MIB(1), KIB(4), "rw");
	check_by_translation(m, &first, seen);
	free(seen);
	seen = walk(m, &second, 0);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, WINDOW_1, MIB(2), KIB(64), "rw");
	assert_run(seen, 1, WINDOW_1 + KIB(64) * 511, MIB(3), KIB(64), "rw");
	check_by_translation(m, &second, seen);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &first, 0, &path), IQ_NOT_FOUND);
	assert_int_equal(path.mapping.length, KIB(20));
	assert_int_equal(iq_radix_translate(&m->memory, &first, WINDOW_1, &path), IQ_NOT_FOUND);
	assert_int_equal(iq_radix_translate(&m->memory, &second, 0, &path), IQ_NOT_FOUND);
	table_memory_free(m);
}

/* The kernel uses it_size entries and the table has more. The others are not in the window, and are not read. */
static void a_window_that_ends_before_its_table(void **state)
{
	struct table_memory *m = table_memory_new();
	uint64_t top = table_new(m), low = table_new(m);
	struct iq_radix_root root = root_by_value(top, 2, 9, 12);
	struct seen *seen;

	(void)state;
	root.base = WINDOW_1;
	root.first = WINDOW_1;
	root.last = WINDOW_1 + MIB(2) + KIB(4) * 100 - 1;
	for (unsigned int i = 0; i < 512; i++)
		set(m, top, i, i ? low | READ | WRITE : 0);
	for (unsigned int i = 90; i < 512; i++)
		set(m, low, i, (MIB(8) + KIB(4) * i) | READ | WRITE);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, WINDOW_1 + MIB(2) + KIB(360), MIB(8) + KIB(360), KIB(40), "rw");
	assert_int_equal(seen->totals.tables, 2);
	assert_int_equal(seen->totals.bytes, KIB(40));
	check_by_translation(m, &root, seen);
	free(seen);
	table_memory_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_levels_with_pages_of_64k),
		cmocka_unit_test(one_level_of_half_a_million_entries),
		cmocka_unit_test(each_number_of_levels_and_each_page_size),
		cmocka_unit_test(windows_side_by_side),
		cmocka_unit_test(a_window_that_ends_before_its_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
