/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes MCFG: an array of allocations of equal size.
 */
#include "mcfg.h"

static void measure(struct iq_structure *allocation)
{
	allocation->claimed = MCFG_ALLOCATION_SIZE;
	allocation->fixed = MCFG_ALLOCATION_SIZE;
}

void iq_mcfg_allocations(struct iq_walk *walk, const uint8_t *table, uint32_t length)
{
	static const struct iq_structures allocations = { MCFG_ALLOCATION_SIZE, measure };

	iq_walk_start(walk, &allocations, table, MCFG_ALLOCATIONS, length);
}

void iq_mcfg_decode(const struct iq_structure *structure, struct iq_mcfg_allocation *allocation)
{
	*allocation = (struct iq_mcfg_allocation){
		.base = iq_structure_64(structure, MCFG_BASE),
		.segment = iq_structure_16(structure, MCFG_SEGMENT),
		.first_bus = iq_structure_8(structure, MCFG_FIRST_BUS),
		.last_bus = iq_structure_8(structure, MCFG_LAST_BUS),
	};
}

uint64_t iq_mcfg_address(const uint8_t *table, uint32_t length, uint16_t segment, uint16_t requester)
{
	const unsigned int bus = requester >> 8;
	struct iq_mcfg_allocation allocation;
	struct iq_structure structure;
	struct iq_walk walk;

	iq_mcfg_allocations(&walk, table, length);
	while (iq_walk_next(&walk, &structure) && !structure.flaw) {
		iq_mcfg_decode(&structure, &allocation);
		if (allocation.segment == segment && allocation.first_bus <= bus && bus <= allocation.last_bus)
			return allocation.base + requester * MCFG_FUNCTION_SIZE;
	}
	return 0;
}
