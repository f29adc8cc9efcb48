/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners from DMAR: the device scopes of its DRHD structures.
 */
#include "vtd.h"

#include "firmware/dmar.h"
#include "owner.h"

static bool from_scopes(const uint8_t *table, const struct iq_structure *structure, const struct iq_drhd *drhd,
			struct iq_config *config, uint16_t unit, iq_owner_taker take, void *context)
{
	struct iq_owner owner = { .segment = drhd->segment, .unit = unit };
	struct iq_dmar_scope found;
	struct iq_structure scope;
	struct iq_walk walk;
	bool more = true;

	iq_dmar_scopes(&walk, table, structure);
	while (more && iq_walk_next(&walk, &scope)) {
		if (scope.flaw || !iq_dmar_resolve(&scope, drhd->segment, config, &found))
			continue;
		owner.first = owner.last = found.requester;
		more = take(context, &owner);
		if (!more || found.last_bus <= found.requester >> 8)
			continue;
		owner.first = (uint16_t)((found.requester & 0xff00) + 0x100);
		owner.last = (uint16_t)(found.last_bus << 8 | 0xff);
		more = take(context, &owner);
	}
	return more;
}

bool vtd_owners(const uint8_t *table, uint32_t length, struct iq_config *config, const struct iq_plan *plan, iq_owner_taker take,
		void *context)
{
	struct iq_structure structure;
	struct iq_walk walk;
	struct iq_drhd drhd;
	bool more = true;

	iq_dmar_structures(&walk, table, length);
	while (more && iq_walk_next(&walk, &structure)) {
		if (structure.flaw || structure.type != DMAR_DRHD)
			continue;
		iq_dmar_drhd(&structure, &drhd);
		if (drhd.all)
			more = take(context, &(struct iq_owner){ .segment = drhd.segment,
								 .last = 0xffff,
								 .unit = iq_owner_unit(plan, drhd.base),
								 .rest = true });
		else
			more = from_scopes(table, &structure, &drhd, config, iq_owner_unit(plan, drhd.base), take, context);
	}
	return more;
}
