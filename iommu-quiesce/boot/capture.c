/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and editing what lies ready for the capture kernel. All of it is in segments that the loader filled and a
 * digest covered until a moment ago, mapped one to one; the caller guards against exceptions all the same.
 */
#include "capture.h"

#include "firmware/acpi.h"
#include "bootparams.h"
#include "cmdline.h"
#include "elfcorehdr.h"
#include "text.h"

#define NOTE_ALIGN 16u
#define NOTE_MIN   (IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER)

/* struct setup_data: Documentation/arch/x86/boot.rst, setup_data. */
#define SETUP_NEXT   0u
#define SETUP_TYPE   8u
#define SETUP_LENGTH 12u
#define SETUP_DATA   16u
#define SETUP_EFI    4u
#define SETUP_NODES  64u
/* struct efi_setup_data: arch/x86/include/asm/efi.h */
#define EFI_TABLES	  16u
#define EFI_SETUP_SIZE	  32u
/* EFI_SYSTEM_TABLE and its configuration tables: UEFI 2.10, 4.3 and 4.6. */
#define SYSTEM_ENTRIES	  104u
#define CONFIG_SIZE	  24u
#define CONFIG_TABLE	  16u
#define CONFIG_ENTRIES	  256u

static void *memory_at(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* The command line's length, IQ_CAPTURE_LINE if it has no end where the kernel looks for one. */
static uint32_t line_length(const void *params)
{
	const char *line = memory_at(iq_bootparams_command_line(params));
	uint32_t length = 0;

	if (!line)
		return IQ_CAPTURE_LINE;
	while (length < IQ_CAPTURE_LINE && line[length])
		length++;
	return length;
}

bool iq_capture_is_one(const void *params)
{
	uint64_t address;

	return iq_bootparams_check(params, IQ_BOOTPARAMS_SIZE) == IQ_OK && line_length(params) < IQ_CAPTURE_LINE &&
	       iq_cmdline_elfcorehdr(memory_at(iq_bootparams_command_line(params)), &address);
}

uint32_t iq_capture_switches(const char *line)
{
	const enum iq_switch said = iq_cmdline_translation(line);

	if (iq_cmdline_iommu_off(line) || said == IQ_SWITCH_OFF)
		return IQ_HANDOVER_SWITCHED_OFF;
	return said == IQ_SWITCH_ON ? IQ_HANDOVER_SWITCHED_ON : 0;
}

/* The policy's word. IQ_UNSUPPORTED: DMA must not be blocked under this command line. */
static enum iq_status translate(char *line, uint32_t room, uint32_t flags)
{
	const enum iq_passthrough before = iq_cmdline_passthrough(line);

	if (iq_cmdline_iommu_off(line))
		return IQ_UNSUPPORTED;
	if (before == IQ_PASSTHROUGH_OFF)
		return IQ_NOTHING;
	if (flags & IQ_HANDOVER_TRANSLATE && iq_cmdline_add(line, room, IQ_TRANSLATED))
		return IQ_OK;
	return before == IQ_PASSTHROUGH_ON ? IQ_UNSUPPORTED : IQ_NOTHING;
}

/* The record in [@from, @end), its PT_NOTE in the ELF core header, which has no room behind @limit bytes. */
static enum iq_status insert_note(struct iq_handover *handover, uint8_t *header, uint32_t limit, uint64_t from,
				  uint64_t end)
{
	const uint32_t size = (uint32_t)iq_min(end - from, IQ_RECORD_MAX);
	enum iq_status status = iq_elfcorehdr_insert_note(header, limit, from, size);

	if (status == IQ_OK) {
		handover->note = from;
		handover->note_size = size;
	}
	return status;
}

/*
 * The record and its PT_NOTE: in the header as it is if that fits its last page, which is the loader's own; else in a
 * copy, to which the command line then leads.
 */
static enum iq_status place_record(void *params, struct iq_handover *handover, uint64_t from, uint64_t end, char *line,
				   uint32_t room)
{
	struct iq_elfcorehdr core;
	enum iq_status status;
	struct iq_text word;
	uint64_t header, room_end;
	uint32_t offset;

	if (!iq_cmdline_elfcorehdr(line, &header))
		return IQ_NOT_FOUND;
	/* It says itself how long it is. */
	status = iq_elfcorehdr_check(memory_at(header), UINT32_MAX, &core, &offset);
	if (status != IQ_OK)
		return status;
	room_end = iq_round_up(header + core.used, IQ_PAGE_SIZE);
	if (core.one_more <= room_end - header)
		return insert_note(handover, memory_at(header), core.one_more, from, end);
	if (end - from < core.one_more + NOTE_ALIGN + NOTE_MIN)
		return IQ_NO_ROOM;
	iq_copy(memory_at(from), memory_at(header), core.used);
	iq_text_start(&word);
	iq_text_string(&word, "elfcorehdr=0x");
	iq_text_hex(&word, from, 1);
	status = insert_note(handover, memory_at(from), core.one_more, iq_round_up(from + core.one_more, NOTE_ALIGN), end);
	if (status == IQ_OK && !iq_cmdline_add(line, room, word.line)) {
		handover->note = 0;
		return IQ_NO_ROOM;
	}
	if (status == IQ_OK)
		iq_bootparams_set_command_line(params, (uintptr_t)line);
	return status;
}

enum iq_status iq_capture_prepare(void *params, struct iq_handover *handover, uint64_t base)
{
	const uint64_t area = base + handover->note, end = area + handover->note_size;
	const uint32_t length = line_length(params);
	const uint32_t room = (uint32_t)iq_min(iq_bootparams_command_line_max(params), IQ_CAPTURE_LINE - 1) + 1;
	char *line = memory_at(area);
	enum iq_status translated, status;

	handover->next += base;
	handover->note = 0;
	/* Of a line that is longer than the kernel reads nobody knows which words count. */
	if (handover->note_size != IQ_CAPTURE_AREA || area & ~IQ_PAGE_MASK || length >= room)
		return IQ_UNSUPPORTED;
	iq_zero(line, IQ_CAPTURE_AREA);
	iq_copy(line, memory_at(iq_bootparams_command_line(params)), length);
	handover->flags |= iq_capture_switches(line);
	translated = translate(line, room, handover->flags);
	if (translated == IQ_OK)
		iq_bootparams_set_command_line(params, area);

	/* From the memory map as it was, before the area is cut out of it. */
	if (!iq_bootparams_ram(params, base, &handover->crash_start, &handover->crash_end))
		handover->crash_start = handover->crash_end = 0;
	status = iq_cmdline_exactmap(line) ? IQ_NO_ROOM : iq_bootparams_carve(params, area, IQ_CAPTURE_AREA);
	if (status == IQ_OK) {
		handover->spare = area + IQ_CAPTURE_LINE;
		status = place_record(params, handover, handover->spare + handover->spare_pages * IQ_PAGE_SIZE, end,
				      line, room);
	}
	if (translated == IQ_UNSUPPORTED && !(handover->flags & IQ_HANDOVER_STOP))
		return IQ_UNSUPPORTED;
	if (translated == IQ_UNSUPPORTED)
		handover->flags |= IQ_HANDOVER_NO_BLOCK;
	return status;
}

/* The 8 bytes at @address, 0 if they cannot be reached. */
static uint64_t read64(struct iq_memory *memory, uint64_t address)
{
	uint8_t bytes[8];

	return iq_memory_read(memory, address, bytes, sizeof(bytes)) ? iq_le64(bytes) : 0;
}

/*
 * Where a kernel that was started by kexec finds EFI's configuration tables, for the system table holds a virtual
 * address.
 */
static uint64_t efi_tables(const void *params, struct iq_memory *memory)
{
	uint64_t node = iq_bootparams_setup_data(params);
	uint8_t head[SETUP_DATA];

	for (unsigned int i = 0; i < SETUP_NODES && node; i++) {
		if (!iq_memory_read(memory, node, head, sizeof(head)))
			return 0;
		if (iq_le32(head + SETUP_TYPE) == SETUP_EFI && iq_le32(head + SETUP_LENGTH) >= EFI_SETUP_SIZE)
			return read64(memory, node + SETUP_DATA + EFI_TABLES);
		node = iq_le64(head + SETUP_NEXT);
	}
	return 0;
}

static uint64_t efi_rsdp(const void *params, struct iq_memory *memory)
{
	/* EFI_ACPI_20_TABLE_GUID and ACPI_TABLE_GUID: UEFI 2.10, 4.6. */
	static const uint8_t guid[2][16] = {
		{ 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 },
		{ 0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d },
	};
	const uint64_t tables = efi_tables(params, memory), system = iq_bootparams_efi_system_table(params);
	const uint64_t entries = system ? read64(memory, system + SYSTEM_ENTRIES) : 0;
	uint8_t entry[CONFIG_SIZE];
	uint64_t first = 0;

	for (uint64_t i = 0; tables && i < iq_min(entries, CONFIG_ENTRIES); i++) {
		if (!iq_memory_read(memory, tables + i * CONFIG_SIZE, entry, sizeof(entry)))
			break;
		if (iq_equal(entry, guid[0], sizeof(guid[0])))
			return iq_le64(entry + CONFIG_TABLE);
		if (iq_equal(entry, guid[1], sizeof(guid[1])))
			first = iq_le64(entry + CONFIG_TABLE);
	}
	return first;
}

uint64_t iq_capture_rsdp(const void *params, struct iq_memory *memory)
{
	const char *line = memory_at(iq_bootparams_command_line(params));
	uint64_t address = iq_bootparams_rsdp(params);

	if (iq_acpi_is_root(memory, address))
		return address;
	address = efi_rsdp(params, memory);
	if (iq_acpi_is_root(memory, address))
		return address;
	return iq_cmdline_rsdp(line, &address) && iq_acpi_is_root(memory, address) ? address : 0;
}
