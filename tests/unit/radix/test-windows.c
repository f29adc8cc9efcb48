/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows side by side: two tables at both ends of the IOVAs (TTB0 and TTB1 of an SMMU), and a table beside a window that leads to
 * memory directly (the TVEs of a POWER host bridge). Tests what iommu-inspect finds and prints.
 */
#include "table-memory.h"

#include "iommu-inspect/commands/compare.h"
#include "iommu-inspect/device.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GIB(n)	 (UINT64_C(1024) * 1024 * 1024 * (n))
#define HIGH	 (~GIB(512) + 1) /* base of a table of 512 GiB that ends at the last address */
#define BYPASS	 (UINT64_C(1) << 59)
#define RAM	 GIB(4)

struct room {
	struct table_memory *m;
	struct iq_entry entry;
	uint64_t low, high; /* tables of base pages */
};

/* Make tables of three levels, and @root for them. Returns the lowest table, which is for the first 2 MiB. */
static uint64_t table_of(struct table_memory *m, uint64_t base, struct iq_radix_root *root)
{
	const uint64_t top = table_new(m), middle = table_new(m), low = table_new(m);

	table_at(m, top)[0] = vtd(middle, "rw");
	table_at(m, middle)[0] = vtd(low, "rw");
	*root = root_of(&iq_form_vtd_second, top, 3);
	root->base = base;
	return low;
}

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	room->m = table_memory_new();
	room->entry = (struct iq_entry){ .valid = true, .read = true, .write = true, .translation = IQ_TRANSLATION_TABLE, .windows = 2 };
	room->low = table_of(room->m, 0, &room->entry.window[0].second);
	room->high = table_of(room->m, HIGH, &room->entry.window[1].second);
	table_at(room->m, room->low)[1] = vtd(GIB(1), "rw");
	table_at(room->m, room->high)[2] = vtd(GIB(2), "r");
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	table_memory_free(room->m);
	free(room);
	return 0;
}

/* Replace the second table by a window that maps memory directly, from BYPASS on. */
static void set_bypass(struct room *room)
{
	room->entry.window[0].second.last = GIB(2) - 1;
	room->entry.window[1] = (struct iq_window){
		.direct = { .iova = BYPASS, .physical = 0, .length = RAM, .read = true, .write = true },
	};
}

static struct seen *reach_from(struct room *room, uint64_t from, uint64_t tables)
{
	struct seen *seen = seen_new();

	seen->status = reach_walk_from(&room->m->memory, &room->entry, from, tables, &seen->visitor, &seen->totals);
	return seen;
}

static enum iq_status translate(struct room *room, uint64_t iova, struct reach_path *path)
{
	return reach_translate(&room->m->memory, &room->entry, iova, path);
}

static void both_tables_are_walked_in_order(void **state)
{
	struct room *room = *state;
	struct seen *seen = reach_from(room, 0, 100);

	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, 0x1000, GIB(1), 0x1000, "rw");
	assert_run(seen, 1, HIGH + 0x2000, GIB(2), 0x1000, "r");
	assert_int_equal(seen->totals.tables, 6);
	assert_int_equal(seen->totals.mappings, 2);
	assert_int_equal(seen->totals.bytes, 0x2000);
	assert_int_equal(seen->totals.refused, 0);
	free(seen);
	/* From an address after the first window. */
	seen = reach_from(room, HIGH, 100);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, HIGH + 0x2000, GIB(2), 0x1000, "r");
	free(seen);
}

static void each_address_goes_through_its_own_window(void **state)
{
	struct room *room = *state;
	struct reach_path path;

	assert_int_equal(translate(room, 0x1234, &path), IQ_OK);
	assert_int_equal(path.window, 0);
	assert_int_equal(path.mapping.physical, GIB(1));
	assert_int_equal(translate(room, HIGH + 0x2345, &path), IQ_OK);
	assert_int_equal(path.window, 1);
	assert_int_equal(path.mapping.iova, HIGH + 0x2000);
	assert_int_equal(path.mapping.physical, GIB(2));
	assert_false(path.mapping.write);
	assert_int_equal(path.second.step[0].table, room->entry.window[1].second.table);
	/* The same offsets in the other window. */
	assert_int_equal(translate(room, 0x2345, &path), IQ_NOT_FOUND);
	assert_int_equal(path.window, 0);
	assert_int_equal(translate(room, HIGH + 0x1234, &path), IQ_NOT_FOUND);
	assert_int_equal(path.window, 1);
	/* Between the windows. */
	assert_int_equal(translate(room, GIB(512), &path), IQ_NOT_FOUND);
	assert_int_equal(path.window, 2);
	assert_int_equal(path.second.steps, 0);
	assert_int_equal(translate(room, HIGH - 1, &path), IQ_NOT_FOUND);
	assert_int_equal(path.window, 2);
}

static void a_window_without_tables(void **state)
{
	struct room *room = *state;
	struct reach_path path;
	struct seen *seen;

	set_bypass(room);
	seen = reach_from(room, 0, 100);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, 0x1000, GIB(1), 0x1000, "rw");
	assert_run(seen, 1, BYPASS, 0, RAM, "rw");
	assert_int_equal(seen->totals.mappings, 2);
	assert_int_equal(seen->totals.bytes, 0x1000 + RAM);
	free(seen);
	assert_int_equal(translate(room, BYPASS + GIB(3), &path), IQ_OK);
	assert_int_equal(path.window, 1);
	assert_int_equal(path.mapping.physical + (BYPASS + GIB(3) - path.mapping.iova), GIB(3));
	assert_int_equal(translate(room, BYPASS + RAM, &path), IQ_NOT_FOUND);
	assert_int_equal(path.window, 2);
	assert_int_equal(translate(room, GIB(2), &path), IQ_NOT_FOUND);
	assert_int_equal(path.window, 2);
}

/* The memory is reached through the table and directly, through neither, directly only. */
static void memory_is_found_through_both_windows(void **state)
{
	const uint64_t asked[] = { GIB(1), RAM, GIB(3) };
	const unsigned int runs[] = { 2, 0, 1 };
	struct room *room = *state;

	set_bypass(room);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(asked); i++) {
		struct seen *seen = seen_new();

		seen->visitor.filtered = true;
		seen->visitor.first = seen->visitor.last = asked[i];
		assert_int_equal(reach_walk(&room->m->memory, &room->entry, 100, &seen->visitor, &seen->totals), IQ_OK);
		assert_int_equal(seen->mappings, runs[i]);
		free(seen);
	}
}

static void a_window_that_cannot_be_does_not_hide_the_other(void **state)
{
	struct room *room = *state;
	uint64_t first, last;
	struct reach_path path;
	struct seen *seen;

	room->entry.window[0].second.levels = 9;
	seen = reach_from(room, 0, 100);
	assert_int_equal(seen->status, IQ_MALFORMED);
	assert_int_equal(seen->totals.refused, 1);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, HIGH + 0x2000, GIB(2), 0x1000, "r");
	free(seen);
	assert_false(reach_range(&room->entry, 0, &first, &last));
	assert_true(reach_range(&room->entry, 1, &first, &last));
	assert_int_equal(first, HIGH);
	assert_int_equal(last, UINT64_MAX);
	/* An address that may belong to the impossible window cannot be translated. */
	assert_int_equal(translate(room, 0x1000, &path), IQ_MALFORMED);
	assert_int_equal(translate(room, HIGH + 0x2000, &path), IQ_OK);
}

/* The second window begins before the first ends. Which one the hardware uses is unknown. */
static void a_window_on_top_of_another_is_refused(void **state)
{
	struct room *room = *state;
	uint64_t first, last;
	struct seen *seen;

	room->entry.window[1].second.base = GIB(511);
	seen = reach_from(room, 0, 100);
	assert_int_equal(seen->status, IQ_MALFORMED);
	assert_int_equal(seen->totals.refused, 1);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, 0x1000, GIB(1), 0x1000, "rw");
	free(seen);
	assert_false(reach_range(&room->entry, 1, &first, &last));
	room->entry.window[1].second.base = GIB(512);
	assert_true(reach_range(&room->entry, 1, &first, &last));
	set_bypass(room);
	room->entry.window[1].direct.iova = GIB(2) - 0x1000;
	assert_false(reach_range(&room->entry, 1, &first, &last));
	room->entry.window[1].direct.iova = GIB(2);
	assert_true(reach_range(&room->entry, 1, &first, &last));
	/* A direct window that exceeds the last IOVA, and one that exceeds the last physical address. */
	room->entry.window[1].direct.iova = ~UINT64_C(0) - 0xfff;
	assert_false(reach_range(&room->entry, 1, &first, &last));
	room->entry.window[1].direct.iova = BYPASS;
	room->entry.window[1].direct.physical = ~UINT64_C(0) - 0xfff;
	assert_false(reach_range(&room->entry, 1, &first, &last));
}

static void both_windows_have_one_bound_of_tables(void **state)
{
	struct room *room = *state;
	struct seen *seen = reach_from(room, 0, 4);

	assert_int_equal(seen->status, IQ_NO_ROOM);
	assert_int_equal(seen->mappings, 1);
	assert_int_equal(seen->totals.tables, 4);
	free(seen);
}

static void a_visitor_that_has_enough_ends_both(void **state)
{
	struct room *room = *state;
	struct seen *seen = seen_new();

	seen->stop_after = 1;
	assert_int_equal(reach_walk(&room->m->memory, &room->entry, 100, &seen->visitor, &seen->totals), IQ_INTERRUPTED);
	assert_int_equal(seen->mappings, 1);
	free(seen);
}

static void one_window_that_lets_something_through_is_enough(void **state)
{
	struct room *room = *state;
	struct iq_memory *memory = &room->m->memory;

	table_at(room->m, room->entry.window[0].second.table)[0] = 0;
	assert_false(table_is_empty(memory, &room->entry));
	table_at(room->m, room->entry.window[1].second.table)[0] &= ~IQ_BIT(1);
	assert_false(table_is_empty(memory, &room->entry));
	assert_true(table_is_read_only(memory, &room->entry));
	table_at(room->m, room->entry.window[1].second.table)[0] = 0;
	assert_true(table_is_empty(memory, &room->entry));
	set_bypass(room);
	assert_false(table_is_empty(memory, &room->entry));
	assert_false(table_is_read_only(memory, &room->entry));
	room->entry.window[1].direct.write = false;
	assert_true(table_is_read_only(memory, &room->entry));
	/* Without any window nothing is let through. */
	room->entry.windows = 0;
	assert_true(table_is_empty(memory, &room->entry));
}

struct difference {
	struct compare compare; /* first */
	struct iq_mapping run[4];
	enum compare_which which[4];
	unsigned int count;
};

static bool on_difference(struct compare *compare, enum compare_which which, const struct iq_mapping *run)
{
	struct difference *difference = (struct difference *)compare;

	assert_true(difference->count < IQ_ARRAY_SIZE(difference->run));
	difference->which[difference->count] = which;
	difference->run[difference->count++] = *run;
	return true;
}

static void on_error(struct compare *compare, enum compare_which which, const struct iq_radix_error *error)
{
	(void)compare;
	(void)which;
	fail_msg("level %u", error->level);
}

static void a_difference_in_the_second_window_is_found(void **state)
{
	struct room *room = *state;
	struct difference difference = { .compare = { .differs = on_difference, .error = on_error } };
	struct iq_entry new = room->entry;
	const uint64_t other = table_of(room->m, HIGH, &new.window[1].second);

	table_at(room->m, other)[2] = vtd(GIB(2), "r");
	table_at(room->m, other)[7] = vtd(GIB(3), "rw");
	assert_true(compare_can(&room->entry));
	difference.compare.side[COMPARE_OLD] = (struct compare_side){ &room->m->memory, room->entry, 100 };
	difference.compare.side[COMPARE_NEW] = (struct compare_side){ &room->m->memory, new, 100 };
	assert_true(compare_ways(&difference.compare));
	assert_int_equal(difference.count, 1);
	assert_int_equal(difference.which[0], COMPARE_NEW);
	assert_int_equal(difference.run[0].iova, HIGH + 0x7000);
	assert_int_equal(difference.run[0].physical, GIB(3));
}

/* The other window is compared, and the result says that one was not. */
static void a_window_that_cannot_be_compared_is_reported(void **state)
{
	struct room *room = *state;
	struct difference difference = { .compare = { .differs = on_difference, .error = on_error } };
	struct iq_entry new = room->entry;

	new.window[0].second.levels = 9;
	difference.compare.side[COMPARE_OLD] = (struct compare_side){ &room->m->memory, room->entry, 100 };
	difference.compare.side[COMPARE_NEW] = (struct compare_side){ &room->m->memory, new, 100 };
	assert_true(compare_ways(&difference.compare));
	assert_false(difference.compare.refused[COMPARE_OLD]);
	assert_true(difference.compare.refused[COMPARE_NEW]);
	assert_int_equal(difference.count, 1);
	assert_int_equal(difference.which[0], COMPARE_OLD);
	assert_int_equal(difference.run[0].iova, 0x1000);
}

static void both_windows_are_printed_with_their_addresses(void **state)
{
	struct room *room = *state;
	char text[DEVICE_TABLES], want[DEVICE_TABLES];

	device_table_text(&room->entry, text);
	snprintf(want, sizeof(want),
		 "vtd-second 0x%016llx, 3-level at IOVA 0x0000000000000000-0x0000007fffffffff; "
		 "vtd-second 0x%016llx, 3-level at IOVA 0xffffff8000000000-0xffffffffffffffff",
		 (unsigned long long)room->entry.window[0].second.table, (unsigned long long)room->entry.window[1].second.table);
	assert_string_equal(text, want);
	set_bypass(room);
	device_root_text(&room->entry, text);
	snprintf(want, sizeof(want),
		 "3-level vtd-second table 0x%016llx at IOVA 0x0000000000000000-0x000000007fffffff; "
		 "0x0000000000000000 directly at IOVA 0x0800000000000000-0x08000000ffffffff",
		 (unsigned long long)room->entry.window[0].second.table);
	assert_string_equal(text, want);
	/* One table alone is printed without its addresses. */
	room->entry.windows = 1;
	device_root_text(&room->entry, text);
	snprintf(want, sizeof(want), "3-level vtd-second table 0x%016llx",
		 (unsigned long long)room->entry.window[0].second.table);
	assert_string_equal(text, want);
}

/* JSON lists the windows, but not if there is only one. */
static void json_lists_the_windows(void **state)
{
	struct room *room = *state;
	char *text = NULL;
	size_t size = 0;

	set_bypass(room);
	for (unsigned int windows = 2; windows; windows--) {
		struct kq_output out;
		struct kq_json json;
		FILE *file = open_memstream(&text, &size);

		assert_non_null(file);
		room->entry.windows = (uint8_t)windows;
		kq_output_start(&out, file);
		kq_json_start(&json, &out);
		kq_json_object(&json, NULL);
		device_windows_json(&json, &room->entry);
		kq_json_end(&json);
		assert_true(kq_output_flush(&out));
		fclose(file);
		assert_non_null(strstr(text, "\t\"first\": null"));
		assert_non_null(strstr(text, "\t\"second\": {\"form\": \"vtd-second\""));
		assert_int_equal(!strstr(text, "\"windows\": ["), windows == 1);
		if (windows == 2) {
			assert_non_null(strstr(text, "{\"iova_first\": \"0x0000000000000000\", \"iova_last\": \"0x000000007fffffff\", "
						     "\"first\": null, \"second\": {"));
			assert_non_null(strstr(text, "{\"iova_first\": \"0x0800000000000000\", \"iova_last\": \"0x08000000ffffffff\", "
						     "\"first\": null, \"second\": null, \"physical\": \"0x0000000000000000\"}"));
		}
		free(text);
		text = NULL;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(both_tables_are_walked_in_order),
		TEST(each_address_goes_through_its_own_window),
		TEST(a_window_without_tables),
		TEST(memory_is_found_through_both_windows),
		TEST(a_window_that_cannot_be_does_not_hide_the_other),
		TEST(a_window_on_top_of_another_is_refused),
		TEST(both_windows_have_one_bound_of_tables),
		TEST(a_visitor_that_has_enough_ends_both),
		TEST(one_window_that_lets_something_through_is_enough),
		TEST(a_difference_in_the_second_window_is_found),
		TEST(a_window_that_cannot_be_compared_is_reported),
		TEST(both_windows_are_printed_with_their_addresses),
		TEST(json_lists_the_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
