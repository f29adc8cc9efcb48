/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walker on hostile tables: loops, wild pointers, missing memory, sharing, and random bits. For random bits the result is compared
 * with a second, recursive reader of the AMD format.
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

static void a_table_that_names_itself_ends_at_level_one(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), entry = amd(top, 2, "rw");
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 3);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, top)[5] = entry; /* as level 3: the level 2 table is this one; as level 2: its own level */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_MALFORMED);
	assert_int_equal(seen->mappings, 0);
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_MALFORMED, 2, 5, top, entry, (UINT64_C(5) << 30) + (UINT64_C(5) << 21));
	assert_int_equal(seen->totals.tables, 2);
	free(seen);

	assert_int_equal(iq_radix_translate(&m->memory, &root, (UINT64_C(5) << 30) + (UINT64_C(5) << 21), &path),
			 IQ_MALFORMED);
	assert_int_equal(path.steps, 2);
	assert_int_equal(path.step[1].entry, entry);
}

static void a_next_level_that_does_not_descend_is_reported_and_the_rest_walked(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 2);
	struct seen *seen;

	for (unsigned int next = 2; next <= 6; next++)
		table_at(m, top)[next] = amd(0x5000, next, "rw");
	table_at(m, top)[0] = amd(MIB(2), 0, "r");
	table_at(m, top)[8] = amd(MIB(4), 0, "w");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_MALFORMED);
	assert_int_equal(seen->errors, 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_error(seen, i, IQ_MALFORMED, 2, i + 2, top, amd(0x5000, i + 2, "rw"), MIB(2) * (i + 2));
	assert_int_equal(seen->mappings, 2);
	assert_run(seen, 0, 0, MIB(2), MIB(2), "r");
	assert_run(seen, 1, MIB(16), MIB(4), MIB(2), "w");
	free(seen);
}

static void a_table_outside_memory_is_reported_and_the_rest_walked(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), wild = UINT64_C(0xffffffffff000);
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 2);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, top)[1] = amd(wild, 1, "rw");
	table_at(m, top)[2] = amd(MIB(2), 0, "rw");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_MALFORMED);
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_UNREACHABLE, 1, 0, wild, 0, MIB(2));
	assert_int_equal(seen->mappings, 1);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(2), &path), IQ_UNREACHABLE);
	assert_int_equal(path.steps, 1);
}

static void a_root_that_cannot_be_is_refused(void **state)
{
	struct table_memory *m = *state;
	const struct iq_radix_root bad[] = {
		root_of(&iq_form_amd_v1, MEMORY_BASE, 0), root_of(&iq_form_amd_v1, MEMORY_BASE, 7), root_of(&iq_form_amd_v1, MEMORY_BASE + 8, 3),
		root_of(&iq_form_amd_v1, IQ_BIT(52), 3),	 { .table = MEMORY_BASE, .levels = 3 },
	};
	struct iq_radix_root outside = root_of(&iq_form_amd_v1, 0, 3);
	struct iq_radix_path path;
	struct seen *seen;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(bad); i++) {
		seen = walk(m, &bad[i], 0);
		assert_int_equal(seen->status, IQ_MALFORMED);
		assert_int_equal(seen->errors + seen->mappings, 0);
		free(seen);
		assert_int_equal(iq_radix_translate(&m->memory, &bad[i], 0, &path), IQ_MALFORMED);
	}
	seen = walk(m, &outside, 0);
	assert_error(seen, 0, IQ_UNREACHABLE, 3, 0, 0, 0, 0);
	free(seen);
}

static void tables_shared_by_thousands_end_at_the_limit(void **state)
{
	struct table_memory *m = *state;
	uint64_t table[7];
	struct iq_radix_root root;
	struct seen *seen;

	for (unsigned int level = 1; level <= 6; level++)
		table[level] = table_new(m);
	for (unsigned int level = 2; level <= 6; level++)
		for (unsigned int i = 0; i < 512; i++)
			table_at(m, table[level])[i] = amd(table[level - 1], level - 1, "rw");
	root = root_of(&iq_form_amd_v1, table[6], 6);
	seen = walk(m, &root, 10000);
	assert_int_equal(seen->status, IQ_NO_ROOM);
	assert_int_equal(seen->totals.tables, 10000);
	assert_int_equal(seen->errors, 1);
	assert_int_equal(seen->error[0].status, IQ_NO_ROOM);
	free(seen);
}

static void an_encoded_size_of_another_level_is_malformed(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), too_large = amd_encoded(0, MIB(2), "rw"), too_small = amd_encoded(0, MIB(1), "rw");
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 1);
	struct seen *seen;

	table_at(m, top)[0] = too_large;
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 0);
	assert_error(seen, 0, IQ_MALFORMED, 1, 0, top, too_large, 0);
	free(seen);

	table_at(m, top)[0] = too_small;
	root.levels = 2;
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 0);
	assert_error(seen, 0, IQ_MALFORMED, 2, 0, top, too_small, 0);
	free(seen);
}

static void a_copy_that_differs_is_reported_and_read_for_itself(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m), copy = amd_encoded(KIB(64), KIB(16), "rw"), other = amd(KIB(512), 0, "r");
	struct iq_radix_root root = root_of(&iq_form_amd_v1, top, 1);
	struct seen *seen;

	for (unsigned int i = 0; i < 4; i++)
		table_at(m, top)[4 + i] = copy;
	table_at(m, top)[6] = other;
	table_at(m, top)[13] = copy; /* the last three quarters of a page, its first entry missing */
	table_at(m, top)[14] = copy;
	table_at(m, top)[15] = copy;
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_MALFORMED);
	assert_int_equal(seen->errors, 2);
	assert_error(seen, 0, IQ_MALFORMED, 1, 6, top, other, KIB(24));
	assert_error(seen, 1, IQ_MALFORMED, 1, 13, top, copy, KIB(52));
	assert_int_equal(seen->mappings, 4);
	assert_run(seen, 0, KIB(16), KIB(64), KIB(8), "rw");
	assert_run(seen, 1, KIB(24), KIB(512), KIB(4), "r");
	assert_run(seen, 2, KIB(28), KIB(64) + KIB(12), KIB(4), "rw");
	assert_run(seen, 3, KIB(52), KIB(64) + KIB(4), KIB(12), "rw");
	free(seen);
}

static void reserved_bits_of_large_pages_are_malformed(void **state)
{
	struct table_memory *m = *state;
	uint64_t top = table_new(m);
	struct iq_radix_root vtd_root = root_of(&iq_form_vtd_second, top, 2);
	struct iq_radix_root x86_root = root_of(&iq_form_x86_64, top, 4);
	struct seen *seen;

	table_at(m, top)[0] = vtd(MIB(2) | KIB(4), "rwL");
	seen = walk(m, &vtd_root, 0);
	assert_int_equal(seen->mappings, 0);
	assert_int_equal(seen->errors, 1);
	free(seen);

	table_at(m, top)[0] = x86(0, "rwL"); /* PS at level 4 */
	seen = walk(m, &x86_root, 0);
	assert_int_equal(seen->mappings, 0);
	assert_int_equal(seen->errors, 1);
	free(seen);
}

/* AMD 48882, 2.2.3, implemented a second time: it translates one IOVA, by recursion. */
static bool reference(struct table_memory *m, uint64_t table, unsigned int level, uint64_t iova, struct iq_mapping *page)
{
	const unsigned int shift = 12 + 9 * (level - 1);
	uint64_t entry, address, next;

	if (table < MEMORY_BASE || table >= MEMORY_BASE + MEMORY_PAGES * IQ_PAGE_SIZE)
		return false;
	entry = table_at(m, table)[(iova >> shift) % (level == 6 ? 128 : 512)];
	if (!(entry & 1))
		return false;
	page->read = page->read && (entry >> 61 & 1);
	page->write = page->write && (entry >> 62 & 1);
	address = entry & UINT64_C(0xffffffffff000);
	next = entry >> 9 & 7;
	if (next == 0 || next == 7) {
		unsigned int size = shift;

		if (next == 7) {
			for (size = 12; address >> size & 1; size++)
				;
			size++;
			if (size <= shift || size >= shift + 9)
				return false;
		}
		page->physical = (address >> size << size) + (iova & ((UINT64_C(1) << size) - 1));
		return true;
	}
	if (next >= level || (iova & ((UINT64_C(1) << shift) - 1)) >> (12 + 9 * next))
		return false;
	return reference(m, address, (unsigned int)next, iova, page);
}

static uint64_t random_bits(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static uint64_t random_entry(void)
{
	uint64_t r = random_bits(), address = MEMORY_BASE + (r >> 8) % (MEMORY_PAGES + 1) * IQ_PAGE_SIZE;
	unsigned int next = (unsigned int)(r >> 20) & 7;
	const char *flags = (const char *[]){ "rw", "r", "w", "rw" }[r >> 24 & 3];

	switch (r & 7) {
	case 0:
		return random_bits();
	case 1:
	case 2:
		return amd(address, next == 7 ? 1 : next, flags);
	case 3:
		return amd_encoded(0, KIB(4) << (1 + (r >> 30) % 40), flags);
	case 4:
		return amd(address, 0, flags);
	default:
		return 0;
	}
}

/* Every page of every run agrees with the second reader, which maps no IOVA outside of the runs. */
static void random_tables_agree_with_the_recursive_reading(void **state)
{
	struct table_memory *m = *state;
	unsigned int checked = 0;

	for (unsigned int round = 0; round < 300; round++) {
		unsigned int levels = 1 + round % 4, density = levels == 1 ? 40 : levels == 2 ? 8 : 1;
		struct iq_radix_root root = root_of(&iq_form_amd_v1, MEMORY_BASE, levels);
		struct seen *seen;
		uint64_t end = 0;

		for (unsigned int p = 0; p < MEMORY_PAGES; p++)
			for (unsigned int i = 0; i < 512; i++)
				m->page[p][i] = random_bits() % 64 < density ? random_entry() : 0;
		seen = walk(m, &root, 0);
		for (unsigned int i = 0; i < seen->mappings; i++) {
			const struct iq_mapping *run = &seen->mapping[i];

			assert_true(run->iova >= end);
			end = run->iova + run->length;
			for (unsigned int probe = 0; probe < 4; probe++) {
				uint64_t offset = probe ? random_bits() % run->length : run->length - 1;
				struct iq_mapping page = { .read = true, .write = true };
				struct iq_radix_path path;

				assert_true(reference(m, root.table, levels, run->iova + offset, &page));
				assert_int_equal(page.physical, run->physical + offset);
				assert_int_equal(page.read, run->read);
				assert_int_equal(page.write, run->write);
				assert_int_equal(iq_radix_translate(&m->memory, &root, run->iova + offset, &path), IQ_OK);
				assert_int_equal(path.mapping.physical + (run->iova + offset - path.mapping.iova),
						 page.physical);
				checked++;
			}
		}
		for (unsigned int probe = 0; probe < 2000; probe++) {
			uint64_t iova = random_bits() % (UINT64_C(1) << (12 + 9 * levels));
			struct iq_mapping page = { .read = true, .write = true };
			struct iq_radix_path path;
			bool found = false;

			if (probe % 2) /* level skips leave only the low part mapped */
				iova &= ~(UINT64_C(0x1ff) << 21);
			for (unsigned int i = 0; i < seen->mappings && !found; i++)
				found = iova - seen->mapping[i].iova < seen->mapping[i].length;
			assert_int_equal(found, reference(m, root.table, levels, iova, &page));
			assert_int_equal(found, iq_radix_translate(&m->memory, &root, iova, &path) == IQ_OK);
		}
		free(seen);
	}
	assert_true(checked > 10000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_table_that_names_itself_ends_at_level_one),
		TEST(a_next_level_that_does_not_descend_is_reported_and_the_rest_walked),
		TEST(a_table_outside_memory_is_reported_and_the_rest_walked),
		TEST(a_root_that_cannot_be_is_refused),
		TEST(tables_shared_by_thousands_end_at_the_limit),
		TEST(an_encoded_size_of_another_level_is_malformed),
		TEST(a_copy_that_differs_is_reported_and_read_for_itself),
		TEST(reserved_bits_of_large_pages_are_malformed),
		TEST(random_tables_agree_with_the_recursive_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
