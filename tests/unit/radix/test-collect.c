/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tables a snapshot has, and which requesters could write where. Shared tables are walked once; tables that differ only in how
 * they are read are each walked. The units are those of a made-up family whose entries come from the kernel's structures.
 */
#include "table-memory.h"

#include "given.h"
#include "record/collect.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 8u

static bool no_ring(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring)
{
	(void)unit;
	(void)n;
	(void)ring;
	return false;
}

static const struct iq_family family = { .name = "bridges", .id = 999 };
static const struct iq_reader reader = {
	.family = &family,
	.ids = iq_given_ids,
	.next = iq_given_next,
	.entry = iq_given_entry,
	.ring = no_ring,
};

struct room {
	struct collect collect; /* first */
	struct table_memory *m;
	struct page_set pages;
	struct iq_given *given;
	struct evidence_unit unit;
	struct evidence evidence;
	struct iq_mapping seen[ENTRIES * 4];
	unsigned int count;
};

static void on_mappings(struct collect *collect, const struct iq_mapping *mapping, unsigned int count)
{
	struct room *room = (struct room *)collect;

	for (unsigned int i = 0; i < count && room->count < IQ_ARRAY_SIZE(room->seen); i++)
		room->seen[room->count++] = mapping[i];
}

static struct source source = { .frames = 100 };

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	room->given = calloc(1, sizeof(*room->given) + ENTRIES * sizeof(room->given->entry[0]));
	assert_non_null(room->given);
	room->m = table_memory_new();
	page_set_start(&room->pages, &room->m->memory);
	room->unit.unit = (struct iq_unit){ .family = &family, .status = IQ_OK, .given = room->given };
	room->unit.reader = &reader;
	room->evidence.unit = &room->unit;
	room->evidence.units = 1;
	room->collect = (struct collect){ .evidence = &room->evidence,
					  .pages = &room->pages,
					  .source = &source,
					  .mappings = on_mappings,
					  .last = UINT64_MAX };
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	page_set_free(&room->pages);
	table_memory_free(room->m);
	free(room->given);
	free(room);
	return 0;
}

static struct iq_entry *give(struct room *room, const struct iq_radix_root *root)
{
	struct iq_entry *entry = &room->given->entry[room->given->count];

	assert_true(room->given->count < ENTRIES);
	*entry = (struct iq_entry){ .id = room->given->count++,
				    .valid = true,
				    .read = true,
				    .write = true,
				    .translation = IQ_TRANSLATION_TABLE,
				    .windows = 1,
				    .window[0].second = *root };
	return entry;
}

static void collect(struct room *room)
{
	assert_true(collect_tables(&room->collect));
	assert_false(room->collect.gave_up.text[0]);
	assert_int_equal(room->collect.unreadable, 0);
}

/* The number of runs that begin at @iova. Each way is walked twice: as of the crash and as in the dump. */
static unsigned int runs_at(const struct room *room, uint64_t iova)
{
	unsigned int runs = 0;

	for (unsigned int i = 0; i < room->count; i++)
		runs += room->seen[i].iova == iova;
	return runs;
}

static void shared_tables_are_walked_once(void **state)
{
	struct room *room = *state;
	struct iq_radix_root root = root_of(&iq_form_vtd_second, table_new(room->m), 1);

	table_at(room->m, root.table)[3] = vtd(0x200000, "rw");
	for (unsigned int i = 0; i < ENTRIES; i++)
		give(room, &root);
	collect(room);
	assert_int_equal(room->count, 2);
	assert_int_equal(runs_at(room, 0x3000), 2);
}

static void one_table_at_two_bases_is_two_ways(void **state)
{
	const uint64_t base = UINT64_C(1) << 59;
	struct room *room = *state;
	struct iq_radix_root root = root_of(&iq_form_vtd_second, table_new(room->m), 1);

	table_at(room->m, root.table)[3] = vtd(0x200000, "rw");
	give(room, &root);
	root.base = base;
	give(room, &root);
	collect(room);
	assert_int_equal(runs_at(room, 0x3000), 2);
	assert_int_equal(runs_at(room, base + 0x3000), 2);
}

/* The smaller window comes first; the larger one has more entries. */
static void one_table_with_two_limits_is_two_ways(void **state)
{
	struct room *room = *state;
	struct iq_radix_root root = root_of(&iq_form_vtd_second, table_new(room->m), 1);

	table_at(room->m, root.table)[3] = vtd(0x200000, "rw");
	table_at(room->m, root.table)[9] = vtd(0x300000, "rw");
	root.last = 0x4fff;
	give(room, &root);
	root.last = 0;
	give(room, &root);
	collect(room);
	assert_int_equal(runs_at(room, 0x3000), 4);
	assert_int_equal(runs_at(room, 0x9000), 2);
}

/* With pages of 64 KiB instead of 4 KiB the same entries are for other addresses. */
static void one_table_in_two_layouts_is_two_ways(void **state)
{
	struct room *room = *state;
	struct iq_radix_root root = root_of(&iq_form_vtd_second, table_new(room->m), 1);

	table_at(room->m, root.table)[3] = vtd(0x200000, "rw");
	give(room, &root);
	root.layout = (struct iq_radix_layout){ .shift = { 16, 25 } };
	give(room, &root);
	collect(room);
	assert_int_equal(runs_at(room, 0x3000), 2);
	assert_int_equal(runs_at(room, 0x30000), 2);
}

/* The roots are equal, but the plugin edited the tables behind them. */
static void nested_ways_at_the_crash_and_now_are_two(void **state)
{
	struct room *room = *state;
	struct iq_radix_root second = root_of(&iq_form_vtd_second, table_new(room->m), 1);
	struct iq_radix_root first = root_of(&iq_form_x86_64, 0x5000, 1);
	const uint64_t table = table_new(room->m);
	struct iq_entry *entry;

	table_at(room->m, second.table)[5] = vtd(table, "rw");
	table_at(room->m, second.table)[6] = vtd(0x200000, "rw");
	table_at(room->m, table)[2] = x86(0x6000, "rw");
	entry = give(room, &second);
	entry->window[0].first = first;
	collect(room);
	assert_int_equal(runs_at(room, 0x2000), 2);
}

/* Two requesters share a window, and one of them has another window too. */
static void a_window_that_two_share_is_walked_once(void **state)
{
	const uint64_t base = UINT64_C(1) << 59;
	struct room *room = *state;
	struct iq_radix_root own[2], shared = root_of(&iq_form_vtd_second, table_new(room->m), 1);

	shared.base = base;
	table_at(room->m, shared.table)[3] = vtd(0x200000, "rw");
	for (unsigned int i = 0; i < 2; i++) {
		struct iq_entry *entry;

		own[i] = root_of(&iq_form_vtd_second, table_new(room->m), 1);
		table_at(room->m, own[i].table)[1 + i] = vtd(0x300000, "rw");
		entry = give(room, &own[i]);
		entry->windows = 2;
		entry->window[1].second = shared;
	}
	collect(room);
	assert_int_equal(runs_at(room, 0x1000), 2);
	assert_int_equal(runs_at(room, 0x2000), 2);
	assert_int_equal(runs_at(room, base + 0x3000), 2);
	assert_int_equal(room->count, 6);
	assert_int_equal(room->pages.count, 3);
}

/* A direct window reaches memory too. Two equal ones are reported once. */
static void a_window_without_tables_is_reported(void **state)
{
	struct room *room = *state;
	struct iq_radix_root root = root_of(&iq_form_vtd_second, table_new(room->m), 1);
	const struct iq_mapping direct = { .iova = UINT64_C(1) << 59, .physical = 0x100000, .length = 0x100000, .read = true };

	for (unsigned int i = 0; i < 2; i++) {
		struct iq_entry *entry = give(room, &root);

		entry->windows = 2;
		entry->window[1].direct = direct;
	}
	room->collect.first = room->collect.last = 0x180000;
	collect(room);
	assert_int_equal(room->count, 2);
	assert_int_equal(runs_at(room, direct.iova), 2);
	room->count = 0;
	room->collect.first = room->collect.last = 0x200000;
	collect(room);
	assert_int_equal(room->count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(shared_tables_are_walked_once),
		TEST(one_table_at_two_bases_is_two_ways),
		TEST(one_table_with_two_limits_is_two_ways),
		TEST(one_table_in_two_layouts_is_two_ways),
		TEST(a_window_that_two_share_is_walked_once),
		TEST(a_window_without_tables_is_reported),
		TEST(nested_ways_at_the_crash_and_now_are_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
