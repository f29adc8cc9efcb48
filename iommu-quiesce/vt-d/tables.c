/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a unit's context tables lie, and which of their entries are open. For the crash path and for the reader.
 */
#include "vtd.h"

uint64_t vtd_context_table(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id)
{
	const uint64_t root = unit->value[VTD_RTADDR] & ADDRESS;
	const uint64_t *entry = memory->map(memory, root + (id >> 8) * ROOT_SIZE, ROOT_SIZE);
	uint64_t word;

	if (!entry)
		return 0;
	word = entry[vtd_scalable(unit) && id & 0x80];
	return word & ROOT_P ? word & ADDRESS : 0;
}

uint64_t vtd_tables(const struct iq_unit *unit)
{
	return unit->value[VTD_RTADDR] & ADDRESS;
}

bool vtd_readable(struct iq_memory *memory, const struct iq_unit *unit)
{
	if (!memory->map(memory, vtd_tables(unit), IQ_PAGE_SIZE))
		return false;
	/* A context table is for a bus, in scalable mode for half of one. */
	for (iq_source_id id = 0; id < VTD_IDS; id += 0x80) {
		const uint64_t table = vtd_context_table(memory, unit, id);

		if (table && !memory->map(memory, table, IQ_PAGE_SIZE))
			return false;
	}
	return true;
}

bool vtd_next_open(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id)
{
	const uint32_t size = vtd_scalable(unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE;
	const uint32_t per_table = (uint32_t)(IQ_PAGE_SIZE / size);

	while (*id < VTD_IDS) {
		const uint64_t table = vtd_context_table(memory, unit, *id);
		const uint64_t *page = table ? memory->map(memory, table, IQ_PAGE_SIZE) : NULL;
		const uint32_t end = *id - *id % per_table + per_table;

		for (; page && *id < end; ++*id) {
			const uint64_t word = page[*id % per_table * (size / sizeof(*page))];

			if (word & CONTEXT_P && (vtd_scalable(unit) || iq_field(word, CONTEXT_TT) != TT_RESERVED))
				return true;
		}
		*id = end;
	}
	return false;
}
