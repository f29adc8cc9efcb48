/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d: bring every context entry of a unit to what the policy allows, and look again whether it is.
 *
 * A changed context entry stays present, because the capture kernel copies only present ones, and gets FPD, so that its
 * log stays quiet. What it leads to is edited: R and W, or W alone, go out of the 512 entries of each top-level table.
 * Where a table may not be edited that far, for a device of a more permissive mode uses it too (vtd-need.c), the entry
 * is closed by itself. With the sink the entry leads elsewhere, under a domain id that is nobody else's.
 */
#include "walk.h"

static void store(struct vtd_walk *walk, uint64_t address, uint64_t value)
{
	struct iq_io *io = walk->run->io;

	io->store64(io, address, value);
	/* Who snoops what depends on ECAP.C, ECAP.SMPWCS and each PASID entry; this is right for all. */
	io->write_back(io, address, sizeof(value));
}

static void note(struct vtd_walk *walk, uint32_t first, unsigned int kind, enum iq_mode mode, uint64_t old0,
		 uint64_t old1)
{
	iq_record_change(&walk->run->record, &(struct iq_change){ .first = first,
								  .mode = (uint8_t)mode,
								  .kind = (uint8_t)kind,
								  .old = { old0, old1 } });
}

/* The first of the table's entries from @i on that has any of @bits; TABLE_ENTRIES if none has. Most are empty. */
static unsigned int next_open(const volatile uint64_t *entry, unsigned int i, uint64_t bits)
{
	while (i + 4 <= TABLE_ENTRIES && !((entry[i] | entry[i + 1] | entry[i + 2] | entry[i + 3]) & bits))
		i += 4;
	while (i < TABLE_ENTRIES && !(entry[i] & bits))
		i++;
	return i;
}

/*
 * Take out of the top-level table at @table what @mode does not allow. False if that cannot be done there: outside
 * memory, or a device of another mode uses it too. When only looking: true if no more is let through.
 */
static bool close_table(struct vtd_walk *walk, uint64_t table, enum iq_mode mode)
{
	const uint64_t bits = mode == IQ_MODE_BLOCK_WRITES ? TABLE_W : TABLE_RW;
	const volatile uint64_t *entry;

	if (walk->edit && vtd_needed(walk, table) != mode)
		return false;
	if ((table | mode) == walk->last_table)
		return true;
	entry = vtd_map(walk, table, IQ_PAGE_SIZE);
	if (!entry)
		return false;
	for (unsigned int i = next_open(entry, 0, bits); i < TABLE_ENTRIES; i = next_open(entry, i + 1, bits)) {
		const uint64_t old = entry[i];

		if (!walk->edit)
			return false;
		note(walk, i, IQ_CHANGE_TABLE, mode, table, old & bits);
		store(walk, table + i * 8, old & ~bits);
	}
	walk->last_table = table | mode;
	return true;
}

/* The PASID table entry's word with the second-level table at @root. */
static uint64_t with_second(const struct vtd_walk *walk, uint64_t word0, uint64_t root)
{
	return (word0 & ~(PASID_PGTT | PASID_AW | PASID_SLEE | PASID_SLADE | ADDRESS)) |
	       iq_put(PGTT_SECOND, PASID_PGTT) | iq_put(vtd_widest_aw(walk->unit), PASID_AW) | root;
}

/* Does the PASID table entry @word0 lead to the second-level table at @root? */
static bool has_second(uint64_t word0, uint64_t root)
{
	return root && (word0 & ADDRESS) == root && iq_field(word0, PASID_PGTT) == PGTT_SECOND;
}

/*
 * Close a PASID table entry by itself: a second level that is empty, if there is a page of zeros that outlives us, else
 * not present. Not the former where devices go on with their tables: the entry keeps its domain, and what the unit
 * caches for such a device of that domain would count for this one too.
 */
static uint64_t closed_pasid(const struct vtd_walk *walk, uint64_t word0)
{
	const bool shared = walk->needs && walk->needs->shared;

	return walk->spare && !shared ? with_second(walk, word0, walk->spare) : word0 & ~PASID_P;
}

/* The domain first: for a moment it leads to the old tables, which is no worse than before, and is flushed. */
static void sink_pasid(struct vtd_walk *walk, iq_source_id id, uint64_t address, uint64_t word0, uint64_t word1)
{
	note(walk, id, IQ_CHANGE_WORD, IQ_MODE_SINK, address + 8, word1);
	store(walk, address + 8, (word1 & ~PASID_DID) | iq_put(walk->unit->sink_domain, PASID_DID));
	note(walk, id, IQ_CHANGE_WORD, IQ_MODE_SINK, address, word0);
	store(walk, address, with_second(walk, word0, walk->sink));
}

/* Requests with supervisor privilege write where a first-level entry does not allow it, unless WPE is set. 9.6 */
static bool writes_anyway(const volatile uint64_t *word)
{
	return (word[2] & (PASID_SRE | PASID_WPE)) == PASID_SRE;
}

/*
 * Can the top-level table under the PASID table entry @word be brought to @mode? @own: of requests without PASID.
 * First-level tables of other PASIDs can be those of a process, which are evidence and stay as they are.
 */
static bool close_under(struct vtd_walk *walk, const volatile uint64_t *word, bool own, enum iq_mode mode)
{
	switch (iq_field(word[0], PASID_PGTT)) {
	case PGTT_FIRST:
		return own && !(mode == IQ_MODE_BLOCK_WRITES && writes_anyway(word)) &&
		       close_table(walk, word[2] & ADDRESS, mode);
	case PGTT_SECOND:
	case PGTT_NESTED: /* every access of the first level goes through the second */
		return close_table(walk, word[0] & ADDRESS, mode);
	}
	return false;
}

static bool can_sink(uint64_t word0)
{
	const uint64_t type = iq_field(word0, PASID_PGTT);

	return type >= PGTT_FIRST && type <= PGTT_PASSTHROUGH;
}

/* Bring the PASID table entry at @address to @mode. When only looking: false if more is let through. */
static bool close_pasid(struct vtd_walk *walk, iq_source_id id, bool own, enum iq_mode mode, uint64_t address)
{
	const volatile uint64_t *word = vtd_map(walk, address, PASID_SIZE);
	const uint64_t word0 = word ? word[0] : PASID_P, word1 = word ? word[1] : 0;

	if (!(word0 & PASID_P) || has_second(word0, walk->spare))
		return true;
	if (mode == IQ_MODE_SINK && has_second(word0, walk->sink))
		return true;
	if (!word)
		return false;
	if (mode == IQ_MODE_SINK) {
		if (walk->edit && can_sink(word0)) {
			sink_pasid(walk, id, address, word0, word1);
			return true;
		}
	} else if (close_under(walk, word, own, mode)) {
		return true;
	}
	if (!walk->edit)
		return false;
	if (own)
		walk->done = IQ_MODE_BLOCK;
	note(walk, id, IQ_CHANGE_WORD, IQ_MODE_BLOCK, address, word0);
	store(walk, address, closed_pasid(walk, word0));
	return true;
}

/*
 * All PASIDs of a scalable-mode context entry. The sink is for requests without one: all others are refused there. False
 * if that is more than is read, or not all of it can be.
 */
static bool close_pasids(struct vtd_walk *walk, iq_source_id id, enum iq_mode mode, const uint64_t context[2])
{
	const uint32_t own = (uint32_t)iq_field(context[1], CONTEXT_SM_RID_PASID);
	const enum iq_mode other = mode == IQ_MODE_SINK ? IQ_MODE_BLOCK : mode;
	enum iq_status status;
	uint64_t table;

	for (uint32_t i = 0; (status = vtd_next_pasid_table(walk, context[0], &i, &table)) == IQ_OK; i++) {
		const volatile uint64_t *page = vtd_map(walk, table, IQ_PAGE_SIZE);

		if (walk->edit && vtd_needed(walk, table) != mode)
			return false;
		for (uint32_t n = 0; n < PASID_PER_TABLE; n++) {
			const bool is_own = i * PASID_PER_TABLE + n == own;

			/* Most are not present. */
			if (page && !(page[n * (PASID_SIZE / sizeof(*page))] & PASID_P))
				continue;
			if (!close_pasid(walk, id, is_own, is_own ? mode : other, table + n * PASID_SIZE))
				return false;
			/* Mapped anew, as in vtd_each_context(). */
			page = vtd_map(walk, table, IQ_PAGE_SIZE);
		}
	}
	return status == IQ_NOT_FOUND;
}

/* A scalable-mode entry in @mode; walk->done says what came of it. */
static void edit_scalable(struct vtd_walk *walk, iq_source_id id, enum iq_mode mode, const uint64_t word[2],
			  uint64_t address)
{
	uint64_t new0 = (word[0] & ~(CONTEXT_SM_DTE | CONTEXT_SM_PRE)) | CONTEXT_FPD;

	walk->done = mode;
	if (!close_pasids(walk, id, mode, word)) {
		walk->done = IQ_MODE_BLOCK;
		new0 = (word[0] & ~CONTEXT_P) | CONTEXT_FPD;
	}
	note(walk, id, IQ_CHANGE_ENTRY, walk->done, word[0], word[1]);
	store(walk, address, new0);
}

/* Lead a legacy entry to the sink, closed while its second word changes. */
static void sink_legacy(struct vtd_walk *walk, const uint64_t word[2], uint64_t address)
{
	const uint64_t new0 = (word[0] & ~(CONTEXT_TT | ADDRESS)) | CONTEXT_FPD;

	store(walk, address, new0 | iq_put(TT_RESERVED, CONTEXT_TT));
	store(walk, address + 8,
	      (word[1] & ~(CONTEXT_AW | CONTEXT_DID)) | iq_put(vtd_widest_aw(walk->unit), CONTEXT_AW) |
		      iq_put(walk->unit->sink_domain, CONTEXT_DID));
	store(walk, address, new0 | walk->sink);
}

/* A legacy entry in @mode; walk->done says what came of it. */
static void edit_legacy(struct vtd_walk *walk, iq_source_id id, enum iq_mode mode, const uint64_t word[2],
			uint64_t address)
{
	const uint64_t type = iq_field(word[0], CONTEXT_TT);
	/* A reserved type refuses everything and needs no page (fault reason 3, silent with FPD). */
	uint64_t new0 = word[0] | iq_put(TT_RESERVED, CONTEXT_TT) | CONTEXT_FPD;

	walk->done = IQ_MODE_BLOCK;
	if (mode == IQ_MODE_SINK && type != TT_RESERVED) {
		walk->done = IQ_MODE_SINK;
	} else if (type <= TT_ATS && close_table(walk, word[0] & ADDRESS, mode)) {
		walk->done = mode;
		new0 = (word[0] & ~CONTEXT_TT) | CONTEXT_FPD;
	}
	note(walk, id, IQ_CHANGE_ENTRY, walk->done, word[0], word[1]);
	if (walk->done == IQ_MODE_SINK)
		sink_legacy(walk, word, address);
	else
		store(walk, address, new0);
}

/* True if no more DMA gets through the present entry @word than @mode allows. */
static bool is_within(struct vtd_walk *walk, iq_source_id id, enum iq_mode mode, const uint64_t word[2])
{
	if (vtd_scalable(walk->unit))
		return !(word[0] & CONTEXT_SM_DTE) && close_pasids(walk, id, mode, word);
	switch (iq_field(word[0], CONTEXT_TT)) {
	case TT_RESERVED:
		return true;
	case TT_TABLE:
		return mode == IQ_MODE_SINK ? (word[0] & ADDRESS) == walk->sink
					    : close_table(walk, word[0] & ADDRESS, mode);
	}
	return false;
}

static void visit(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address)
{
	const enum iq_mode mode = vtd_mode(walk, id);

	if (mode == IQ_MODE_PRESERVE) {
		walk->stage->preserved++;
		return;
	}
	if (!walk->edit) {
		if (!is_within(walk, id, mode, word)) {
			walk->stage->open++;
			walk->stage->address = address;
		}
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

/* The page of zeros that we were given, if it still is one. */
static uint64_t find_spare(struct vtd_walk *walk)
{
	const uint64_t spare = walk->run->spare;
	const volatile uint64_t *word =
		spare & ~ADDRESS || !walk->run->spare_pages ? NULL : vtd_map(walk, spare, IQ_PAGE_SIZE);

	if (!spare || !word || !vtd_scalable(walk->unit))
		return 0;
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
		if (word[i])
			return 0;
	return spare;
}

/* False if the root table itself is outside memory. */
static bool start(struct vtd_walk *walk)
{
	const uint64_t root = walk->unit->value[VTD_RTADDR] & ADDRESS;

	walk->last_table = ~UINT64_C(0);
	walk->spare = find_spare(walk);
	if (vtd_map(walk, root, IQ_PAGE_SIZE))
		return true;
	vtd_unreachable(walk, root);
	return false;
}

enum iq_status vtd_block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_walk walk = { .run = run, .unit = unit, .stage = stage, .edit = true };

	if (!start(&walk))
		return walk.status;
	if (walk.spare)
		run->io->write_back(run->io, walk.spare, IQ_PAGE_SIZE);
	if (run->plan.rules)
		vtd_find_needs(&walk);
	iq_record_section(&run->record, IQ_SECTION_CHANGES, unit->index);
	vtd_each_context(&walk, visit);
	return walk.status;
}

enum iq_status vtd_verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_walk walk = { .run = run, .unit = unit, .stage = stage };

	/* Tables that do not lead to the sink any more lead nobody knows where. */
	if (vtd_sink_intact(run, unit))
		walk.sink = vtd_find_sink(run, unit);
	if (start(&walk))
		vtd_each_context(&walk, visit);
	if (!(run->io->read32(run->io, unit->base + GSTS_REG) & GSTS_TES))
		return IQ_OFF;
	return stage->open ? IQ_STILL_OPEN : walk.status;
}
