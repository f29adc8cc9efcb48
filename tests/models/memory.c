/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sparse physical memory: a page is allocated when it is first used.
 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

void model_memory_init(struct model_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	memory->slots = FIRST_SLOTS;
	memory->slot = calloc(memory->slots, sizeof(struct model_page *));
}

void model_memory_free(struct model_memory *memory)
{
	for (size_t i = 0; i < memory->slots; i++)
		free(memory->slot[i]);
	free(memory->slot);
	memset(memory, 0, sizeof(*memory));
}

void model_memory_add(struct model_memory *memory, uint64_t start, uint64_t length)
{
	if (memory->ranges == MODEL_RAM_RANGES)
		abort();
	memory->ram[memory->ranges].start = start;
	memory->ram[memory->ranges++].length = length;
}

bool model_memory_has(const struct model_memory *memory, uint64_t address, uint64_t length)
{
	for (unsigned int i = 0; i < memory->ranges; i++) {
		uint64_t offset = address - memory->ram[i].start;

		if (offset < memory->ram[i].length && length <= memory->ram[i].length - offset)
			return true;
	}
	return false;
}

/* The slot of the page at @address in the hash, or the free slot for it. */
static size_t find_slot(struct model_page *const *slot, size_t slots, uint64_t address)
{
	size_t at = (size_t)(address / MODEL_PAGE * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (slots - 1);

	while (slot[at] && slot[at]->address != address)
		at = (at + 1) & (slots - 1);
	return at;
}

static void grow(struct model_memory *memory)
{
	size_t slots = memory->slots * 2;
	struct model_page **slot = calloc(slots, sizeof(struct model_page *));

	for (size_t i = 0; i < memory->slots; i++)
		if (memory->slot[i])
			slot[find_slot(slot, slots, memory->slot[i]->address)] = memory->slot[i];
	free(memory->slot);
	memory->slot = slot;
	memory->slots = slots;
}

struct model_page *model_memory_page(struct model_memory *memory, uint64_t address)
{
	size_t at;

	address &= ~(MODEL_PAGE - 1);
	at = find_slot(memory->slot, memory->slots, address);
	if (memory->slot[at])
		return memory->slot[at];
	if (!model_memory_has(memory, address, MODEL_PAGE))
		return NULL;
	if (memory->used * 2 >= memory->slots) {
		grow(memory);
		at = find_slot(memory->slot, memory->slots, address);
	}
	memory->slot[at] = calloc(1, sizeof(struct model_page));
	memory->slot[at]->address = address;
	memory->used++;
	return memory->slot[at];
}

/* The number of the @length bytes at @address that lie in the page of @address. */
static size_t in_page(uint64_t address, size_t length)
{
	size_t left = (size_t)(MODEL_PAGE - address % MODEL_PAGE);

	return length < left ? length : left;
}

bool model_memory_read(struct model_memory *memory, uint64_t address, void *to, size_t length, bool snoop)
{
	uint8_t *out = to;

	while (length) {
		struct model_page *page = model_memory_page(memory, address);
		size_t part = in_page(address, length);

		if (!page)
			return false;
		memcpy(out, (snoop ? page->cpu : page->dram) + address % MODEL_PAGE, part);
		out += part;
		address += part;
		length -= part;
	}
	return true;
}

bool model_memory_store(struct model_memory *memory, uint64_t address, const void *from, size_t length)
{
	const uint8_t *in = from;

	while (length) {
		struct model_page *page = model_memory_page(memory, address);
		size_t part = in_page(address, length);

		if (!page)
			return false;
		memcpy(page->cpu + address % MODEL_PAGE, in, part);
		in += part;
		address += part;
		length -= part;
	}
	return true;
}

void model_memory_write_back(struct model_memory *memory, uint64_t address, uint64_t length)
{
	while (length) {
		struct model_page *page = model_memory_page(memory, address);
		size_t part = in_page(address, (size_t)length);

		if (!page)
			return;
		memcpy(page->dram + address % MODEL_PAGE, page->cpu + address % MODEL_PAGE, part);
		address += part;
		length -= part;
	}
}

bool model_memory_write(struct model_memory *memory, uint64_t address, const void *from, size_t length)
{
	if (!model_memory_store(memory, address, from, length))
		return false;
	model_memory_write_back(memory, address, length);
	return true;
}

struct model_memory model_memory_copy(const struct model_memory *from)
{
	struct model_memory copy;

	model_memory_init(&copy);
	copy.ranges = from->ranges;
	memcpy(copy.ram, from->ram, sizeof(copy.ram));
	for (size_t i = 0; i < from->slots; i++)
		if (from->slot[i])
			model_memory_write(&copy, from->slot[i]->address, from->slot[i]->cpu, MODEL_PAGE);
	return copy;
}

uint64_t model_memory_changed(const struct model_memory *now, const struct model_memory *before, uint64_t from,
			      uint64_t end)
{
	for (size_t i = 0; i < now->slots; i++) {
		const struct model_page *page = now->slot[i];
		uint8_t old[MODEL_PAGE];

		if (!page || (page->address >= from && page->address < end))
			continue;
		if (!model_memory_read((struct model_memory *)before, page->address, old, sizeof(old), true) ||
		    memcmp(page->cpu, old, sizeof(old)))
			return page->address;
	}
	return UINT64_MAX;
}

uint64_t model_memory_get64(struct model_memory *memory, uint64_t address)
{
	uint64_t value = 0;

	model_memory_read(memory, address, &value, sizeof(value), true);
	return value;
}

void model_memory_set64(struct model_memory *memory, uint64_t address, uint64_t value)
{
	if (!model_memory_write(memory, address, &value, sizeof(value)))
		abort();
}
