/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IVRS to plan: the IVHD blocks' units, and the devices of the IVMD blocks.
 */
#include "amdvi.h"

#include "firmware/ivrs.h"

#define HIGHEST_RANK 3u

static bool known(const struct iq_family *family, const struct iq_plan *plan, const struct iq_ivhd *ivhd)
{
	for (unsigned int i = 0; i < plan->units; i++)
		if (plan->unit[i].family == family && plan->unit[i].segment == ivhd->segment &&
		    plan->unit[i].requester == ivhd->requester)
			return true;
	return false;
}

/* The functions whose DMA the unit of @block translates. */
static void add_served(const uint8_t *table, const struct iq_structure *block, uint16_t segment, struct iq_plan *plan)
{
	struct iq_ivhd_device device;
	struct iq_walk entries;

	iq_ivhd_entries(&entries, table, block);
	/* Bound: the entries of the block. */
	while (iq_ivhd_next_device(&entries, &device))
		if (device.type != IVHD_SPECIAL)
			iq_plan_add_served(plan, segment, device.first, device.last);
}

static void add_unit(const struct iq_family *family, const uint8_t *table, const struct iq_structure *block,
		     struct iq_plan *plan)
{
	struct iq_ivhd ivhd;

	iq_ivhd_decode(block, &ivhd);
	if (known(family, plan, &ivhd) ||
	    iq_plan_add_unit(plan, family, ivhd.segment, ivhd.requester, ivhd.base) != IQ_OK)
		return;
	if (ivhd.type != IVHD_10 && ivhd.features & IVHD_ATTRIBUTES_HATDIS)
		plan->unit[plan->units - 1].traits |= AMDVI_NO_HOST_TABLES;
	add_served(table, block, ivhd.segment, plan);
}

/*
 * Firmware goes on using this memory with these devices (BMC, USB legacy): refusing that can reset the platform.
 * Neither blocks for all devices nor one without memory are a reason to leave devices able to write: firmware was seen
 * with blocks of 0 bytes at 0, and of 1 byte for every function.
 */
static void preserve(struct iq_plan *plan, uint16_t segment, uint16_t first, uint16_t last)
{
	iq_plan_add_rule(plan, &(struct iq_rule){
		.segment = segment,
		.first = first,
		.last = last,
		.mode = IQ_MODE_PRESERVE,
		.reason = IQ_REASON_RESERVED,
	});
}

/* DMA of a device behind a bridge arrives under another requester id, whose entry decides about it. */
static void preserve_aliases(const uint8_t *table, uint32_t length, const struct iq_ivmd *ivmd, struct iq_plan *plan)
{
	struct iq_walk blocks, entries;
	struct iq_ivhd_device device;
	struct iq_structure block;
	struct iq_ivhd ivhd;

	iq_ivrs_blocks(&blocks, table, length);
	while (iq_walk_next(&blocks, &block)) {
		if (block.flaw > IQ_FLAW_SHORT || !iq_ivhd_rank(block.type))
			continue;
		iq_ivhd_decode(&block, &ivhd);
		if (ivhd.segment != ivmd->segment)
			continue;
		iq_ivhd_entries(&entries, table, &block);
		/* Bound: the entries of the block. */
		while (iq_ivhd_next_device(&entries, &device))
			if (device.aliased && device.first <= ivmd->last && ivmd->first <= device.last)
				preserve(plan, ivmd->segment, device.alias, device.alias);
	}
}

static void add_rule(const uint8_t *table, uint32_t length, const struct iq_structure *block, struct iq_plan *plan)
{
	struct iq_ivmd ivmd;

	iq_ivmd_decode(block, &ivmd);
	if (ivmd.type == IVMD_ALL || !iq_ivmd_has_memory(&ivmd) ||
	    iq_ivrs_reserves_for_all(table, length, ivmd.segment))
		return;
	preserve(plan, ivmd.segment, ivmd.first, ivmd.last);
	preserve_aliases(table, length, &ivmd, plan);
}

/* A unit's newest description first: it is the valid one. */
static void add_units(const struct iq_family *family, const uint8_t *table, uint32_t length, struct iq_plan *plan)
{
	struct iq_structure block;
	struct iq_walk walk;

	for (unsigned int rank = HIGHEST_RANK; rank; rank--) {
		iq_ivrs_blocks(&walk, table, length);
		while (iq_walk_next(&walk, &block))
			if (block.flaw <= IQ_FLAW_SHORT && block.length >= IVHD_10_SIZE &&
			    iq_ivhd_rank(block.type) == rank)
				add_unit(family, table, &block, plan);
	}
}

enum iq_status amdvi_plan(const struct iq_family *family, const uint8_t *table, uint32_t length,
			  struct iq_config *config, struct iq_plan *plan, uint32_t *offset)
{
	const unsigned int before = plan->units;
	enum iq_status status = IQ_OK;
	struct iq_structure block;
	struct iq_walk walk;

	(void)config;
	*offset = 0;
	if (length < IVRS_BLOCKS)
		return IQ_MALFORMED;
	add_units(family, table, length, plan);
	iq_ivrs_blocks(&walk, table, length);
	while (iq_walk_next(&walk, &block)) {
		if (block.flaw && status == IQ_OK) {
			status = IQ_MALFORMED;
			*offset = block.offset;
		}
		if (!block.flaw && iq_ivmd_is(block.type))
			add_rule(table, length, &block, plan);
	}
	if (status != IQ_OK)
		return status;
	*offset = walk.at;
	return plan->units > before ? IQ_OK : IQ_NOT_FOUND;
}
