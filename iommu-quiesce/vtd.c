/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d at the crash: judge the registers, save the fault records, close every context entry, look again. The flush is in
 * vtd-flush.c, decoding in vtd-read.c.
 *
 * A closed context entry stays present, because the capture kernel copies only present ones, and gets FPD, so that its log
 * stays quiet. What it leads to is emptied: R and W go out of the 512 entries of each top-level table.
 */
#include "vtd.h"

#define KEPT_TABLES   32u    /* top-level tables of preserved devices that are remembered */
#define PASID_TABLES  65536u /* bound of what is read for one unit: directories can be shared and lie */

static const struct iq_register registers[VTD_REGISTERS] = {
	[VTD_VER] = { "VER", VER_REG, 32, false },	   [VTD_CAP] = { "CAP", CAP_REG, 64, false },
	[VTD_ECAP] = { "ECAP", ECAP_REG, 64, false },	   [VTD_GSTS] = { "GSTS", GSTS_REG, 32, true },
	[VTD_RTADDR] = { "RTADDR", RTADDR_REG, 64, true }, [VTD_FSTS] = { "FSTS", FSTS_REG, 32, true },
	[VTD_FECTL] = { "FECTL", FECTL_REG, 32, false },   [VTD_PMEN] = { "PMEN", PMEN_REG, 32, false },
	[VTD_IQH] = { "IQH", IQH_REG, 64, true },	   [VTD_IQT] = { "IQT", IQT_REG, 64, true },
	[VTD_IQA] = { "IQA", IQA_REG, 64, true },	   [VTD_ICS] = { "ICS", ICS_REG, 32, false },
	[VTD_IQERCD] = { "IQERCD", IQERCD_REG, 64, true }, [VTD_IRTA] = { "IRTA", IRTA_REG, 64, true },
};

static enum iq_status examine(struct iq_run *run, struct iq_unit *unit)
{
	const uint64_t *value = unit->value;
	const uint64_t iotlb = iq_field(value[VTD_ECAP], ECAP_IRO) * 16 + 16;
	const uint64_t faults = (iq_field(value[VTD_CAP], CAP_FRO) + iq_field(value[VTD_CAP], CAP_NFR) + 1) * 16;
	const uint64_t window = iq_round_up(iotlb > faults ? iotlb : faults, IQ_PAGE_SIZE);

	if (value[VTD_VER] == UINT32_MAX || value[VTD_CAP] == UINT64_MAX || !value[VTD_VER] || !value[VTD_CAP])
		return IQ_ABSENT;
	if (!(value[VTD_GSTS] & GSTS_TES))
		return IQ_OFF;
	if (window > unit->window) {
		enum iq_status status = run->io->map_registers(run->io, unit->base, window);

		if (status != IQ_OK)
			return status;
		unit->window = window;
	}
	switch (iq_field(value[VTD_RTADDR], RTADDR_TTM)) {
	case TTM_ABORT:
		return IQ_NOTHING;
	case TTM_LEGACY:
	case TTM_SCALABLE:
		return value[VTD_RTADDR] & ADDRESS ? IQ_OK : IQ_MALFORMED;
	}
	return IQ_MALFORMED;
}

/* Copy the fault records that are set, then clear them, so that a second call finds what came in between. */
static enum iq_status events(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const uint64_t base = unit->base + iq_field(unit->value[VTD_CAP], CAP_FRO) * 16;
	const uint32_t count = (uint32_t)iq_field(unit->value[VTD_CAP], CAP_NFR) + 1;
	const struct iq_record_events head = { .entry_size = FRCD_SIZE };
	struct iq_io *io = run->io;

	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = base + i * FRCD_SIZE;
		const uint64_t word[2] = { io->read64(io, at), io->read64(io, at + 8) };

		if (!(word[1] & FRCD_F))
			continue;
		if (!stage->refused++ &&
		    !(iq_record_section(&run->record,
					stage->stage == IQ_STAGE_SNAPSHOT ? IQ_SECTION_EVENTS : IQ_SECTION_REFUSED,
					unit->index) &&
		      iq_record_add(&run->record, &head, sizeof(head))))
			return IQ_NO_ROOM;
		if (!iq_record_add(&run->record, word, sizeof(word)))
			return IQ_NO_ROOM;
		io->write32(io, at + 12, (uint32_t)(FRCD_F >> 32));
	}
	if (stage->refused)
		io->write32(io, unit->base + FSTS_REG, FSTS_PFO);
	return IQ_OK;
}

/* One pass over all context entries, to close them or only to look. */
struct walk {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	bool edit;
	enum iq_status status;
	uint64_t last_table; /* the top-level table done last: neighbours often share one */
	uint32_t pasid_tables; /* read so far */
	uint64_t kept[KEPT_TABLES];
	unsigned int kept_count;
	bool kept_full; /* more than can be remembered: touch no table, close by entry */
};

static void store(struct walk *walk, uint64_t address, uint64_t value)
{
	struct iq_io *io = walk->run->io;

	io->store64(io, address, value);
	if (!(walk->unit->value[VTD_ECAP] & ECAP_C))
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

static bool is_kept(const struct walk *walk, uint64_t table)
{
	for (unsigned int i = 0; i < walk->kept_count; i++)
		if (walk->kept[i] == table)
			return true;
	return walk->kept_full;
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
	entry = walk->run->io->memory.map(&walk->run->io->memory, table, IQ_PAGE_SIZE);
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
 * not present.
 */
static uint64_t closed_pasid(const struct walk *walk, uint64_t word0)
{
	const uint64_t spare = walk->run->spare;

	if (!spare)
		return word0 & ~PASID_P;
	return (word0 & ~(PASID_PGTT | PASID_AW | ADDRESS)) | iq_put(PGTT_SECOND, PASID_PGTT) |
	       iq_put(widest_aw(walk->unit), PASID_AW) | spare;
}

static bool is_spare(const struct walk *walk, uint64_t word0)
{
	return walk->run->spare && (word0 & ADDRESS) == walk->run->spare &&
	       iq_field(word0, PASID_PGTT) == PGTT_SECOND;
}

/* Close the PASID table entry @word at @address. When only looking: false if it lets anything through. */
static bool close_pasid(struct walk *walk, uint16_t requester, const volatile uint64_t *word, uint64_t address)
{
	const uint64_t word0 = word[0];
	bool done = false;

	if (!(word0 & PASID_P) || is_spare(walk, word0))
		return true;
	switch (iq_field(word0, PASID_PGTT)) {
	case PGTT_FIRST:
		done = close_table(walk, word[2] & ADDRESS);
		break;
	case PGTT_SECOND:
	case PGTT_NESTED: /* every access of the first level goes through the second */
		done = close_table(walk, word0 & ADDRESS);
		break;
	}
	if (done || !walk->edit)
		return done;
	note(walk, requester, IQ_CHANGE_WORD, address, word0);
	store(walk, address, closed_pasid(walk, word0));
	return true;
}

/* All PASIDs of a scalable-mode context entry. False if that is more than is read, or not all of it can be. */
static bool close_pasids(struct walk *walk, uint16_t requester, uint64_t context)
{
	const uint32_t entries = 1u << (iq_field(context, CONTEXT_SM_PDTS) + 7);
	struct iq_memory *memory = &walk->run->io->memory;

	for (uint32_t i = 0; i < entries; i++) {
		const volatile uint64_t *directory = memory->map(memory, (context & ADDRESS) + i * 8, 8);
		const volatile uint64_t *word;
		uint64_t table;

		if (!directory)
			return false;
		table = *directory;
		if (!(table & PASID_DIR_P))
			continue;
		table &= ADDRESS;
		word = memory->map(memory, table, IQ_PAGE_SIZE);
		if (!word || walk->pasid_tables++ >= PASID_TABLES)
			return false;
		for (uint32_t n = 0; n < PASID_PER_TABLE; n++)
			if (!close_pasid(walk, requester, word + n * PASID_SIZE / 8, table + n * PASID_SIZE))
				return false;
	}
	return true;
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

static uint64_t closed_scalable(struct walk *walk, uint16_t requester, uint64_t word0)
{
	if (close_pasids(walk, requester, word0))
		return (word0 & ~CONTEXT_SM_DTE) | CONTEXT_FPD;
	return (word0 & ~CONTEXT_P) | CONTEXT_FPD;
}

static bool is_preserved(const struct walk *walk, uint16_t requester)
{
	const struct iq_rule *rule = iq_plan_rule(&walk->run->plan, walk->unit->segment, requester);

	return rule && rule->mode == IQ_MODE_PRESERVE;
}

/* True if no DMA gets through the present entry @word. */
static bool is_closed(struct walk *walk, uint16_t requester, uint64_t word0)
{
	if (vtd_scalable(walk->unit))
		return close_pasids(walk, requester, word0);
	switch (iq_field(word0, CONTEXT_TT)) {
	case TT_RESERVED:
		return true;
	case TT_TABLE:
	case TT_ATS:
		return close_table(walk, word0 & ADDRESS);
	}
	return false;
}

static void visit(struct walk *walk, uint16_t requester, const volatile uint64_t *word, uint64_t address)
{
	const uint64_t word0 = word[0];
	uint64_t wanted;

	if (!(word0 & CONTEXT_P))
		return;
	if (is_preserved(walk, requester)) {
		walk->stage->preserved++;
		return;
	}
	if (!walk->edit) {
		if (!is_closed(walk, requester, word0)) {
			walk->stage->open++;
			walk->stage->address = address;
		}
		return;
	}
	note(walk, requester, IQ_CHANGE_ENTRY, word0, word[1]);
	wanted = vtd_scalable(walk->unit) ? closed_scalable(walk, requester, word0) : closed_legacy(walk, word0);
	store(walk, address, wanted);
	walk->stage->changed++;
}

/* Do @what for each context entry that a table of the unit holds. */
static void each_context(struct walk *walk, void (*what)(struct walk *walk, uint16_t requester,
							 const volatile uint64_t *word, uint64_t address))
{
	struct iq_memory *memory = &walk->run->io->memory;
	const uint32_t size = vtd_scalable(walk->unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE;
	const uint32_t per_table = (uint32_t)(IQ_PAGE_SIZE / size);

	for (uint32_t first = 0; first < 0x10000; first += per_table) {
		const uint64_t table = vtd_context_table(memory, walk->unit, (uint16_t)first);
		const volatile uint64_t *word;

		if (!table)
			continue;
		word = memory->map(memory, table, IQ_PAGE_SIZE);
		if (!word) {
			unreachable(walk, table);
			continue;
		}
		walk->stage->examined += per_table;
		for (uint32_t i = 0; i < per_table; i++, word += size / 8)
			what(walk, (uint16_t)(first + i), word, table + i * size);
	}
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

/* Remember the top-level tables of a preserved device: they must stay as they are, whoever shares them. */
static void keep(struct walk *walk, uint16_t requester, const volatile uint64_t *word, uint64_t address)
{
	(void)address;
	if (!(word[0] & CONTEXT_P) || !is_preserved(walk, requester))
		return;
	if (vtd_scalable(walk->unit))
		walk->kept_full = true; /* any of its PASIDs may share a table with any other device */
	else
		keep_table(walk, word[0] & ADDRESS);
}

static enum iq_status check_root(struct walk *walk)
{
	const uint64_t root = walk->unit->value[VTD_RTADDR] & ADDRESS;

	if (walk->run->io->memory.map(&walk->run->io->memory, root, IQ_PAGE_SIZE))
		return IQ_OK;
	unreachable(walk, root);
	return IQ_UNREACHABLE;
}

static enum iq_status block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct walk walk = { .run = run, .unit = unit, .stage = stage, .edit = true };

	if (check_root(&walk) != IQ_OK)
		return walk.status;
	iq_record_section(&run->record, IQ_SECTION_CHANGES, unit->index);
	if (run->plan.rules) {
		each_context(&walk, keep);
		stage->examined = 0;
	}
	each_context(&walk, visit);
	return walk.status;
}

static enum iq_status verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct walk walk = { .run = run, .unit = unit, .stage = stage };

	each_context(&walk, visit);
	if (!(run->io->read32(run->io, unit->base + GSTS_REG) & GSTS_TES))
		return IQ_OFF;
	return stage->open ? IQ_STILL_OPEN : IQ_OK;
}

const struct iq_family iq_vtd = {
	.name = "vt-d",
	.id = IQ_FAMILY_VTD,
	.registers = registers,
	.register_count = VTD_REGISTERS,
	.window = VTD_WINDOW,
	.examine = examine,
	.events = events,
	.block = block,
	.flush = vtd_flush,
	.verify = verify,
	.requesters = vtd_requesters,
	.tables = vtd_tables,
	.entry = vtd_entry,
	.restore = vtd_restore,
	.pasid = vtd_pasid,
	.describe_event = vtd_describe_event,
};
