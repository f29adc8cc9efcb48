/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF core header: a PT_NOTE is added after the leading ones, everything else keeps its value, and bad headers are not changed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <string.h>

#include "boot/elfcorehdr.h"

#define NOTE	  0x7df5d200ull
#define NOTE_SIZE 0x3e00u

struct core {
	Elf64_Ehdr header;
	Elf64_Phdr program[40];
};

static struct core core_of(unsigned int notes, unsigned int loads)
{
	struct core core = { .header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
					 .e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
					 .e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
					 .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (uint16_t)(notes + loads) } };

	for (unsigned int i = 0; i < notes + loads; i++)
		core.program[i] = (Elf64_Phdr){ .p_type = i < notes ? PT_NOTE : PT_LOAD, .p_offset = 0x1000 * i,
						.p_memsz = 0x1000 };
	return core;
}

static void note_goes_behind_the_notes(void **state)
{
	struct core core = core_of(3, 5), before = core;
	struct iq_elfcorehdr found;
	uint32_t offset;

	(void)state;
	assert_false(iq_elfcorehdr_has_note(&core, sizeof(core), NOTE, NOTE_SIZE));
	assert_int_equal(iq_elfcorehdr_insert_note(&core, sizeof(core), NOTE, NOTE_SIZE), IQ_OK);
	assert_int_equal(iq_elfcorehdr_check(&core, sizeof(core), &found, &offset), IQ_OK);
	assert_int_equal(found.notes, 4);
	assert_int_equal(found.phnum, 9);
	assert_int_equal(core.program[3].p_type, PT_NOTE);
	assert_int_equal(core.program[3].p_offset, NOTE);
	assert_int_equal(core.program[3].p_filesz, NOTE_SIZE);
	assert_int_equal(core.program[3].p_memsz, NOTE_SIZE);
	assert_memory_equal(core.program, before.program, 3 * sizeof(Elf64_Phdr));
	assert_memory_equal(core.program + 4, before.program + 3, 5 * sizeof(Elf64_Phdr));
	assert_true(iq_elfcorehdr_has_note(&core, sizeof(core), NOTE, NOTE_SIZE));
	assert_false(iq_elfcorehdr_has_note(&core, sizeof(core), NOTE, NOTE_SIZE + 1));
	assert_false(iq_elfcorehdr_has_note(&core, sizeof(core), NOTE + 1, NOTE_SIZE));
}

static void headers_without_notes_or_loads(void **state)
{
	struct core only_loads = core_of(0, 2), only_notes = core_of(2, 0);

	(void)state;
	assert_int_equal(iq_elfcorehdr_insert_note(&only_loads, sizeof(only_loads), NOTE, NOTE_SIZE), IQ_OK);
	assert_int_equal(only_loads.program[0].p_offset, NOTE);
	assert_int_equal(iq_elfcorehdr_insert_note(&only_notes, sizeof(only_notes), NOTE, NOTE_SIZE), IQ_OK);
	assert_int_equal(only_notes.program[2].p_offset, NOTE);
}

static void full_header_is_left_alone(void **state)
{
	struct core core = core_of(3, 5), before = core;
	const uint32_t used = sizeof(Elf64_Ehdr) + 8 * sizeof(Elf64_Phdr);

	(void)state;
	assert_int_equal(iq_elfcorehdr_insert_note(&core, used + sizeof(Elf64_Phdr) - 1, NOTE, NOTE_SIZE), IQ_NO_ROOM);
	assert_memory_equal(&core, &before, sizeof(core));
	assert_int_equal(iq_elfcorehdr_insert_note(&core, used + sizeof(Elf64_Phdr), NOTE, NOTE_SIZE), IQ_OK);
}

static void bad_headers_are_refused_at_the_right_place(void **state)
{
	static const struct {
		uint32_t at;
		uint8_t value;
		uint32_t offset;
	} cases[] = {
		{ 0, 0x7e, 0 }, { 4, 1, 4 }, { 5, 2, 5 }, { 16, 2, 16 }, { 32, 65, 32 }, { 39, 1, 32 }, { 52, 52, 52 },
		{ 54, 32, 54 }, { 56, 0, 56 }, { 57, 0xff, 56 }, { 64 + 4 * 56, PT_NOTE, 64 + 4 * 56 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct core core = core_of(3, 5), before;
		struct iq_elfcorehdr found;
		uint32_t offset;

		((uint8_t *)&core)[cases[i].at] = cases[i].value;
		before = core;
		assert_int_equal(iq_elfcorehdr_check(&core, sizeof(core), &found, &offset), IQ_MALFORMED);
		assert_int_equal(offset, cases[i].offset);
		assert_int_equal(iq_elfcorehdr_insert_note(&core, sizeof(core), NOTE, NOTE_SIZE), IQ_MALFORMED);
		assert_memory_equal(&core, &before, sizeof(core));
		assert_false(iq_elfcorehdr_has_note(&core, sizeof(core), NOTE, NOTE_SIZE));
	}
}

static void every_cut_is_refused(void **state)
{
	struct core core = core_of(3, 5);
	struct iq_elfcorehdr found;
	uint32_t offset;

	(void)state;
	for (uint32_t size = 0; size < sizeof(Elf64_Ehdr) + 8 * sizeof(Elf64_Phdr); size++)
		assert_int_equal(iq_elfcorehdr_check(&core, size, &found, &offset), IQ_MALFORMED);
}

static void note_that_wraps_is_refused(void **state)
{
	struct core core = core_of(3, 5);

	(void)state;
	assert_int_equal(iq_elfcorehdr_insert_note(&core, sizeof(core), UINT64_MAX - 10, NOTE_SIZE), IQ_MALFORMED);
}

static void memory_is_what_a_pt_load_holds(void **state)
{
	uint8_t core[64 + 3 * 56] = "\177ELF\2\1\1";
	const uint64_t start = UINT64_C(0x140000000), length = 0x8000000;

	(void)state;
	core[16] = 4;
	core[32] = core[52] = 64;
	core[54] = 56;
	core[56] = 3;
	core[64] = 4;
	core[64 + 56] = core[64 + 2 * 56] = 1;
	memcpy(core + 64 + 24, &start, 8);
	memcpy(core + 64 + 40, &length, 8);
	/* A note holds no memory. */
	assert_false(iq_elfcorehdr_has_memory(core, sizeof(core), start, 8));
	memcpy(core + 64 + 2 * 56 + 24, &start, 8);
	memcpy(core + 64 + 2 * 56 + 40, &length, 8);
	assert_true(iq_elfcorehdr_has_memory(core, sizeof(core), start, 8));
	assert_true(iq_elfcorehdr_has_memory(core, sizeof(core), start, length));
	assert_true(iq_elfcorehdr_has_memory(core, sizeof(core), start + length - 8, 8));
	assert_false(iq_elfcorehdr_has_memory(core, sizeof(core), start + length - 8, 9));
	assert_false(iq_elfcorehdr_has_memory(core, sizeof(core), start - 1, 8));
	assert_false(iq_elfcorehdr_has_memory(core, sizeof(core), start + length, 1));
	assert_false(iq_elfcorehdr_has_memory(core, sizeof(core), start, UINT64_MAX));
	assert_false(iq_elfcorehdr_has_memory(core, sizeof(core) - 1, start, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(note_goes_behind_the_notes),
		cmocka_unit_test(headers_without_notes_or_loads),
		cmocka_unit_test(full_header_is_left_alone),
		cmocka_unit_test(bad_headers_are_refused_at_the_right_place),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(note_that_wraps_is_refused),
		cmocka_unit_test(memory_is_what_a_pt_load_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
