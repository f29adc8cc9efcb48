/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two stages combined: VT-d's first stage over its second. The test's memory drops mappings as soon as the contract allows.
 */
#include "table-memory.h"

#include "record/reach.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) (KIB(1024) * (n))
#define GIB(n) (MIB(1024) * (n))

/* The guest's memory begins at address 0, its tables begin here. */
#define GUEST_TABLES (MIB(1) + KIB(64))

struct nested {
	struct table_memory *m;
	uint64_t second[3], first[3]; /* tables of level n + 1, at host addresses */
	struct iq_entry entry;
};

/* Map a page of the guest in the second stage. */
static void map_second(struct nested *n, uint64_t guest, uint64_t host, const char *flags)
{
	table_at(n->m, n->second[0])[guest >> 12 & 511] = vtd(host, flags);
}

static int setup(void **state)
{
	struct nested *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->m = table_memory_new();
	for (unsigned int level = 0; level < 3; level++) {
		n->second[level] = table_new(n->m);
		n->first[level] = table_new(n->m);
	}
	table_at(n->m, n->second[2])[0] = vtd(n->second[1], "rw");
	table_at(n->m, n->second[1])[0] = vtd(n->second[0], "rw");
	for (unsigned int level = 0; level < 3; level++)
		map_second(n, GUEST_TABLES + KIB(4) * level, n->first[level], "rw");
	table_at(n->m, n->first[2])[0] = x86(GUEST_TABLES + KIB(4), "rw");
	table_at(n->m, n->first[1])[0] = x86(GUEST_TABLES, "rw");
	n->entry.valid = n->entry.read = n->entry.write = true;
	n->entry.translation = IQ_TRANSLATION_TABLE;
	n->entry.windows = 1;
	n->entry.window[0].first = root_of(&iq_form_x86_64, GUEST_TABLES + KIB(8), 3);
	n->entry.window[0].second = root_of(&iq_form_vtd_second, n->second[2], 3);
	*state = n;
	return 0;
}

static int teardown(void **state)
{
	struct nested *n = *state;

	table_memory_free(n->m);
	free(n);
	return 0;
}

static struct seen *reach(struct nested *n)
{
	struct seen *seen = seen_new();

	seen->status = reach_walk(&n->m->memory, &n->entry, 1000, &seen->visitor, &seen->totals);
	return seen;
}

/* Every guest page has another host page, so the second stage is walked more often than a table stays mapped. */
static void each_page_of_the_guest_lies_elsewhere(void **state)
{
	struct nested *n = *state;
	struct seen *seen;

	for (unsigned int i = 0; i < 200; i++) {
		table_at(n->m, n->first[0])[i] = x86(KIB(4) * i, i % 2 ? "rw" : "r");
		map_second(n, KIB(4) * i, GIB(1) + KIB(8) * i, i % 3 ? "rw" : "r");
	}
	map_second(n, KIB(4) * 50, 0, "");
	seen = reach(n);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 199);
	for (unsigned int i = 0; i < 200; i++)
		if (i != 50)
			assert_run(seen, i - (i > 50), KIB(4) * i, GIB(1) + KIB(8) * i, KIB(4), i % 2 && i % 3 ? "rw" : "r");
	for (unsigned int i = 0; i < 200; i++) {
		struct reach_path path;

		assert_int_equal(reach_translate(&n->m->memory, &n->entry, KIB(4) * i + 5, &path), i == 50 ? IQ_NOT_FOUND : IQ_OK);
		if (i != 50)
			assert_int_equal(path.mapping.physical, GIB(1) + KIB(8) * i);
	}
	free(seen);
}

/* A large guest page covers a large host page and a hole: it is cut in pieces, and the hole is not cut into base pages. */
static void large_pages_over_large_pages(void **state)
{
	struct nested *n = *state;
	struct seen *seen;

	table_at(n->m, n->first[2])[3] = x86(GIB(1), "rwL");
	table_at(n->m, n->second[2])[1] = vtd(GIB(5), "rwL");
	table_at(n->m, n->first[2])[4] = x86(GIB(7), "rwL");
	table_at(n->m, n->first[1])[1] = x86(GIB(1) + MIB(4), "rL");
	seen = reach(n);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, MIB(2), GIB(5) + MIB(4), MIB(2), "r");
	assert_run(seen, 1, GIB(3), GIB(5), GIB(1), "rw");
	free(seen);
}

static void a_table_that_the_second_stage_does_not_map(void **state)
{
	struct nested *n = *state;
	struct seen *seen;

	map_second(n, GUEST_TABLES, 0, "");
	seen = reach(n);
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_NOT_FOUND, 1, 0, GUEST_TABLES, 0, 0);
	free(seen);
}

static bool lets(struct nested *n, bool write)
{
	return reach_root_lets(&n->m->memory, &n->entry, write);
}

/* The address of the first stage's root table is a guest address. At the same host address there is an empty page. */
static void the_root_of_the_first_stage_is_read_through_the_second(void **state)
{
	struct nested *n = *state;

	assert_true(n->first[2] != n->entry.window[0].first.table);
	assert_int_equal(table_at(n->m, n->entry.window[0].first.table)[0], 0);
	assert_true(lets(n, false));
	assert_true(lets(n, true));
	table_at(n->m, n->first[2])[0] = x86(GUEST_TABLES + KIB(4), "r");
	assert_true(lets(n, false));
	assert_false(lets(n, true));
	table_at(n->m, n->first[2])[0] = 0;
	assert_false(lets(n, false));
	/* A table that cannot be read counts as open. */
	map_second(n, GUEST_TABLES + KIB(8), 0, "");
	assert_true(lets(n, true));
	/* An empty second stage lets nothing through, whatever the first stage has. */
	table_at(n->m, n->second[2])[0] = 0;
	assert_false(lets(n, false));
}

/* A walk over one hole of all addresses ends. */
static void a_second_stage_that_cannot_be(void **state)
{
	struct nested *n = *state;
	struct seen *seen;

	n->entry.window[0].second.levels = 9;
	seen = reach(n);
	assert_int_equal(seen->mappings, 0);
	assert_int_equal(seen->errors, 1);
	free(seen);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_page_of_the_guest_lies_elsewhere),
		TEST(large_pages_over_large_pages),
		TEST(a_table_that_the_second_stage_does_not_map),
		TEST(the_root_of_the_first_stage_is_read_through_the_second),
		TEST(a_second_stage_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
