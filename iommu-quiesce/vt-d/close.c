/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d, stage tables: close what the entries that stayed present lead to, and look at all of it again in stage verify. R and W,
 * or W alone, go out of the 512 entries of each top-level table; entries that go to the sink are given its table.
 *
 * In legacy mode that is done for blocked entries too, though a reserved translation type would do for a unit of silicon: one
 * of QEMU that shadows tables for an assigned device keeps its old mappings where an entry becomes illegal.
 */
#include "walk.h"

static void close_table(struct vtd_walk *walk, uint64_t table, enum iq_mode mode)
{
	const uint64_t bits = vtd_taken_bits(mode);
	const volatile uint64_t *entry;

	if ((table | mode) == walk->last_table || !vtd_may_edit(walk, table, mode))
		return;
	walk->words += TABLE_ENTRIES;
	entry = vtd_map(walk, table, IQ_PAGE_SIZE);
	for (unsigned int i = 0; entry && (i = vtd_next_open_entry(entry, i, mode)) < TABLE_ENTRIES; i++) {
		const uint64_t old = entry[i];

		vtd_note(walk, i, IQ_CHANGE_TABLE, mode, table, old & bits);
		vtd_store(walk, table + i * 8, old & ~bits);
		walk->stage->changed++;
	}
}

static bool close_under_pasid(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
			      uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);
	const uint64_t word0 = word[0], new0 = vtd_sunk_pasid(walk, word0);

	if (!vtd_has_own_domain(walk, mode, iq_field(word[1], PASID_DID)))
		return true;
	if (mode == IQ_MODE_BLOCK_WRITES) {
		close_table(walk, vtd_writes_table(word, own), mode);
	} else if (mode == IQ_MODE_SINK && new0 != word0) {
		walk->words++;
		vtd_note(walk, id, IQ_CHANGE_WORD, mode, address, word0);
		vtd_store(walk, address, new0);
		walk->stage->changed++;
	}
	return true;
}

/* The record has the words that stage block found. */
static void sink_legacy(struct vtd_walk *walk, const uint64_t word[2], uint64_t address)
{
	const uint64_t sink = vtd_sink_root(walk->run, walk->unit, iq_field(word[1], CONTEXT_AW));

	if (!sink || !vtd_has_own_domain(walk, IQ_MODE_SINK, iq_field(word[1], CONTEXT_DID)))
		return;
	vtd_store(walk, address, (word[0] & ~(CONTEXT_TT | ADDRESS)) | sink);
	walk->words++;
	walk->stage->changed++;
}

static void close_under_legacy(struct vtd_walk *walk, enum iq_mode mode, const uint64_t word[2], uint64_t address)
{
	const uint64_t type = iq_field(word[0], CONTEXT_TT);

	if (mode == IQ_MODE_SINK && type != TT_RESERVED)
		sink_legacy(walk, word, address);
	else if (mode != IQ_MODE_SINK && type <= TT_ATS)
		close_table(walk, word[0] & ADDRESS, mode);
}

static void close_under(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);

	if (mode == IQ_MODE_PRESERVE)
		return;
	if (!vtd_scalable(walk->unit))
		close_under_legacy(walk, mode, word, address);
	else if (mode != IQ_MODE_BLOCK)
		vtd_each_pasid(walk, id, word, close_under_pasid);
}

enum iq_status vtd_edit_tables(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_walk walk = { .run = run, .unit = unit, .stage = stage };

	/* In scalable mode nothing is left to be done for entries that are blocked. */
	if (vtd_scalable(unit) && !unit->sink_domain)
		return IQ_OK;
	if (!vtd_walk_start(&walk))
		return walk.status;
	vtd_find_needs(&walk);
	iq_record_section(&run->record, IQ_SECTION_CHANGES, unit->index);
	vtd_each_context(&walk, close_under);
	stage->examined = walk.words;
	return walk.status;
}

/* Verify: does the present PASID table entry @word let through no more than its mode allows? */
static bool pasid_is_within(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
			    uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);
	const uint64_t word0 = word[0];

	(void)address;
	if (!vtd_has_own_domain(walk, mode, iq_field(word[1], PASID_DID)))
		return false;
	if (mode == IQ_MODE_BLOCK_WRITES) {
		const uint64_t table = vtd_writes_table(word, own);

		return table != VTD_NO_TABLE && vtd_table_is_closed(walk, table, mode);
	}
	return mode == IQ_MODE_SINK && own && word0 == vtd_sunk_pasid(walk, word0) && walk->sink_intact;
}

static bool legacy_is_within(struct vtd_walk *walk, enum iq_mode mode, const uint64_t word[2])
{
	const uint64_t type = iq_field(word[0], CONTEXT_TT), table = word[0] & ADDRESS;

	if (type == TT_RESERVED)
		return true;
	if (type != TT_TABLE)
		return false;
	if (mode == IQ_MODE_SINK)
		return table == vtd_sink_root(walk->run, walk->unit, iq_field(word[1], CONTEXT_AW)) && walk->sink_intact;
	return vtd_table_is_closed(walk, table, mode);
}

static void look_at(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);
	bool within;

	if (mode == IQ_MODE_PRESERVE) {
		walk->stage->preserved++;
		return;
	}
	if (vtd_scalable(walk->unit))
		within = !(word[0] & CONTEXT_SM_DTE) && vtd_each_pasid(walk, id, word, pasid_is_within);
	else
		within = legacy_is_within(walk, mode, word);
	if (within)
		return;
	walk->stage->open++;
	walk->stage->address = address;
}

enum iq_status vtd_verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_walk walk = { .run = run, .unit = unit, .stage = stage };

	walk.sink_intact = unit->sink_domain && vtd_sink_intact(run);
	if (vtd_walk_start(&walk))
		vtd_each_context(&walk, look_at);
	if (!(run->io->read32(run->io, unit->base + GSTS_REG) & GSTS_TES))
		return IQ_OFF;
	return stage->open ? IQ_STILL_OPEN : walk.status;
}
