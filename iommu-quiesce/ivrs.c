/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IVRS to plan. Only what the crash path needs: the IVHD blocks' units and the IVMD blocks' devices.
 */
#include "ivrs.h"

#include "plan.h"

/* I/O Virtualization Reporting Structure: blocks start behind IVinfo. AMD 48882, 5.2.1 */
#define IVRS_BLOCKS	48u
#define BLOCK_TYPE	0
#define BLOCK_LENGTH	2
#define BLOCK_HEADER	4u

/* I/O Virtualization Hardware Definition. 5.2.2 */
#define IVHD_REQUESTER	4
#define IVHD_BASE	8
#define IVHD_SEGMENT	16
#define IVHD_SIZE	24u	/* type 10h */
#define IVHD_SIZE_EFR	40u	/* types 11h and 40h */

/* IVHD device entries. 5.2.2.1: the two highest bits of the type give the length */
#define ENTRY_REQUESTER	1
#define ENTRY_ALL	0x01
#define ENTRY_SELECT	0x02
#define ENTRY_START	0x03
#define ENTRY_END	0x04
#define ENTRY_ALIAS	0x42
#define ENTRY_ALIAS_START 0x43
#define ENTRY_ALIAS_TO	5
#define ENTRY_EXT	0x46
#define ENTRY_EXT_START	0x47
#define ENTRY_SPECIAL	0x48
#define ENTRY_ACPI_HID	0xf0
#define ENTRY_HID_UID_LENGTH 21
#define ENTRY_HID_SIZE	22u

/* I/O Virtualization Memory Definition. 5.2.3 */
#define IVMD_SELECT	0x21
#define IVMD_RANGE	0x22
#define IVMD_FIRST	4
#define IVMD_LAST	6
#define IVMD_SEGMENT	8
#define IVMD_SIZE	32u

/* The same unit is described by several IVHD types; the highest one that software knows is the valid one. */
static const uint8_t ivhd_types[] = { 0x40, 0x11, 0x10 };

static bool known(const struct iq_plan *plan, uint16_t segment, uint16_t requester)
{
	for (unsigned int i = 0; i < plan->units; i++)
		if (plan->unit[i].family == &iq_amdvi && plan->unit[i].segment == segment &&
		    plan->unit[i].requester == requester)
			return true;
	return false;
}

static uint32_t entry_length(const uint8_t *entry, uint32_t room)
{
	if (entry[0] == ENTRY_ACPI_HID)
		return room >= ENTRY_HID_SIZE ? ENTRY_HID_SIZE + entry[ENTRY_HID_UID_LENGTH] : 0;
	return 4u << (entry[0] >> 6);
}

/* Which requester ids reach memory through @unit. Entries that do not fit end the list. */
static void add_requesters(const uint8_t *ivhd, struct iq_unit *unit)
{
	const uint32_t end = iq_le16(ivhd + BLOCK_LENGTH);
	uint32_t at = ivhd[BLOCK_TYPE] == 0x10 ? IVHD_SIZE : IVHD_SIZE_EFR, length;
	uint16_t start = 0;

	for (; at + BLOCK_HEADER <= end; at += length) {
		const uint8_t *entry = ivhd + at;
		const uint16_t requester = iq_le16(entry + ENTRY_REQUESTER);

		length = entry_length(entry, end - at);
		if (!length || length > end - at)
			return;
		switch (entry[0]) {
		case ENTRY_ALL:
			iq_unit_add_requesters(unit, 0, 0xffff);
			break;
		case ENTRY_START:
		case ENTRY_ALIAS_START:
		case ENTRY_EXT_START:
			start = requester;
			break;
		case ENTRY_END:
			iq_unit_add_requesters(unit, start, requester);
			break;
		case ENTRY_SELECT:
		case ENTRY_EXT:
		case ENTRY_ALIAS:
		case ENTRY_ACPI_HID:
			iq_unit_add_requesters(unit, requester, requester);
			break;
		}
		if (entry[0] == ENTRY_ALIAS || entry[0] == ENTRY_ALIAS_START || entry[0] == ENTRY_SPECIAL)
			iq_unit_add_requesters(unit, iq_le16(entry + ENTRY_ALIAS_TO), iq_le16(entry + ENTRY_ALIAS_TO));
	}
}

static void add_unit(const uint8_t *ivhd, struct iq_plan *plan)
{
	uint16_t segment = iq_le16(ivhd + IVHD_SEGMENT);
	uint16_t requester = iq_le16(ivhd + IVHD_REQUESTER);

	if (!known(plan, segment, requester) &&
	    iq_plan_add_unit(plan, &iq_amdvi, segment, requester, iq_le64(ivhd + IVHD_BASE)) == IQ_OK)
		add_requesters(ivhd, &plan->unit[plan->units - 1]);
}

/*
 * Firmware goes on using this memory with these devices (BMC, USB legacy): refusing that can reset the platform.
 * A block for all devices (type 20h) is not taken as a reason to leave all devices able to write.
 */
static void add_rule(const uint8_t *ivmd, struct iq_plan *plan)
{
	const uint16_t first = iq_le16(ivmd + IVMD_FIRST);
	const struct iq_rule rule = {
		.segment = iq_le16(ivmd + IVMD_SEGMENT),
		.first = first,
		.last = ivmd[BLOCK_TYPE] == IVMD_RANGE ? iq_le16(ivmd + IVMD_LAST) : first,
		.mode = IQ_MODE_PRESERVE,
		.reason = IQ_REASON_RESERVED,
	};

	iq_plan_add_rule(plan, &rule);
}

/* Do something with each block of @type. IQ_MALFORMED with *@offset at a block that does not fit. */
static enum iq_status each_block(const uint8_t *table, uint32_t length, uint8_t type, uint32_t size,
				 void (*add)(const uint8_t *block, struct iq_plan *plan), struct iq_plan *plan,
				 uint32_t *offset)
{
	uint32_t at = IVRS_BLOCKS, block;

	for (; length - at >= BLOCK_HEADER; at += block) {
		block = iq_le16(table + at + BLOCK_LENGTH);
		*offset = at;
		if (block < BLOCK_HEADER || block > length - at)
			return IQ_MALFORMED;
		if (table[at + BLOCK_TYPE] != type)
			continue;
		if (block < size)
			return IQ_MALFORMED;
		add(table + at, plan);
	}
	*offset = at;
	return at == length ? IQ_OK : IQ_MALFORMED;
}

enum iq_status iq_ivrs_plan(const uint8_t *table, uint32_t length, struct iq_config *config, struct iq_plan *plan,
			    uint32_t *offset)
{
	const unsigned int before = plan->units;
	enum iq_status status = IQ_OK, one;
	uint32_t at;

	(void)config;
	*offset = 0;
	if (length < IVRS_BLOCKS)
		return IQ_MALFORMED;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(ivhd_types); i++) {
		one = each_block(table, length, ivhd_types[i], IVHD_SIZE, add_unit, plan, &at);
		if (one != IQ_OK) {
			status = one;
			*offset = at;
		}
	}
	each_block(table, length, IVMD_SELECT, IVMD_SIZE, add_rule, plan, &at);
	each_block(table, length, IVMD_RANGE, IVMD_SIZE, add_rule, plan, &at);
	if (status != IQ_OK)
		return status;
	return plan->units > before ? IQ_OK : IQ_NOT_FOUND;
}
