/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walker on well-formed tables of every paging form.
 */
#include "table-memory.h"

#include "amd-vi/amd-v1.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) (KIB(1024) * (n))
#define GIB(n) (MIB(1024) * (n))

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

static void neighbours_are_one_run_across_tables(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), low = table_new(m), high = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 2);
	struct seen *seen;

	table_at(m, top)[3] = amd(low, 1, "rw");
	table_at(m, top)[4] = amd(high, 1, "rw");
	for (unsigned int i = 0; i < 512; i++) {
		table_at(m, low)[i] = i >= 500 ? amd(GIB(5) + KIB(4) * i, 0, "rw") : 0;
		table_at(m, high)[i] = i < 20 ? amd(GIB(5) + KIB(4) * (512 + i), 0, "rw") : 0;
	}
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, MIB(6) + KIB(4) * 500, GIB(5) + KIB(4) * 500, KIB(4) * 32, "rw");
	assert_int_equal(seen->totals.tables, 3);
	assert_int_equal(seen->totals.mappings, 1);
	assert_int_equal(seen->totals.bytes, KIB(4) * 32);
	free(seen);
}

static void pages_of_different_size_are_one_run(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), low = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 2);
	struct seen *seen;

	table_at(m, top)[0] = amd(GIB(1), 0, "rw");
	table_at(m, top)[1] = amd(low, 1, "rw");
	table_at(m, low)[0] = amd(GIB(1) + MIB(2), 0, "rw");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, 0, GIB(1), MIB(2) + KIB(4), "rw");
	free(seen);
}

static void change_of_permission_hole_or_jump_ends_a_run(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m);
	uint64_t *entry = table_at(m, top);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 1);

	entry[0] = amd(0x10000, 0, "rw");
	entry[1] = amd(0x11000, 0, "r");
	entry[2] = amd(0x12000, 0, "r");
	entry[4] = amd(0x14000, 0, "w");
	entry[5] = amd(0x20000, 0, "w");
	entry[6] = amd(0x21000, 0, "");
	entry[7] = amd(0x22000, 0, "w");
	entry[8] = amd(0x23000, 0, "rw");
	for (unsigned int levels = 1; levels <= 2; levels++) {
		struct seen *seen;

		if (levels == 2) {
			root = root_of(&iq_form_amd_v1, table_new(m), 2);
			table_at(m, root.table)[0] = amd(top, 1, "rw");
		}
		seen = walk(m, &root, 0);
		assert_int_equal(seen->status, IQ_OK);
		assert_int_equal(seen->mappings, 7);
		assert_run(seen, 0, 0x0000, 0x10000, 0x1000, "rw");
		assert_run(seen, 1, 0x1000, 0x11000, 0x2000, "r");
		assert_run(seen, 2, 0x4000, 0x14000, 0x1000, "w");
		assert_run(seen, 3, 0x5000, 0x20000, 0x1000, "w");
		assert_run(seen, 4, 0x6000, 0x21000, 0x1000, "-");
		assert_run(seen, 5, 0x7000, 0x22000, 0x1000, "w");
		assert_run(seen, 6, 0x8000, 0x23000, 0x1000, "rw");
		free(seen);
	}
}

static void permissions_are_the_and_of_all_levels(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), low = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 2);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, top)[0] = amd(low, 1, "r");
	table_at(m, top)[1] = amd(low, 1, "w");
	table_at(m, low)[0] = amd(0x10000, 0, "rw");
	table_at(m, low)[1] = amd(0x11000, 0, "r"); /* the first entry allows only what its neighbour's pages allow */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 3);
	assert_run(seen, 0, 0, 0x10000, 0x2000, "r");
	assert_run(seen, 1, MIB(2), 0x10000, 0x1000, "w");
	assert_run(seen, 2, MIB(2) + 0x1000, 0x11000, 0x1000, "-");
	free(seen);

	root.write = false;
	seen = walk(m, &root, 0);
	assert_run(seen, 1, MIB(2), 0x10000, 0x2000, "-");
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(2), &path), IQ_OK);
	assert_false(path.mapping.read || path.mapping.write);
}

static void amd_levels_can_be_skipped_and_leave_the_rest_unmapped(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), low = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 4);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, top)[1] = amd(low, 1, "rw");
	table_at(m, low)[511] = amd(0x7000, 0, "rw");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, GIB(512) + 511 * KIB(4), 0x7000, KIB(4), "rw");
	free(seen);

	assert_int_equal(iq_radix_translate(&m->memory, &root, GIB(512) + 511 * KIB(4) + 5, &path), IQ_OK);
	assert_int_equal(path.steps, 2);
	assert_int_equal(path.step[1].level, 1);
	assert_int_equal(path.mapping.physical, 0x7000);
	/* The same index, but a bit of a skipped level is set. */
	assert_int_equal(iq_radix_translate(&m->memory, &root, GIB(512) + MIB(2) + 511 * KIB(4), &path), IQ_NOT_FOUND);
	assert_int_equal(path.steps, 1);
}

static void amd_pages_of_every_level_have_the_levels_size(void **state)
{
	struct table_memory *m = *state;

	for (unsigned int level = 1; level <= 5; level++) {
		uint64_t top = table_new(m), size = UINT64_C(1) << (12 + 9 * (level - 1));
		struct iq_radix_root root = root_of(&iq_form_amd_v1, top, level);
		struct seen *seen;

		table_at(m, top)[9] = amd(level == 5 ? 0 : 2 * size, 0, "r");
		seen = walk(m, &root, 0);
		assert_int_equal(seen->status, IQ_OK);
		assert_int_equal(seen->mappings, 1);
		assert_run(seen, 0, 9 * size, level == 5 ? 0 : 2 * size, size, "r");
		free(seen);
	}
}

/* Every encodable page size, at every level that can hold it: the copies of the entry give one run. */
static void amd_encoded_pages_map_their_span_once(void **state)
{
	struct table_memory *m = *state;

	for (unsigned int level = 1; level <= 5; level++) {
		uint64_t top = table_new(m), slot = UINT64_C(1) << (12 + 9 * (level - 1));
		struct iq_radix_root root = root_of(&iq_form_amd_v1, top, level);

		for (unsigned int more = 1; more <= 8; more++) {
			uint64_t size = slot << more, address = size < IQ_BIT(51) ? size : 0;
			unsigned int copies = 1u << more, at = 256u >> more << more;
			struct iq_radix_path path;
			struct seen *seen;

			if (size > IQ_BIT(52))
				continue;
			for (unsigned int i = 0; i < 512; i++)
				table_at(m, top)[i] = i >= at && i < at + copies ? amd_encoded(address, size, "rw") : 0;
			seen = walk(m, &root, 0);
			assert_int_equal(seen->status, IQ_OK);
			assert_int_equal(seen->mappings, 1);
			assert_run(seen, 0, at * slot, address, size, "rw");
			assert_int_equal(seen->totals.bytes, size);
			free(seen);

			assert_int_equal(iq_radix_translate(&m->memory, &root, at * slot + size - 1, &path), IQ_OK);
			assert_int_equal(path.mapping.iova, at * slot);
			assert_int_equal(path.mapping.physical, address);
			assert_int_equal(path.mapping.length, size);
		}
	}
}

/* Hardware sets the accessed and dirty bits only in the copy that it used. */
static void amd_copies_may_differ_in_accessed_and_dirty(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 1);
	struct seen *seen;

	for (unsigned int i = 0; i < 4; i++)
		table_at(m, top)[i] = amd_encoded(KIB(32), KIB(16), "rw");
	table_at(m, top)[2] |= IQ_BIT(5) | IQ_BIT(6);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 1);
	free(seen);
}

static void amd_level_six_indexes_seven_bits(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), low = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 6);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, top)[127] = amd(low, 1, "rw");
	table_at(m, top)[128] = amd(low, 1, "rw"); /* not an entry */
	table_at(m, low)[0] = amd(0x9000, 0, "rw");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, UINT64_C(127) << 57, 0x9000, KIB(4), "rw");
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, UINT64_C(127) << 57, &path), IQ_OK);
	assert_int_equal(path.step[0].index, 127);
}

static void iova_beyond_the_roots_reach_is_not_mapped(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 1);
	struct iq_radix_path path;

	table_at(m, top)[1] = amd(0x9000, 0, "rw");
	assert_int_equal(iq_radix_translate(&m->memory, &root, 0x1234, &path), IQ_OK);
	assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(2) + 0x1000, &path), IQ_NOT_FOUND);
	assert_int_equal(path.steps, 0);
}

static void x86_large_pages_and_pat(void **state)
{
	struct table_memory *m = *state;
	uint64_t l4 = table_new(m), l3 = table_new(m), l2 = table_new(m), l1 = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_x86_64, l4, 4);
	struct seen *seen;

	table_at(m, l4)[0] = x86(l3, "rw");
	table_at(m, l3)[0] = x86(l2, "rw");
	table_at(m, l3)[1] = x86(GIB(7) | IQ_BIT(12), "rwL");
	table_at(m, l2)[0] = x86(l1, "rw");
	table_at(m, l2)[1] = x86(MIB(2), "rL");
	table_at(m, l1)[0] = x86(0x5000, "rw") | IQ_BIT(63) | IQ_BIT(7); /* NX; PAT at level 1 */
	table_at(m, l1)[1] = x86(0x6000, "p");				 /* no U/S: nothing for a device */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 4);
	assert_run(seen, 0, 0, 0x5000, KIB(4), "rw");
	assert_run(seen, 1, 0x1000, 0x6000, KIB(4), "-");
	assert_run(seen, 2, MIB(2), MIB(2), MIB(2), "r");
	assert_run(seen, 3, GIB(1), GIB(7), GIB(1), "rw");
	free(seen);
}

static void x86_upper_half_is_canonical_and_apart(void **state)
{
	struct table_memory *m = *state;
	uint64_t l4 = table_new(m), l3[2] = { table_new(m), table_new(m) };
	struct iq_radix_root root = root_of(&iq_form_x86_64, l4, 4);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, l4)[255] = x86(l3[0], "rw");
	table_at(m, l4)[256] = x86(l3[1], "rw");
	table_at(m, l3[0])[511] = x86(GIB(3), "rwL");
	table_at(m, l3[1])[0] = x86(GIB(4), "rwL");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, IQ_BIT(47) - GIB(1), GIB(3), GIB(1), "rw");
	assert_run(seen, 1, UINT64_C(0xffff800000000000), GIB(4), GIB(1), "rw");
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, UINT64_C(0xffff800000001000), &path), IQ_OK);
	assert_int_equal(path.mapping.physical, GIB(4));
	assert_int_equal(iq_radix_translate(&m->memory, &root, UINT64_C(0x0000800000001000), &path), IQ_NOT_FOUND);
}

static void x86_root_of_one_level_is_canonical_too(void **state)
{
	struct table_memory *m = *state;
	uint64_t l1 = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_x86_64, l1, 1);
	struct seen *seen;

	table_at(m, l1)[511] = x86(0x5000, "rw");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, UINT64_C(0xfffffffffffff000), 0x5000, KIB(4), "rw");
	free(seen);
}

static void x86_five_levels(void **state)
{
	struct table_memory *m = *state;
	uint64_t table[6];
	struct iq_radix_root root;
	struct iq_radix_path path;

	for (unsigned int level = 5; level; level--)
		table[level] = table_new(m);
	root = root_of(&iq_form_x86_64, table[5], 5);
	for (unsigned int level = 5; level > 1; level--)
		table_at(m, table[level])[level] = x86(table[level - 1], "rw");
	table_at(m, table[1])[1] = x86(0x8000, "rw");
	assert_int_equal(iq_radix_translate(&m->memory, &root,
					    5ull << 48 | 4ull << 39 | 3ull << 30 | 2ull << 21 | 1ull << 12, &path), IQ_OK);
	assert_int_equal(path.steps, 5);
	assert_int_equal(path.mapping.physical, 0x8000);
}

static void vtd_entry_without_read_and_write_is_absent(void **state)
{
	struct table_memory *m = *state;
	uint64_t l3 = table_new(m), l2 = table_new(m), l1 = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_vtd_second, l3, 3);
	struct seen *seen;

	table_at(m, l3)[0] = vtd(l2, "rw");
	table_at(m, l3)[1] = vtd(GIB(1), "rwL");
	table_at(m, l3)[2] = vtd(GIB(2), "L");
	table_at(m, l2)[0] = vtd(l1, "rw");
	table_at(m, l2)[1] = vtd(MIB(4), "rL");
	table_at(m, l1)[0] = vtd(0x3000, "w");
	table_at(m, l1)[1] = vtd(0x4000, "");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 3);
	assert_run(seen, 0, 0, 0x3000, KIB(4), "w");
	assert_run(seen, 1, MIB(2), MIB(4), MIB(2), "r");
	assert_run(seen, 2, GIB(1), GIB(1), GIB(1), "rw");
	free(seen);
}

static void runs_arrive_in_order_when_there_are_more_than_a_batch(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), low[3] = { table_new(m), table_new(m), table_new(m) };
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 2);
	struct seen *seen;

	for (unsigned int t = 0; t < 3; t++) {
		table_at(m, top)[t] = amd(low[t], 1, "rw");
		for (unsigned int i = 0; i < 512; i++)
			table_at(m, low[t])[i] = amd(KIB(8) * (t * 512 + i), 0, "rw");
	}
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 3 * 512);
	for (unsigned int i = 0; i < 3 * 512; i++)
		assert_run(seen, i, KIB(4) * i, KIB(8) * i, KIB(4), "rw");
	assert_int_equal(seen->totals.mappings, 3 * 512);
	free(seen);

	seen = walk_until(m, &root, 100);
	assert_int_equal(seen->status, IQ_INTERRUPTED);
	assert_in_range(seen->mappings, 100, 3 * 512 - 1);
	free(seen);
}

static void empty_table_has_no_runs(void **state)
{
	struct table_memory *m = *state;
	struct iq_radix_root root = root_of(&iq_form_amd_v1, table_new(m), 3);
	struct seen *seen = walk(m, &root, 0);

	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 0);
	assert_int_equal(seen->totals.tables, 1);
	free(seen);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(neighbours_are_one_run_across_tables),
		TEST(pages_of_different_size_are_one_run),
		TEST(change_of_permission_hole_or_jump_ends_a_run),
		TEST(permissions_are_the_and_of_all_levels),
		TEST(amd_levels_can_be_skipped_and_leave_the_rest_unmapped),
		TEST(amd_pages_of_every_level_have_the_levels_size),
		TEST(amd_encoded_pages_map_their_span_once),
		TEST(amd_copies_may_differ_in_accessed_and_dirty),
		TEST(amd_level_six_indexes_seven_bits),
		TEST(iova_beyond_the_roots_reach_is_not_mapped),
		TEST(x86_large_pages_and_pat),
		TEST(x86_upper_half_is_canonical_and_apart),
		TEST(x86_root_of_one_level_is_canonical_too),
		TEST(x86_five_levels),
		TEST(vtd_entry_without_read_and_write_is_absent),
		TEST(runs_arrive_in_order_when_there_are_more_than_a_batch),
		TEST(empty_table_has_no_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
