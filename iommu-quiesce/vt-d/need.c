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
#include "walk.h"

#define NEED_MODE IQ_MASK(1, 0)
#define DOMAINS	  0x10000u

_Static_assert(DOMAINS / 8 + sizeof(struct vtd_needs) <= sizeof(((struct iq_run *)0)->scratch),
	       "a bit a domain, and tables");

enum iq_mode vtd_mode(const struct vtd_walk *walk, iq_source_id id)
{
	const enum iq_mode mode = iq_plan_mode(&walk->run->plan, walk->unit, id);

	return mode == IQ_MODE_SINK && !walk->sink ? IQ_MODE_BLOCK : mode;
}

enum iq_mode vtd_needed(const struct vtd_walk *walk, uint64_t table)
{
	const struct vtd_needs *needs = walk->needs;

	if (!needs)
		return IQ_MODE_BLOCK;
	for (unsigned int i = 0; i < needs->tables; i++)
		if ((needs->table[i] & ~NEED_MODE) == table)
			return (enum iq_mode)(needs->table[i] & NEED_MODE);
	return needs->full ? IQ_MODE_PRESERVE : IQ_MODE_BLOCK;
}

static void need(struct vtd_walk *walk, uint64_t table, enum iq_mode mode)
{
	struct vtd_needs *needs = walk->needs;

	for (unsigned int i = 0; i < needs->tables; i++)
		if ((needs->table[i] & ~NEED_MODE) == table) {
			if ((needs->table[i] & NEED_MODE) < mode)
				needs->table[i] = table | mode;
			return;
		}
	if (needs->tables == VTD_NEEDED_TABLES)
		needs->full = true;
	else
		needs->table[needs->tables++] = table | mode;
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

/* The PASID tables of a device, and what those name: top-level tables for a mode other than block, domains when they are collected. */
static void visit_pasids(struct vtd_walk *walk, uint64_t context, enum iq_mode mode)
{
	enum iq_status status;
	uint64_t table;

	for (uint32_t i = 0; (status = vtd_next_pasid_table(walk, context, &i, &table)) == IQ_OK; i++) {
		const volatile uint64_t *page = vtd_map(walk, table, IQ_PAGE_SIZE);

		if (mode != IQ_MODE_BLOCK)
			need(walk, table, mode);
		for (uint32_t n = 0; page && n < PASID_PER_TABLE && (walk->domains || !walk->needs->full); n++) {
			const volatile uint64_t *word = page + n * (PASID_SIZE / sizeof(*page));

			if (!(word[0] & PASID_P))
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
		walk->needs->full = true;
	walk->domains = false;
}

static void find_tables(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);
	const bool goes_on = mode == IQ_MODE_BLOCK_WRITES || mode == IQ_MODE_PRESERVE;

	(void)address;
	if (goes_on)
		walk->needs->shared = true;
	if (vtd_scalable(walk->unit) && mode != IQ_MODE_BLOCK && !walk->needs->full)
		visit_pasids(walk, word[0], mode);
	else if (!vtd_scalable(walk->unit) && goes_on && iq_field(word[0], CONTEXT_TT) <= TT_ATS)
		need(walk, word[0] & ADDRESS, mode);
}

static void find_domains(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	(void)id;
	(void)address;
	if (!vtd_scalable(walk->unit))
		use_domain(walk, iq_field(word[1], CONTEXT_DID));
	else if (walk->domains)
		visit_pasids(walk, word[0], IQ_MODE_BLOCK);
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

/* What is needed behind all units, for what one of them edits another may use. */
static void find_needs(struct vtd_walk *walk)
{
	const struct iq_family *const family = walk->unit->family;
	struct iq_run *run = walk->run;

	walk->needs->tables = 0;
	walk->needs->full = walk->needs->shared = false;
	walk->domains = false;
	for (unsigned int i = 0; i < run->plan.units; i++) {
		walk->unit = &run->plan.unit[i];
		if (walk->unit->family != family || walk->unit->status != IQ_OK)
			continue;
		walk->sink = vtd_find_sink(run, walk->unit);
		walk->pasid_pages = 0;
		vtd_each_context(walk, find_tables);
	}
	run->scratch_of = family;
}

void vtd_find_needs(struct vtd_walk *walk)
{
	struct iq_unit *const unit = walk->unit;

	walk->needs = (struct vtd_needs *)(walk->run->scratch + DOMAINS / 8);
	if (walk->run->scratch_of != walk->unit->family)
		find_needs(walk);
	walk->unit = unit;
	walk->sink = vtd_find_sink(walk->run, unit);
	/* What cannot be read is told by the pass that is to close it; no domain id is known to be free then. */
	walk->status = IQ_OK;
	walk->pasid_pages = 0;
	walk->domains = walk->sink;
	iq_zero(walk->run->scratch, DOMAINS / 8);
	if (walk->domains)
		vtd_each_context(walk, find_domains);
	walk->domains = walk->domains && walk->status == IQ_OK;
	unit->sink_domain = free_domain(walk);
	if (!unit->sink_domain)
		walk->sink = 0;
	walk->status = IQ_OK;
	walk->pasid_pages = 0;
	walk->stage->examined = 0;
	walk->stage->address = 0;
}
