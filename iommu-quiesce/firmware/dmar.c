/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes the remapping structures of DMAR and their device scopes. vt-d/plan.c makes a plan from them.
 */
#include "dmar.h"

#include "pci-registers.h"

/* The length of each type's fixed part, and whether device scopes follow it. */
static const struct {
	uint8_t fixed;
	bool scopes;
} types[] = {
	[DMAR_DRHD] = { DRHD_SCOPES, true }, [DMAR_RMRR] = { RMRR_SCOPES, true }, [DMAR_ATSR] = { ATSR_SCOPES, true },
	[DMAR_RHSA] = { RHSA_LENGTH, false }, [DMAR_ANDD] = { ANDD_NAME, false }, [DMAR_SATC] = { SATC_SCOPES, true },
	[DMAR_SIDP] = { SIDP_SCOPES, true },
};

static void measure_structure(struct iq_structure *structure)
{
	structure->type = iq_le16(structure->bytes + DMAR_TYPE);
	structure->claimed = iq_le16(structure->bytes + DMAR_LENGTH);
	if (structure->type < IQ_ARRAY_SIZE(types))
		structure->fixed = types[structure->type].fixed;
}

static void measure_scope(struct iq_structure *scope)
{
	scope->type = scope->bytes[SCOPE_TYPE];
	scope->claimed = scope->bytes[SCOPE_LENGTH];
	scope->fixed = SCOPE_PATH + SCOPE_STEP;
}

void iq_dmar_structures(struct iq_walk *walk, const uint8_t *table, uint32_t length)
{
	static const struct iq_structures structures = { DMAR_HEADER, measure_structure };

	iq_walk_start(walk, &structures, table, DMAR_STRUCTURES, length);
}

void iq_dmar_scopes(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *structure)
{
	static const struct iq_structures scopes = { SCOPE_PATH, measure_scope };
	uint32_t at = structure->length;

	if (structure->type < IQ_ARRAY_SIZE(types) && types[structure->type].scopes)
		at = types[structure->type].fixed;
	iq_walk_start(walk, &scopes, table, structure->offset + at, structure->offset + structure->length);
}

void iq_dmar_drhd(const struct iq_structure *structure, struct iq_drhd *drhd)
{
	*drhd = (struct iq_drhd){
		.segment = iq_structure_16(structure, DRHD_SEGMENT),
		.base = iq_structure_64(structure, DRHD_BASE),
		.size = IQ_PAGE_SIZE << (iq_structure_8(structure, DRHD_SIZE) & DRHD_SIZE_PAGES),
		.all = iq_structure_8(structure, DRHD_FLAGS) & DRHD_ALL,
	};
}

void iq_dmar_rmrr(const struct iq_structure *structure, struct iq_rmrr *rmrr)
{
	*rmrr = (struct iq_rmrr){
		.segment = iq_structure_16(structure, RMRR_SEGMENT),
		.base = iq_structure_64(structure, RMRR_BASE),
		.limit = iq_structure_64(structure, RMRR_LIMIT),
	};
}

bool iq_rmrr_has_memory(const struct iq_rmrr *rmrr)
{
	return rmrr->limit > rmrr->base && rmrr->limit - rmrr->base >= IQ_PAGE_SIZE - 1;
}

/* Read the buses behind the bridge @requester. False if configuration space cannot be read, or no bridge is there. */
static bool bridge(struct iq_config *config, uint16_t segment, uint16_t requester, uint8_t *first, uint8_t *last)
{
	uint32_t buses;

	if (!config || !config->read)
		return false;
	if (iq_field(config->read(config, segment, requester, PCI_HEADER), HEADER_LAYOUT) != LAYOUT_BRIDGE)
		return false;
	buses = config->read(config, segment, requester, PCI_BUSES);
	*first = (uint8_t)iq_field(buses, BUS_SECONDARY);
	*last = (uint8_t)iq_field(buses, BUS_SUBORDINATE);
	return buses != UINT32_MAX && *first > requester >> 8 && *first <= *last;
}

bool iq_dmar_resolve(const struct iq_structure *scope, uint16_t segment, struct iq_config *config,
		      struct iq_dmar_scope *found)
{
	uint8_t bus = iq_structure_8(scope, SCOPE_BUS), last;

	for (uint32_t at = SCOPE_PATH; at + SCOPE_STEP <= scope->length; at += SCOPE_STEP) {
		const uint8_t device = scope->bytes[at], function = scope->bytes[at + 1];

		if (device > 31 || function > 7)
			return false;
		found->requester = (uint16_t)(bus << 8 | device << 3 | function);
		if (at + 2 * SCOPE_STEP <= scope->length && !bridge(config, segment, found->requester, &bus, &last))
			return false;
	}
	found->first_bus = 0;
	found->last_bus = bus;
	if (scope->length < SCOPE_PATH + SCOPE_STEP)
		return false;
	return scope->type != SCOPE_HIERARCHY ||
	       bridge(config, segment, found->requester, &found->first_bus, &found->last_bus);
}
