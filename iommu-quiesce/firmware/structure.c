/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One bounded walk for all firmware tables. Every step moves forward by at least a header, and never beyond the containing
 * structure or table.
 */
#include "structure.h"

void iq_walk_start(struct iq_walk *walk, const struct iq_structures *kind, const uint8_t *table, uint32_t at,
		   uint32_t end)
{
	*walk = (struct iq_walk){ kind, table, at < end ? at : end, end, UINT32_MAX };
}

bool iq_walk_next(struct iq_walk *walk, struct iq_structure *structure)
{
	const uint32_t rest = walk->end - walk->at;

	if (!rest || !walk->left)
		return false;
	*structure = (struct iq_structure){ .bytes = walk->table + walk->at, .offset = walk->at, .length = rest };
	if (rest < walk->kind->header) {
		structure->flaw = IQ_FLAW_CUT_OFF;
	} else {
		walk->kind->measure(structure);
		if (structure->claimed < walk->kind->header)
			structure->flaw = IQ_FLAW_NO_LENGTH;
		else if (structure->claimed > rest)
			structure->flaw = IQ_FLAW_RUNS_OUT;
		else
			structure->length = structure->claimed;
	}
	if (!structure->flaw && structure->length < structure->fixed)
		structure->flaw = IQ_FLAW_SHORT;
	walk->at += structure->length;
	walk->left--;
	return true;
}

uint64_t iq_structure_field(const struct iq_structure *structure, uint32_t offset, uint32_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size && offset + i < structure->length; i++)
		value |= (uint64_t)structure->bytes[offset + i] << 8 * i;
	return value;
}
