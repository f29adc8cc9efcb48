/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes the blocks of IVRS and their device entries. amd-vi/plan.c makes a plan from them.
 */
#include "ivrs.h"

/* Devices that do DMA: not the host bridge 00:00. Of ff:1f function 0 is enough. */
#define FIRST_DEVICE 0x0008u
#define LAST_DEVICE  0xfff8u
#define PASSES	     9u /* over ranges in any order */

static void measure_block(struct iq_structure *block)
{
	block->type = block->bytes[IVRS_BLOCK_TYPE];
	block->claimed = iq_le16(block->bytes + IVRS_BLOCK_LENGTH);
	if (block->type == IVHD_10)
		block->fixed = IVHD_10_SIZE;
	else if (iq_ivhd_rank(block->type))
		block->fixed = IVHD_11_SIZE;
	else if (iq_ivmd_is(block->type))
		block->fixed = IVMD_SIZE;
}

static void measure_entry(struct iq_structure *entry)
{
	entry->type = entry->bytes[IVHD_ENTRY_TYPE];
	if (entry->type == IVHD_ACPI_HID)
		entry->claimed = IVHD_HID_SIZE + iq_structure_8(entry, IVHD_UID_LENGTH);
	else
		entry->claimed = 4u << (entry->type >> 6);
}

void iq_ivrs_blocks(struct iq_walk *walk, const uint8_t *table, uint32_t length)
{
	static const struct iq_structures blocks = { IVRS_BLOCK_HEADER, measure_block };

	iq_walk_start(walk, &blocks, table, IVRS_BLOCKS, length);
}

unsigned int iq_ivhd_rank(uint16_t type)
{
	return type == IVHD_40 ? 3 : type == IVHD_11 ? 2 : type == IVHD_10;
}

void iq_ivhd_decode(const struct iq_structure *block, struct iq_ivhd *ivhd)
{
	const bool has_efr = block->type != IVHD_10;

	*ivhd = (struct iq_ivhd){
		.type = (uint8_t)block->type,
		.flags = iq_structure_8(block, IVRS_BLOCK_FLAGS),
		.requester = iq_structure_16(block, IVHD_REQUESTER),
		.capability = iq_structure_16(block, IVHD_CAPABILITY),
		.segment = iq_structure_16(block, IVHD_SEGMENT),
		.info = iq_structure_16(block, IVHD_INFO),
		.features = iq_structure_32(block, IVHD_FEATURES),
		.base = iq_structure_64(block, IVHD_BASE),
		.efr = has_efr ? iq_structure_64(block, IVHD_EFR) : 0,
		.efr2 = has_efr ? iq_structure_64(block, IVHD_EFR2) : 0,
	};
}

bool iq_ivrs_counts(const uint8_t *table, uint32_t length, const struct iq_structure *block)
{
	unsigned int best = 0, rank;
	struct iq_structure other;
	struct iq_ivhd mine, its;
	uint32_t winner = 0;
	struct iq_walk walk;

	iq_ivhd_decode(block, &mine);
	iq_ivrs_blocks(&walk, table, length);
	while (iq_walk_next(&walk, &other)) {
		rank = other.flaw > IQ_FLAW_SHORT ? 0 : iq_ivhd_rank(other.type);
		iq_ivhd_decode(&other, &its);
		if (rank > best && its.segment == mine.segment && its.requester == mine.requester) {
			best = rank;
			winner = other.offset;
		}
	}
	return best && winner == block->offset;
}

void iq_ivhd_entries(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *block)
{
	static const struct iq_structures entries = { IVHD_ENTRY_HEADER, measure_entry };

	iq_walk_start(walk, &entries, table, block->offset + (block->type == IVHD_10 ? IVHD_10_SIZE : IVHD_11_SIZE),
		      block->offset + block->length);
}

/* Skip padding. If the next entry ends a range, consume it and set @last. */
static bool take_end(struct iq_walk *entries, uint16_t *last)
{
	struct iq_walk ahead = *entries;
	struct iq_structure entry;

	while (iq_walk_next(&ahead, &entry) && !entry.flaw) {
		if (entry.type == IVHD_PAD || entry.type == IVHD_PAD_8)
			continue;
		if (entry.type != IVHD_END)
			return false;
		*last = iq_structure_16(&entry, IVHD_ENTRY_REQUESTER);
		*entries = ahead;
		return true;
	}
	return false;
}

/* Fill in @device from one entry. False if the entry names no device. */
static bool decode_entry(const struct iq_structure *entry, struct iq_ivhd_device *device)
{
	const uint16_t requester = iq_structure_16(entry, IVHD_ENTRY_REQUESTER);

	*device = (struct iq_ivhd_device){
		.offset = entry->offset,
		.type = (uint8_t)entry->type,
		.setting = iq_structure_8(entry, IVHD_ENTRY_SETTING),
		.first = requester,
		.last = requester,
	};
	switch (entry->type) {
	case IVHD_ALL:
		device->first = 0;
		device->last = 0xffff;
		return true;
	case IVHD_SPECIAL:
		device->first = device->last = iq_structure_16(entry, IVHD_ENTRY_ALIAS);
		return true;
	case IVHD_ALIAS:
	case IVHD_ALIAS_START:
		device->aliased = true;
		device->alias = iq_structure_16(entry, IVHD_ENTRY_ALIAS);
		return true;
	case IVHD_EXT:
	case IVHD_EXT_START:
		device->extended = iq_structure_32(entry, IVHD_ENTRY_EXTENDED);
		return true;
	case IVHD_SELECT:
	case IVHD_START:
	case IVHD_END:
	case IVHD_ACPI_HID:
		return true;
	default:
		return false;
	}
}

bool iq_ivhd_next_device(struct iq_walk *entries, struct iq_ivhd_device *device)
{
	struct iq_structure entry;

	while (iq_walk_next(entries, &entry)) {
		if (entry.flaw || !decode_entry(&entry, device))
			continue;
		if (entry.type == IVHD_START || entry.type == IVHD_ALIAS_START || entry.type == IVHD_EXT_START)
			device->unpaired = !take_end(entries, &device->last) || device->last < device->first;
		else
			device->unpaired = entry.type == IVHD_END;
		if (device->unpaired)
			device->last = device->first;
		return true;
	}
	return false;
}

bool iq_ivmd_is(uint16_t type)
{
	return type >= IVMD_ALL && type <= IVMD_RANGE;
}

void iq_ivmd_decode(const struct iq_structure *block, struct iq_ivmd *ivmd)
{
	*ivmd = (struct iq_ivmd){
		.type = (uint8_t)block->type,
		.flags = iq_structure_8(block, IVRS_BLOCK_FLAGS),
		.segment = iq_structure_16(block, IVMD_SEGMENT),
		.first = iq_structure_16(block, IVMD_FIRST),
		.last = iq_structure_16(block, IVMD_LAST),
		.base = iq_structure_64(block, IVMD_BASE),
		.length = iq_structure_64(block, IVMD_LENGTH),
	};
	if (block->type == IVMD_SELECT)
		ivmd->last = ivmd->first;
	if (block->type == IVMD_ALL) {
		ivmd->first = 0;
		ivmd->last = 0xffff;
	}
}

bool iq_ivmd_has_memory(const struct iq_ivmd *ivmd)
{
	return ivmd->length >= IQ_PAGE_SIZE;
}

/* The first requester id from @id on that no block of the table names, one pass. */
static uint32_t next_unnamed(const uint8_t *table, uint32_t length, uint16_t segment, uint32_t id)
{
	struct iq_structure block;
	struct iq_ivmd ivmd;
	struct iq_walk walk;

	iq_ivrs_blocks(&walk, table, length);
	while (iq_walk_next(&walk, &block)) {
		if (block.flaw || !iq_ivmd_is(block.type))
			continue;
		iq_ivmd_decode(&block, &ivmd);
		if (ivmd.type != IVMD_ALL && ivmd.segment == segment && iq_ivmd_has_memory(&ivmd) && ivmd.first <= id &&
		    id <= ivmd.last)
			id = ivmd.last + 1u;
	}
	return id;
}

bool iq_ivrs_reserves_for_all(const uint8_t *table, uint32_t length, uint16_t segment)
{
	uint32_t id = FIRST_DEVICE, before = 0;

	for (unsigned int pass = 0; pass < PASSES && id != before; pass++) {
		before = id;
		id = next_unnamed(table, length, segment, id);
	}
	return id > LAST_DEVICE;
}
