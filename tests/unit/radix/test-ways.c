/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two entries share a way through tables only if their tables are read in the same way: form, layout, base and limits count, not only
 * the table's address.
 */
#include "table-memory.h"

#include "record/ways.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct iq_radix_root plain(void)
{
	return root_of(&iq_form_vtd_second, MEMORY_BASE, 3);
}

/* Compare both ways round: a sort needs a consistent order. */
static void assert_differ(const struct iq_radix_root *a, const struct iq_radix_root *b)
{
	const int order = ways_compare_roots(a, b);

	assert_int_not_equal(order, 0);
	assert_int_equal(order < 0, ways_compare_roots(b, a) > 0);
}

static void every_field_that_decides_what_is_read_makes_another_root(void **state)
{
	const struct iq_radix_layout finer = { .shift = { 12, 20, 28, 36 } }, swapped = { .shift = { 12, 21, 30, 39 }, .big_endian = true };
	const struct iq_radix_root a = plain(), none = { 0 };
	struct iq_radix_root b[9];

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(b); i++)
		b[i] = a;
	b[0].form = &iq_form_x86_64;
	b[1].table += IQ_PAGE_SIZE;
	b[2].levels = 4;
	b[3].base = UINT64_C(1) << 59;
	b[4].last = UINT64_C(0x7fffffff);
	b[5].encryption = IQ_BIT(47);
	b[6].layout = finer;
	b[7].layout = swapped;
	b[8] = none;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(b); i++) {
		assert_differ(&a, &b[i]);
		assert_int_equal(ways_compare_roots(&b[i], &b[i]), 0);
		for (size_t k = 0; k < i; k++)
			assert_differ(&b[k], &b[i]);
	}
	b[0] = b[1] = b[4];
	b[1].first = IQ_PAGE_SIZE;
	assert_differ(&b[0], &b[1]);
}

static void equal_roots_are_equal_however_they_are_written(void **state)
{
	struct iq_radix_root a = plain(), b = a;

	(void)state;
	/* The same layout as a value; shifts of levels above the root do not count. */
	b.layout = iq_form_vtd_second.layout;
	b.layout.shift[5] = 0;
	assert_int_equal(ways_compare_roots(&a, &b), 0);
	/* Without a last address the first one does not count. */
	b.first = IQ_PAGE_SIZE;
	assert_int_equal(ways_compare_roots(&a, &b), 0);
	b.write = false;
	assert_int_equal(ways_compare_roots(&a, &b), 0);
}

static void rights_make_another_way_through_the_same_tables(void **state)
{
	struct iq_entry a = { .translation = IQ_TRANSLATION_TABLE, .read = true, .write = true, .windows = 1, .window[0].second = plain() }, b;

	(void)state;
	b = a;
	b.domain = 7;
	assert_int_equal(ways_compare(&a, &b), 0);
	b.write = false;
	assert_int_not_equal(ways_compare(&a, &b), 0);
	assert_int_equal(ways_compare_tables(&a, &b), 0);
	b = a;
	b.window[0].second.write = false;
	assert_int_not_equal(ways_compare(&a, &b), 0);
	assert_int_equal(ways_compare_tables(&a, &b), 0);
	b = a;
	b.translation = IQ_TRANSLATION_BLOCKED;
	assert_int_not_equal(ways_compare(&a, &b), 0);
	b = a;
	b.window[0].second.base = UINT64_C(1) << 59;
	assert_int_not_equal(ways_compare(&a, &b), 0);
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
}

static void each_stage_counts(void **state)
{
	struct iq_entry a = { .translation = IQ_TRANSLATION_TABLE, .read = true, .windows = 1, .window[0].second = plain() }, b = a;

	(void)state;
	b.window[0].first = root_of(&iq_form_x86_64, MEMORY_BASE, 4);
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	a.window[0].first = b.window[0].first;
	assert_int_equal(ways_compare_tables(&a, &b), 0);
	a.window[0].first.encryption = IQ_BIT(47);
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	/* Old fields of a stage without a form do not count. */
	a.window[0].first.form = b.window[0].first.form = NULL;
	assert_int_equal(ways_compare(&a, &b), 0);
}

static void each_window_counts(void **state)
{
	struct iq_entry a = { .translation = IQ_TRANSLATION_TABLE, .read = true, .windows = 2, .window[0].second = plain() }, b;

	(void)state;
	a.window[1].direct = (struct iq_mapping){ .iova = UINT64_C(1) << 59, .length = 0x100000, .read = true };
	b = a;
	assert_int_equal(ways_compare(&a, &b), 0);
	b.windows = 1;
	assert_int_equal(ways_compare_tables(&a, &b) > 0, ways_compare_tables(&b, &a) < 0);
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	b = a;
	b.window[1].direct.physical = 0x100000;
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	b = a;
	b.window[1].direct.iova = 0;
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	b = a;
	b.window[1].direct.length = 0x1000;
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	b = a;
	b.window[1].direct.write = true;
	assert_int_equal(ways_compare_tables(&a, &b), 0);
	assert_int_not_equal(ways_compare(&a, &b), 0);
	b = a;
	b.window[1].second = plain();
	assert_int_not_equal(ways_compare_tables(&a, &b), 0);
	/* If a window has a table, its direct mapping does not count. */
	a.window[1] = b.window[1];
	a.window[1].direct.physical = 0x200000;
	assert_int_equal(ways_compare(&a, &b), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_that_decides_what_is_read_makes_another_root),
		cmocka_unit_test(equal_roots_are_equal_however_they_are_written),
		cmocka_unit_test(rights_make_another_way_through_the_same_tables),
		cmocka_unit_test(each_stage_counts),
		cmocka_unit_test(each_window_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
