/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a unit's device table lies: its segments. For the crash path and for the reader.
 */
#include "amdvi.h"

unsigned int amdvi_segments(const struct iq_unit *unit)
{
	const uint64_t enabled = iq_field(unit->value[AMDVI_CONTROL], CONTROL_DEV_TBL_SEG_EN);

	return enabled <= 3 ? 1u << enabled : 0;
}

struct amdvi_table amdvi_segment(const struct iq_unit *unit, unsigned int n)
{
	const uint64_t value = n ? unit->value[AMDVI_SEGMENT_1 + n - 1] : unit->value[AMDVI_DEVICE_TABLE];
	const unsigned int segments = amdvi_segments(unit);
	const uint32_t span = segments ? 0x10000u / segments : 0; /* reserved encodings have no requesters */
	const uint32_t pages = (uint32_t)iq_field(value, n ? DEVICE_TABLE_SIZE >> 1 : DEVICE_TABLE_SIZE) + 1;

	return (struct amdvi_table){
		.base = value & BASE_ADDRESS & ~unit->encryption,
		.first = n * span,
		.entries = (uint32_t)iq_min(value & BASE_ADDRESS ? pages * DTE_PER_PAGE : 0, span),
	};
}

uint64_t amdvi_tables(const struct iq_unit *unit)
{
	return unit->value[AMDVI_DEVICE_TABLE] & BASE_ADDRESS & ~unit->encryption;
}

bool amdvi_readable(struct iq_memory *memory, const struct iq_unit *unit)
{
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		for (uint32_t at = 0; at < table.entries; at += DTE_PER_PAGE)
			if (!memory->map(memory, table.base + at * DTE_SIZE, IQ_PAGE_SIZE))
				return false;
	}
	return true;
}
