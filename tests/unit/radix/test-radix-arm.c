/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arm's long-descriptor tables (VMSAv8-64, Arm ARM D8.3) as paging forms: three granules, blocks, 52 bits of address, inverted
 * permissions, concatenated roots, two halves of the address space. Arm counts levels from the top, 3 is that of base pages.
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

#define BLOCK	   1u /* bits 1:0 */
#define TABLE	   3u
#define PAGE	   3u
#define AP_1	   IQ_BIT(6)  /* stage 1: unprivileged accesses are allowed; stage 2: reads are */
#define AP_2	   IQ_BIT(7)  /* stage 1: writes are not allowed; stage 2: they are */
#define AF	   IQ_BIT(10) /* accessed; clear: the access faults */
#define NT	   IQ_BIT(16)
#define CONTIGUOUS IQ_BIT(52)
#define APTABLE_0  IQ_BIT(61) /* no unprivileged access below */
#define APTABLE_1  IQ_BIT(62) /* no writes below */

#define STAGE_1                                                                                      \
	.absent = IQ_ALL_CLEAR(IQ_BIT(0)), .lowest_absent = IQ_ALL_CLEAR(IQ_BIT(0)),                 \
	.table = IQ_ALL_SET(IQ_MASK(1, 0)), .lowest_page = IQ_ALL_SET(IQ_MASK(1, 0)),                \
	.read = IQ_ALL_SET(AP_1 | AF), .write = { AP_1 | AP_2 | AF, AP_1 | AF },                     \
	.table_read = IQ_ALL_CLEAR(APTABLE_0), .table_write = IQ_ALL_CLEAR(APTABLE_0 | APTABLE_1)

static const struct iq_radix_form stage_1_4k = {
	.name = "lpae-4k", .max_levels = 4, .page_levels = 3, .layout.shift = { 12, 21, 30, 39, 48 },
	.address = IQ_MASK(47, 12), .ignored = NT, STAGE_1,
};
/* With TCR.DS an address has 52 bits; its two highest bits are in the place of SH. */
static const struct iq_radix_form stage_1_4k_52 = {
	.name = "lpae-4k-52", .max_levels = 5, .page_levels = 4, .layout.shift = { 12, 21, 30, 39, 48, 52 },
	.address = IQ_MASK(49, 12), .high = IQ_MASK(9, 8), .high_left = 42, .ignored = NT, STAGE_1,
};
static const struct iq_radix_form stage_1_16k = {
	.name = "lpae-16k", .max_levels = 4, .page_levels = 2, .layout.shift = { 14, 25, 36, 47, 48 },
	.address = IQ_MASK(47, 14), .ignored = NT, STAGE_1,
};
/* Bits 15:12 of the entry are bits 51:48 of the address. */
static const struct iq_radix_form stage_1_64k = {
	.name = "lpae-64k", .max_levels = 3, .page_levels = 3, .layout.shift = { 16, 29, 42, 52 },
	.address = IQ_MASK(47, 16), .high = IQ_MASK(15, 12), .high_left = 36, .ignored = NT, STAGE_1,
};
static const struct iq_radix_form stage_2_4k = {
	.name = "lpae-s2-4k", .max_levels = 4, .page_levels = 3, .layout.shift = { 12, 21, 30, 39, 48 },
	.absent = IQ_ALL_CLEAR(IQ_BIT(0)), .lowest_absent = IQ_ALL_CLEAR(IQ_BIT(0)),
	.table = IQ_ALL_SET(IQ_MASK(1, 0)), .lowest_page = IQ_ALL_SET(IQ_MASK(1, 0)),
	.address = IQ_MASK(47, 12), .ignored = NT,
	.read = IQ_ALL_SET(AP_1 | AF), .write = IQ_ALL_SET(AP_2 | AF),
};

static uint64_t stage_1(uint64_t address, unsigned int type, const char *flags)
{
	const bool read = strchr(flags, 'r'), write = strchr(flags, 'w');

	return address | type | AF | (read || write ? AP_1 : 0) | (write ? 0 : AP_2);
}

static uint64_t stage_2(uint64_t address, unsigned int type, const char *flags)
{
	return address | type | AF | (strchr(flags, 'r') ? AP_1 : 0) | (strchr(flags, 'w') ? AP_2 : 0);
}

static int setup(void **state)
{
	*state = table_memory_of(512);
	return 0;
}

static int teardown(void **state)
{
	table_memory_free(*state);
	return 0;
}

/* Walk @root, compare the runs with translations of single addresses, and expect no error and this number of runs. */
static struct seen *walk_well(struct table_memory *m, const struct iq_radix_root *root, unsigned int runs)
{
	struct seen *seen = walk(m, root, 0);

	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, runs);
	check_by_translation(m, root, seen);
	return seen;
}

static void pages_blocks_and_tables_of_4k(void **state)
{
	struct table_memory *m = *state;
	uint64_t l0 = table_new(m), l1 = table_new(m), l2 = table_new(m), l3 = table_new(m);
	struct iq_radix_root root = root_of(&stage_1_4k, l0, 4);
	struct seen *seen;

	table_at(m, l0)[1] = l1 | TABLE;
	table_at(m, l1)[0] = l2 | TABLE;
	table_at(m, l1)[2] = stage_1(GIB(7), BLOCK, "rw") | NT;
	table_at(m, l2)[0] = l3 | TABLE;
	table_at(m, l2)[3] = stage_1(MIB(512), BLOCK, "r");
	for (unsigned int i = 0; i < 16; i++) /* only a hint: each of the 16 entries has its own address */
		table_at(m, l3)[16 + i] = stage_1(MIB(64) + KIB(4) * i, PAGE, "rw") | CONTIGUOUS;
	table_at(m, l3)[40] = stage_1(MIB(65), PAGE, "rw");
	seen = walk_well(m, &root, 4);
	assert_run(seen, 0, GIB(512) + KIB(64), MIB(64), KIB(64), "rw");
	assert_run(seen, 1, GIB(512) + KIB(160), MIB(65), KIB(4), "rw");
	assert_run(seen, 2, GIB(512) + MIB(6), MIB(512), MIB(2), "r");
	assert_run(seen, 3, GIB(514), GIB(7), GIB(1), "rw");
	assert_int_equal(seen->totals.tables, 4);
	free(seen);
}

static void permissions_by_bits_that_are_set_and_clear(void **state)
{
	struct table_memory *m = *state;
	uint64_t l2 = table_new(m), l3 = table_new(m);
	struct iq_radix_root root = root_of(&stage_1_4k, l2, 2);
	struct seen *seen;

	table_at(m, l3)[0] = KIB(64) | PAGE | AF | AP_1;
	table_at(m, l3)[2] = KIB(68) | PAGE | AF | AP_1 | AP_2;
	table_at(m, l3)[4] = KIB(72) | PAGE | AF;	 /* for privileged accesses only */
	table_at(m, l3)[6] = KIB(76) | PAGE | AP_1;	 /* not accessed: faults */
	table_at(m, l2)[0] = l3 | TABLE;
	table_at(m, l2)[1] = l3 | TABLE | APTABLE_1;
	table_at(m, l2)[2] = l3 | TABLE | APTABLE_0;
	seen = walk_well(m, &root, 12);
	assert_run(seen, 0, 0, KIB(64), KIB(4), "rw");
	assert_run(seen, 1, KIB(8), KIB(68), KIB(4), "r");
	assert_run(seen, 2, KIB(16), KIB(72), KIB(4), "-");
	assert_run(seen, 3, KIB(24), KIB(76), KIB(4), "-");
	assert_run(seen, 4, MIB(2), KIB(64), KIB(4), "r");
	assert_run(seen, 8, MIB(4), KIB(64), KIB(4), "-");
	free(seen);
}

static void reserved_descriptors_are_malformed(void **state)
{
	struct table_memory *m = *state;
	uint64_t l0 = table_new(m), l3 = table_new(m);
	struct iq_radix_root root = root_of(&stage_1_4k, l3, 1);
	struct seen *seen;

	table_at(m, l3)[7] = stage_1(KIB(64), BLOCK, "rw"); /* no blocks at level 3 */
	table_at(m, l3)[8] = stage_1(KIB(64), 2, "rw");	    /* invalid */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_MALFORMED, 1, 7, l3, stage_1(KIB(64), BLOCK, "rw"), KIB(28));
	assert_int_equal(seen->mappings, 0);
	free(seen);

	root = root_of(&stage_1_4k, l0, 4);
	table_at(m, l0)[3] = stage_1(0, BLOCK, "rw"); /* no blocks at level 0 */
	seen = walk(m, &root, 0);
	assert_int_equal(seen->errors, 1);
	assert_int_equal(seen->mappings, 0);
	free(seen);
}

static void tables_of_16k_are_read_page_by_page(void **state)
{
	struct table_memory *m = *state;
	uint64_t l0 = table_new_of(m, 16), l1 = table_new_of(m, KIB(16)), l2 = table_new_of(m, KIB(16)), l3 = table_new_of(m, KIB(16));
	struct iq_radix_root root = root_of(&stage_1_16k, l0, 4);
	struct seen *seen;

	table_at(m, l0)[1] = l1 | TABLE; /* a table of two entries */
	table_at(m, l1)[2047] = l2 | TABLE;
	table_at(m, l2)[600] = stage_1(MIB(96), BLOCK, "rw");
	table_at(m, l2)[1500] = l3 | TABLE;
	for (unsigned int i = 500; i < 530; i++)
		table_at(m, l3)[i] = stage_1(GIB(1) + KIB(16) * i, PAGE, "r");
	table_at(m, l3)[2047] = stage_1(0, PAGE, "rw");
	seen = walk_well(m, &root, 3);
	assert_run(seen, 0, TIB(128) + GIB(64) * 2047 + MIB(32) * 600, MIB(96), MIB(32), "rw");
	assert_run(seen, 1, TIB(128) + GIB(64) * 2047 + MIB(32) * 1500 + KIB(16) * 500, GIB(1) + KIB(16) * 500, KIB(480), "r");
	assert_run(seen, 2, TIB(128) + GIB(64) * 2047 + MIB(32) * 1501 - KIB(16), 0, KIB(16), "rw");
	assert_int_equal(seen->totals.tables, 4);
	free(seen);
	/* Three tables of four pages and one of two entries. */
	seen = walk(m, &root, 12);
	assert_int_equal(seen->status, IQ_NO_ROOM);
	free(seen);
	seen = walk(m, &root, 13);
	assert_int_equal(seen->status, IQ_OK);
	free(seen);
}

/* In entries of pages and of tables, bits 15:12 are bits 51:48 of the address. */
static void addresses_of_52_bits_with_64k(void **state)
{
	struct table_memory *m = *state;
	uint64_t l1 = table_new_of(m, KIB(8)), l2 = table_new_of(m, KIB(64)), l3 = table_new_of(m, KIB(64));
	struct iq_radix_root root = root_of(&stage_1_64k, l1, 3);
	struct iq_radix_path path;
	struct seen *seen;

	table_at(m, l1)[1000] = l2 | TABLE;
	table_at(m, l1)[1001] = l2 | TABLE | 0x3000; /* outside memory */
	table_at(m, l1)[1002] = stage_1(0x5000, BLOCK, "rw");
	table_at(m, l2)[8191] = l3 | TABLE;
	table_at(m, l3)[0] = stage_1(IQ_BIT(47) | 0xf000, PAGE, "rw");
	table_at(m, l3)[1] = stage_1(IQ_BIT(47) | KIB(64) | 0xf000, PAGE, "rw");
	table_at(m, l3)[2] = stage_1(IQ_BIT(47) | KIB(128) | 0xe000, PAGE, "rw");
	/* A run that crosses the border between the two address fields. */
	table_at(m, l3)[8] = stage_1((IQ_BIT(48) - KIB(64)) | 0x1000, PAGE, "r");
	table_at(m, l3)[9] = stage_1(0x2000, PAGE, "r");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 4);
	assert_run(seen, 0, TIB(4) * 1001 - MIB(512), IQ_MASK(51, 47), KIB(128), "rw");
	assert_run(seen, 1, TIB(4) * 1001 - MIB(512) + KIB(128), UINT64_C(0xe800000020000), KIB(64), "rw");
	assert_run(seen, 2, TIB(4) * 1001 - MIB(512) + KIB(512), IQ_BIT(49) - KIB(64), KIB(128), "r");
	assert_run(seen, 3, TIB(4) * 1002, IQ_MASK(50, 50) | IQ_BIT(48), TIB(4), "rw");
	assert_int_equal(seen->errors, 1);
	assert_error(seen, 0, IQ_UNREACHABLE, 2, 0, l2 | UINT64_C(0x3000000000000), 0, TIB(4) * 1001);
	check_by_translation(m, &root, seen);
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, TIB(4) * 1001, &path), IQ_UNREACHABLE);
	assert_int_equal(path.mapping.length, TIB(4));
}

static void only_what_leads_to_a_page_of_52_bits(void **state)
{
	struct table_memory *m = *state;
	uint64_t l3 = table_new_of(m, KIB(64));
	struct iq_radix_root root = root_of(&stage_1_64k, l3, 1);
	struct seen *seen = calloc(1, sizeof(*seen));

	assert_non_null(seen);
	for (unsigned int i = 0; i < 4000; i++)
		table_at(m, l3)[2 * i] = stage_1(MIB(16) | (i % 16) << 12, PAGE, "rw");
	seen->visitor.filtered = true;
	seen->visitor.first = IQ_BIT(48) * 5 + MIB(16) + KIB(60);
	seen->visitor.last = seen->visitor.first + 1;
	assert_int_equal(iq_radix_walk(&m->memory, &root, 16, &seen->visitor, &seen->totals), IQ_OK);
	assert_int_equal(seen->totals.mappings, 250);
	assert_int_equal(seen->totals.bytes, 250 * KIB(64));
	free(seen);
}

static void addresses_of_52_bits_with_4k(void **state)
{
	struct table_memory *m = *state;
	uint64_t table[5];
	struct iq_radix_root root;
	struct seen *seen;

	for (unsigned int i = 0; i < 5; i++)
		table[i] = table_new(m);
	root = root_of(&stage_1_4k_52, table[0], 5);
	for (unsigned int i = 0; i < 4; i++)
		table_at(m, table[i])[1] = table[i + 1] | TABLE;
	table_at(m, table[4])[1] = stage_1(IQ_BIT(49) | 0x300, PAGE, "rw");
	table_at(m, table[1])[3] = stage_1(IQ_BIT(39) | 0x100, BLOCK, "r");
	seen = walk_well(m, &root, 2);
	assert_run(seen, 0, IQ_BIT(48) | IQ_BIT(39) | IQ_BIT(30) | IQ_BIT(21) | IQ_BIT(12), IQ_MASK(51, 49), KIB(4), "rw");
	assert_run(seen, 1, IQ_BIT(48) + 3 * IQ_BIT(39), IQ_BIT(50) | IQ_BIT(39), GIB(512), "r");
	free(seen);
}

/*
 * Stage 2 for 40 bits begins at level 1 with two concatenated tables, which are one table of 1,024 entries. That follows from T0SZ,
 * not from the form.
 */
static void concatenated_roots(void **state)
{
	struct table_memory *m = *state;
	uint64_t l1 = table_new_of(m, KIB(8)), l2 = table_new(m);
	struct iq_radix_root root = root_of(&stage_2_4k, l1, 3);
	struct iq_radix_path path;
	struct seen *seen;

	root.layout = stage_2_4k.layout;
	root.layout.shift[3] = 40;
	table_at(m, l1)[511] = stage_2(GIB(3), BLOCK, "rw");
	table_at(m, l1)[512] = stage_2(GIB(4), BLOCK, "rw");
	table_at(m, l1)[1023] = l2 | TABLE;
	table_at(m, l2)[511] = stage_2(0, BLOCK, "w");
	seen = walk_well(m, &root, 2);
	assert_run(seen, 0, GIB(511), GIB(3), GIB(2), "rw");
	assert_run(seen, 1, TIB(1) - MIB(2), 0, MIB(2), "w");
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, TIB(1), &path), IQ_NOT_FOUND);
	assert_int_equal(path.mapping.iova, TIB(1));

	/* The second of the two tables is not in the dump: it is reported once, and the first is walked. */
	m->hole = l1 + KIB(4);
	m->hole_length = KIB(4);
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, GIB(511), GIB(3), GIB(1), "rw");
	assert_error(seen, 0, IQ_UNREACHABLE, 3, 512, l1, 0, GIB(512));
	free(seen);
}

/* Each half has 39 bits, so level 0 is not needed. Addresses of the upper half have their upper 25 bits set. */
static void both_halves_of_the_address_space(void **state)
{
	struct table_memory *m = *state;
	uint64_t low = table_new(m), high = table_new(m);
	struct iq_radix_root ttb0 = root_of(&stage_1_4k, low, 3), ttb1 = root_of(&stage_1_4k, high, 3);
	struct iq_radix_path path;
	struct seen *seen;

	ttb1.base = ~UINT64_C(0) << 39;
	table_at(m, low)[511] = stage_1(GIB(1), BLOCK, "rw");
	table_at(m, high)[0] = stage_1(GIB(2), BLOCK, "rw");
	table_at(m, high)[511] = stage_1(GIB(3), BLOCK, "r");
	seen = walk_well(m, &ttb0, 1);
	assert_run(seen, 0, GIB(511), GIB(1), GIB(1), "rw");
	free(seen);
	seen = walk_well(m, &ttb1, 2);
	assert_run(seen, 0, UINT64_C(0xffffff8000000000), GIB(2), GIB(1), "rw");
	assert_run(seen, 1, UINT64_C(0xffffffffc0000000), GIB(3), GIB(1), "r");
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &ttb0, ttb1.base, &path), IQ_NOT_FOUND);
	assert_int_equal(iq_radix_translate(&m->memory, &ttb1, GIB(511), &path), IQ_NOT_FOUND);
	assert_int_equal(path.mapping.iova, 0);
	assert_int_equal(path.mapping.length, ttb1.base);
}

/* Random tables of each granule: a walk agrees with the translation of each single address. */
static void random_tables_agree_with_single_addresses(void **state)
{
	static const struct iq_radix_form *const forms[] = { &stage_1_4k, &stage_1_4k_52, &stage_1_16k, &stage_1_64k, &stage_2_4k };

	(void)state;
	for (unsigned int round = 0; round < 60; round++) {
		const struct iq_radix_form *form = forms[round % IQ_ARRAY_SIZE(forms)];
		const uint64_t bytes = UINT64_C(8) << (form->layout.shift[1] - form->layout.shift[0]);
		struct table_memory *m = table_memory_of((unsigned int)(4 * bytes / IQ_PAGE_SIZE));
		struct iq_radix_root root = root_of(form, table_new_of(m, bytes), 2 + round % 2);
		struct seen *seen;

		/* At most three levels, so that the test's memory is large enough. */
		root.layout = form->layout;
		root.layout.shift[root.levels] = (uint8_t)(root.layout.shift[root.levels - 1] + 9);
		for (unsigned int i = 0; i < 60; i++) {
			const uint64_t table = MEMORY_BASE + random_below(4) * bytes;
			uint64_t entry = stage_1(MEMORY_BASE + random_below(5) * bytes, (unsigned int)random_below(4), "rw");

			if (!random_below(3))
				entry = random_below(UINT64_MAX);
			table_at(m, table)[random_below(bytes / 8)] = entry;
			table_at(m, root.table)[random_below(512)] = entry;
		}
		seen = walk(m, &root, 0);
		check_by_translation(m, &root, seen);
		free(seen);
		table_memory_free(m);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(pages_blocks_and_tables_of_4k),
		TEST(permissions_by_bits_that_are_set_and_clear),
		TEST(reserved_descriptors_are_malformed),
		TEST(tables_of_16k_are_read_page_by_page),
		TEST(addresses_of_52_bits_with_64k),
		TEST(only_what_leads_to_a_page_of_52_bits),
		TEST(addresses_of_52_bits_with_4k),
		TEST(concatenated_roots),
		TEST(both_halves_of_the_address_space),
		TEST(random_tables_agree_with_single_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
