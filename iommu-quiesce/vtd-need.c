/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d with a policy: which tables may only be edited so far, because a device of another mode uses them too, and which
 * domain id nobody has. Not run where there are no rules.
 *
 * A unit caches translations, and where its walks go on, by domain id alone (6.2): context and PASID entries with one
 * domain id must lead to the same tables (9.3, 9.6). Entries that lead to the sink therefore get a domain id of their
 * own, all the same, and all the same table. The capture kernel marks it as in use, as those of all entries that it
 * copies. Entries that are closed by themselves, next to others that go on in their domain, are such that the unit looks
 * up no translation for them: of a reserved type, or not present.
 */
#include "vtd-walk.h"

#define NEED_MODE IQ_MASK(1, 0)
#define DOMAINS	  0x10000u

_Static_assert(DOMAINS / 8 + VTD_NEEDED_TABLES * 8 <= sizeof(((struct iq_run *)0)->scratch),
	       "a bit a domain, and tables");

enum iq_mode vtd_mode(const struct vtd_walk *walk, uint16_t requester)
{
	const enum iq_mode mode = iq_plan_mode(&walk->run->plan, walk->unit->segment, requester);

	return mode == IQ_MODE_SINK && !walk->sink ? IQ_MODE_BLOCK : mode;
}

enum iq_mode vtd_needed(const struct vtd_walk *walk, uint64_t table)
{
	for (unsigned int i = 0; i < walk->needs; i++)
		if ((walk->need[i] & ~NEED_MODE) == table)
			return (enum iq_mode)(walk->need[i] & NEED_MODE);
	return walk->full ? IQ_MODE_PRESERVE : IQ_MODE_BLOCK;
}

static void need(struct vtd_walk *walk, uint64_t table, enum iq_mode mode)
{
	for (unsigned int i = 0; i < walk->needs; i++)
		if ((walk->need[i] & ~NEED_MODE) == table) {
			if ((walk->need[i] & NEED_MODE) < mode)
				walk->need[i] = table | mode;
			return;
		}
	if (walk->needs == VTD_NEEDED_TABLES)
		walk->full = true;
	else
		walk->need[walk->needs++] = table | mode;
}

/* The top-level tables that a PASID table entry names. The sink has its own. */
static void need_tables(struct vtd_walk *walk, const volatile uint64_t *word, enum iq_mode mode)
{
	if (mode == IQ_MODE_SINK)
		return;
	if (word[0] & ADDRESS)
		need(walk, word[0] & ADDRESS, mode);
	if (word[2] & ADDRESS)
		need(walk, word[2] & ADDRESS, mode);
}

static void use_domain(struct vtd_walk *walk, uint64_t domain)
{
	walk->run->scratch[domain / 8] = (uint8_t)(walk->run->scratch[domain / 8] | 1u << domain % 8);
}

/* The PASID tables of a device, the top-level tables that those name, and their domains. */
static void visit_pasids(struct vtd_walk *walk, uint64_t context, enum iq_mode mode)
{
	enum iq_status status;
	uint64_t table;

	for (uint32_t i = 0; (status = vtd_next_pasid_table(walk, context, &i, &table)) == IQ_OK; i++) {
		if (mode != IQ_MODE_BLOCK)
			need(walk, table, mode);
		for (uint32_t n = 0; n < PASID_PER_TABLE && (walk->domains || !walk->full); n++) {
			const volatile uint64_t *word = vtd_map(walk, table + n * PASID_SIZE, PASID_SIZE);

			if (!word || !(word[0] & PASID_P))
				continue;
			if (walk->domains)
				use_domain(walk, iq_field(word[1], PASID_DID));
			if (mode != IQ_MODE_BLOCK)
				need_tables(walk, word, mode);
		}
	}
	if (status == IQ_NOT_FOUND)
		return;
	if (mode != IQ_MODE_BLOCK)
		walk->full = true;
	walk->domains = false;
}

static void visit(struct vtd_walk *walk, uint16_t requester, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, requester);

	(void)address;
	if (mode == IQ_MODE_BLOCK_WRITES || mode == IQ_MODE_PRESERVE)
		walk->shared = true;
	if (vtd_scalable(walk->unit)) {
		if (walk->domains || (mode != IQ_MODE_BLOCK && !walk->full))
			visit_pasids(walk, word[0], mode);
		return;
	}
	if (walk->domains)
		use_domain(walk, iq_field(word[1], CONTEXT_DID));
	if ((mode == IQ_MODE_BLOCK_WRITES || mode == IQ_MODE_PRESERVE) && iq_field(word[0], CONTEXT_TT) <= TT_ATS)
		need(walk, word[0] & ADDRESS, mode);
}

/* The highest domain id that nobody has, for a capture kernel begins with the lowest; 0: none. 11.4.2, CAP.ND */
static uint16_t free_domain(const struct vtd_walk *walk)
{
	const uint64_t nd = iq_field(walk->unit->value[VTD_CAP], CAP_ND);
	const uint32_t domains = 1u << (4 + 2 * iq_min(nd, 6));

	for (uint32_t domain = domains - 1; walk->domains && domain > 1; domain--)
		if (!(walk->run->scratch[domain / 8] & 1u << domain % 8))
			return (uint16_t)domain;
	return 0;
}

void vtd_find_needs(struct vtd_walk *walk)
{
	struct iq_unit *const unit = walk->unit;
	struct iq_plan *plan = &walk->run->plan;
	bool known = false;

	iq_zero(walk->run->scratch, DOMAINS / 8);
	walk->need = (uint64_t *)(walk->run->scratch + DOMAINS / 8);
	for (unsigned int i = 0; i < plan->units; i++) {
		walk->unit = &plan->unit[i];
		walk->pasid_pages = 0;
		/* Domain ids count within one unit. */
		walk->domains = walk->unit == unit && walk->sink;
		if (walk->unit->family == &iq_vtd && walk->unit->status == IQ_OK)
			vtd_each_context(walk, visit);
		known = known || walk->domains;
	}
	/* What cannot be read is told by the pass that is to close it; no domain id is known to be free then. */
	walk->domains = known && walk->status == IQ_OK;
	walk->unit = unit;
	unit->sink_domain = free_domain(walk);
	if (!unit->sink_domain)
		walk->sink = 0;
	walk->status = IQ_OK;
	walk->pasid_pages = 0;
	walk->stage->examined = 0;
	walk->stage->address = 0;
}
