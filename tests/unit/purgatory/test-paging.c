/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's page-table overlay on made-up tables: what it maps, what it must not change, and what it must refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "paging.h"

/* Physical memory with tables: the kernel's begin at KERNEL, the overlay's pool at POOL. */
#define KERNEL	     UINT64_C(0x40000000)
#define KERNEL_PAGES 8u
#define POOL	     UINT64_C(0x40100000)
#define POOL_PAGES   PAGING_POOL

#define GIB IQ_BIT(30)
#define MIB IQ_BIT(20)

#define PRESENT	 UINT64_C(0x63) /* with write, accessed, dirty */
#define LARGE	 IQ_BIT(7)
#define GLOBAL	 IQ_BIT(8)
#define UNCACHED UINT64_C(0x18) /* PCD, PWT */
#define PAT_4K	 IQ_BIT(7)
#define PAT_BIG	 IQ_BIT(12)
#define SOFTWARE (IQ_BIT(58) | UINT64_C(0x7a00000000000200)) /* bits 9, 58 and 59..62, which the kernel uses, and NX */
#define ADDRESS	 IQ_MASK(51, 12)
#define FLAGS	 (~ADDRESS)

static uint64_t kernel[KERNEL_PAGES][512], kernel_before[KERNEL_PAGES][512], pool[POOL_PAGES][512];
static struct paging paging;

static uint64_t *table(struct paging *self, uint64_t address)
{
	(void)self;
	assert_int_equal(address & 4095, 0);
	if (address - KERNEL < sizeof(kernel))
		return kernel[(address - KERNEL) / 4096];
	assert_true(address - POOL < sizeof(pool));
	return pool[(address - POOL) / 4096];
}

static uint64_t at(unsigned int page)
{
	return KERNEL + page * IQ_PAGE_SIZE;
}

/*
 * Tables as kexec leaves them: page 0 is the top level, page 3 has 2 MiB leaves for the second GiB. The first GiB is one leaf. The third
 * 2 MiB of the second GiB are 4 KiB pages (page 4). All entries have software bits.
 */
static void start(unsigned int levels, unsigned int pages)
{
	unsigned int l4 = levels == 5 ? 1 : 0;

	memset(kernel, 0, sizeof(kernel));
	memset(pool, 0, sizeof(pool));
	memset(&paging, 0, sizeof(paging));
	if (levels == 5)
		kernel[0][0] = at(1) | PRESENT | SOFTWARE;
	kernel[l4][0] = at(2) | PRESENT | SOFTWARE;
	kernel[2][0] = PRESENT | LARGE | GLOBAL | SOFTWARE | PAT_BIG;
	kernel[2][1] = at(3) | PRESENT | SOFTWARE;
	for (uint64_t i = 0; i < 256; i++)
		kernel[3][i] = (GIB + i * 2 * MIB) | PRESENT | LARGE | GLOBAL | SOFTWARE | PAT_BIG;
	kernel[3][2] = at(4) | PRESENT | SOFTWARE;
	for (uint64_t i = 0; i < 512; i++)
		kernel[4][i] = (GIB + 4 * MIB + i * 4096) | PRESENT | GLOBAL | SOFTWARE | PAT_4K;
	memcpy(kernel_before, kernel, sizeof(kernel));
	paging.table = table;
	paging.pool = POOL;
	paging.pool_pages = pages;
	assert_int_equal(paging_start(&paging, at(0), levels, 46), IQ_OK);
}

/* The test's own walker: the leaf that translates @address from @root, 0 if there is none. */
static uint64_t leaf(uint64_t root, uint64_t address, unsigned int *level)
{
	uint64_t entry = root;

	for (*level = paging.levels; *level; --*level) {
		entry = table(&paging, entry & ADDRESS)[address >> (12 + 9 * (*level - 1)) & 511];
		if (!(entry & 1))
			return 0;
		if (*level == 1 || (*level < 4 && entry & LARGE))
			return entry;
	}
	return 0;
}

/* Translate @address, 0 if it is not mapped. @flags: as in a 4 KiB leaf. */
static uint64_t translate(uint64_t root, uint64_t address, uint64_t *flags)
{
	unsigned int level;
	uint64_t entry = leaf(root, address, &level), mask;

	*flags = 0;
	if (!entry)
		return 0;
	mask = (UINT64_C(1) << (12 + 9 * (level - 1))) - 1;
	*flags = entry & FLAGS;
	if (level > 1)
		*flags = (*flags & ~LARGE) | (entry & PAT_BIG ? PAT_4K : 0);
	return (entry & ADDRESS & ~mask) | (address & mask);
}

/* All pages of the first four GiB, except for those in [@first, @end), are translated as in the kernel's tables. */
static void assert_rest_unchanged(uint64_t first, uint64_t end)
{
	for (uint64_t address = 0; address < 4 * GIB; address += IQ_PAGE_SIZE) {
		uint64_t was_flags, flags;
		uint64_t was = translate(at(0), address, &was_flags);

		if (address >= first && address < end)
			continue;
		if (was != translate(paging.root, address, &flags) || was_flags != flags)
			fail_msg("0x%llx was changed", (unsigned long long)address);
	}
	assert_memory_equal(kernel, kernel_before, sizeof(kernel));
}

static void assert_window(uint64_t first, uint64_t end)
{
	for (uint64_t address = first; address < end; address += IQ_PAGE_SIZE) {
		uint64_t flags;

		assert_int_equal(translate(paging.root, address, &flags), address);
		assert_int_equal(flags & (UNCACHED | PAT_4K), UNCACHED);
	}
}

static void overlay_starts_as_a_copy(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		start(levels, 1);
		assert_int_equal(paging.root, POOL);
		assert_rest_unchanged(0, 0);
	}
}

static void window_where_nothing_was_is_mapped_exactly(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		start(levels, POOL_PAGES);
		assert_int_equal(paging_map_window(&paging, 0xfed80000, 0x4000), IQ_OK);
		assert_window(0xfed80000, 0xfed84000);
		assert_rest_unchanged(0xfed80000, 0xfed84000);
		assert_int_equal(paging.pool_used, levels);
	}
}

static void window_in_a_1g_leaf_splits_it_twice(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		start(levels, POOL_PAGES);
		assert_int_equal(paging_map_window(&paging, 0x12345678, 8), IQ_OK);
		assert_window(0x12345000, 0x12346000);
		assert_rest_unchanged(0x12345000, 0x12346000);
	}
}

static void window_in_a_2m_leaf_splits_it(void **state)
{
	(void)state;
	start(4, POOL_PAGES);
	assert_int_equal(paging_map_window(&paging, GIB + 0x1ff000, 0x1000), IQ_OK);
	assert_window(GIB + 0x1ff000, GIB + 0x200000);
	assert_rest_unchanged(GIB + 0x1ff000, GIB + 0x200000);
}

static void window_over_4k_leaves_keeps_their_flags(void **state)
{
	uint64_t flags;

	(void)state;
	start(5, POOL_PAGES);
	assert_int_equal(paging_map_window(&paging, GIB + 4 * MIB + 0x3000, 0x2000), IQ_OK);
	assert_window(GIB + 4 * MIB + 0x3000, GIB + 4 * MIB + 0x5000);
	assert_rest_unchanged(GIB + 4 * MIB + 0x3000, GIB + 4 * MIB + 0x5000);
	translate(paging.root, GIB + 4 * MIB + 0x3000, &flags);
	assert_int_equal(flags & ~UNCACHED, PRESENT | GLOBAL | SOFTWARE);
}

static void longest_window_may_cross_a_2m_border(void **state)
{
	const uint64_t base = 0xfec00000 - 0x40000 + 0x10;

	(void)state;
	start(4, POOL_PAGES);
	assert_int_equal(paging_map_window(&paging, base, PAGING_WINDOW_MAX), IQ_OK);
	assert_window(base & IQ_PAGE_MASK, base + PAGING_WINDOW_MAX);
	assert_rest_unchanged(base & IQ_PAGE_MASK, (base + PAGING_WINDOW_MAX + 4095) & IQ_PAGE_MASK);
}

static void window_twice_takes_nothing_more(void **state)
{
	unsigned int used;

	(void)state;
	start(4, POOL_PAGES);
	assert_int_equal(paging_map_window(&paging, 0xfed90000, 0x1000), IQ_OK);
	used = paging.pool_used;
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(paging_map_window(&paging, 0xfed90000 + (i & 15) * 0x1000, 0x1000), IQ_OK);
	assert_int_equal(paging.pool_used, used);
}

/* 64 units with registers at 64 places below 4 GiB: the pool is too small for 4 KiB pages, so 2 MiB leaves are used. */
static void many_windows_share_large_leaves(void **state)
{
	(void)state;
	start(5, POOL_PAGES);
	for (uint64_t i = 0; i < 64; i++)
		assert_int_equal(paging_map_window(&paging, 0xc0000000 + i * 0x410000, 0x4000), IQ_OK);
	for (uint64_t i = 0; i < 64; i++)
		assert_window(0xc0000000 + i * 0x410000, 0xc0004000 + i * 0x410000);
	assert_rest_unchanged(3 * GIB, 4 * GIB);
}

/* Eight sockets: firmware tables are not mapped, registers are in every GiB below 4 GiB and in four places far above. */
static void windows_all_over_the_machine(void **state)
{
	(void)state;
	start(5, POOL_PAGES);
	assert_int_equal(paging_map_page(&paging, 2 * GIB - 4096), IQ_OK);
	for (uint64_t i = 0; i < 32; i++)
		assert_int_equal(paging_map_window(&paging, 2 * GIB + i * 64 * MIB, 0x4000), IQ_OK);
	for (uint64_t i = 0; i < 32; i++)
		assert_int_equal(paging_map_window(&paging, ((i / 8 + 4) << 40) + i * MIB, 0x4000), IQ_OK);
	for (uint64_t i = 0; i < 32; i++) {
		assert_window(2 * GIB + i * 64 * MIB, 2 * GIB + i * 64 * MIB + 0x4000);
		assert_window(((i / 8 + 4) << 40) + i * MIB, ((i / 8 + 4) << 40) + i * MIB + 0x4000);
	}
}

/* Memory-mapped configuration space of 256 buses in a GiB that one leaf maps, as kernels before 6.12 map what RAM shares. */
static void configuration_space_in_a_1g_leaf_fits(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		start(levels, POOL_PAGES);
		for (uint64_t at = 0x20000000; at < 0x30000000; at += PAGING_LARGE)
			assert_int_equal(paging_map_window(&paging, at, PAGING_LARGE), IQ_OK);
		assert_window(0x20000000, 0x30000000);
		assert_rest_unchanged(0x20000000, 0x30000000);
		assert_int_equal(paging.pool_used, levels - 1);
	}
}

static void control_function_by_function_it_does_not_fit(void **state)
{
	enum iq_status status = IQ_OK;

	(void)state;
	start(4, POOL_PAGES);
	for (uint64_t at = 0x20000000; at < 0x30000000 && status == IQ_OK; at += PAGING_LARGE)
		status = paging_map_window(&paging, at, 4096);
	assert_int_equal(status, IQ_NO_ROOM);
}

static void a_large_window_keeps_what_is_mapped_in_pieces(void **state)
{
	uint64_t flags;

	(void)state;
	start(4, POOL_PAGES);
	assert_int_equal(paging_map_window(&paging, GIB + 4 * MIB, PAGING_LARGE), IQ_OK);
	assert_window(GIB + 4 * MIB, GIB + 6 * MIB);
	assert_rest_unchanged(GIB + 4 * MIB, GIB + 6 * MIB);
	/* From now on one leads elsewhere, and so does a leaf of 2 MiB. */
	kernel[4][9] = (GIB + 4 * MIB + 0x8000) | PRESENT;
	kernel[3][9] = GIB | PRESENT | LARGE;
	memset(&paging, 0, sizeof(paging));
	memset(pool, 0, sizeof(pool));
	paging.table = table;
	paging.pool = POOL;
	paging.pool_pages = POOL_PAGES;
	assert_int_equal(paging_start(&paging, at(0), 4, 46), IQ_OK);
	assert_int_equal(paging_map_window(&paging, GIB + 4 * MIB, PAGING_LARGE), IQ_UNREACHABLE);
	assert_int_equal(paging_map_window(&paging, GIB + 18 * MIB, PAGING_LARGE), IQ_UNREACHABLE);
	/* Not at a multiple of its size. */
	assert_int_equal(paging_map_window(&paging, GIB + 21 * MIB, PAGING_LARGE), IQ_OK);
	assert_window(GIB + 21 * MIB, GIB + 23 * MIB);
	assert_int_equal(translate(paging.root, GIB + 20 * MIB, &flags), GIB + 20 * MIB);
	assert_int_equal(flags & UNCACHED, 0);
}

/* What SNP needs of a page that is stored to: level 1, and all else as it was. */
static void assert_split(uint64_t address)
{
	unsigned int level;

	assert_int_equal(paging_split(&paging, address), IQ_OK);
	assert_int_not_equal(leaf(paging.root, address, &level), 0);
	assert_int_equal(level, 1);
	assert_true(paging_is_memory(&paging, address & IQ_PAGE_MASK, IQ_PAGE_SIZE));
}

static void a_page_gets_a_leaf_of_its_own(void **state)
{
	unsigned int level, used;

	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		start(levels, POOL_PAGES);
		/* The control: it lies in a leaf of 1 GiB, of 2 MiB. */
		leaf(paging.root, 0x12345678, &level);
		assert_int_equal(level, 3);
		leaf(paging.root, GIB + 0x1ff008, &level);
		assert_int_equal(level, 2);
		assert_split(0x12345678);
		assert_split(GIB + 0x1ff008);
		used = paging.pool_used;
		/* The same 2 MiB, and what is of 4 KiB already, cost nothing more. */
		assert_split(0x12200000);
		assert_split(GIB + 4 * MIB + 0x3000);
		assert_int_equal(paging.pool_used, used);
		assert_rest_unchanged(0, 0);
		assert_int_equal(paging_split(&paging, 2 * GIB), IQ_NOT_FOUND);
		assert_int_equal(paging_split(&paging, IQ_BIT(47)), IQ_NOT_FOUND);
	}
}

/* Eight units, each ring in a GiB of its own, one device table for all, and the record. */
static void eight_units_fit_with_snp(void **state)
{
	static const unsigned int unit = 8;

	(void)state;
	start(5, POOL_PAGES);
	/* All memory below 512 GiB in leaves of 1 GiB. */
	for (uint64_t i = 4; i < 512; i++)
		kernel[2][i] = i << 30 | PRESENT | LARGE;
	assert_int_equal(paging_start(&paging, at(0), 5, 46), IQ_OK);
	for (uint64_t i = 0; i < unit; i++)
		assert_int_equal(paging_map_window(&paging, 0xf0000000 + i * 16 * MIB, 0x4000), IQ_OK);
	for (uint64_t i = 0; i < unit; i++) {
		assert_split((8 + i * 60) * GIB + 6 * MIB);
		assert_split((8 + i * 60) * GIB + 6 * MIB + 0x1000);
	}
	assert_split(9 * GIB);
	assert_split(9 * GIB + 2 * MIB - 8);
}

static void large_leaf_never_covers_memory(void **state)
{
	uint64_t flags;

	(void)state;
	start(4, 5);
	/* The window is beside memory in the same 2 MiB, and the pool is nearly empty. */
	kernel[4][511] = 0;
	memcpy(kernel_before, kernel, sizeof(kernel));
	assert_int_equal(paging_map_window(&paging, GIB + 6 * MIB - 4096, 4096), IQ_OK);
	assert_window(GIB + 6 * MIB - 4096, GIB + 6 * MIB);
	translate(paging.root, GIB + 6 * MIB - 8192, &flags);
	assert_int_equal(flags & UNCACHED, 0);
	assert_rest_unchanged(GIB + 6 * MIB - 4096, GIB + 6 * MIB);
}

static void used_up_pool_is_reported_and_harmless(void **state)
{
	enum iq_status status = IQ_OK;
	uint64_t i;

	(void)state;
	start(4, POOL_PAGES);
	for (i = 1; status == IQ_OK && i < 100; i++)
		status = paging_map_window(&paging, i << 39, 0x1000);
	assert_int_equal(status, IQ_NO_ROOM);
	assert_true(i > 3);
	assert_int_equal(paging.pool_used, POOL_PAGES);
	assert_rest_unchanged(0, 0);
	assert_true(paging_is_memory(&paging, GIB, 4096));

	memset(&paging, 0, sizeof(paging));
	paging.table = table;
	assert_int_equal(paging_start(&paging, at(0), 4, 46), IQ_NO_ROOM);
}

static void addresses_out_of_reach_are_refused(void **state)
{
	(void)state;
	start(4, POOL_PAGES);
	assert_int_equal(paging_map_window(&paging, IQ_BIT(46), 4096), IQ_UNREACHABLE);
	assert_int_equal(paging_map_window(&paging, IQ_BIT(46) - 4096, 4097), IQ_UNREACHABLE);
	assert_int_equal(paging_map_window(&paging, IQ_BIT(63), 4096), IQ_UNREACHABLE);
	assert_int_equal(paging_map_window(&paging, ~UINT64_C(0) - 100, 4096), IQ_MALFORMED);
	assert_int_equal(paging_map_window(&paging, 0xfed80000, 0), IQ_MALFORMED);
	assert_int_equal(paging_map_window(&paging, 0xfed80000, PAGING_WINDOW_MAX + 1), IQ_MALFORMED);
	assert_int_equal(paging_map_page(&paging, IQ_BIT(46)), IQ_UNREACHABLE);
	assert_false(paging_is_memory(&paging, IQ_BIT(46), 8));
	assert_false(paging_is_memory(&paging, ~UINT64_C(0) - 3, 8));
	assert_int_equal(paging.pool_used, 1);

	/* Physical addresses have 52 bits. A 4-level table maps only 47 of them one to one. */
	assert_int_equal(paging_start(&paging, at(0), 4, 52), IQ_OK);
	assert_int_equal(paging_map_window(&paging, IQ_BIT(47), 4096), IQ_UNREACHABLE);
	assert_int_equal(paging_start(&paging, at(0), 3, 46), IQ_MALFORMED);
	assert_int_equal(paging_start(&paging, at(0), 4, 60), IQ_MALFORMED);
}

static void damaged_tables_are_noticed(void **state)
{
	static const struct {
		unsigned int page, index;
		uint64_t entry;
		uint64_t address;
	} damage[] = {
		{ 0, 0, IQ_BIT(50) | PRESENT, GIB },		     /* a table beyond 46 bits of address */
		{ 0, 0, KERNEL | PRESENT | LARGE, GIB },	     /* a leaf at level 4 */
		{ 2, 0, PRESENT | LARGE | IQ_BIT(21), 0x1000 },	     /* a leaf that is not aligned */
		{ 3, 5, (GIB + 13 * MIB) | PRESENT | LARGE, GIB + 10 * MIB },
		{ 4, 7, IQ_BIT(51) | PRESENT, GIB + 4 * MIB + 0x7000 },
	};

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(damage); i++) {
		start(4, POOL_PAGES);
		kernel[damage[i].page][damage[i].index] = damage[i].entry;
		assert_int_equal(paging_start(&paging, at(0), 4, 46), IQ_OK);
		assert_false(paging_is_memory(&paging, damage[i].address, 8));
		assert_int_equal(paging_map_window(&paging, damage[i].address, 8), IQ_MALFORMED);
		assert_int_equal(paging_map_page(&paging, damage[i].address), IQ_MALFORMED);
	}
}

static void memory_that_is_not_one_to_one_is_refused(void **state)
{
	(void)state;
	start(4, POOL_PAGES);
	kernel[4][9] = (GIB + 4 * MIB + 0x8000) | PRESENT;
	kernel[3][9] = GIB | PRESENT | LARGE;
	assert_false(paging_is_memory(&paging, GIB + 4 * MIB + 0x9000, 8));
	assert_false(paging_is_memory(&paging, GIB + 18 * MIB, 8));
	assert_int_equal(paging_map_window(&paging, GIB + 4 * MIB + 0x9000, 8), IQ_UNREACHABLE);
	assert_int_equal(paging_map_window(&paging, GIB + 18 * MIB, 8), IQ_UNREACHABLE);
}

static void memory_is_what_the_kernel_mapped_cacheable(void **state)
{
	(void)state;
	start(4, POOL_PAGES);
	for (unsigned int twice = 0; twice < 2; twice++) {
		assert_true(paging_is_memory(&paging, 0, 4096));
		assert_true(paging_is_memory(&paging, GIB - 8, 8));
		assert_false(paging_is_memory(&paging, GIB - 8, 16));
		assert_true(paging_is_memory(&paging, GIB + 4 * MIB + 0x1ff8, 8));
		assert_false(paging_is_memory(&paging, GIB + 512 * MIB, 8));
		assert_false(paging_is_memory(&paging, 0xfed80000, 8));
		assert_false(paging_is_memory(&paging, GIB, 0));
	}
	/* The cached leaf is dropped when it becomes a window. */
	assert_true(paging_is_memory(&paging, GIB + 4 * MIB, 8));
	assert_int_equal(paging_map_window(&paging, GIB + 4 * MIB, 8), IQ_OK);
	assert_false(paging_is_memory(&paging, GIB + 4 * MIB, 8));
}

static void page_on_demand_keeps_room_for_windows(void **state)
{
	uint64_t address = 2 * GIB, flags;

	(void)state;
	start(5, POOL_PAGES);
	assert_int_equal(paging_map_page(&paging, address + 0x123), IQ_OK);
	assert_int_equal(translate(paging.root, address, &flags), address);
	assert_int_equal(flags & (UNCACHED | PAT_4K), 0);
	assert_true(paging_is_memory(&paging, address, 4096));
	/* The next page of the same table needs no pool page. Addresses that are mapped already are refused. */
	assert_int_equal(paging_map_page(&paging, address + 4096), IQ_OK);
	assert_int_equal(paging_map_page(&paging, address), IQ_UNREACHABLE);
	assert_int_equal(paging_map_page(&paging, GIB), IQ_UNREACHABLE);
	assert_rest_unchanged(address, address + 8192);
	while (paging_map_page(&paging, address += 2 * MIB) == IQ_OK)
		assert_true(address < 4 * GIB);
	assert_true(paging.pool_pages - paging.pool_used >= PAGING_RESERVE);
	assert_int_equal(paging_map_window(&paging, 0xfed80000, 0x4000), IQ_OK);
}

static void windows_can_keep_room_for_others(void **state)
{
	uint64_t address = 2 * GIB;

	(void)state;
	start(5, POOL_PAGES);
	paging.pool_kept = PAGING_RESERVE;
	while (paging_map_window(&paging, address += GIB, 4096) == IQ_OK)
		assert_true(address < 512 * GIB);
	assert_true(paging.pool_pages - paging.pool_used >= PAGING_RESERVE);
	paging.pool_kept = 0;
	assert_int_equal(paging_map_window(&paging, 0xfed80000, 0x4000), IQ_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlay_starts_as_a_copy),
		cmocka_unit_test(window_where_nothing_was_is_mapped_exactly),
		cmocka_unit_test(window_in_a_1g_leaf_splits_it_twice),
		cmocka_unit_test(window_in_a_2m_leaf_splits_it),
		cmocka_unit_test(window_over_4k_leaves_keeps_their_flags),
		cmocka_unit_test(longest_window_may_cross_a_2m_border),
		cmocka_unit_test(window_twice_takes_nothing_more),
		cmocka_unit_test(many_windows_share_large_leaves),
		cmocka_unit_test(windows_all_over_the_machine),
		cmocka_unit_test(configuration_space_in_a_1g_leaf_fits),
		cmocka_unit_test(control_function_by_function_it_does_not_fit),
		cmocka_unit_test(a_large_window_keeps_what_is_mapped_in_pieces),
		cmocka_unit_test(a_page_gets_a_leaf_of_its_own),
		cmocka_unit_test(eight_units_fit_with_snp),
		cmocka_unit_test(large_leaf_never_covers_memory),
		cmocka_unit_test(used_up_pool_is_reported_and_harmless),
		cmocka_unit_test(addresses_out_of_reach_are_refused),
		cmocka_unit_test(damaged_tables_are_noticed),
		cmocka_unit_test(memory_that_is_not_one_to_one_is_refused),
		cmocka_unit_test(memory_is_what_the_kernel_mapped_cacheable),
		cmocka_unit_test(page_on_demand_keeps_room_for_windows),
		cmocka_unit_test(windows_can_keep_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
