/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's reads and edits of a capture kernel that is about to start. In this test physical addresses are addresses of this
 * program's memory.
 */
#include "unit/core/cmocka-all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/bootparams.h"
#include "boot/capture.h"
#include "boot/elfcorehdr.h"
#include "boot/x86.h"

#define PLUGIN_MEMORY 0x5000u
#define IMAGE_MEMORY  (PLUGIN_MEMORY + IQ_CAPTURE_AREA)
#define NOTES_MAX     200u

/* A machine that is about to start the capture kernel. */
struct machine {
	uint8_t *params, *image, *core;
	char *line;
	struct iq_handover handover;
};

static void put(uint8_t *bytes, size_t offset, size_t size, uint64_t value)
{
	memcpy(bytes + offset, &value, size);
}

static void *pages(size_t size)
{
	void *memory = aligned_alloc(4096, (size + 4095) & ~(size_t)4095);

	memset(memory, 0, (size + 4095) & ~(size_t)4095);
	return memory;
}

static uint64_t address_of(const void *at)
{
	return (uintptr_t)at;
}

static void add_memory(struct machine *machine, uint64_t start, uint64_t length, uint32_t type)
{
	uint8_t *entry = machine->params + 0x2d0 + 20 * machine->params[0x1e8]++;

	put(entry, 0, 8, start);
	put(entry, 8, 8, length);
	put(entry, 16, 4, type);
}

/* @format: the command line, with %llx in place of the ELF core header's address. */
static void start(struct machine *machine, const char *format, unsigned int notes)
{
	machine->params = pages(4096);
	machine->image = pages(IMAGE_MEMORY);
	machine->line = pages(4096);
	machine->core = pages(64 + 56 * (NOTES_MAX + 2));
	memcpy(machine->params + 0x202, "HdrS", 4);
	put(machine->params, 0x206, 2, 0x20f);
	put(machine->params, 0x238, 4, 2047);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(machine->line, 4096, format, (unsigned long long)address_of(machine->core));
#pragma GCC diagnostic pop
	iq_bootparams_set_command_line(machine->params, address_of(machine->line));
	add_memory(machine, 0x1000, 0x9e000, 1);
	add_memory(machine, address_of(machine->image) - 0x3000, IMAGE_MEMORY + 0x9000, 1);

	memcpy(machine->core, "\177ELF\2\1\1", 7);
	put(machine->core, 16, 2, 4);
	put(machine->core, 32, 8, 64);
	put(machine->core, 52, 2, 64);
	put(machine->core, 54, 2, 56);
	put(machine->core, 56, 2, notes + 1);
	for (unsigned int i = 0; i <= notes; i++)
		put(machine->core, 64 + 56 * i, 4, i < notes ? 4 : 1);

	memset(&machine->handover, 0, sizeof(machine->handover));
	machine->handover.flags = IQ_HANDOVER_IMAGE | IQ_HANDOVER_TRANSLATE;
	machine->handover.next = IMAGE_MEMORY + 0x200;
	machine->handover.note = PLUGIN_MEMORY;
	machine->handover.note_size = IQ_CAPTURE_AREA;
	machine->handover.spare_pages = IQ_SPARE_PAGES;
}

static void *reach(struct iq_loaded *loaded, uint64_t address, uint64_t length)
{
	(void)loaded;
	(void)length;
	return (void *)(uintptr_t)address;
}

static struct iq_loaded loaded = { reach };

static struct iq_boot boot_of(const struct machine *machine)
{
	return (struct iq_boot){ .form = &iq_boot_x86, .loaded = &loaded, .address = address_of(machine->params) };
}

static bool is_one(const struct machine *machine)
{
	const struct iq_boot boot = boot_of(machine);

	return iq_capture_is_one(&boot);
}

static enum iq_status prepare(struct machine *machine)
{
	const struct iq_boot boot = boot_of(machine);

	return iq_capture_prepare(&boot, &machine->handover, address_of(machine->image));
}

static void end(struct machine *machine)
{
	free(machine->params);
	free(machine->image);
	free(machine->line);
	free(machine->core);
}

static const char *line_of(const struct machine *machine)
{
	return (const char *)(uintptr_t)iq_bootparams_command_line(machine->params);
}

static void only_a_capture_kernel_is_one(void **state)
{
	struct machine machine;

	(void)state;
	start(&machine, "elfcorehdr=0x%llx quiet", 3);
	assert_true(is_one(&machine));
	strcpy(machine.line, "root=/dev/sda quiet");
	assert_false(is_one(&machine));
	strcpy(machine.line, "quiet -- elfcorehdr=1M");
	assert_false(is_one(&machine));
	memset(machine.line, 'a', 4096);
	assert_false(is_one(&machine));
	iq_bootparams_set_command_line(machine.params, 0);
	assert_false(is_one(&machine));
	machine.params[0x202] = 0;
	assert_false(is_one(&machine));
	end(&machine);
}

static void a_record_is_placed_and_reserved(void **state)
{
	struct machine machine;
	uint64_t ram, ram_end, area;

	(void)state;
	start(&machine, "elfcorehdr=0x%llx quiet", 3);
	area = address_of(machine.image) + PLUGIN_MEMORY;
	assert_int_equal(prepare(&machine), IQ_OK);
	assert_int_equal(machine.handover.next, address_of(machine.image) + IMAGE_MEMORY + 0x200);
	assert_int_equal(machine.handover.crash_start, address_of(machine.image) - 0x3000);
	assert_int_equal(machine.handover.crash_end, address_of(machine.image) + IMAGE_MEMORY + 0x6000);
	assert_int_equal(machine.handover.spare, area + 4096);
	assert_int_equal(machine.handover.note, area + 8192);
	assert_int_equal(machine.handover.note_size, IQ_RECORD_MAX);
	/* The memory map does not have the area any more; the bytes before and after it are still RAM. */
	assert_int_equal(machine.params[0x1e8], 4);
	assert_false(iq_bootparams_ram(machine.params, area, &ram, &ram_end));
	assert_false(iq_bootparams_ram(machine.params, area + IQ_CAPTURE_AREA - 1, &ram, &ram_end));
	assert_true(iq_bootparams_ram(machine.params, area - 1, &ram, &ram_end));
	assert_true(iq_bootparams_ram(machine.params, area + IQ_CAPTURE_AREA, &ram, &ram_end));
	assert_true(iq_elfcorehdr_has_note(machine.core, 4096, machine.handover.note, machine.handover.note_size));
	assert_non_null(strstr(line_of(&machine), " quiet iommu.passthrough=0"));
	end(&machine);
}

static void pages_of_a_sink_come_before_the_record(void **state)
{
	struct machine machine;
	uint64_t area;

	(void)state;
	start(&machine, "elfcorehdr=0x%llx quiet", 3);
	area = address_of(machine.image) + PLUGIN_MEMORY;
	machine.handover.spare_pages = IQ_SPARE_PAGES_SINK;
	assert_int_equal(prepare(&machine), IQ_OK);
	assert_int_equal(machine.handover.spare, area + 4096);
	assert_int_equal(machine.handover.note, area + 4096 + IQ_SPARE_PAGES_SINK * 4096);
	assert_int_equal(machine.handover.note_size, IQ_RECORD_MAX);
	assert_true(machine.handover.note + machine.handover.note_size <= area + IQ_CAPTURE_AREA);
	end(&machine);
}

static void a_full_header_is_moved(void **state)
{
	struct iq_elfcorehdr core;
	struct machine machine;
	char word[64];
	uint32_t offset;
	uint64_t copy;

	(void)state;
	/* 64 + 72 * 56 bytes are exactly one page. */
	start(&machine, "elfcorehdr=0x%llx quiet -- init", 71);
	assert_int_equal(prepare(&machine), IQ_OK);
	copy = address_of(machine.image) + PLUGIN_MEMORY + 8192;
	snprintf(word, sizeof(word), " elfcorehdr=0x%llx -- init", (unsigned long long)copy);
	if (!strstr(line_of(&machine), word))
		fail_msg("\"%s\" has no \"%s\"", line_of(&machine), word);
	assert_int_equal(iq_elfcorehdr_check((void *)(uintptr_t)copy, 8192, &core, &offset), IQ_OK);
	assert_int_equal(core.phnum, 73);
	assert_int_equal(core.notes, 72);
	assert_true(machine.handover.note >= copy + core.used);
	assert_true(iq_elfcorehdr_has_note((void *)(uintptr_t)copy, core.used, machine.handover.note,
					   machine.handover.note_size));
	assert_true(machine.handover.note + machine.handover.note_size <= address_of(machine.image) + IMAGE_MEMORY);
	/* The loader's own ELF core header is unchanged. */
	assert_int_equal(iq_elfcorehdr_check(machine.core, 4096, &core, &offset), IQ_OK);
	assert_int_equal(core.phnum, 72);
	end(&machine);
}

static void a_full_header_without_room_for_its_word_is_left(void **state)
{
	struct machine machine;
	size_t length;

	(void)state;
	start(&machine, "elfcorehdr=0x%llx iommu.passthrough=0 ", 71);
	length = strlen(machine.line);
	memset(machine.line + length, 'x', 2040 - length);
	assert_int_equal(prepare(&machine), IQ_NO_ROOM);
	assert_int_equal(machine.handover.note, 0);
	assert_ptr_equal(line_of(&machine), machine.line);
	end(&machine);
}

static void command_lines_decide_on_blocking(void **state)
{
	static const struct {
		const char *line;
		bool translate;
		enum iq_status status;
		bool added;
	} cases[] = {
		{ "elfcorehdr=0x%llx", true, IQ_OK, true },
		{ "elfcorehdr=0x%llx", false, IQ_OK, false },
		{ "elfcorehdr=0x%llx iommu=pt", true, IQ_OK, true },
		{ "elfcorehdr=0x%llx iommu=pt", false, IQ_UNSUPPORTED, false },
		{ "elfcorehdr=0x%llx iommu=nopt", true, IQ_OK, false },
		{ "elfcorehdr=0x%llx iommu=off", true, IQ_UNSUPPORTED, false },
		{ "elfcorehdr=0x%llx amd_iommu=off", true, IQ_UNSUPPORTED, false },
		/* No word can be added after an open quote. */
		{ "elfcorehdr=0x%llx a=\"b", true, IQ_OK, false },
		{ "elfcorehdr=0x%llx iommu=pt a=\"b", true, IQ_UNSUPPORTED, false },
		/* The capture kernel ignores the memory map, so there is no safe place for a record. */
		{ "elfcorehdr=0x%llx memmap=exactmap", true, IQ_NO_ROOM, true },
	};
	struct machine machine;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&machine, cases[i].line, 3);
		if (!cases[i].translate)
			machine.handover.flags &= ~IQ_HANDOVER_TRANSLATE;
		if (prepare(&machine) != cases[i].status || !strstr(line_of(&machine), "passthrough=0") != !cases[i].added)
			fail_msg("\"%s\" became \"%s\"", cases[i].line, line_of(&machine));
		/* If nothing is blocked, there is still a record that says why. */
		assert_int_equal(machine.handover.note != 0, cases[i].status != IQ_NO_ROOM);
		end(&machine);

		/* If the policy stops devices at their source, they are stopped even if nothing can be blocked. */
		start(&machine, cases[i].line, 3);
		if (!cases[i].translate)
			machine.handover.flags &= ~IQ_HANDOVER_TRANSLATE;
		machine.handover.flags |= IQ_HANDOVER_STOP;
		assert_int_equal(prepare(&machine), cases[i].status == IQ_UNSUPPORTED ? IQ_OK : cases[i].status);
		assert_int_equal(!!(machine.handover.flags & IQ_HANDOVER_NO_BLOCK), cases[i].status == IQ_UNSUPPORTED);
		end(&machine);
	}
}

/* The capture kernel may switch a unit on that is off. With stop = auto its devices are stopped then. */
static void words_that_switch_iommus_on_or_off_become_flags(void **state)
{
	static const struct {
		const char *line;
		uint32_t flags;
	} cases[] = {
		{ "elfcorehdr=0x%llx", 0 },
		{ "elfcorehdr=0x%llx intel_iommu=on", IQ_HANDOVER_SWITCHED_ON },
		{ "elfcorehdr=0x%llx intel_iommu=off intel_iommu=on,sm_off", IQ_HANDOVER_SWITCHED_ON },
		{ "elfcorehdr=0x%llx intel_iommu=on intel_iommu=off", IQ_HANDOVER_SWITCHED_OFF },
		{ "elfcorehdr=0x%llx amd_iommu=off", IQ_HANDOVER_SWITCHED_OFF },
		{ "elfcorehdr=0x%llx intel_iommu=on iommu=off", IQ_HANDOVER_SWITCHED_OFF },
	};
	struct machine machine;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&machine, cases[i].line, 3);
		machine.handover.flags |= IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO;
		assert_int_equal(prepare(&machine), IQ_OK);
		assert_int_equal(machine.handover.flags & (IQ_HANDOVER_SWITCHED_ON | IQ_HANDOVER_SWITCHED_OFF), cases[i].flags);
		end(&machine);
	}
}

static void a_plugin_that_cannot_be_placed_changes_nothing(void **state)
{
	struct machine machine;
	uint8_t before[4096];

	(void)state;
	/* No entry of the memory map contains the image: kexec keeps entries beyond the 128th elsewhere. */
	start(&machine, "elfcorehdr=0x%llx iommu.passthrough=0", 3);
	put(machine.params, 0x2d0 + 20 + 8, 8, 0x1000);
	memcpy(before, machine.params, sizeof(before));
	assert_int_equal(prepare(&machine), IQ_NOT_FOUND);
	assert_memory_equal(before, machine.params, sizeof(before));
	assert_int_equal(machine.handover.note, 0);
	assert_int_equal(machine.handover.crash_end, 0);
	end(&machine);

	/* A memory map without room. */
	start(&machine, "elfcorehdr=0x%llx iommu.passthrough=0", 3);
	while (machine.params[0x1e8] < 127)
		add_memory(&machine, 0x100000u * machine.params[0x1e8], 0x1000, 2);
	memcpy(before, machine.params, sizeof(before));
	assert_int_equal(prepare(&machine), IQ_NO_ROOM);
	assert_memory_equal(before, machine.params, sizeof(before));
	end(&machine);

	/* A broken ELF core header. */
	start(&machine, "elfcorehdr=0x%llx iommu.passthrough=0", 3);
	machine.core[1] = 'X';
	assert_int_equal(prepare(&machine), IQ_MALFORMED);
	assert_int_equal(machine.handover.note, 0);
	assert_ptr_equal(line_of(&machine), machine.line);
	end(&machine);

	/* An area of another size than this plugin's. */
	start(&machine, "elfcorehdr=0x%llx", 3);
	machine.handover.note_size = 4096;
	assert_int_equal(prepare(&machine), IQ_UNSUPPORTED);
	assert_int_equal(machine.handover.note, 0);
	end(&machine);

	/* A command line that is longer than the kernel reads. */
	start(&machine, "elfcorehdr=0x%llx iommu.passthrough=0", 3);
	put(machine.params, 0x238, 4, strlen(machine.line) - 1);
	memcpy(before, machine.params, sizeof(before));
	assert_int_equal(prepare(&machine), IQ_UNSUPPORTED);
	assert_memory_equal(before, machine.params, sizeof(before));
	end(&machine);
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	(void)memory;
	(void)length;
	/* This program has no memory below, and a search finds nothing there: a list that leads there is wrong. */
	return address < 0x100000 ? NULL : (const void *)(uintptr_t)address;
}

static uint64_t root_of(const struct machine *machine)
{
	struct iq_memory memory = { map };

	const struct iq_boot boot = boot_of(machine);
	struct iq_firmware firmware = { 0 };

	boot.form->find_firmware(&boot, &memory, &firmware);
	assert_int_equal(firmware.kind, firmware.address ? IQ_FIRMWARE_ACPI : IQ_FIRMWARE_SEARCH);
	return firmware.address;
}

/* An ACPI root pointer of version 1, in an allocation without further bytes. */
static uint64_t new_root(void)
{
	uint8_t *root = pages(4096), sum = 0;

	memcpy(root, "RSD PTR ", 8);
	for (unsigned int i = 0; i < 20; i++)
		sum = (uint8_t)(sum + root[i]);
	root[8] = (uint8_t)-sum;
	return address_of(root);
}

static void the_acpi_root_is_found_in_order(void **state)
{
	static const uint8_t acpi20[16] = { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
					    0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 };
	uint8_t *system = pages(4096), *tables = pages(4096), *first = pages(4096), *second = pages(4096);
	const uint64_t of_loader = new_root(), of_efi = new_root(), of_line = new_root();
	struct machine machine;

	(void)state;
	start(&machine, "elfcorehdr=0x%llx", 3);
	assert_int_equal(root_of(&machine), 0);
	snprintf(machine.line, 4096, "acpi_rsdp=0x%llx", (unsigned long long)of_line);
	assert_int_equal(root_of(&machine), of_line);

	/* The second node of the setup_data list is EFI's; the third table in the EFI system table is ACPI's. */
	put(first, 0, 8, address_of(second));
	put(first, 8, 4, 9);
	put(second, 8, 4, 4);
	put(second, 12, 4, 0x60);
	put(second, 16 + 16, 8, address_of(tables));
	put(machine.params, 0x250, 8, address_of(first));
	memcpy(machine.params + 0x1c0, "EL64", 4);
	put(machine.params, 0x1c4, 4, address_of(system) & 0xffffffff);
	put(machine.params, 0x1d8, 4, address_of(system) >> 32);
	put(system, 104, 8, 3);
	memcpy(tables + 48, acpi20, 16);
	put(tables, 64, 8, of_efi);
	assert_int_equal(root_of(&machine), of_efi);
	put(system, 104, 8, 2);
	assert_int_equal(root_of(&machine), of_line);

	/* Walks over lists that loop, lead to no memory, or claim too many elements end. */
	put(system, 104, 8, UINT64_MAX);
	assert_int_equal(root_of(&machine), of_efi);
	put(second, 8, 4, 9);
	put(second, 0, 8, address_of(first));
	assert_int_equal(root_of(&machine), of_line);
	put(second, 0, 8, 0x10);
	assert_int_equal(root_of(&machine), of_line);
	put(second, 8, 4, 4);

	/* An address without a root pointer is skipped, and the next source is asked. */
	put(machine.params, 0x70, 8, of_loader);
	assert_int_equal(root_of(&machine), of_loader);
	put(machine.params, 0x70, 8, of_loader + 16);
	assert_int_equal(root_of(&machine), of_efi);
	put(tables, 64, 8, 0x1000);
	assert_int_equal(root_of(&machine), of_line);
	*(uint8_t *)(uintptr_t)of_line ^= 1;
	assert_int_equal(root_of(&machine), 0);
	free((void *)(uintptr_t)of_loader);
	free((void *)(uintptr_t)of_efi);
	free((void *)(uintptr_t)of_line);
	free(system);
	free(tables);
	free(first);
	free(second);
	end(&machine);
}

/* Another machine's boot protocol: the ELF core header and the command line are fields, all memory is RAM. */
#define OTHER_START  UINT64_C(0x40000000)
#define OTHER_HEADER (OTHER_START + IMAGE_MEMORY)
#define OTHER_LINE   (OTHER_HEADER + 0x1000)
#define OTHER_SIZE   (IMAGE_MEMORY + 0x2000u)

static struct {
	struct iq_loaded loaded;
	uint8_t *memory; /* what is at OTHER_START */
	uint64_t line, header, reserved;
} other;

/* No physical address is one of this program's. */
static void *reach_other(struct iq_loaded *self, uint64_t address, uint64_t length)
{
	assert_ptr_equal(self, &other.loaded);
	return address >= OTHER_START && address - OTHER_START <= OTHER_SIZE && length <= OTHER_SIZE - (address - OTHER_START)
		       ? other.memory + (address - OTHER_START)
		       : NULL;
}

static bool other_is_sound(const struct iq_boot *boot)
{
	return boot->address == OTHER_START;
}

static const char *other_command_line(const struct iq_boot *boot, uint32_t *room)
{
	*room = 2048;
	return boot->loaded->reach(boot->loaded, other.line, IQ_BOOT_LINE);
}

static void other_set_command_line(const struct iq_boot *boot, uint64_t address)
{
	(void)boot;
	other.line = address;
}

static bool other_ram(const struct iq_boot *boot, uint64_t address, uint64_t *from, uint64_t *to)
{
	(void)boot;
	(void)address;
	*from = OTHER_START;
	*to = OTHER_START + OTHER_SIZE;
	return true;
}

static enum iq_status other_reserve(const struct iq_boot *boot, const char *line, uint64_t address, uint64_t length)
{
	(void)boot;
	assert_non_null(line);
	assert_int_equal(length, IQ_CAPTURE_AREA);
	other.reserved = address;
	return IQ_OK;
}

static bool other_core_header(const struct iq_boot *boot, const char *line, uint64_t *address)
{
	(void)boot;
	(void)line;
	*address = other.header;
	return other.header;
}

static bool other_set_core_header(const struct iq_boot *boot, char *line, uint32_t room, uint64_t address)
{
	(void)boot;
	(void)line;
	assert_int_equal(room, 2048);
	other.header = address;
	return true;
}

static const struct iq_boot_form other_form = {
	.is_sound = other_is_sound,
	.command_line = other_command_line,
	.set_command_line = other_set_command_line,
	.ram = other_ram,
	.reserve = other_reserve,
	.core_header = other_core_header,
	.set_core_header = other_set_core_header,
};

static void any_boot_protocol_will_do(void **state)
{
	const struct iq_boot boot = { .form = &other_form, .loaded = &other.loaded, .address = OTHER_START };
	struct iq_elfcorehdr core;
	struct machine machine;
	uint32_t offset;

	(void)state;
	/* A header that fills its page, so that it moves. */
	start(&machine, "%.0llx", 71);
	machine.handover.flags = IQ_HANDOVER_IMAGE;
	other.memory = pages(OTHER_SIZE);
	other.loaded.reach = reach_other;
	other.header = 0;
	other.line = OTHER_LINE;
	strcpy((char *)other.memory + (OTHER_LINE - OTHER_START), "console=ttyAMA0");
	memcpy(other.memory + (OTHER_HEADER - OTHER_START), machine.core, 4096);
	assert_false(iq_capture_is_one(&boot));
	other.header = OTHER_HEADER;
	assert_true(iq_capture_is_one(&boot));
	assert_int_equal(iq_capture_prepare(&boot, &machine.handover, OTHER_START), IQ_OK);
	assert_int_equal(other.reserved, OTHER_START + PLUGIN_MEMORY);
	assert_int_equal(other.line, other.reserved);
	assert_int_equal(other.header, other.reserved + 8192);
	assert_string_equal((char *)other.memory + PLUGIN_MEMORY, "console=ttyAMA0");
	assert_int_equal(iq_elfcorehdr_check(other.memory + (other.header - OTHER_START), 8192, &core, &offset), IQ_OK);
	assert_int_equal(core.phnum, 73);
	assert_true(iq_elfcorehdr_has_note(other.memory + (other.header - OTHER_START), core.used, machine.handover.note,
					   machine.handover.note_size));
	/* What cannot be reached is no header. */
	machine.handover.note = PLUGIN_MEMORY;
	machine.handover.note_size = IQ_CAPTURE_AREA;
	other.header = OTHER_START + OTHER_SIZE - 64;
	memcpy(other.memory + OTHER_SIZE - 64, machine.core, 64);
	assert_int_equal(iq_capture_prepare(&boot, &machine.handover, OTHER_START), IQ_UNREACHABLE);
	assert_int_equal(machine.handover.note, 0);
	free(other.memory);
	end(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_capture_kernel_is_one),
		cmocka_unit_test(a_record_is_placed_and_reserved),
		cmocka_unit_test(pages_of_a_sink_come_before_the_record),
		cmocka_unit_test(a_full_header_is_moved),
		cmocka_unit_test(a_full_header_without_room_for_its_word_is_left),
		cmocka_unit_test(command_lines_decide_on_blocking),
		cmocka_unit_test(words_that_switch_iommus_on_or_off_become_flags),
		cmocka_unit_test(a_plugin_that_cannot_be_placed_changes_nothing),
		cmocka_unit_test(the_acpi_root_is_found_in_order),
		cmocka_unit_test(any_boot_protocol_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
