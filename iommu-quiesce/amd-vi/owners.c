/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners from IVRS: the device entries of its IVHD blocks.
 */
#include "amdvi.h"

#include "firmware/ivrs.h"
#include "owner.h"

static bool from_block(const uint8_t *table, const struct iq_structure *block, const struct iq_plan *plan, iq_owner_taker take,
		       void *context)
{
	struct iq_ivhd_device device;
	struct iq_walk entries;
	struct iq_ivhd ivhd;
	bool more = true;

	iq_ivhd_decode(block, &ivhd);
	iq_ivhd_entries(&entries, table, block);
	while (more && iq_ivhd_next_device(&entries, &device))
		more = take(context, &(struct iq_owner){
					     .segment = ivhd.segment,
					     .first = device.first,
					     .last = device.last,
					     .unit = iq_owner_unit(plan, ivhd.base),
					     .rest = device.type == IVHD_ALL,
					     .aliased = device.aliased,
					     .alias = device.alias,
				     });
	return more;
}

bool amdvi_owners(const uint8_t *table, uint32_t length, struct iq_config *config, const struct iq_plan *plan, iq_owner_taker take,
		  void *context)
{
	struct iq_structure block;
	struct iq_walk walk;
	bool more = true;

	(void)config;
	iq_ivrs_blocks(&walk, table, length);
	while (more && iq_walk_next(&walk, &block))
		if (block.flaw <= IQ_FLAW_SHORT && iq_ivhd_rank(block.type) && iq_ivrs_counts(table, length, &block))
			more = from_block(table, &block, plan, take, context);
	return more;
}
