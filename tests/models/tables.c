/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables as an operating system builds them (AMD 48882, 2.2.3, 2.2.6).
 */
#include "tables.h"

#define HOST_READ  (UINT64_C(1) << 61)
#define HOST_WRITE (UINT64_C(1) << 62)
#define ADDRESS	   UINT64_C(0x000ffffffffff000)

static unsigned int level_shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}

uint64_t model_table_new(struct model_tables *tables)
{
	uint64_t page = tables->next;

	tables->next += MODEL_PAGE;
	return page;
}

/* The table that the entry at @slot leads to. If there is none, it is made; @next: the new entry's bits beside the address. */
static uint64_t descend(struct model_tables *tables, uint64_t slot, uint64_t next)
{
	uint64_t entry = model_memory_get64(tables->memory, slot);

	if (!entry) {
		entry = model_table_new(tables) | next;
		model_memory_set64(tables->memory, slot, entry);
	}
	return entry & ADDRESS;
}

void model_map_host(struct model_tables *tables, uint64_t root, unsigned int levels, uint64_t iova, uint64_t physical,
		    unsigned int shift, unsigned int allowed)
{
	uint64_t entry = 1 | (allowed & MODEL_READ ? HOST_READ : 0) | (allowed & MODEL_WRITE ? HOST_WRITE : 0);
	unsigned int level = levels;
	uint64_t count = 1, slot;

	while (level > 1 && level_shift(level) > shift) {
		slot = root + (iova >> level_shift(level) & 0x1ff) * 8;
		root = descend(tables, slot, 1 | HOST_READ | HOST_WRITE | (uint64_t)(level - 1) << 9);
		level--;
	}
	if (shift == level_shift(level)) {
		entry |= physical;
	} else {
		count = UINT64_C(1) << (shift - level_shift(level));
		entry |= physical | ((UINT64_C(1) << (shift - 1)) - MODEL_PAGE) | UINT64_C(7) << 9;
	}
	slot = root + (iova >> level_shift(level) & 0x1ff) * 8;
	for (uint64_t i = 0; i < count; i++)
		model_memory_set64(tables->memory, slot + i * 8, entry);
}

void model_map_guest(struct model_tables *tables, uint64_t root, unsigned int levels, uint64_t address,
		     uint64_t physical, unsigned int shift, unsigned int allowed)
{
	unsigned int level = levels;

	for (; level_shift(level) > shift; level--)
		root = descend(tables, root + (address >> level_shift(level) & 0x1ff) * 8, 0x7);
	model_memory_set64(tables->memory, root + (address >> level_shift(level) & 0x1ff) * 8,
			   physical | 0x5 | (allowed & MODEL_WRITE ? 0x2 : 0) | (level > 1 ? 0x80 : 0));
}

void model_set_gcr3(struct model_tables *tables, uint64_t root, unsigned int levels, uint32_t pasid, uint64_t table)
{
	for (unsigned int level = levels - 1; level; level--)
		root = descend(tables, root + (pasid >> 9 * level & 0x1ff) * 8, 1);
	model_memory_set64(tables->memory, root + (pasid & 0x1ff) * 8, table | 1);
}

void model_dte_gcr3(uint64_t word[4], uint64_t root, unsigned int levels)
{
	word[0] |= MODEL_DTE_GV | (uint64_t)(levels - 1) << 56 | (root >> 12 & 0x7) << 58;
	word[1] |= (root >> 15 & 0xffff) << 16 | (root >> 31) << 43;
}
