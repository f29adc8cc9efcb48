/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d, stage block: bring every context entry of a unit, and in scalable mode its PASID table entries, to what the policy
 * allows, and make the unit forget them. Tables are edited in the next stage (close.c), when no unit records faults any more.
 *
 * A changed context entry stays present, because the capture kernel copies only present ones, and gets FPD, so that no refused
 * request is recorded. In scalable mode a blocked PASID table entry becomes absent, with FPD of its own: the unit looks up no
 * translation for it then. It would find those that the capture kernel's own devices have under the same domain id (need.c).
 * Where an entry cannot be brought to its mode it is closed by itself: a reserved translation type, or not present.
 *
 * Every store leaves an entry that is legal with the old values of its other words, for a unit may fetch an entry word by
 * word. An entry that is led to the sink has its domain id changed here and its table in the next stage.
 */
#include "walk.h"

static bool can_sink(uint64_t word0)
{
	const uint64_t type = iq_field(word0, PASID_PGTT);

	return type >= PGTT_FIRST && type <= PGTT_PASSTHROUGH;
}

/* Can the PASID table entry @word be brought to @mode, which is neither block nor preserve? */
static bool can_have(struct vtd_walk *walk, const volatile uint64_t *word, bool own, enum iq_mode mode)
{
	if (mode == IQ_MODE_SINK)
		return own && can_sink(word[0]);
	return mode == IQ_MODE_BLOCK_WRITES && vtd_may_edit(walk, vtd_writes_table(word, own), mode);
}

/* False if the table that the entry is in may not be edited. */
static bool edit_pasid(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
		       uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);
	const uint64_t word0 = word[0], word1 = word[1];
	const bool can = can_have(walk, word, own, mode);

	if (!vtd_may_edit(walk, address & IQ_PAGE_MASK, mode))
		return false;
	/* Units can share these tables. */
	if (can && vtd_has_own_domain(walk, mode, iq_field(word1, PASID_DID)))
		return true;
	if (can) {
		vtd_note(walk, id, IQ_CHANGE_WORD, mode, address + 8, word1);
		vtd_store(walk, address + 8, iq_put(vtd_own_domain(walk, mode, iq_field(word1, PASID_DID)), PASID_DID) |
						     (word1 & ~PASID_DID));
		return true;
	}
	if (own)
		walk->done = IQ_MODE_BLOCK;
	vtd_note(walk, id, IQ_CHANGE_WORD, IQ_MODE_BLOCK, address, word0);
	vtd_store(walk, address, (word0 & ~PASID_P) | PASID_FPD);
	return true;
}

/* A scalable-mode entry in @mode; walk->done says what came of it. */
static void edit_scalable(struct vtd_walk *walk, iq_source_id id, enum iq_mode mode, const uint64_t word[2],
			  uint64_t address)
{
	uint64_t new0 = (word[0] & ~(CONTEXT_SM_DTE | CONTEXT_SM_PRE)) | CONTEXT_FPD;

	walk->done = mode;
	if (!vtd_each_pasid(walk, id, word, edit_pasid)) {
		walk->done = IQ_MODE_BLOCK;
		new0 = (word[0] & ~CONTEXT_P) | CONTEXT_FPD;
	}
	vtd_note(walk, id, IQ_CHANGE_ENTRY, walk->done, word[0], word[1]);
	vtd_store(walk, address, new0);
}

/* A legacy entry in @mode; walk->done says what came of it. */
static void edit_legacy(struct vtd_walk *walk, iq_source_id id, enum iq_mode mode, const uint64_t word[2],
			uint64_t address)
{
	const uint64_t type = iq_field(word[0], CONTEXT_TT), aw = iq_field(word[1], CONTEXT_AW);
	/* A reserved type refuses everything and needs no page (fault reason 3, silent with FPD). */
	uint64_t new0 = word[0] | iq_put(TT_RESERVED, CONTEXT_TT) | CONTEXT_FPD, new1 = word[1];

	walk->done = IQ_MODE_BLOCK;
	if (mode == IQ_MODE_SINK && type != TT_RESERVED && vtd_sink_root(walk->run, walk->unit, aw)) {
		walk->done = mode;
		new0 = word[0] | CONTEXT_FPD;
		new1 = (word[1] & ~CONTEXT_DID) |
		       iq_put(vtd_own_domain(walk, mode, iq_field(word[1], CONTEXT_DID)), CONTEXT_DID);
	} else if (mode != IQ_MODE_SINK && type <= TT_ATS && vtd_may_edit(walk, word[0] & ADDRESS, mode)) {
		walk->done = mode;
		new0 = word[0] | CONTEXT_FPD;
	}
	/* Devices lose translations of their own. */
	if (iq_field(new0, CONTEXT_TT) == TT_ATS)
		new0 &= ~CONTEXT_TT;
	vtd_note(walk, id, IQ_CHANGE_ENTRY, walk->done, word[0], word[1]);
	if (new1 != word[1])
		vtd_store(walk, address + 8, new1);
	vtd_store(walk, address, new0);
}

static void visit(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);

	if (mode == IQ_MODE_PRESERVE) {
		walk->stage->preserved++;
		return;
	}
	if (vtd_scalable(walk->unit))
		edit_scalable(walk, id, mode, word, address);
	else
		edit_legacy(walk, id, mode, word, address);
	walk->stage->changed++;
	if (walk->run->plan.rules && walk->done != iq_plan_mode(&walk->run->plan, walk->unit, id))
		walk->stage->stricter++;
}

enum iq_status vtd_block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_walk walk = { .run = run, .unit = unit, .stage = stage };

	if (!vtd_walk_start(&walk))
		return walk.status;
	vtd_find_needs(&walk);
	iq_record_section(&run->record, IQ_SECTION_CHANGES, unit->index);
	vtd_each_context(&walk, visit);
	vtd_forget_entries(run, unit, stage);
	return walk.status;
}
