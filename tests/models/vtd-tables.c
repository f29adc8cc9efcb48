/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d tables as an operating system builds them (VT-d 4.1, 9.1 to 9.8).
 */
#include "vtd-tables.h"

#define ADDRESS UINT64_C(0x000ffffffffff000)
#define PRESENT UINT64_C(1)
#define LARGE	(UINT64_C(1) << 7)
#define PWSNP	(UINT64_C(1) << 23)

/* The page that the entry at @slot leads to. If there is none, it is made; @bits: the new entry's bits beside the address. */
static uint64_t descend(struct model_tables *tables, uint64_t slot, uint64_t bits)
{
	uint64_t entry = model_memory_get64(tables->memory, slot);

	if (!entry) {
		entry = model_table_new(tables) | bits;
		model_memory_set64(tables->memory, slot, entry);
	}
	return entry & ADDRESS;
}

uint64_t model_vtd_context_address(struct model_tables *tables, uint64_t root, bool scalable, uint16_t requester)
{
	uint64_t slot = root + (requester >> 8) * 16u + (scalable && requester & 0x80 ? 8 : 0);
	uint64_t table = descend(tables, slot, PRESENT);

	return table + (scalable ? (requester & 0x7fu) * 32 : (requester & 0xffu) * 16);
}

void model_vtd_set_context(struct model_tables *tables, uint64_t root, bool scalable, uint16_t requester,
			   uint64_t word0, uint64_t word1)
{
	uint64_t address = model_vtd_context_address(tables, root, scalable, requester);

	model_memory_set64(tables->memory, address, word0);
	model_memory_set64(tables->memory, address + 8, word1);
}

uint64_t model_vtd_directory_new(struct model_tables *tables, unsigned int pdts)
{
	uint64_t directory = model_table_new(tables);

	for (uint64_t bytes = MODEL_PAGE; bytes < UINT64_C(1024) << pdts; bytes += MODEL_PAGE)
		model_table_new(tables);
	return directory;
}

uint64_t model_vtd_pasid_address(struct model_tables *tables, uint64_t directory, uint32_t pasid)
{
	return descend(tables, directory + (pasid >> 6) * 8, PRESENT) + (pasid & 63) * 64;
}

void model_vtd_set_pasid(struct model_tables *tables, uint64_t directory, uint32_t pasid, unsigned int type,
			 uint64_t second, unsigned int levels, uint64_t first, uint16_t domain)
{
	uint64_t address = model_vtd_pasid_address(tables, directory, pasid);
	unsigned int second_levels = type == MODEL_PASID_NESTED || levels < 3 ? 4 : levels;
	unsigned int flpm = type == MODEL_PASID_FIRST && levels == 5;

	model_memory_set64(tables->memory, address, second | (uint64_t)type << 6 | (second_levels - 2) << 2 | PRESENT);
	model_memory_set64(tables->memory, address + 8, PWSNP | domain);
	model_memory_set64(tables->memory, address + 16, first | flpm << 2);
}

void model_map_second(struct model_tables *tables, uint64_t root, unsigned int levels, uint64_t iova, uint64_t physical,
		      unsigned int shift, unsigned int allowed)
{
	unsigned int level = levels, at = 12 + 9 * (levels - 1);

	for (; at > shift; at -= 9, level--)
		root = descend(tables, root + (iova >> at & 0x1ff) * 8, MODEL_RW);
	model_memory_set64(tables->memory, root + (iova >> at & 0x1ff) * 8,
			   physical | allowed | (level > 1 ? LARGE : 0));
}
