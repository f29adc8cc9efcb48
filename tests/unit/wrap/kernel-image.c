/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout of arch/x86/boot/header.S of Linux 6.12: .setup and .compat in the setup, .text and .data in the payload.
 */
#include "kernel-image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define PLUGIN_SIZE   4096u
#define PLUGIN_MEMORY 20000u

uint32_t kernel_get(const struct kernel *kernel, uint32_t offset)
{
	return iq_le32(kernel->bytes + offset);
}

void kernel_put(struct kernel *kernel, uint32_t offset, uint32_t size, uint64_t value)
{
	memcpy(kernel->bytes + offset, &value, size);
}

static void put_section(struct kernel *kernel, unsigned int index, const char *name, uint32_t address, uint32_t size)
{
	const uint32_t at = KERNEL_SECTIONS + 40 * index;

	memcpy(kernel->bytes + at, name, strlen(name));
	kernel_put(kernel, at + KQ_SECTION_MEMORY, 4, size);
	kernel_put(kernel, at + KQ_SECTION_ADDRESS, 4, address);
	kernel_put(kernel, at + KQ_SECTION_BYTES, 4, size);
	kernel_put(kernel, at + KQ_SECTION_OFFSET, 4, address);
}

static void put_setup(struct kernel *kernel)
{
	kernel_put(kernel, 0x1f1, 1, KERNEL_SETUP / 512 - 1);
	kernel_put(kernel, KQ_SETUP_SYSSIZE, 4, KERNEL_PAYLOAD / 16);
	kernel_put(kernel, 0x1fe, 2, 0xaa55);
	memcpy(kernel->bytes + 0x202, "HdrS", 4);
	kernel_put(kernel, 0x206, 2, 0x20f);
	kernel_put(kernel, 0x20e, 2, 0x100);
	memcpy(kernel->bytes + 0x300, "9.9.9-test", 11);
	kernel_put(kernel, 0x211, 1, 1);
	kernel_put(kernel, 0x230, 4, 0x200000);
	kernel_put(kernel, 0x234, 1, 1);
	kernel_put(kernel, 0x236, 2, 0x7f);
	kernel_put(kernel, 0x238, 4, 2047);
	kernel_put(kernel, KQ_SETUP_PAYLOAD_OFFSET, 4, 0x2cc);
	kernel_put(kernel, 0x24c, 4, 0x8000);
	kernel_put(kernel, KQ_SETUP_INIT_SIZE, 4, KERNEL_INIT_SIZE);
	kernel_put(kernel, KQ_SETUP_HANDOVER, 4, 0x9000);
	kernel_put(kernel, KQ_SETUP_KERNEL_INFO, 4, 0xa000);
}

static void put_pe(struct kernel *kernel)
{
	memcpy(kernel->bytes, "MZ", 2);
	kernel_put(kernel, 0x3c, 4, KERNEL_PE);
	memcpy(kernel->bytes + KERNEL_PE, "PE\0\0", 4);
	kernel_put(kernel, KERNEL_PE + 6, 2, 3);
	kernel_put(kernel, KERNEL_PE + 20, 2, 160);
	kernel_put(kernel, KERNEL_OPTIONAL, 2, 0x20b);
	kernel_put(kernel, KERNEL_OPTIONAL + KQ_PE_CODE_SIZE, 4, 0xc000);
	kernel_put(kernel, KERNEL_OPTIONAL + KQ_PE_ENTRY, 4, KERNEL_SETUP + 0x5000);
	kernel_put(kernel, KERNEL_OPTIONAL + KQ_PE_IMAGE_SIZE, 4, KERNEL_SETUP + 0x20000);
	kernel_put(kernel, KERNEL_OPTIONAL + KQ_PE_CHECKSUM, 4, 0x12345678);
	kernel_put(kernel, KERNEL_OPTIONAL + 108, 4, 6);
	put_section(kernel, 0, ".compat", KERNEL_COMPAT, 0x200);
	put_section(kernel, 1, ".text", KERNEL_SETUP, 0xc000);
	put_section(kernel, 2, ".data", KERNEL_SETUP + 0xc000, 0x4000);
	kernel->bytes[KERNEL_COMPAT] = 1;
	kernel->bytes[KERNEL_COMPAT + 1] = 8;
	kernel_put(kernel, KERNEL_COMPAT + 4, 4, KERNEL_SETUP + 0x4000);
}

struct kernel kernel_make(bool pe, bool is_signed)
{
	struct kernel kernel = { .size = KERNEL_SETUP + KERNEL_PAYLOAD + (is_signed ? KERNEL_SIGNATURE : 0) };

	kernel.bytes = calloc(1, kernel.size);
	for (size_t i = KERNEL_SETUP; kernel.bytes && i < kernel.size; i++)
		kernel.bytes[i] = (uint8_t)(i * 7 + i / 251);
	put_setup(&kernel);
	if (pe)
		put_pe(&kernel);
	if (is_signed) {
		kernel_put(&kernel, KERNEL_DIRECTORIES + 32, 4, KERNEL_SETUP + KERNEL_PAYLOAD);
		kernel_put(&kernel, KERNEL_DIRECTORIES + 36, 4, KERNEL_SIGNATURE);
	}
	return kernel;
}

struct kernel kernel_unify(struct kernel kernel, uint32_t offset)
{
	const uint32_t size = (uint32_t)kernel.size, initrd = UNIFIED_SECTIONS + 40;
	struct kernel unified = { .size = offset + kernel.size + 512 };

	unified.bytes = calloc(1, unified.size);
	if (unified.bytes) {
		memcpy(unified.bytes, "MZ", 2);
		kernel_put(&unified, 0x3c, 4, KERNEL_PE);
		memcpy(unified.bytes + KERNEL_PE, "PE\0\0", 4);
		kernel_put(&unified, KERNEL_PE + 6, 2, 2);
		memcpy(unified.bytes + UNIFIED_SECTIONS, ".linux", 6);
		kernel_put(&unified, UNIFIED_SECTIONS + KQ_SECTION_BYTES, 4, size);
		kernel_put(&unified, UNIFIED_SECTIONS + KQ_SECTION_OFFSET, 4, offset);
		memcpy(unified.bytes + initrd, ".initrd", 7);
		kernel_put(&unified, initrd + KQ_SECTION_BYTES, 4, 512);
		kernel_put(&unified, initrd + KQ_SECTION_OFFSET, 4, offset + size);
		memcpy(unified.bytes + offset, kernel.bytes, size);
		memset(unified.bytes + offset + size, 0x5a, 512);
	}
	free(kernel.bytes);
	return unified;
}

struct kernel kernel_read(const char *path)
{
	struct kernel kernel = { NULL, 0 };
	FILE *file = fopen(path, "rb");
	long size;

	if (!file)
		return kernel;
	if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) > 0 && !fseek(file, 0, SEEK_SET)) {
		kernel.size = (size_t)size;
		kernel.bytes = malloc(kernel.size);
		if (kernel.bytes && fread(kernel.bytes, 1, kernel.size, file) != kernel.size) {
			free(kernel.bytes);
			kernel.bytes = NULL;
		}
	}
	fclose(file);
	return kernel;
}

const struct kq_wrapping *kernel_wrapping(void)
{
	static uint8_t plugin[PLUGIN_SIZE] __attribute__((aligned(16))), front[IQ_FRONT_OFFSET];
	static const struct kq_wrapping wrapping = { { plugin, sizeof(plugin) }, { front, sizeof(front) }, "test 1" };
	struct iq_handover *handover = (struct iq_handover *)(plugin + IQ_HANDOVER_OFFSET);

	memset(front, 0xf4, sizeof(front));
	memset(plugin, 0x90, sizeof(plugin));
	memset(handover, 0, sizeof(*handover));
	handover->magic = IQ_HANDOVER_MAGIC;
	handover->version = IQ_HANDOVER_VERSION;
	handover->machine = IQ_MACHINE_X86_64;
	handover->size = sizeof(*handover);
	handover->image_size = sizeof(plugin);
	handover->memory_size = PLUGIN_MEMORY;
	return &wrapping;
}

const struct kq_settings *kernel_settings(void)
{
	static const struct kq_settings settings = {
		.wait_us = 5000,
		.total_us = 90000,
		.console = { .kind = IQ_CONSOLE_8250_PORT, .address = 0x2f8 },
		.rules = 2,
		.rule = { { 0, 0x3b00, 0x3b07, IQ_MODE_PRESERVE, IQ_REASON_POLICY },
			  { 1, 0x0010, 0x0010, IQ_MODE_BLOCK, IQ_REASON_POLICY } },
	};

	return &settings;
}
