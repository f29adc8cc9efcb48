/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMAR to plan: units, and the devices that firmware wants left alone.
 */
#include "vtd.h"

#include "firmware/dmar.h"

static bool is_pci(const struct iq_structure *scope)
{
	return scope->type == SCOPE_ENDPOINT || scope->type == SCOPE_HIERARCHY || scope->type == SCOPE_ACPI;
}

/*
 * Firmware goes on using this memory with these devices (BMC, USB legacy): refusing that can reset the platform. A
 * sub-hierarchy is exempted whole, the bridge and what is behind it, but not the buses that lie between their numbers.
 */
static void add_rule(struct iq_plan *plan, uint16_t segment, const struct iq_dmar_scope *scope)
{
	struct iq_rule rule = {
		.segment = segment,
		.first = scope->requester,
		.last = scope->requester,
		.mode = IQ_MODE_PRESERVE,
		.reason = IQ_REASON_RESERVED,
	};

	iq_plan_add_rule(plan, &rule);
	if (!scope->first_bus)
		return;
	rule.first = (uint16_t)(scope->first_bus << 8);
	rule.last = (uint16_t)(scope->last_bus << 8 | 0xff);
	iq_plan_add_rule(plan, &rule);
}

/* The functions whose DMA the unit of @structure translates. Buses behind bridges that nobody can ask are left out. */
static void add_served(const uint8_t *table, const struct iq_structure *structure, const struct iq_drhd *drhd,
		       struct iq_config *config, struct iq_plan *plan)
{
	struct iq_dmar_scope found;
	struct iq_structure scope;
	struct iq_walk walk;

	if (drhd->all)
		iq_plan_add_served(plan, drhd->segment, 0, UINT16_MAX);
	iq_dmar_scopes(&walk, table, structure);
	while (!drhd->all && iq_walk_next(&walk, &scope)) {
		if (scope.flaw || !is_pci(&scope) || !iq_dmar_resolve(&scope, drhd->segment, config, &found))
			continue;
		iq_plan_add_served(plan, drhd->segment, found.requester, found.requester);
		if (found.first_bus)
			iq_plan_add_served(plan, drhd->segment, (uint16_t)(found.first_bus << 8),
					   (uint16_t)(found.last_bus << 8));
	}
}

static void add_unit(const struct iq_family *family, const uint8_t *table, const struct iq_structure *structure,
		     struct iq_config *config, struct iq_plan *plan)
{
	struct iq_drhd drhd;

	iq_dmar_drhd(structure, &drhd);
	if (iq_plan_add_unit(plan, family, drhd.segment, 0, drhd.base) == IQ_OK)
		add_served(table, structure, &drhd, config, plan);
}

/* A rule for each PCI scope of a reserved region that has memory. Scopes that lead nowhere are counted. */
static void add_reserved(const uint8_t *table, const struct iq_structure *structure, struct iq_config *config,
			 struct iq_plan *plan)
{
	struct iq_dmar_scope found;
	struct iq_structure scope;
	struct iq_rmrr rmrr;
	struct iq_walk walk;

	iq_dmar_rmrr(structure, &rmrr);
	if (!iq_rmrr_has_memory(&rmrr))
		return;
	iq_dmar_scopes(&walk, table, structure);
	while (iq_walk_next(&walk, &scope)) {
		if (!scope.flaw && !is_pci(&scope))
			continue;
		if (!scope.flaw && iq_dmar_resolve(&scope, rmrr.segment, config, &found))
			add_rule(plan, rmrr.segment, &found);
		else
			plan->left_out++;
	}
}

enum iq_status vtd_plan(const struct iq_family *family, const uint8_t *table, uint32_t length,
			  struct iq_config *config, struct iq_plan *plan, uint32_t *offset)
{
	const unsigned int before = plan->units;
	enum iq_status status = IQ_OK;
	struct iq_structure structure;
	struct iq_walk walk;

	*offset = 0;
	if (length < DMAR_STRUCTURES)
		return IQ_MALFORMED;
	iq_dmar_structures(&walk, table, length);
	while (iq_walk_next(&walk, &structure)) {
		if (structure.flaw && status == IQ_OK) {
			status = IQ_MALFORMED;
			*offset = structure.offset;
		}
		if (!structure.flaw && structure.type == DMAR_DRHD)
			add_unit(family, table, &structure, config, plan);
		if (!structure.flaw && structure.type == DMAR_RMRR)
			add_reserved(table, &structure, config, plan);
	}
	if (status != IQ_OK)
		return status;
	*offset = walk.at;
	return plan->units > before ? IQ_OK : IQ_NOT_FOUND;
}
