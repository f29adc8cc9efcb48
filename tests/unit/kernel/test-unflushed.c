/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOVAs that are to be flushed: put in order, and mappings cut by them.
 */
#include "record/unflushed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct evidence_unflushed *ranges(const struct evidence_range *range, uint32_t count)
{
	struct evidence_unflushed *made = malloc(sizeof(*made) + count * sizeof(*range));

	assert_non_null(made);
	made->count = count;
	memcpy(made->range, range, count * sizeof(*range));
	unflushed_order(made);
	return made;
}

static void ranges_are_put_in_order_and_joined(void **state)
{
	static const struct evidence_range given[] = {
		{ 0x9000, 0x9fff }, { 0x1000, 0x1fff }, { 0x2000, 0x4fff }, { 0x3000, 0x3fff }, { UINT64_MAX - 0xfff, UINT64_MAX },
		{ UINT64_MAX - 0x1fff, UINT64_MAX },
	};
	struct evidence_unflushed *made = ranges(given, IQ_ARRAY_SIZE(given));

	(void)state;
	assert_int_equal(made->count, 3);
	assert_int_equal(made->range[0].first, 0x1000);
	assert_int_equal(made->range[0].last, 0x4fff);
	assert_int_equal(made->range[1].first, 0x9000);
	assert_int_equal(made->range[2].first, UINT64_MAX - 0x1fff);
	assert_int_equal(made->range[2].last, UINT64_MAX);
	free(made);
}

static void a_mapping_is_cut_where_a_range_begins_or_ends(void **state)
{
	static const struct evidence_range given[] = { { 0x2000, 0x2fff }, { 0x5000, 0x8fff } };
	static const struct {
		uint64_t iova, length;
		bool is;
	} parts[] = { { 0x1000, 0x1000, false }, { 0x2000, 0x1000, true }, { 0x3000, 0x2000, false }, { 0x5000, 0x1000, true } };
	struct evidence_unflushed *made = ranges(given, IQ_ARRAY_SIZE(given));
	struct iq_mapping rest = { .iova = 0x1000, .physical = 0x71000, .length = 0x5000, .read = true }, part;

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(parts); i++) {
		assert_int_equal(unflushed_cut(made, &rest, &part), parts[i].is);
		assert_int_equal(part.iova, parts[i].iova);
		assert_int_equal(part.physical, 0x70000 + parts[i].iova);
		assert_int_equal(part.length, parts[i].length);
		assert_true(part.read);
	}
	assert_int_equal(rest.length, 0);
	rest = (struct iq_mapping){ .iova = 0x9000, .length = 0x1000 };
	assert_false(unflushed_cut(made, &rest, &part));
	assert_int_equal(part.length, 0x1000);
	rest = (struct iq_mapping){ .iova = 0x9000, .length = 0x1000 };
	assert_false(unflushed_cut(NULL, &rest, &part));
	assert_int_equal(part.length, 0x1000);
	free(made);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_put_in_order_and_joined),
		cmocka_unit_test(a_mapping_is_cut_where_a_range_begins_or_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
