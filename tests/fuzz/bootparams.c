/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the plugin's edits for a capture kernel at the crash. The input is boot_params, 256 bytes of its command line, and the
 * ELF core header that the line names. Addresses are the host's own: the loader's pointers are replaced by valid ones.
 */
#include "fuzz.h"

#include "boot/bootparams.h"
#include "boot/capture.h"
#include "boot/elfcorehdr.h"
#include "boot/x86.h"

#include <stdio.h>
#include <string.h>

#define E820_ENTRIES 0x1e8u
#define E820_TABLE   0x2d0u
#define E820_SIZE    20u
#define LINE         256u
#define CORE_MAX     (64u + 0x10000u * 56u)
#define PLUGIN       4096u

static uint8_t params[IQ_BOOTPARAMS_SIZE] __attribute__((aligned(4096)));
static uint8_t image[PLUGIN + IQ_CAPTURE_AREA] __attribute__((aligned(4096)));
static uint8_t core[CORE_MAX] __attribute__((aligned(4096)));
static size_t core_used;
static char line[IQ_BOOT_LINE];

/* The plugin's memory, after the entries of the memory map, or in place of the first one. */
static void add_memory(void)
{
	const uint64_t start = (uintptr_t)image & ~UINT64_C(0xffff), length = UINT64_C(0x100000);
	const unsigned int entries = params[E820_ENTRIES], at = entries < IQ_BOOTPARAMS_E820_MAX ? entries : 0;
	const uint32_t type = IQ_E820_RAM;
	uint8_t *entry = params + E820_TABLE + E820_SIZE * at;

	memcpy(entry, &start, 8);
	memcpy(entry + 8, &length, 8);
	memcpy(entry + 16, &type, 4);
	if (entries < IQ_BOOTPARAMS_E820_MAX)
		params[E820_ENTRIES]++;
}

static size_t take(void *to, size_t room, const uint8_t **bytes, size_t *size)
{
	const size_t part = *size < room ? *size : room;

	memcpy(to, *bytes, part);
	*bytes += part;
	*size -= part;
	return part;
}

static void build(const uint8_t *bytes, size_t size)
{
	char tail[LINE + 1] = "";

	memset(params, 0, sizeof(params));
	memset(core, 0, iq_min(core_used + 128, sizeof(core))); /* an insertion moves the entries after it */
	take(params, sizeof(params), &bytes, &size);
	take(tail, LINE, &bytes, &size);
	core_used = take(core, sizeof(core), &bytes, &size);
	snprintf(line, sizeof(line), "elfcorehdr=0x%llx ", (unsigned long long)(uintptr_t)core);
	/* Addresses in the input are not valid in this program. */
	if (!strstr(tail, "elfcorehdr"))
		strcat(line, tail);
	iq_bootparams_set_command_line(params, (uintptr_t)line);
	add_memory();
	memset(image, 0xaa, sizeof(image));
}

static void check(enum iq_status status, const struct iq_handover *handover)
{
	const uint64_t area = (uintptr_t)image + PLUGIN;
	const char *now = (const char *)(uintptr_t)iq_bootparams_command_line(params);
	uint64_t start, end;

	require(params[E820_ENTRIES] <= IQ_BOOTPARAMS_E820_MAX || status != IQ_OK);
	require(now == line || (uintptr_t)now == area);
	require(strnlen(now, IQ_BOOT_LINE) < IQ_BOOT_LINE && !strncmp(now, "elfcorehdr=", 11));
	for (unsigned int i = 0; i < PLUGIN; i++)
		require(image[i] == 0xaa);
	if (!handover->note)
		return;
	require(handover->note >= area && handover->note_size <= IQ_CAPTURE_AREA &&
	        handover->note - area <= IQ_CAPTURE_AREA - handover->note_size);
	require(!iq_bootparams_ram(params, area, &start, &end) || params[E820_ENTRIES] > 2);
}

static void *reach(struct iq_loaded *loaded, uint64_t address, uint64_t length)
{
	(void)loaded;
	(void)length;
	return (void *)(uintptr_t)address;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct iq_handover handover = {.note = PLUGIN, .note_size = IQ_CAPTURE_AREA};
	struct iq_loaded loaded = { reach };
	const struct iq_boot boot = { .form = &iq_boot_x86, .loaded = &loaded, .address = (uintptr_t)params };
	struct iq_firmware firmware = { 0 };
	struct fuzz_memory memory;

	if (!size)
		return 0;
	handover.flags = bytes[0] & 1 ? IQ_HANDOVER_TRANSLATE : 0;
	build(bytes, size);
	fuzz_memory_start(&memory, bytes, size);
	if (iq_capture_is_one(&boot)) {
		boot.form->find_firmware(&boot, &memory.memory, &firmware);
		check(iq_capture_prepare(&boot, &handover, (uintptr_t)image), &handover);
	}
	fuzz_memory_end(&memory);
	return 0;
}
