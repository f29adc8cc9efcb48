/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMAR to plan: units, whose devices they serve, and the devices that firmware wants left alone.
 */
#include "dmar.h"

#include "plan.h"

/* DMA Remapping Reporting Structure: remapping structures start behind the reserved bytes. VT-d, 8.1 */
#define DMAR_STRUCTURES	  48u
#define STRUCTURE_TYPE	  0
#define STRUCTURE_LENGTH  2
#define STRUCTURE_HEADER  4u

/* DMA-remapping hardware unit definition. 8.3 */
#define DRHD		  0
#define DRHD_FLAGS	  4
#define DRHD_ALL	  0x01 /* INCLUDE_PCI_ALL */
#define DRHD_SEGMENT	  6
#define DRHD_BASE	  8
#define DRHD_SCOPES	  16u

/* Reserved memory region reporting. 8.4 */
#define RMRR		  1
#define RMRR_SEGMENT	  6
#define RMRR_SCOPES	  24u

/* Device scope. 8.3.1 */
#define SCOPE_TYPE	  0
#define SCOPE_ENDPOINT	  1
#define SCOPE_HIERARCHY	  2
#define SCOPE_ACPI	  5
#define SCOPE_LENGTH	  1
#define SCOPE_BUS	  5
#define SCOPE_PATH	  6u

/* Type 1 configuration header. PCI-to-PCI Bridge Architecture 1.2, 3.2 */
#define CONFIG_BUSES	  0x18
#define SECONDARY_BUS	  IQ_MASK(15, 8)
#define SUBORDINATE_BUS	  IQ_MASK(23, 16)

/* What a device scope names. */
struct scope {
	uint16_t requester;
	uint8_t last_bus; /* the highest bus behind it, its own bus for an endpoint */
};

/* The buses behind the bridge @requester; false where configuration space cannot be asked or has no bridge there. */
static bool bridge(struct iq_config *config, uint16_t segment, uint16_t requester, uint8_t *first, uint8_t *last)
{
	uint32_t buses;

	if (!config || !config->read)
		return false;
	buses = config->read(config, segment, requester, CONFIG_BUSES);
	*first = (uint8_t)iq_field(buses, SECONDARY_BUS);
	*last = (uint8_t)iq_field(buses, SUBORDINATE_BUS);
	return *first > requester >> 8 && *first <= *last && *last != 0xff;
}

/* Follow the path of the @length bytes of device scope at @scope. */
static bool resolve(struct iq_config *config, uint16_t segment, const uint8_t *scope, uint32_t length,
		    struct scope *found)
{
	uint8_t bus = scope[SCOPE_BUS], last;

	for (uint32_t at = SCOPE_PATH; at + 2 <= length; at += 2) {
		if (scope[at] > 31 || scope[at + 1] > 7)
			return false;
		found->requester = (uint16_t)(bus << 8 | scope[at] << 3 | scope[at + 1]);
		if (at + 4 <= length && !bridge(config, segment, found->requester, &bus, &last))
			return false;
	}
	found->last_bus = bus;
	if (scope[SCOPE_TYPE] == SCOPE_HIERARCHY && bridge(config, segment, found->requester, &bus, &last))
		found->last_bus = last;
	return length >= SCOPE_PATH + 2;
}

/* Do something with each PCI scope of the @length bytes of structure at @structure. Those that lead nowhere are counted. */
static void each_scope(const uint8_t *structure, uint32_t length, uint32_t at, uint16_t segment,
		       struct iq_config *config, struct iq_plan *plan,
		       void (*add)(struct iq_plan *plan, uint16_t segment, const struct scope *scope))
{
	for (uint32_t size; at + SCOPE_PATH <= length; at += size) {
		const uint8_t *scope = structure + at;
		struct scope found;

		size = scope[SCOPE_LENGTH];
		if (size < SCOPE_PATH || size > length - at)
			return;
		if (scope[SCOPE_TYPE] != SCOPE_ENDPOINT && scope[SCOPE_TYPE] != SCOPE_HIERARCHY &&
		    scope[SCOPE_TYPE] != SCOPE_ACPI)
			continue;
		if (resolve(config, segment, scope, size, &found))
			add(plan, segment, &found);
		else
			plan->left_out++;
	}
}

static void add_requesters(struct iq_plan *plan, uint16_t segment, const struct scope *scope)
{
	(void)segment;
	iq_unit_add_requesters(&plan->unit[plan->units - 1], scope->requester, (uint16_t)(scope->last_bus << 8 | 0xff));
}

/*
 * Firmware goes on using this memory with these devices (BMC, USB legacy): refusing that can reset the platform. A
 * sub-hierarchy is exempted whole.
 */
static void add_rule(struct iq_plan *plan, uint16_t segment, const struct scope *scope)
{
	const bool endpoint = scope->last_bus == scope->requester >> 8;
	const struct iq_rule rule = {
		.segment = segment,
		.first = scope->requester,
		.last = (uint16_t)(endpoint ? scope->requester : scope->last_bus << 8 | 0xff),
		.mode = IQ_MODE_PRESERVE,
		.reason = IQ_REASON_RESERVED,
	};

	iq_plan_add_rule(plan, &rule);
}

static void add_unit(const uint8_t *drhd, uint32_t length, struct iq_config *config, struct iq_plan *plan)
{
	const uint16_t segment = iq_le16(drhd + DRHD_SEGMENT);

	if (iq_plan_add_unit(plan, &iq_vtd, segment, 0, iq_le64(drhd + DRHD_BASE)) != IQ_OK)
		return;
	if (!(drhd[DRHD_FLAGS] & DRHD_ALL))
		each_scope(drhd, length, DRHD_SCOPES, segment, config, plan, add_requesters);
	else
		iq_unit_add_requesters(&plan->unit[plan->units - 1], 0, 0xffff);
}

enum iq_status iq_dmar_plan(const uint8_t *table, uint32_t length, struct iq_config *config, struct iq_plan *plan,
			    uint32_t *offset)
{
	const unsigned int before = plan->units;
	uint32_t at = DMAR_STRUCTURES, size;

	*offset = 0;
	if (length < DMAR_STRUCTURES)
		return IQ_MALFORMED;
	for (; length - at >= STRUCTURE_HEADER; at += size) {
		const uint8_t *structure = table + at;

		size = iq_le16(structure + STRUCTURE_LENGTH);
		*offset = at;
		if (size < STRUCTURE_HEADER || size > length - at)
			return IQ_MALFORMED;
		switch (iq_le16(structure + STRUCTURE_TYPE)) {
		case DRHD:
			if (size < DRHD_SCOPES)
				return IQ_MALFORMED;
			add_unit(structure, size, config, plan);
			break;
		case RMRR:
			if (size < RMRR_SCOPES)
				return IQ_MALFORMED;
			each_scope(structure, size, RMRR_SCOPES, iq_le16(structure + RMRR_SEGMENT), config, plan,
				   add_rule);
			break;
		}
	}
	*offset = at;
	if (at != length)
		return IQ_MALFORMED;
	return plan->units > before ? IQ_OK : IQ_NOT_FOUND;
}
