/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and editing struct boot_params by the offsets that the x86 boot protocol fixes (Documentation/arch/x86/boot.rst,
 * zero-page.rst). Everything is read as little-endian bytes: the loader's copy need not be aligned.
 */
#include "bootparams.h"

#define RSDP		 0x070u /* acpi_rsdp_addr, since 2.14; 0 before */
#define EXT_COMMAND_LINE 0x0c8u /* upper 32 bits of the command line's address, since 2.12 */
#define EFI_SIGNATURE	 0x1c0u /* "EL64" */
#define EFI_SYSTAB	 0x1c4u
#define EFI_SYSTAB_HIGH	 0x1d8u
#define E820_ENTRIES	 0x1e8u /* one byte */
#define HEADER		 0x202u /* "HdrS" */
#define VERSION		 0x206u
#define COMMAND_LINE	 0x228u
#define COMMAND_LINE_MAX 0x238u /* cmdline_size, since 2.06 */
#define SETUP_DATA	 0x250u /* since 2.09 */
#define E820_TABLE	 0x2d0u
#define E820_SIZE	 20u	/* 64-bit start, 64-bit length, 32-bit type */
#define E820_LENGTH	 8u
#define E820_TYPE	 16u

static uint8_t *e820(void *params, unsigned int index)
{
	return (uint8_t *)params + E820_TABLE + index * E820_SIZE;
}

static void e820_set(void *params, unsigned int index, uint64_t start, uint64_t length, uint32_t type)
{
	uint8_t *entry = e820(params, index);

	iq_copy(entry, &start, sizeof(start));
	iq_copy(entry + E820_LENGTH, &length, sizeof(length));
	iq_copy(entry + E820_TYPE, &type, sizeof(type));
}

enum iq_status iq_bootparams_check(const void *params, uint32_t size)
{
	const uint8_t *bytes = params;

	/* boot_flag (0xaa55 at 0x1fe) is not looked at: kexec-tools write over its second byte. */
	if (size < IQ_BOOTPARAMS_SIZE || !iq_equal(bytes + HEADER, "HdrS", 4))
		return IQ_MALFORMED;
	if (bytes[E820_ENTRIES] > IQ_BOOTPARAMS_E820_MAX)
		return IQ_MALFORMED;
	return iq_le16(bytes + VERSION) < 0x206 ? IQ_UNSUPPORTED : IQ_OK;
}

uint64_t iq_bootparams_command_line(const void *params)
{
	const uint8_t *bytes = params;

	return iq_le32(bytes + COMMAND_LINE) | (uint64_t)iq_le32(bytes + EXT_COMMAND_LINE) << 32;
}

uint32_t iq_bootparams_command_line_max(const void *params)
{
	return iq_le32((const uint8_t *)params + COMMAND_LINE_MAX);
}

void iq_bootparams_set_command_line(void *params, uint64_t address)
{
	const uint32_t low = (uint32_t)address, high = (uint32_t)(address >> 32);

	iq_copy((uint8_t *)params + COMMAND_LINE, &low, sizeof(low));
	iq_copy((uint8_t *)params + EXT_COMMAND_LINE, &high, sizeof(high));
}

uint64_t iq_bootparams_rsdp(const void *params)
{
	return iq_le64((const uint8_t *)params + RSDP);
}

uint64_t iq_bootparams_setup_data(const void *params)
{
	const uint8_t *bytes = params;

	return iq_le16(bytes + VERSION) >= 0x209 ? iq_le64(bytes + SETUP_DATA) : 0;
}

uint64_t iq_bootparams_efi_system_table(const void *params)
{
	const uint8_t *bytes = params;

	if (!iq_equal(bytes + EFI_SIGNATURE, "EL64", 4))
		return 0;
	return iq_le32(bytes + EFI_SYSTAB) | (uint64_t)iq_le32(bytes + EFI_SYSTAB_HIGH) << 32;
}

/* The index of the RAM entry that holds [@address, @address + @length), and its limits; the number of entries: none. */
static unsigned int find_ram(const void *params, uint64_t address, uint64_t length, uint64_t *start, uint64_t *end)
{
	const uint8_t *bytes = params, *entry = bytes + E820_TABLE;
	const unsigned int entries = bytes[E820_ENTRIES];
	unsigned int i;

	for (i = 0; i < entries && i < IQ_BOOTPARAMS_E820_MAX; i++, entry += E820_SIZE) {
		*start = iq_le64(entry);
		*end = *start + iq_le64(entry + E820_LENGTH);
		if (iq_le32(entry + E820_TYPE) == IQ_E820_RAM && *end > *start && *start <= address &&
		    address + length <= *end)
			return i;
	}
	return entries;
}

bool iq_bootparams_ram(const void *params, uint64_t address, uint64_t *start, uint64_t *end)
{
	return iq_no_wrap(address, 1) &&
	       find_ram(params, address, 1, start, end) < ((const uint8_t *)params)[E820_ENTRIES];
}

enum iq_status iq_bootparams_carve(void *params, uint64_t address, uint64_t length)
{
	uint8_t *bytes = params;
	unsigned int entries = bytes[E820_ENTRIES], pieces, i;
	uint64_t start = 0, end = 0;

	if (!length || (address | length) & ~IQ_PAGE_MASK || !iq_no_wrap(address, length) ||
	    entries > IQ_BOOTPARAMS_E820_MAX)
		return IQ_NOT_FOUND;
	i = find_ram(params, address, length, &start, &end);
	if (i == entries)
		return IQ_NOT_FOUND;
	if (entries + 2 > IQ_BOOTPARAMS_E820_MAX)
		return IQ_NO_ROOM;
	/* One entry becomes up to three; those behind it move up. */
	pieces = 1u + (start < address) + (address + length < end);
	for (uint8_t *b = e820(params, entries); b-- > e820(params, i + 1);)
		b[(pieces - 1) * E820_SIZE] = *b;
	if (start < address)
		e820_set(params, i++, start, address - start, IQ_E820_RAM);
	e820_set(params, i++, address, length, IQ_E820_RESERVED);
	if (address + length < end)
		e820_set(params, i, address + length, end - (address + length), IQ_E820_RAM);
	bytes[E820_ENTRIES] = (uint8_t)(entries + pieces - 1);
	return IQ_OK;
}
