/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d: close every context entry of a unit, and look again whether they are.
 *
 * A closed context entry stays present, because the capture kernel copies only present ones, and gets FPD, so that its
 * log stays quiet. What it leads to is emptied: R and W go out of the 512 entries of each top-level table.
 */
#include "vtd.h"

#define KEPT_TABLES 64u	   /* tables of preserved devices that are remembered */
#define PASID_PAGES 65536u /* directory pages and PASID tables read for one unit: they can be shared, and lie */

/* One pass over all context entries, to close them or only to look. */
struct walk {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	bool edit;
	enum iq_status status;
	uint64_t spare;	     /* page of zeros, 0: none */
	uint64_t last_table; /* the top-level table done last: neighbours often share one */
	uint32_t pasid_pages;/* read so far */
	uint64_t kept[KEPT_TABLES];
	unsigned int kept_count;
	bool kept_full; /* more than can be remembered: touch nothing but context entries */
};

static void store(struct walk *walk, uint64_t address, uint64_t value)
{
	struct iq_io *io = walk->run->io;

	io->store64(io, address, value);
	/* Who snoops what depends on ECAP.C, ECAP.SMPWCS and each PASID entry; this is right for all. */
	io->write_back(io, address, sizeof(value));
}

static void note(struct walk *walk, unsigned int first, unsigned int kind, uint64_t old0, uint64_t old1)
{
	iq_record_change(&walk->run->record, &(struct iq_change){ .first = (uint16_t)first, .last = (uint16_t)first,
								   .mode = IQ_MODE_BLOCK, .kind = (uint16_t)kind,
								   .old = { old0, old1 } });
}

static void unreachable(struct walk *walk, uint64_t address)
{
	walk->status = IQ_UNREACHABLE;
	walk->stage->address = address;
}

static const volatile uint64_t *map(struct walk *walk, uint64_t address, size_t length)
{
	struct iq_memory *memory = &walk->run->io->memory;

	return memory->map(memory, address, length);
}

static bool is_kept(const struct walk *walk, uint64_t table)
{
	for (unsigned int i = 0; i < walk->kept_count; i++)
		if (walk->kept[i] == table)
			return true;
	return walk->kept_full;
}

static void keep_table(struct walk *walk, uint64_t table)
{
	if (is_kept(walk, table))
		return;
	if (walk->kept_count == KEPT_TABLES)
		walk->kept_full = true;
	else
		walk->kept[walk->kept_count++] = table;
}

/*
 * Take R and W out of the top-level table at @table. False if that cannot be done there: outside memory, or a preserved
 * device uses it too. When only looking: true if nothing is let through.
 */
static bool close_table(struct walk *walk, uint64_t table)
{
	const volatile uint64_t *entry;

	if (is_kept(walk, table))
		return false;
	if (table == walk->last_table)
		return true;
	entry = map(walk, table, IQ_PAGE_SIZE);
	if (!entry)
		return false;
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
		const uint64_t old = entry[i];

		if (!(old & TABLE_RW))
			continue;
		if (!walk->edit)
			return false;
		note(walk, i, IQ_CHANGE_TABLE, table, old & TABLE_RW);
		store(walk, table + i * 8, old & ~TABLE_RW);
	}
	walk->last_table = table;
	return true;
}

/* The widest second-level table that the unit walks, as an AW value: an empty one is the same at any width. */
static uint64_t widest_aw(const struct iq_unit *unit)
{
	const uint64_t sagaw = iq_field(unit->value[VTD_CAP], CAP_SAGAW);

	return sagaw & 8 ? 3 : sagaw & 4 ? 2 : 1;
}

/*
 * Close a PASID table entry by itself: a second level that is empty, if there is a page of zeros that outlives us, else
 * not present. Not the former where devices are preserved: the entry keeps its domain, and what the unit caches for a
 * preserved device of that domain would count for this one too.
 */
static uint64_t closed_pasid(const struct walk *walk, uint64_t word0)
{
	if (!walk->spare || walk->kept_count)
		return word0 & ~PASID_P;
	return (word0 & ~(PASID_PGTT | PASID_AW | ADDRESS)) | iq_put(PGTT_SECOND, PASID_PGTT) |
	       iq_put(widest_aw(walk->unit), PASID_AW) | walk->spare;
}

static bool is_spare(const struct walk *walk, uint64_t word0)
{
	return walk->spare && (word0 & ADDRESS) == walk->spare && iq_field(word0, PASID_PGTT) == PGTT_SECOND;
}

/*
 * Close the PASID table entry at @address. @own: of requests without PASID. First-level tables of other PASIDs can be
 * those of a process, which are evidence, so that their entry is closed instead. When only looking: false if anything
 * is let through.
 */
static bool close_pasid(struct walk *walk, uint16_t requester, bool own, uint64_t address)
{
	const volatile uint64_t *word = map(walk, address, PASID_SIZE);
	const uint64_t word0 = word ? word[0] : PASID_P;
	bool done = false;

	if (!(word0 & PASID_P) || is_spare(walk, word0))
		return true;
	switch (iq_field(word0, PASID_PGTT)) {
	case PGTT_FIRST:
		done = own && word && close_table(walk, word[2] & ADDRESS);
		break;
	case PGTT_SECOND:
	case PGTT_NESTED: /* every access of the first level goes through the second */
		done = close_table(walk, word0 & ADDRESS);
		break;
	}
	if (done || !walk->edit || !word)
		return done;
	note(walk, requester, IQ_CHANGE_WORD, address, word0);
	store(walk, address, closed_pasid(walk, word0));
	return true;
}

/*
 * The next present entry of the PASID directory of @context from *@index on, and the table that it names. IQ_NOT_FOUND
 * behind the last, IQ_UNREACHABLE, IQ_NO_ROOM if that is more than is read.
 */
static enum iq_status next_pasid_table(struct walk *walk, uint64_t context, uint32_t *index, uint64_t *table)
{
	const uint32_t entries = 1u << (iq_field(context, CONTEXT_SM_PDTS) + 7);
	const volatile uint64_t *page = NULL;

	for (; *index < entries; ++*index) {
		const uint64_t address = (context & ADDRESS) + *index * 8;

		if (!page || !(address % IQ_PAGE_SIZE)) {
			if (walk->pasid_pages++ >= PASID_PAGES)
				return IQ_NO_ROOM;
			page = map(walk, address & IQ_PAGE_MASK, IQ_PAGE_SIZE);
		}
		if (!page)
			return IQ_UNREACHABLE;
		*table = page[address % IQ_PAGE_SIZE / 8];
		if (*table & PASID_DIR_P) {
			*table &= ADDRESS;
			return map(walk, *table, IQ_PAGE_SIZE) ? IQ_OK : IQ_UNREACHABLE;
		}
	}
	return IQ_NOT_FOUND;
}

/* All PASIDs of a scalable-mode context entry. False if that is more than is read, or not all of it can be. */
static bool close_pasids(struct walk *walk, uint16_t requester, const uint64_t context[2])
{
	const uint32_t own = (uint32_t)iq_field(context[1], CONTEXT_SM_RID_PASID);
	enum iq_status status;
	uint64_t table;

	for (uint32_t i = 0; (status = next_pasid_table(walk, context[0], &i, &table)) == IQ_OK; i++) {
		if (is_kept(walk, table))
			return false;
		for (uint32_t n = 0; n < PASID_PER_TABLE; n++)
			if (!close_pasid(walk, requester, i * PASID_PER_TABLE + n == own, table + n * PASID_SIZE))
				return false;
	}
	return status == IQ_NOT_FOUND;
}

/* The first word of a closed legacy context entry; what it leads to is closed on the way. */
static uint64_t closed_legacy(struct walk *walk, uint64_t word0)
{
	switch (iq_field(word0, CONTEXT_TT)) {
	case TT_TABLE:
	case TT_ATS:
		if (close_table(walk, word0 & ADDRESS))
			return (word0 & ~CONTEXT_TT) | CONTEXT_FPD;
		break;
	}
	/* A reserved type refuses everything and needs no page (fault reason 3, silent with FPD). */
	return word0 | iq_put(TT_RESERVED, CONTEXT_TT) | CONTEXT_FPD;
}

static uint64_t closed_scalable(struct walk *walk, uint16_t requester, const uint64_t word[2])
{
	if (close_pasids(walk, requester, word))
		return (word[0] & ~(CONTEXT_SM_DTE | CONTEXT_SM_PRE)) | CONTEXT_FPD;
	return (word[0] & ~CONTEXT_P) | CONTEXT_FPD;
}

static bool is_preserved(const struct walk *walk, uint16_t requester)
{
	const struct iq_rule *rule = iq_plan_rule(&walk->run->plan, walk->unit->segment, requester);

	return rule && rule->mode == IQ_MODE_PRESERVE;
}

/* True if no DMA gets through the present entry @word. */
static bool is_closed(struct walk *walk, uint16_t requester, const uint64_t word[2])
{
	if (vtd_scalable(walk->unit))
		return !(word[0] & CONTEXT_SM_DTE) && close_pasids(walk, requester, word);
	switch (iq_field(word[0], CONTEXT_TT)) {
	case TT_RESERVED:
		return true;
	case TT_TABLE:
		return close_table(walk, word[0] & ADDRESS);
	}
	return false;
}

static void visit(struct walk *walk, uint16_t requester, const uint64_t word[2], uint64_t address)
{
	if (is_preserved(walk, requester)) {
		walk->stage->preserved++;
		return;
	}
	if (!walk->edit) {
		if (!is_closed(walk, requester, word)) {
			walk->stage->open++;
			walk->stage->address = address;
		}
		return;
	}
	note(walk, requester, IQ_CHANGE_ENTRY, word[0], word[1]);
	store(walk, address, vtd_scalable(walk->unit) ? closed_scalable(walk, requester, word) :
							closed_legacy(walk, word[0]));
	walk->stage->changed++;
}

/* Do @what for each present context entry that a table of the unit holds. */
static void each_context(struct walk *walk, void (*what)(struct walk *walk, uint16_t requester, const uint64_t word[2],
							 uint64_t address))
{
	const uint32_t size = vtd_scalable(walk->unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE;
	const uint32_t per_table = (uint32_t)(IQ_PAGE_SIZE / size);

	for (uint32_t first = 0; first < 0x10000; first += per_table) {
		const uint64_t table = vtd_context_table(&walk->run->io->memory, walk->unit, (uint16_t)first);
		const volatile uint64_t *page = table ? map(walk, table, IQ_PAGE_SIZE) : NULL;

		if (table && !page)
			unreachable(walk, table);
		for (uint32_t i = 0; page && i < per_table; i++) {
			const volatile uint64_t *entry = page + i * (size / 8);

			if (!(entry[0] & CONTEXT_P))
				continue;
			what(walk, (uint16_t)(first + i), (const uint64_t[]){ entry[0], entry[1] }, table + i * size);
			/* Mapped anew: what was done to it may have mapped more pages than stay valid. */
			page = map(walk, table, IQ_PAGE_SIZE);
		}
		walk->stage->examined += page ? per_table : 0;
	}
}

/* Remember the PASID tables of a preserved device and the top-level tables that those name. */
static void keep_pasids(struct walk *walk, uint64_t context)
{
	enum iq_status status;
	uint64_t table;

	for (uint32_t i = 0; (status = next_pasid_table(walk, context, &i, &table)) == IQ_OK; i++) {
		keep_table(walk, table);
		for (uint32_t n = 0; n < PASID_PER_TABLE && !walk->kept_full; n++) {
			const volatile uint64_t *word = map(walk, table + n * PASID_SIZE, PASID_SIZE);

			if (!word || !(word[0] & PASID_P))
				continue;
			if (word[0] & ADDRESS)
				keep_table(walk, word[0] & ADDRESS);
			if (word[2] & ADDRESS)
				keep_table(walk, word[2] & ADDRESS);
		}
	}
	if (status != IQ_NOT_FOUND)
		walk->kept_full = true;
}

/* Remember the tables of a preserved device: they must stay as they are, whoever shares them. */
static void keep(struct walk *walk, uint16_t requester, const uint64_t word[2], uint64_t address)
{
	(void)address;
	if (walk->kept_full || !is_preserved(walk, requester))
		return;
	if (vtd_scalable(walk->unit))
		keep_pasids(walk, word[0]);
	else
		keep_table(walk, word[0] & ADDRESS);
}

/* Domains span units: look at the preserved devices of all. */
static void keep_all(struct walk *walk)
{
	struct iq_plan *plan = &walk->run->plan;
	const struct walk start = *walk;

	for (unsigned int i = 0; i < plan->units; i++) {
		walk->unit = &plan->unit[i];
		walk->pasid_pages = 0;
		if (walk->unit->family == &iq_vtd && walk->unit->status == IQ_OK)
			each_context(walk, keep);
	}
	walk->unit = start.unit;
	walk->status = start.status;
	walk->pasid_pages = 0;
	walk->stage->examined = 0;
	walk->stage->address = 0;
}

/* The page of zeros that we were given, if it still is one. */
static uint64_t find_spare(struct walk *walk)
{
	const uint64_t spare = walk->run->spare;
	const volatile uint64_t *word = spare & ~ADDRESS ? NULL : map(walk, spare, IQ_PAGE_SIZE);

	if (!spare || !word || !vtd_scalable(walk->unit))
		return 0;
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
		if (word[i])
			return 0;
	return spare;
}

/* False if the root table itself is outside memory. */
static bool start(struct walk *walk)
{
	const uint64_t root = walk->unit->value[VTD_RTADDR] & ADDRESS;

	walk->last_table = ~UINT64_C(0);
	walk->spare = find_spare(walk);
	if (map(walk, root, IQ_PAGE_SIZE))
		return true;
	unreachable(walk, root);
	return false;
}

enum iq_status vtd_block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct walk walk = { .run = run, .unit = unit, .stage = stage, .edit = true };

	if (!start(&walk))
		return walk.status;
	if (walk.spare)
		run->io->write_back(run->io, walk.spare, IQ_PAGE_SIZE);
	if (run->plan.rules)
		keep_all(&walk);
	iq_record_section(&run->record, IQ_SECTION_CHANGES, unit->index);
	each_context(&walk, visit);
	return walk.status;
}

enum iq_status vtd_verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct walk walk = { .run = run, .unit = unit, .stage = stage };

	if (start(&walk))
		each_context(&walk, visit);
	if (!(run->io->read32(run->io, unit->base + GSTS_REG) & GSTS_TES))
		return IQ_OFF;
	return stage->open ? IQ_STILL_OPEN : walk.status;
}
