/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d with a policy: which tables may only be edited so far, because a device of another mode uses them too, and which
 * entries can be given a domain id of their own. Not run where there are no rules.
 *
 * A unit tags what it caches by domain id, for first-level tables by PASID too, and not by device (6.2): entries with one
 * domain id must lead to the same tables (9.3, 9.6). So an entry that goes on otherwise than before gets an id that nobody
 * else has. In scalable mode that is every entry in block-writes or sink: a capture kernel knows no ids of the entries that
 * it copies, and gives devices of its own those that the crashed kernel gave, from the lowest up. In legacy mode it keeps off
 * the ids that it copies, and only sink needs another.
 *
 * The own id of an entry is its old one with the two highest bits changed, to 10 in block-writes and to 11 for the sink, so
 * that what shared tables in one mode shares them still. It can be had where all ids in use begin with 00.
 */
#include "walk.h"

#define NEED_MODE IQ_MASK(1, 0)

_Static_assert(sizeof(struct vtd_needs) <= sizeof(((struct iq_run *)0)->scratch), "there is room for what is needed");

uint64_t vtd_own_domain(const struct vtd_walk *walk, enum iq_mode mode, uint64_t domain)
{
	return domain | (mode == IQ_MODE_SINK ? 3u : 2u) * walk->unit->sink_domain;
}

bool vtd_has_own_domain(const struct vtd_walk *walk, enum iq_mode mode, uint64_t domain)
{
	return walk->unit->sink_domain && vtd_own_domain(walk, mode, domain % walk->unit->sink_domain) == domain;
}

enum iq_mode vtd_mode(const struct vtd_walk *walk, iq_source_id id)
{
	const enum iq_mode mode = iq_plan_mode(&walk->run->plan, walk->unit, id);
	const bool own = walk->unit->sink_domain;

	if (mode == IQ_MODE_SINK)
		return own && vtd_sink_root(walk->run, walk->unit, vtd_widest_aw(walk->unit)) ? mode : IQ_MODE_BLOCK;
	if (mode == IQ_MODE_BLOCK_WRITES && vtd_scalable(walk->unit))
		return own ? mode : IQ_MODE_BLOCK;
	return mode;
}

/* The mode of the most permissive device that uses @table. */
static enum iq_mode needed(const struct vtd_walk *walk, uint64_t table)
{
	const struct vtd_needs *needs = walk->needs;

	if (!needs)
		return IQ_MODE_BLOCK;
	for (unsigned int i = 0; i < needs->tables; i++)
		if ((needs->table[i] & ~NEED_MODE) == table)
			return (enum iq_mode)(needs->table[i] & NEED_MODE);
	return needs->full ? IQ_MODE_PRESERVE : IQ_MODE_BLOCK;
}

bool vtd_may_edit(struct vtd_walk *walk, uint64_t table, enum iq_mode mode)
{
	if (table == VTD_NO_TABLE)
		return false;
	if ((table | mode) == walk->last_table)
		return true;
	if (needed(walk, table) != mode || !vtd_map(walk, table, IQ_PAGE_SIZE))
		return false;
	walk->last_table = table | mode;
	return true;
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

/* The PASID table itself, and the top-level tables that its entry @word names. The sink has tables of its own. */
static bool need_tables(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
			uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);
	const uint64_t second = word[0] & ADDRESS, first = word[2] & ADDRESS;

	(void)own;
	need(walk, address & IQ_PAGE_MASK, mode);
	if (mode != IQ_MODE_SINK && second)
		need(walk, second, mode);
	if (mode != IQ_MODE_SINK && first)
		need(walk, first, mode);
	return !walk->needs->full;
}

static void find_tables(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);

	(void)address;
	if (mode == IQ_MODE_BLOCK || walk->needs->full)
		return;
	if (!vtd_scalable(walk->unit)) {
		if (mode != IQ_MODE_SINK && iq_field(word[0], CONTEXT_TT) <= TT_ATS)
			need(walk, word[0] & ADDRESS, mode);
	} else if (!vtd_each_pasid(walk, id, word, need_tables)) {
		walk->needs->full = true;
	}
}

static bool meet_pasid(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
		       uint64_t address)
{
	const uint32_t domain = (uint32_t)iq_field(word[1], PASID_DID);

	(void)id;
	(void)own;
	(void)address;
	walk->highest = domain > walk->highest ? domain : walk->highest;
	return true;
}

static void meet_domains(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const uint32_t domain = (uint32_t)iq_field(word[1], CONTEXT_DID);

	(void)address;
	if (!vtd_scalable(walk->unit))
		walk->highest = domain > walk->highest ? domain : walk->highest;
	else if (!vtd_each_pasid(walk, id, word, meet_pasid))
		walk->status = IQ_UNREACHABLE;
}

/*
 * The second highest bit that domain ids of the unit have, if all entries could be read and have ids below it. 0: there are
 * none to give away, or nobody wants one. 11.4.2, CAP.ND; where TDX Connect exists the upper half of the ids is its own.
 */
static uint16_t find_own_domains(struct vtd_walk *walk)
{
	const struct iq_unit *unit = walk->unit;
	const struct iq_plan *plan = &walk->run->plan;
	const uint32_t bits = 4 + 2 * (uint32_t)iq_min(iq_field(unit->value[VTD_CAP], CAP_ND), 6);
	const uint32_t quarter = 1u << (bits - 2) >> (unit->value[VTD_ECAP] & ECAP_TDXC ? 1 : 0);

	if (!iq_plan_wants(plan, unit, IQ_MODE_SINK) &&
	    !(vtd_scalable(unit) && iq_plan_wants(plan, unit, IQ_MODE_BLOCK_WRITES)))
		return 0;
	walk->highest = 0;
	walk->status = IQ_OK;
	vtd_each_context(walk, meet_domains);
	return walk->status == IQ_OK && walk->highest < quarter ? (uint16_t)quarter : 0;
}

static void find_needs(struct vtd_walk *walk)
{
	const struct iq_family *const family = walk->unit->family;
	struct iq_run *run = walk->run;

	walk->needs->tables = 0;
	walk->needs->full = false;
	for (unsigned int i = 0; i < run->plan.units; i++) {
		walk->unit = &run->plan.unit[i];
		if (walk->unit->family != family || walk->unit->status != IQ_OK)
			continue;
		walk->pasid_pages = 0;
		walk->unit->sink_domain = find_own_domains(walk);
		walk->pasid_pages = 0;
		vtd_each_context(walk, find_tables);
	}
	run->scratch_of = family;
}

void vtd_find_needs(struct vtd_walk *walk)
{
	struct iq_unit *const unit = walk->unit;

	if (!walk->run->plan.rules)
		return;
	walk->needs = (struct vtd_needs *)walk->run->scratch;
	if (walk->run->scratch_of != unit->family)
		find_needs(walk);
	/* What cannot be read is told by the pass that is to close it. */
	walk->unit = unit;
	walk->status = IQ_OK;
	walk->pasid_pages = 0;
	walk->stage->examined = 0;
	walk->stage->address = 0;
}
