/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From firmware tables and policy to units and rules. Firmware lies: what overlaps or cannot be is left out and counted.
 */
#include "plan.h"

#include "firmware/acpi.h"

void iq_plan_start(struct iq_plan *plan)
{
	plan->units = 0;
	plan->rules = 0;
	plan->ranges = 0;
	plan->serves = 0;
	plan->left_out = 0;
	plan->units_left_out = 0;
}

static bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
	return a < b + b_length && b < a + a_length;
}

enum iq_status iq_plan_add_unit(struct iq_plan *plan, const struct iq_family *family, uint16_t segment,
				uint16_t requester, uint64_t base)
{
	enum iq_status status = IQ_OK;
	struct iq_unit *unit;

	if (!base || base & ~IQ_PAGE_MASK || !iq_no_wrap(base, family->window))
		status = IQ_MALFORMED;
	for (unsigned int i = 0; status == IQ_OK && i < plan->units; i++)
		if (overlap(base, family->window, plan->unit[i].base, plan->unit[i].window))
			status = IQ_MALFORMED;
	if (status == IQ_OK && plan->units == IQ_PLAN_UNITS)
		status = IQ_NO_ROOM;
	if (status != IQ_OK) {
		plan->left_out++;
		plan->units_left_out++;
		return status;
	}
	unit = &plan->unit[plan->units];
	iq_zero(unit, sizeof(*unit));
	unit->family = family;
	unit->index = (uint16_t)plan->units++;
	unit->segment = segment;
	unit->requester = requester;
	unit->base = base;
	unit->window = family->window;
	return IQ_OK;
}

/* Does a rule that is there already decide all that @rule is about? */
static bool never_asked(const struct iq_plan *plan, const struct iq_rule *rule)
{
	for (unsigned int i = 0; i < plan->rules; i++)
		if (plan->rule[i].unit == rule->unit && plan->rule[i].segment == rule->segment &&
		    plan->rule[i].first <= rule->first && rule->last <= plan->rule[i].last)
			return true;
	return false;
}

enum iq_status iq_plan_add_rule(struct iq_plan *plan, const struct iq_rule *rule)
{
	if (rule->first > rule->last) {
		plan->left_out++;
		return IQ_MALFORMED;
	}
	/* Firmware names a device once for each of its memory ranges. */
	if (never_asked(plan, rule))
		return IQ_OK;
	if (plan->rules == IQ_PLAN_RULES) {
		plan->left_out++;
		return IQ_NO_ROOM;
	}
	plan->rule[plan->rules++] = *rule;
	return IQ_OK;
}

enum iq_status iq_plan_add_functions(struct iq_plan *plan, const struct iq_functions *functions)
{
	enum iq_status status = IQ_OK;

	if (functions->more > UINT16_MAX - functions->requester || functions->more > UINT32_MAX - functions->first)
		status = IQ_MALFORMED;
	else if (plan->ranges == IQ_PLAN_FUNCTIONS)
		status = IQ_NO_ROOM;
	if (status != IQ_OK) {
		plan->left_out++;
		return status;
	}
	plan->functions[plan->ranges++] = *functions;
	return IQ_OK;
}

void iq_plan_add_served(struct iq_plan *plan, uint16_t segment, uint16_t first, uint16_t last)
{
	struct iq_served *before = plan->serves ? &plan->served[plan->serves - 1] : NULL;

	/* Firmware names function after function. */
	if (before && before->segment == segment && first >> 8 >= before->first && first >> 8 <= before->last + 1) {
		if (last >> 8 > before->last)
			before->last = (uint8_t)(last >> 8);
	} else if (plan->serves < IQ_PLAN_SERVED) {
		plan->served[plan->serves++] = (struct iq_served){ segment, (uint8_t)(first >> 8), (uint8_t)(last >> 8) };
	}
}

unsigned int iq_plan_next_unserved(const struct iq_plan *plan, uint16_t segment, unsigned int bus)
{
	unsigned int i = 0;

	/* Bound: each range is left behind once. */
	while (i < plan->serves) {
		const struct iq_served *served = &plan->served[i++];

		if (served->segment == segment && served->first <= bus && bus <= served->last) {
			bus = served->last + 1u;
			i = 0;
		}
	}
	return bus;
}

bool iq_plan_function(const struct iq_plan *plan, const struct iq_unit *unit, iq_source_id id,
		      struct iq_function *function)
{
	return iq_function_of(plan->functions, plan->ranges, unit, id, function);
}

static bool is_about(const struct iq_rule *rule, const struct iq_function *function)
{
	return !rule->unit && rule->segment == function->segment && rule->first <= function->requester &&
	       function->requester <= rule->last;
}

const struct iq_rule *iq_rule_for(const struct iq_rule *rule, unsigned int rules, uint64_t unit, iq_source_id id,
				  const struct iq_function *function)
{
	for (unsigned int i = 0; i < rules; i++, rule++)
		if (rule->unit ? rule->unit == unit && rule->first <= id && id <= rule->last
			       : function && is_about(rule, function))
			return rule;
	return NULL;
}

const struct iq_rule *iq_plan_rule(const struct iq_plan *plan, uint16_t segment, uint16_t requester)
{
	return iq_rule_for(plan->rule, plan->rules, 0, 0, &(struct iq_function){ segment, requester });
}

static enum iq_mode mode_of(const struct iq_rule *rule)
{
	return rule && rule->mode <= IQ_MODE_PRESERVE ? (enum iq_mode)rule->mode : IQ_MODE_BLOCK;
}

enum iq_mode iq_plan_mode(const struct iq_plan *plan, const struct iq_unit *unit, iq_source_id id)
{
	struct iq_function function;

	if (!plan->rules)
		return IQ_MODE_BLOCK;
	return mode_of(iq_rule_for(plan->rule, plan->rules, unit->base, id,
				   iq_plan_function(plan, unit, id, &function) ? &function : NULL));
}

enum iq_mode iq_plan_function_mode(const struct iq_plan *plan, uint16_t segment, uint16_t requester)
{
	return plan->rules ? mode_of(iq_plan_rule(plan, segment, requester)) : IQ_MODE_BLOCK;
}

bool iq_plan_wants(const struct iq_plan *plan, const struct iq_unit *unit, enum iq_mode mode)
{
	for (unsigned int i = 0; i < plan->rules; i++) {
		const struct iq_rule *rule = &plan->rule[i];

		/* Functions of any segment can be behind a unit whose ids are no requester ids. */
		if (rule->mode == mode && (rule->unit ? rule->unit == unit->base
						      : !unit->family->ids_are_requesters || rule->segment == unit->segment))
			return true;
	}
	return false;
}

enum iq_status iq_plan_from_table(struct iq_plan *plan, const uint8_t *table, uint32_t length, struct iq_config *config,
				  uint32_t *offset)
{
	const struct iq_family *family;
	enum iq_status status;

	*offset = 0;
	if (length < IQ_ACPI_HEADER)
		return IQ_MALFORMED;
	/* Bound: the families of this build. */
	for (unsigned int i = 0; (family = iq_family(i)); i++) {
		if (!family->plan || !iq_equal(table, family->signature, 4))
			continue;
		status = family->plan(family, table, length, config, plan, offset);
		/* Where it stops making sense it may have had more units. */
		if (status == IQ_MALFORMED) {
			plan->left_out++;
			plan->units_left_out++;
		}
		return status;
	}
	return IQ_UNSUPPORTED;
}

enum iq_status iq_plan_from_acpi(struct iq_plan *plan, struct iq_memory *memory, struct iq_config *config,
				 uint64_t rsdp, void *scratch, uint32_t size)
{
	enum iq_status worst = IQ_NOT_FOUND, status;
	const struct iq_family *family;
	struct iq_acpi_table table;
	uint32_t offset;

	/* Bound: the families of this build. */
	for (unsigned int i = 0; (family = iq_family(i)); i++) {
		if (!family->plan)
			continue;
		status = iq_acpi_find(memory, rsdp, family->signature, &table);
		if (status == IQ_OK && table.length > size)
			status = IQ_NO_ROOM;
		if (status == IQ_OK && !iq_memory_read(memory, table.address, scratch, table.length))
			status = IQ_UNREACHABLE;
		if (status == IQ_OK)
			status = iq_plan_from_table(plan, scratch, table.length, config, &offset);
		if (status != IQ_NOT_FOUND)
			worst = status;
	}
	if (!plan->units)
		return worst;
	if (plan->units_left_out)
		return plan->units == IQ_PLAN_UNITS ? IQ_NO_ROOM : IQ_MALFORMED;
	return IQ_OK;
}
