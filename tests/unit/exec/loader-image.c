/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes images in the layout of kexec-tools 2.0.25 on a machine with 2 GiB: backup, kernel, initrd, boot_params, purgatory, ELF core
 * header, from low to high addresses.
 */
#include "loader-image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#include <openssl/evp.h>

#define E820_ENTRIES 0x1e8u
#define E820_TABLE   0x2d0u

struct loader loader_default(void)
{
	return (struct loader){
		.crash = { 0x6e000000, 0x7e000000 },
		.command_line = "root=/dev/vda1 ro console=ttyS0 nr_cpus=1",
		.notes = 3,
		.loads = 5,
		.core_memory = 0x4000,
		.command_line_max = 2047,
		.flags = KQ_KEXEC_ARCH_X86_64 | KQ_KEXEC_ON_CRASH,
		.core_hashed = true,
	};
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
	memcpy(at, &value, size);
}

static uint8_t *add(struct loaded *made, enum loader_segment index, uint64_t size, uint64_t address, uint64_t memory)
{
	uint8_t *bytes = calloc(1, size + 1);

	made->bytes[index] = bytes;
	made->image.segment[index] = (struct kq_segment){ bytes, size, address, memory };
	if (made->image.segments < (unsigned int)index + 1)
		made->image.segments = (unsigned int)index + 1;
	return bytes;
}

static void fill(uint8_t *bytes, uint64_t size, uint32_t seed)
{
	for (uint64_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24);
	}
}

static void make_core(const struct loader *loader, uint8_t *core)
{
	unsigned int number = loader->notes + loader->loads;

	memcpy(core, "\177ELF\2\1\1", 7);
	put(core + 16, 4, 2);
	put(core + 18, 62, 2);
	put(core + 20, 1, 4);
	put(core + 32, 64, 8);
	put(core + 52, 64, 2);
	put(core + 54, 56, 2);
	put(core + 56, number, 2);
	for (unsigned int i = 0; i < number; i++) {
		put(core + 64 + i * 56, i < loader->notes ? 4 : 1, 4);
		put(core + 64 + i * 56 + 8, 0x100000ull * (i + 1), 8);
		put(core + 64 + i * 56 + 32, 0x1000, 8);
		put(core + 64 + i * 56 + 40, 0x1000, 8);
	}
}

static void e820_add(uint8_t *params, uint64_t start, uint64_t length, uint32_t type)
{
	uint8_t *entry = params + E820_TABLE + params[E820_ENTRIES]++ * 20u;

	put(entry, start, 8);
	put(entry + 8, length, 8);
	put(entry + 16, type, 4);
}

static void make_params(const struct loader *loader, const struct loaded *made, uint8_t *params)
{
	uint64_t params_at = made->image.segment[LOADER_PARAMS].address;
	uint64_t core_at = made->image.segment[LOADER_CORE].address;
	char *line = (char *)params + COMMAND_LINE_AT;

	memcpy(params + 0x202, "HdrS\x0f\x02", 6);
	params[0x210] = 0xd0;
	put(params + 0x070, 0xf59e0, 8);
	put(params + 0x218, made->image.segment[LOADER_INITRD].address, 4);
	put(params + 0x0c0, made->image.segment[LOADER_INITRD].address >> 32, 4);
	put(params + 0x228, params_at + COMMAND_LINE_AT, 4);
	put(params + 0x0c8, (params_at + COMMAND_LINE_AT) >> 32, 4);
	put(params + 0x238, loader->command_line_max, 4);
	put(params + 0x260, made->image.segment[LOADER_KERNEL].memory - 0x800, 4);
	e820_add(params, 0, 0x1000, 2);
	e820_add(params, loader->crash.first, core_at - loader->crash.first, 1);
	e820_add(params, core_at + loader->core_memory, loader->crash.end - core_at - loader->core_memory, 1);
	e820_add(params, 0xb0000000, 0x10000000, 2);
	for (unsigned int i = 0; i < loader->e820_more; i++)
		e820_add(params, 0x100000000000ull + i * 0x2000, 0x1000, 2);
	if (loader->elfcorehdr)
		snprintf(line, 0x1000, "%s%s", loader->command_line, loader->elfcorehdr);
	else
		snprintf(line, 0x1000, "%s elfcorehdr=%lluK", loader->command_line, (unsigned long long)(core_at >> 10));
}

static void digest_of(const struct loaded *made, bool core_hashed, uint8_t digest[32], uint64_t regions[32])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned int number = 0;

	memset(regions, 0, 32 * sizeof(*regions));
	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	for (unsigned int i = 0; i < made->image.segments; i++) {
		const struct kq_segment *segment = &made->image.segment[i];
		uint8_t *memory;

		if (i == LOADER_PURGATORY || (i == LOADER_CORE && !core_hashed))
			continue;
		memory = memory_at(&made->image, segment->address, segment->memory);
		EVP_DigestUpdate(context, memory, segment->memory);
		free(memory);
		regions[2 * number] = segment->address;
		regions[2 * number++ + 1] = segment->memory;
	}
	EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
}

void loader_hash(struct loaded *made, bool core_hashed)
{
	uint8_t *purgatory = made->bytes[LOADER_PURGATORY];
	uint64_t regions[32];

	digest_of(made, core_hashed, purgatory + PURGATORY_DIGEST, regions);
	memcpy(purgatory + PURGATORY_REGIONS, regions, sizeof(regions));
}

void loader_make(const struct loader *loader, struct loaded *made)
{
	uint64_t first = loader->crash.first, end = loader->crash.end;
	uint64_t core_at = end - 0xa3000 - ((loader->core_memory + 0xfff) & ~0xfffull);
	uint64_t params_size = COMMAND_LINE_AT + strlen(loader->command_line) + 100, core_size;
	uint8_t *core;

	memset(made, 0, sizeof(*made));
	made->crash = loader->crash;
	made->image.flags = loader->flags;
	fill(add(made, LOADER_BACKUP, 0x30, first, 0x1000), 0x30, 1);
	fill(add(made, LOADER_KERNEL, 0x31234, core_at - 0x4000000, 0x80000), 0x31234, 2);
	fill(add(made, LOADER_INITRD, 0xfda1, core_at - 0x13d000, 0x10000), 0xfda1, 3);
	fill(add(made, LOADER_PURGATORY, PURGATORY_SIZE, core_at - 0x9000, 0x9000), PURGATORY_SIZE, 4);
	core_size = (64 + 56 * (loader->notes + loader->loads) + 0x3ff) & ~0x3ffull;
	core = add(made, LOADER_CORE, core_size < loader->core_memory ? core_size : loader->core_memory, core_at,
		   loader->core_memory);
	make_core(loader, core);
	for (unsigned int i = 0; i < loader->more; i++)
		fill(add(made, LOADER_MORE + i, 0x800, first + 0x100000 + i * 0x2000, 0x1000), 0x800, 10 + i);
	add(made, LOADER_PARAMS, 0x6000, core_at - 0xf000, 0x6000);
	make_params(loader, made, made->bytes[LOADER_PARAMS]);
	if (loader->tight)
		memset(strchr((char *)made->bytes[LOADER_PARAMS] + COMMAND_LINE_AT, 0) + 1, 0xee, 8);
	else
		made->image.segment[LOADER_PARAMS].size = params_size;
	made->image.entry = made->image.segment[LOADER_PURGATORY].address + PURGATORY_ENTRY;
	loader_hash(made, loader->core_hashed);
}

void loaded_free(struct loaded *made)
{
	for (unsigned int i = 0; i < KQ_SEGMENTS; i++)
		free(made->bytes[i]);
}

/* The part of [@address, @address + @length) that lies in [@start, @start + @size); empty if its end is not above its start. */
static struct kq_range common(uint64_t address, uint64_t length, uint64_t start, uint64_t size)
{
	return (struct kq_range){ address > start ? address : start, iq_min(address + length, start + size) };
}

uint8_t *memory_at(const struct kq_image *image, uint64_t address, uint64_t length)
{
	uint8_t *memory = calloc(1, length + 1);

	for (unsigned int i = 0; i < image->segments; i++) {
		const struct kq_segment *segment = &image->segment[i];
		const struct kq_range part = common(address, length, segment->address, segment->size);

		if (part.first < part.end)
			memcpy(memory + (part.first - address), segment->bytes + (part.first - segment->address),
			       part.end - part.first);
	}
	return memory;
}

bool purgatory_starts(const struct kq_image *image, uint64_t entry, uint64_t dirty, uint64_t dirty_size)
{
	uint8_t *purgatory = memory_at(image, entry - PURGATORY_ENTRY, PURGATORY_SIZE), digest[32], *memory;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint64_t region[32];
	bool same;

	memcpy(region, purgatory + PURGATORY_REGIONS, sizeof(region));
	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	for (unsigned int i = 0; i < 16; i++) {
		const uint64_t start = region[2 * i], length = region[2 * i + 1];
		const struct kq_range part = common(dirty, dirty_size, start, length);

		memory = memory_at(image, start, length);
		for (uint64_t at = part.first; at < part.end; at++)
			memory[at - start] ^= 0xff;
		EVP_DigestUpdate(context, memory, length);
		free(memory);
	}
	EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	same = !memcmp(digest, purgatory + PURGATORY_DIGEST, sizeof(digest));
	free(purgatory);
	return same;
}

/* A plugin that has only a handover, as the build leaves it. */
static const struct {
	uint8_t jump[IQ_HANDOVER_OFFSET];
	struct iq_handover handover;
	uint8_t code[4096];
} plugin_bytes = {
	.handover = {
		.magic = IQ_HANDOVER_MAGIC,
		.version = IQ_HANDOVER_VERSION,
		.machine = IQ_MACHINE_X86_64,
		.size = sizeof(struct iq_handover),
		.image_size = sizeof(plugin_bytes),
		.memory_size = 0x16800,
	},
};

const struct kq_plugin no_plugin = { (const uint8_t *)&plugin_bytes, sizeof(plugin_bytes) };

const struct kq_settings no_settings = {
	.clock = { .kind = IQ_CLOCK_TSC, .khz = 2000000 },
	.wait_us = IQ_WAIT_US_DEFAULT,
	.total_us = IQ_TOTAL_US_DEFAULT,
	.record = 8192,
};
