/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a made-up machine, with page tables.
 */
#include "mkdump.h"

#include <stdlib.h>

uint8_t *memory_page(struct memory *memory, uint64_t address, bool make)
{
	const uint64_t page = address & IQ_PAGE_MASK;
	size_t slot = page / IQ_PAGE_SIZE * 40503 % SLOTS;

	for (size_t i = 0; i < SLOTS; i++, slot = (slot + 1) % SLOTS) {
		if (memory->page[slot].bytes && memory->page[slot].address == page)
			return memory->page[slot].bytes;
		if (memory->page[slot].bytes)
			continue;
		if (!make)
			return NULL;
		memory->page[slot].address = page;
		memory->page[slot].bytes = calloc(1, IQ_PAGE_SIZE);
		if (memory->page[slot].bytes)
			return memory->page[slot].bytes;
		break;
	}
	die("no room for page 0x%lx", (unsigned long)page);
}

void memory_set64(struct memory *memory, uint64_t address, uint64_t value)
{
	uint8_t *at = memory_page(memory, address, true) + (address & ~IQ_PAGE_MASK);

	for (unsigned int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

uint64_t memory_get64(struct memory *memory, uint64_t address)
{
	const uint8_t *page = memory_page(memory, address, false);

	return page ? iq_le64(page + (address & ~IQ_PAGE_MASK)) : 0;
}

static bool in_ranges(const struct range *range, unsigned int count, uint64_t address)
{
	for (unsigned int i = 0; i < count; i++)
		if (address - range[i].start < range[i].length)
			return true;
	return false;
}

bool memory_has(const struct memory *memory, uint64_t address)
{
	return in_ranges(memory->ram, memory->rams, address);
}

bool memory_excludes(const struct memory *memory, uint64_t address)
{
	return in_ranges(memory->excluded, memory->exclusions, address);
}

uint64_t table_take(struct memory *memory)
{
	const uint64_t table = memory->tables;

	if (!table)
		die("no `tables ADDRESS' before the first table");
	memory_page(memory, table, true);
	memory->tables += IQ_PAGE_SIZE;
	return table;
}

/* Bits of an entry that make @match true, or, without @wanted, false. */
static uint64_t bits_of(const struct iq_radix_match *match, bool wanted)
{
	return wanted ? match->value : match->mask ^ match->value;
}

static uint64_t page_bits(const struct iq_radix_form *form, bool read, bool write)
{
	const struct iq_radix_match *absent = &form->lowest_absent;

	/* One of several bits is enough for an entry to be present; VT-d has only R and W for that. */
	return (bits_of(absent, false) & ~(form->read.mask | form->write.mask)) | bits_of(&form->read, read) |
	       bits_of(&form->write, write);
}

static uint64_t table_bits(const struct iq_radix_form *form, unsigned int next)
{
	return bits_of(&form->absent, false) | bits_of(&form->table, true) | bits_of(&form->table_read, true) |
	       bits_of(&form->table_write, true) | (form->next_level ? iq_put(next, form->next_level) : 0);
}

static uint64_t in_order(const struct iq_radix_form *form, uint64_t entry)
{
	return form->layout.big_endian ? __builtin_bswap64(entry) : entry;
}

static uint64_t place_of(const struct iq_radix_form *form, uint64_t table, unsigned int level, uint64_t iova)
{
	const uint8_t *shift = &form->layout.shift[level - 1];

	return table + IQ_RADIX_ENTRY_SIZE * (iova >> shift[0] & ((UINT64_C(1) << (shift[1] - shift[0])) - 1));
}

/* The table with the entry for a page of 2^@shift bytes, and its level in *@level. Missing tables are made. */
static uint64_t table_for(struct memory *memory, const struct iq_radix_form *form, uint64_t table,
			  unsigned int *level, uint64_t iova, unsigned int shift)
{
	while (*level > 1 && form->layout.shift[*level - 1] > shift) {
		const uint64_t at = place_of(form, table, *level, iova);
		uint64_t entry = in_order(form, memory_get64(memory, at));

		if (iq_radix_matches(entry, &form->absent)) {
			entry = table_take(memory) | table_bits(form, *level - 1);
			memory_set64(memory, at, in_order(form, entry));
		}
		table = entry & form->address;
		--*level;
	}
	return table;
}

static void map_page(struct memory *memory, const struct iq_radix_form *form, uint64_t table, unsigned int level,
		     uint64_t iova, uint64_t physical, unsigned int shift, uint64_t bits)
{
	table = table_for(memory, form, table, &level, iova, shift);
	unsigned int own = form->layout.shift[level - 1], copies = 1u << (shift - own);
	uint64_t at = place_of(form, table, level, iova), entry = physical | bits;

	if (shift > own)
		entry |= (((UINT64_C(1) << (shift - 1)) - 1) & form->address) |
			 iq_put(form->encoded_level, form->next_level);
	else if (!form->next_level)
		entry |= level == 1 ? bits_of(&form->lowest_page, true) : bits_of(&form->table, false);
	for (unsigned int i = 0; i < copies; i++)
		memory_set64(memory, at + i * IQ_RADIX_ENTRY_SIZE, in_order(form, entry));
}

void table_map(struct memory *memory, const struct iq_radix_form *form, uint64_t root, unsigned int levels,
	       uint64_t iova, uint64_t physical, uint64_t size, unsigned int shift, bool read, bool write)
{
	const uint64_t page = UINT64_C(1) << shift, bits = page_bits(form, read, write);

	if (iova % page || physical % page || size % page)
		die("map: not a multiple of the page size 0x%lx", (unsigned long)page);
	for (uint64_t at = 0; at < size; at += page)
		map_page(memory, form, root, levels, iova + at, physical + at, shift, bits);
}
