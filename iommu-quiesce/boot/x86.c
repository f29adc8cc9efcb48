/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_params as a form of what a loader leaves, and the search for the ACPI root pointer.
 */
#include "x86.h"

#include "bootparams.h"
#include "cmdline.h"
#include "firmware/acpi.h"
#include "text.h"

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

/* Where the root pointer is on machines without EFI. ACPI 6.5, 5.2.5.1 */
#define EBDA_SEGMENT 0x40eu
#define EBDA_START   0x400u /* an EBDA lies behind the BIOS's own data */
#define EBDA_SEARCH  1024u
#define BIOS_START   0xe0000u
#define BIOS_END     0x100000u
#define ROOT_ALIGN   16u
#define ROOT_SIZE    20u

static void *reach(const struct iq_boot *boot, uint64_t address, uint64_t length)
{
	return boot->loaded->reach(boot->loaded, address, length);
}

static void *params_of(const struct iq_boot *boot)
{
	return reach(boot, boot->address, IQ_BOOTPARAMS_SIZE);
}

static bool is_sound(const struct iq_boot *boot)
{
	const void *params = params_of(boot);

	return params && iq_bootparams_check(params, IQ_BOOTPARAMS_SIZE) == IQ_OK;
}

static const char *command_line(const struct iq_boot *boot, uint32_t *room)
{
	const void *params = params_of(boot);
	const uint64_t address = iq_bootparams_command_line(params);
	const char *line = address ? reach(boot, address, IQ_BOOT_LINE) : NULL;
	uint32_t length = 0;

	*room = (uint32_t)iq_min(iq_bootparams_command_line_max(params), IQ_BOOT_LINE - 1) + 1;
	/* Bound: IQ_BOOT_LINE. */
	while (line && line[length])
		if (++length == IQ_BOOT_LINE)
			line = NULL;
	return line;
}

static void set_command_line(const struct iq_boot *boot, uint64_t address)
{
	iq_bootparams_set_command_line(params_of(boot), address);
}

static bool ram(const struct iq_boot *boot, uint64_t address, uint64_t *start, uint64_t *end)
{
	return iq_bootparams_ram(params_of(boot), address, start, end);
}

static enum iq_status reserve(const struct iq_boot *boot, const char *line, uint64_t address, uint64_t length)
{
	return iq_cmdline_exactmap(line) ? IQ_NO_ROOM : iq_bootparams_carve(params_of(boot), address, length);
}

static bool core_header(const struct iq_boot *boot, const char *line, uint64_t *address)
{
	(void)boot;
	return iq_cmdline_elfcorehdr(line, address);
}

static bool set_core_header(const struct iq_boot *boot, char *line, uint32_t room, uint64_t address)
{
	struct iq_text word;

	(void)boot;
	iq_text_start(&word);
	iq_text_string(&word, "elfcorehdr=0x");
	iq_text_hex(&word, address, 1);
	return iq_cmdline_add(line, room, word.line);
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

/* What boot_params, else EFI's tables, else acpi_rsdp= say; a place where no root pointer lies is passed over. 0 if all are. */
static uint64_t root_of_loader(const struct iq_boot *boot, struct iq_memory *memory)
{
	const void *params = params_of(boot);
	uint64_t address = iq_bootparams_rsdp(params);
	const char *line;
	uint32_t room;

	if (iq_acpi_is_root(memory, address))
		return address;
	address = efi_rsdp(params, memory);
	if (iq_acpi_is_root(memory, address))
		return address;
	line = command_line(boot, &room);
	return line && iq_cmdline_rsdp(line, &address) && iq_acpi_is_root(memory, address) ? address : 0;
}

static uint64_t search(struct iq_memory *memory, uint64_t start, uint64_t end)
{
	for (; start + ROOT_SIZE <= end; start += ROOT_ALIGN)
		if (iq_acpi_is_root(memory, start))
			return start;
	return 0;
}

static uint64_t search_all(struct iq_memory *memory)
{
	uint64_t root = 0;
	uint8_t segment[2];

	if (iq_memory_read(memory, EBDA_SEGMENT, segment, sizeof(segment))) {
		const uint64_t ebda = (uint64_t)iq_le16(segment) << 4;

		if (ebda >= EBDA_START)
			root = search(memory, ebda, ebda + EBDA_SEARCH);
	}
	return root ? root : search(memory, BIOS_START, BIOS_END);
}

static void find_firmware(const struct iq_boot *boot, struct iq_memory *memory, struct iq_firmware *firmware)
{
	uint64_t root = firmware->kind == IQ_FIRMWARE_ACPI ? firmware->address : 0;

	if (!iq_acpi_is_root(memory, root))
		root = boot->address ? root_of_loader(boot, memory) : 0;
	if (!root)
		root = search_all(memory);
	*firmware = (struct iq_firmware){ .address = root, .kind = root ? IQ_FIRMWARE_ACPI : IQ_FIRMWARE_SEARCH };
}

const struct iq_boot_form iq_boot_x86 = {
	.is_sound = is_sound,
	.command_line = command_line,
	.set_command_line = set_command_line,
	.ram = ram,
	.reserve = reserve,
	.core_header = core_header,
	.set_core_header = set_core_header,
	.find_firmware = find_firmware,
};
