/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d at the crash: from root entries to context entries, PASID tables and top-level tables. What is read can be shared
 * between entries, and lie.
 */
#include "walk.h"

#include "sink.h"

/* A second-level entry that leads on, with all permissions. 9.8 */
static const struct iq_sink_form sink_form = { .bits = TABLE_RW };

#define PASID_PAGES 65536u /* directory pages and PASID tables read for one unit */

const volatile uint64_t *vtd_map(struct vtd_walk *walk, uint64_t address, size_t length)
{
	struct iq_memory *memory = &walk->run->io->memory;

	return memory->map(memory, address, length);
}

void vtd_unreachable(struct vtd_walk *walk, uint64_t address)
{
	walk->status = IQ_UNREACHABLE;
	walk->stage->address = address;
}

bool vtd_walk_start(struct vtd_walk *walk)
{
	const uint64_t root = walk->unit->value[VTD_RTADDR] & ADDRESS;

	walk->last_table = VTD_NO_TABLE;
	walk->pasid_pages = 0;
	if (vtd_map(walk, root, IQ_PAGE_SIZE))
		return true;
	vtd_unreachable(walk, root);
	return false;
}

void vtd_store(struct vtd_walk *walk, uint64_t address, uint64_t value)
{
	struct iq_io *io = walk->run->io;

	io->store64(io, address, value);
	/* Who snoops what depends on ECAP.C, ECAP.SMPWCS and each PASID entry; this is right for all. */
	io->write_back(io, address, sizeof(value));
}

void vtd_note(struct vtd_walk *walk, uint32_t first, unsigned int kind, enum iq_mode mode, uint64_t old0,
	      uint64_t old1)
{
	iq_record_change(&walk->run->record, &(struct iq_change){ .first = first,
								  .mode = (uint8_t)mode,
								  .kind = (uint8_t)kind,
								  .old = { old0, old1 } });
}

enum iq_status vtd_next_pasid_table(struct vtd_walk *walk, uint64_t context, uint32_t *index, uint64_t *table)
{
	const uint32_t entries = 1u << (iq_field(context, CONTEXT_SM_PDTS) + 7);
	const volatile uint64_t *page = NULL;

	for (; *index < entries; ++*index) {
		const uint64_t address = (context & ADDRESS) + *index * 8;

		if (!page || !(address % IQ_PAGE_SIZE)) {
			if (walk->pasid_pages++ >= PASID_PAGES)
				return IQ_NO_ROOM;
			page = vtd_map(walk, address & IQ_PAGE_MASK, IQ_PAGE_SIZE);
		}
		if (!page)
			return IQ_UNREACHABLE;
		*table = page[address % IQ_PAGE_SIZE / 8];
		if (*table & PASID_DIR_P) {
			*table &= ADDRESS;
			return vtd_map(walk, *table, IQ_PAGE_SIZE) ? IQ_OK : IQ_UNREACHABLE;
		}
	}
	return IQ_NOT_FOUND;
}

bool vtd_each_pasid(struct vtd_walk *walk, iq_source_id id, const uint64_t context[2],
		    bool (*what)(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
				 uint64_t address))
{
	const uint32_t own = (uint32_t)iq_field(context[1], CONTEXT_SM_RID_PASID);
	const size_t words = PASID_SIZE / sizeof(uint64_t);
	enum iq_status status;
	uint64_t table;

	for (uint32_t i = 0; (status = vtd_next_pasid_table(walk, context[0], &i, &table)) == IQ_OK; i++) {
		const volatile uint64_t *page = vtd_map(walk, table, IQ_PAGE_SIZE);

		for (uint32_t n = 0; page && n < PASID_PER_TABLE; n++) {
			if (!(page[n * words] & PASID_P))
				continue;
			if (!what(walk, id, i * PASID_PER_TABLE + n == own, page + n * words,
				  table + n * PASID_SIZE))
				return false;
			/* Mapped anew, as in vtd_each_context(). */
			page = vtd_map(walk, table, IQ_PAGE_SIZE);
		}
	}
	return status == IQ_NOT_FOUND;
}

/*
 * A table to be looked through for what is rare in it, word after word: each is read once, in no order. These loops are what a
 * pass over all entries costs.
 */
static const uint64_t *words_of(const volatile uint64_t *page)
{
	return (const uint64_t *)(uintptr_t)page;
}

/* The first present one of a table's @count context entries of @words words from @i on; @count if none is. Most are not. */
static uint32_t next_present(const volatile uint64_t *page, uint32_t i, uint32_t count, uint32_t words)
{
	const uint64_t *entry = words_of(page) + i * words;

	for (; i + 4 <= count; i += 4, entry += 4 * words)
		if ((entry[0] | entry[words] | entry[2 * words] | entry[3 * words]) & CONTEXT_P)
			break;
	for (; i < count && !(*entry & CONTEXT_P); i++)
		entry += words;
	return i;
}

void vtd_each_context(struct vtd_walk *walk,
		      void (*what)(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address))
{
	const uint32_t size = vtd_scalable(walk->unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE;
	const uint32_t per_table = (uint32_t)(IQ_PAGE_SIZE / size), words = size / 8;

	for (iq_source_id first = 0; first < VTD_IDS; first += per_table) {
		const uint64_t table = vtd_context_table(&walk->run->io->memory, walk->unit, first);
		const volatile uint64_t *page = table ? vtd_map(walk, table, IQ_PAGE_SIZE) : NULL;

		if (table && !page)
			vtd_unreachable(walk, table);
		for (uint32_t i = 0; page && (i = next_present(page, i, per_table, words)) < per_table; i++) {
			const volatile uint64_t *entry = page + i * words;

			what(walk, first + i, (const uint64_t[]){ entry[0], entry[1] }, table + i * size);
			/* Mapped anew: what was done to it may have mapped more pages than stay valid. */
			page = vtd_map(walk, table, IQ_PAGE_SIZE);
		}
		walk->stage->examined += page ? per_table : 0;
	}
}

/* Requests with supervisor privilege write where a first-level entry does not allow it, unless WPE is set. 9.6 */
static bool writes_anyway(const volatile uint64_t *word)
{
	return (word[2] & (PASID_SRE | PASID_WPE)) == PASID_SRE;
}

/*
 * First-level tables of other PASIDs can be those of a process, which are evidence and stay as they are. Nested tables are
 * out: units of Sapphire Rapids set accessed and dirty bits in the first level also where the second is read-only (SPR17).
 */
uint64_t vtd_writes_table(const volatile uint64_t *word, bool own)
{
	switch (iq_field(word[0], PASID_PGTT)) {
	case PGTT_FIRST:
		return own && !writes_anyway(word) ? word[2] & ADDRESS : VTD_NO_TABLE;
	case PGTT_SECOND:
		return word[0] & ADDRESS;
	}
	return VTD_NO_TABLE;
}

uint64_t vtd_taken_bits(enum iq_mode mode)
{
	return mode == IQ_MODE_BLOCK_WRITES ? TABLE_W : TABLE_RW;
}

unsigned int vtd_next_open_entry(const volatile uint64_t *entry, unsigned int i, enum iq_mode mode)
{
	const uint64_t bits = vtd_taken_bits(mode);
	const uint64_t *word = words_of(entry);

	/* Most are empty. */
	while (i + 4 <= TABLE_ENTRIES && !((word[i] | word[i + 1] | word[i + 2] | word[i + 3]) & bits))
		i += 4;
	while (i < TABLE_ENTRIES && !(word[i] & bits))
		i++;
	return i;
}

bool vtd_table_is_closed(struct vtd_walk *walk, uint64_t table, enum iq_mode mode)
{
	const volatile uint64_t *entry;

	if ((table | mode) == walk->last_table)
		return true;
	entry = vtd_map(walk, table, IQ_PAGE_SIZE);
	if (!entry || vtd_next_open_entry(entry, 0, mode) < TABLE_ENTRIES)
		return false;
	walk->last_table = table | mode;
	return true;
}

uint64_t vtd_widest_aw(const struct iq_unit *unit)
{
	const uint64_t sagaw = iq_field(unit->value[VTD_CAP], CAP_SAGAW);

	return sagaw & 8 ? 3 : sagaw & 4 ? 2 : sagaw & 2 ? 1 : 0;
}

uint64_t vtd_sink_root(struct iq_run *run, const struct iq_unit *unit, uint64_t aw)
{
	if (!aw || !(iq_field(unit->value[VTD_CAP], CAP_SAGAW) >> aw & 1))
		return 0;
	if (!iq_plan_wants(&run->plan, unit, IQ_MODE_SINK))
		return 0;
	if (vtd_scalable(unit) && !(unit->value[VTD_ECAP] & ECAP_SLTS))
		return 0;
	return iq_sink_table(run, &sink_form, (unsigned int)aw + 2);
}

uint64_t vtd_sunk_pasid(struct vtd_walk *walk, uint64_t word0)
{
	const uint64_t aw = vtd_widest_aw(walk->unit);

	return (word0 & ~(PASID_PGTT | PASID_AW | PASID_SLEE | PASID_SLADE | ADDRESS)) |
	       iq_put(PGTT_SECOND, PASID_PGTT) | iq_put(aw, PASID_AW) | vtd_sink_root(walk->run, walk->unit, aw);
}

bool vtd_sink_intact(struct iq_run *run)
{
	return iq_sink_intact(run, &sink_form);
}
