/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of MCFG in the words of the PCI Firmware Specification 3.3, 4.1.2.
 */
#include "dump.h"

#include "firmware/mcfg.h"

static const struct kq_field header_fields[] = {
	{ "Reserved", MCFG_RESERVED, 8, KQ_RESERVED, NULL },
};

static const struct kq_field allocation_fields[] = {
	{ "Base Address", MCFG_BASE, 8, KQ_HEX, NULL },
	{ "PCI Segment Group Number", MCFG_SEGMENT, 2, KQ_HEX, NULL },
	{ "Start Bus Number", MCFG_FIRST_BUS, 1, KQ_HEX, NULL },
	{ "End Bus Number", MCFG_LAST_BUS, 1, KQ_HEX, NULL },
	{ "Reserved", MCFG_ALLOCATION_RESERVED, 4, KQ_RESERVED, NULL },
};

static const struct kq_layout allocation_layout = KQ_LAYOUT("Allocation", allocation_fields, true);

/* An earlier allocation that has a bus of this one. */
static bool overlaps(const struct kq_dump *dump, const struct iq_structure *structure,
		     const struct iq_mcfg_allocation *allocation, uint32_t *offset)
{
	struct iq_mcfg_allocation other;
	struct iq_structure earlier;
	struct iq_walk walk;

	iq_mcfg_allocations(&walk, dump->table, structure->offset);
	while (iq_walk_next(&walk, &earlier)) {
		iq_mcfg_decode(&earlier, &other);
		*offset = earlier.offset;
		if (other.segment == allocation->segment && other.first_bus <= allocation->last_bus &&
		    allocation->first_bus <= other.last_bus)
			return true;
	}
	return false;
}

static void structures(struct kq_dump *dump)
{
	struct iq_mcfg_allocation allocation;
	struct iq_structure structure;
	struct iq_walk walk;
	unsigned int count = 0;
	uint32_t offset;

	iq_mcfg_allocations(&walk, dump->table, dump->length);
	while (iq_walk_next(&walk, &structure)) {
		count++;
		kq_dump_begin(dump, &allocation_layout, &structure, NULL);
		iq_mcfg_decode(&structure, &allocation);
		if (!structure.flaw && !allocation.base)
			kq_dump_flaw(dump, "no configuration space can be at 0x0");
		if (!structure.flaw && allocation.first_bus > allocation.last_bus)
			kq_dump_flaw(dump, "its range of buses ends before it starts");
		else if (!structure.flaw && overlaps(dump, &structure, &allocation, &offset))
			kq_dump_flaw(dump, "has buses of the allocation at offset 0x%x", offset);
		kq_dump_end(dump);
	}
	if (!count)
		kq_dump_flaw(dump, "names no configuration space");
}

const struct kq_table_kind kq_mcfg_table = {
	IQ_MCFG_SIGNATURE, "PCI Express Memory-mapped Configuration Space", 1, 1, MCFG_ALLOCATIONS,
	header_fields, IQ_ARRAY_SIZE(header_fields), structures, NULL,
};
