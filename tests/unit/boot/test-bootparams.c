/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_params: pages are removed from the memory map, and the rest of the map does not change.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "boot/bootparams.h"

struct entry {
	uint64_t start, length;
	uint32_t type;
} __attribute__((packed));

static uint8_t params[IQ_BOOTPARAMS_SIZE];

static void make(unsigned int number, const struct entry *entries)
{
	memset(params, 0, sizeof(params));
	memcpy(params + 0x202, "HdrS\x0f\x02", 6);
	params[0x1e8] = (uint8_t)number;
	memcpy(params + 0x2d0, entries, number * sizeof(*entries));
}

static void map_is(unsigned int number, const struct entry *entries)
{
	assert_int_equal(params[0x1e8], number);
	assert_memory_equal(params + 0x2d0, entries, number * sizeof(*entries));
}

static const struct entry map[] = {
	{ 0xb0000000, 0x10000000, 2 },
	{ 0x6f000000, 0x1000000, 1 },
	{ 0x1000, 0x9f000, 1 },
};

static void pages_in_the_middle_split_an_entry(void **state)
{
	static const struct entry after[] = {
		{ 0xb0000000, 0x10000000, 2 }, { 0x6f000000, 0x100000, 1 }, { 0x6f100000, 0x2000, 2 },
		{ 0x6f102000, 0xefe000, 1 }, { 0x1000, 0x9f000, 1 },
	};

	(void)state;
	make(3, map);
	assert_int_equal(iq_bootparams_carve(params, 0x6f100000, 0x2000), IQ_OK);
	map_is(5, after);
}

static void pages_at_the_ends(void **state)
{
	static const struct entry front[] = {
		{ 0xb0000000, 0x10000000, 2 }, { 0x6f000000, 0x1000, 2 }, { 0x6f001000, 0xfff000, 1 }, { 0x1000, 0x9f000, 1 },
	};
	static const struct entry back[] = {
		{ 0xb0000000, 0x10000000, 2 }, { 0x6f000000, 0xfff000, 1 }, { 0x6ffff000, 0x1000, 2 }, { 0x1000, 0x9f000, 1 },
	};
	static const struct entry whole[] = {
		{ 0xb0000000, 0x10000000, 2 }, { 0x6f000000, 0x1000000, 2 }, { 0x1000, 0x9f000, 1 },
	};

	(void)state;
	make(3, map);
	assert_int_equal(iq_bootparams_carve(params, 0x6f000000, 0x1000), IQ_OK);
	map_is(4, front);
	make(3, map);
	assert_int_equal(iq_bootparams_carve(params, 0x6ffff000, 0x1000), IQ_OK);
	map_is(4, back);
	make(3, map);
	assert_int_equal(iq_bootparams_carve(params, 0x6f000000, 0x1000000), IQ_OK);
	map_is(3, whole);
}

static void only_ram_that_holds_it_all(void **state)
{
	(void)state;
	make(3, map);
	assert_int_equal(iq_bootparams_carve(params, 0xb0000000, 0x1000), IQ_NOT_FOUND);
	assert_int_equal(iq_bootparams_carve(params, 0x6ffff000, 0x2000), IQ_NOT_FOUND);
	assert_int_equal(iq_bootparams_carve(params, 0x6f000800, 0x1000), IQ_NOT_FOUND);
	assert_int_equal(iq_bootparams_carve(params, 0x6f000000, 0), IQ_NOT_FOUND);
	assert_int_equal(iq_bootparams_carve(params, UINT64_MAX - 0xfff, 0x2000), IQ_NOT_FOUND);
	map_is(3, map);
}

static void full_map_is_left_alone(void **state)
{
	struct entry many[IQ_BOOTPARAMS_E820_MAX];
	uint8_t before[IQ_BOOTPARAMS_SIZE];

	(void)state;
	for (unsigned int i = 0; i < IQ_BOOTPARAMS_E820_MAX; i++)
		many[i] = (struct entry){ i * 0x100000ull, 0x10000, 1 };
	make(127, many);
	memcpy(before, params, sizeof(before));
	assert_int_equal(iq_bootparams_carve(params, 0x100000, 0x1000), IQ_NO_ROOM);
	assert_memory_equal(before, params, sizeof(before));
	make(126, many);
	assert_int_equal(iq_bootparams_carve(params, 125 * 0x100000 + 0x1000, 0x1000), IQ_OK);
	assert_int_equal(params[0x1e8], 128);
}

static void foreign_bytes_are_refused(void **state)
{
	(void)state;
	make(3, map);
	assert_int_equal(iq_bootparams_check(params, sizeof(params)), IQ_OK);
	assert_int_equal(iq_bootparams_check(params, sizeof(params) - 1), IQ_MALFORMED);
	params[0x1e8] = 129;
	assert_int_equal(iq_bootparams_check(params, sizeof(params)), IQ_MALFORMED);
	make(3, map);
	params[0x206] = 5;
	assert_int_equal(iq_bootparams_check(params, sizeof(params)), IQ_UNSUPPORTED);
	params[0x203] = 'D';
	assert_int_equal(iq_bootparams_check(params, sizeof(params)), IQ_MALFORMED);
}

static void command_line_above_4_gib(void **state)
{
	(void)state;
	make(3, map);
	iq_bootparams_set_command_line(params, 0x123456789a0);
	assert_int_equal(iq_bootparams_command_line(params), 0x123456789a0);
	iq_bootparams_set_command_line(params, 0x1000);
	assert_int_equal(iq_bootparams_command_line(params), 0x1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_in_the_middle_split_an_entry),
		cmocka_unit_test(pages_at_the_ends),
		cmocka_unit_test(only_ram_that_holds_it_all),
		cmocka_unit_test(full_map_is_left_alone),
		cmocka_unit_test(foreign_bytes_are_refused),
		cmocka_unit_test(command_line_above_4_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
