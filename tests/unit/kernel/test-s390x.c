/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel addresses of s390x: memory that is mapped one to one, the image, page tables; and the note that a kernel leaves.
 */
#include "kernel/left-info.h"
#include "kernel/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct kernel_machine kernel_s390x, kernel_x86_64;

#define PAGES	 16u
#define IDENTITY UINT64_C(0x40000000000)
#define OFFSET	 UINT64_C(0x3ffe0000000)
#define VMALLOC	 UINT64_C(0x37ffe800000)
#define LOWCORE	 0xe0cu

struct machine {
	struct iq_memory memory; /* first */
	uint8_t page[PAGES][IQ_PAGE_SIZE]; /* from physical address 0 on */
	struct kernel_memory kernel;
	struct kq_reason reason;
};

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	const struct machine *machine = (struct machine *)memory;

	assert_true(length && length <= IQ_PAGE_SIZE - address % IQ_PAGE_SIZE);
	return address < sizeof(machine->page) ? &machine->page[0][0] + address : NULL;
}

static void put(struct machine *machine, uint64_t address, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		(&machine->page[0][0])[address + i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static int setup(void **state)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	assert_non_null(machine);
	machine->memory.map = map;
	*state = machine;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static bool open_by(struct machine *machine, const char *text)
{
	const struct vmcoreinfo info = { text, strlen(text) };

	return kernel_memory_open(&machine->kernel, &kernel_s390x, &machine->memory, &info, &machine->reason);
}

/* Where @address leads; UINT64_MAX: nowhere, and machine->reason says why. */
static uint64_t lead(struct machine *machine, uint64_t address)
{
	uint64_t physical;

	return kernel_physical(&machine->kernel, address, "test", &physical, &machine->reason) ? physical : UINT64_MAX;
}

/* Before 6.10 the image is in the memory that is mapped one to one, also where it was moved. */
static void old_kernels_have_one_mapping(void **state)
{
	struct machine *machine = *state;

	assert_true(open_by(machine, "SYMBOL(swapper_pg_dir)=4000\nKERNELOFFSET=2000\n"));
	assert_int_equal(lead(machine, 0x2345), 0x2345);
	assert_int_equal(lead(machine, PAGES * IQ_PAGE_SIZE - 1), PAGES * IQ_PAGE_SIZE - 1);
}

static void new_kernels_have_the_image_elsewhere(void **state)
{
	struct machine *machine = *state;

	for (unsigned int i = 0; i < 2048; i++)
		put(machine, 0x4000 + 8 * i, 0x20, 8);
	assert_true(open_by(machine, "SYMBOL(swapper_pg_dir)=3ffe0004000\nKERNELOFFSET=3ffe0000000\nKERNELOFFPHYS=1000\n"
				     "IDENTITYBASE=40000000000\n"));
	assert_int_equal(lead(machine, OFFSET + 0x2345), 0x3345);
	assert_true(open_by(machine, "SYMBOL(swapper_pg_dir)=40000004000\nKERNELOFFSET=7ffe0000000\nKERNELOFFPHYS=1000\n"
				     "IDENTITYBASE=40000000000\n"));
	assert_int_equal(lead(machine, IDENTITY + 0x2345), 0x2345);
	assert_int_equal(lead(machine, 0x2345), UINT64_MAX); /* below it, and the tables lead nowhere */
}

/* A table of two levels, whose entries say that it is a segment table; and a page of it. */
static void all_else_is_led_by_page_tables(void **state)
{
	struct machine *machine = *state;

	for (unsigned int i = 0; i < 2048; i++)
		put(machine, 0x4000 + 8 * i, 0x24, 8);
	for (unsigned int i = 0; i < 2048; i++)
		put(machine, 0x8000 + 8 * i, 0x20, 8);
	for (unsigned int i = 0; i < 256; i++)
		put(machine, 0xc000 + 8 * i, 0x400, 8);
	put(machine, 0x4000 + 8 * (VMALLOC >> 31), 0x8007, 8);
	put(machine, 0x8000 + 8 * (VMALLOC >> 20 & 2047), 0xc000, 8);
	put(machine, 0xc000 + 8 * 3, 0x123456000, 8);
	assert_true(open_by(machine, "SYMBOL(swapper_pg_dir)=4000\nKERNELOFFSET=0\n"));
	assert_int_equal(lead(machine, VMALLOC + 0x3789), 0x123456789);
	assert_int_equal(lead(machine, VMALLOC + 0x4789), UINT64_MAX);
	assert_non_null(strstr(machine->reason.text, "has no memory at"));
	put(machine, 0x8000 + 8 * (VMALLOC >> 20 & 2047), 0x99000000, 8);
	assert_int_equal(lead(machine, VMALLOC + 0x3789), UINT64_MAX);
	assert_non_null(strstr(machine->reason.text, "page tables"));
	/* Without the root only the rest is known. */
	assert_true(open_by(machine, "SYMBOL(swapper_pg_dir)=99000000\nKERNELOFFSET=0\n"));
	assert_int_equal(lead(machine, 0x1000), 0x1000);
	assert_int_equal(lead(machine, VMALLOC + 0x3789), UINT64_MAX);
	assert_non_null(strstr(machine->reason.text, "page tables"));
}

static void words_of_vmcoreinfo_have_to_be_sound(void **state)
{
	static const char *const bad[] = {
		"",
		"KERNELOFFSET=0\n",
		"SYMBOL(swapper_pg_dir)=4000\nIDENTITYBASE=123\n",
		"SYMBOL(swapper_pg_dir)=4000\nKERNELOFFSET=3ffe0000001\nKERNELOFFPHYS=0\n",
		"SYMBOL(swapper_pg_dir)=4000\nKERNELOFFSET=3ffe0000000\nKERNELOFFPHYS=8\n",
	};
	struct machine *machine = *state;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(bad); i++)
		assert_false(open_by(machine, bad[i]));
}

/* Put a note to 0xff0, across a page's end, whose text is "A=1\n". */
static void put_note(struct machine *machine, uint32_t name, uint32_t length)
{
	put(machine, LOWCORE, 0xff0, 8);
	put(machine, 0xff0, name, 4);
	put(machine, 0xff4, length, 4);
	memcpy(&machine->page[0][0] + 0xffc, "VMCOREINFO\0\0A=1\n", 16);
}

static void a_kernel_leaves_its_vmcoreinfo(void **state)
{
	struct machine *machine = *state;
	void *text = NULL;
	size_t size = 0;

	assert_false(left_info_read(&kernel_s390x, &machine->memory, &text, &size));
	put_note(machine, 11, 4);
	assert_true(left_info_read(&kernel_s390x, &machine->memory, &text, &size));
	assert_int_equal(size, 4);
	assert_memory_equal(text, "A=1\n", 4);
	free(text);
	assert_false(left_info_read(&kernel_x86_64, &machine->memory, &text, &size));
}

static void what_is_no_such_note_is_refused(void **state)
{
	static const uint32_t bad[][2] = { { 11, UINT32_MAX }, { UINT32_MAX, 4 }, { 11, 0x10001 }, { 0, 4 }, { 10, 4 }, { 11, 0xfff0 } };
	struct machine *machine = *state;
	void *text = NULL;
	size_t size = 0;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(bad); i++) {
		put_note(machine, bad[i][0], bad[i][1]);
		assert_false(left_info_read(&kernel_s390x, &machine->memory, &text, &size));
	}
	put(machine, LOWCORE, UINT64_MAX - 3, 8);
	assert_false(left_info_read(&kernel_s390x, &machine->memory, &text, &size));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(old_kernels_have_one_mapping),
		TEST(new_kernels_have_the_image_elsewhere),
		TEST(all_else_is_led_by_page_tables),
		TEST(words_of_vmcoreinfo_have_to_be_sound),
		TEST(a_kernel_leaves_its_vmcoreinfo),
		TEST(what_is_no_such_note_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
