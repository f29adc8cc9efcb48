/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi: take out of the device table what the policy does not allow, and look again whether it is out.
 *
 * Almost every entry is closed on most machines, and no rule is about those that are not: open_entry() is what block and
 * verify cost.
 */
#include "amdvi.h"

#include "sink.h"

/* A host table's entry that leads on, with all permissions. 2.2.3 */
static const struct iq_sink_form sink_form = {
	.bits = IQ_BIT(0) | IQ_BIT(61) | IQ_BIT(62), /* PR, IR, IW */
	.next_level = IQ_MASK(11, 9),
};

static bool snp(const struct iq_unit *unit)
{
	return unit->value[AMDVI_EFR] & EFR_SNP;
}

/*
 * System management messages of the southbridge are forwarded only with IW set (AMD family 10h erratum 63). Without them the
 * machine may stop.
 */
static bool forwards_messages(uint64_t word0, uint64_t word1)
{
	return iq_field(word1, DTE_SYSMGT) == 1 && (word0 & DTE_IW || !(word0 & DTE_V));
}

/* The shape in which Linux leaves an entry that does so and has no driver. The platform's own traffic is left alone. */
static bool is_system_management(uint64_t word0, uint64_t word1)
{
	return forwards_messages(word0, word1) && (word0 & (DTE_V | DTE_IR | DTE_MODE)) == DTE_V;
}

/*
 * What passes by "no read, no write": requests that the device translated itself, and untranslated ones to the exclusion
 * range, which are not looked at any further. 2.2.2, 3.4.4
 */
#define DTE_BYPASS (DTE_I | DTE_EX)

/*
 * What an entry must not have to be closed. Nobody has tried whether a unit asks IR and IW for requests that use guest tables:
 * Linux, too, takes GV away from the entries that it blocks (clear_dte_entry()).
 */
#define DTE_OPEN (DTE_IR | DTE_IW | DTE_GV)

static bool is_closed(uint64_t word0, uint64_t word1)
{
	return (word0 & (DTE_V | DTE_OPEN)) == DTE_V && !(word1 & DTE_BYPASS);
}

/* The same for four entries that stand next to each other. */
static bool are_closed(const uint64_t *word)
{
	const uint64_t all = word[0] & word[4] & word[8] & word[12];
	const uint64_t any = word[0] | word[4] | word[8] | word[12];
	const uint64_t any1 = word[1] | word[5] | word[9] | word[13];

	return all & DTE_V && !(any & DTE_OPEN) && !(any1 & DTE_BYPASS);
}

/*
 * The first entry from @word on that is not closed; @end if all are. Almost all are on most machines, so that this loop is
 * what block and verify cost.
 */
static const uint64_t *open_entry(const uint64_t *word, const uint64_t *end)
{
	while (end - word >= 4 * DTE_WORDS && are_closed(word))
		word += 4 * DTE_WORDS;
	while (word != end && is_closed(word[0], word[1]))
		word += DTE_WORDS;
	return word;
}

/* Physical address of the table in the spare pages that leads nowhere, 0 if it is not there or not empty. */
static uint64_t empty_table(const struct iq_run *run)
{
	struct iq_memory *memory = &run->io->memory;
	const volatile uint64_t *word;

	if (!run->spare || run->spare & ~IQ_PAGE_MASK)
		return 0;
	word = memory->map(memory, run->spare, IQ_PAGE_SIZE);
	for (unsigned int i = 0; word && i < IQ_PAGE_SIZE / sizeof(*word); i++)
		if (word[i])
			return 0;
	return word ? run->spare : 0;
}

/* Domains that have entries which stay open after the block: fully, and for reads alone. In run->scratch. */
struct open_domains {
	uint8_t all[0x10000 / 8], reads[0x10000 / 8];
};

_Static_assert(sizeof(struct open_domains) <= sizeof(((struct iq_run *)0)->scratch), "there is room for them");

/*
 * Word 1 of an entry in @mode that had @word1: without what passes by, and with a domain id apart where another entry of the
 * domain lets more through. A unit may tag what it cached by domain alone and with the permissions of the entry that brought it
 * in. Linux never makes such entries, and no section says that a unit looks at those of each.
 */
static uint64_t word1_in(const struct iq_run *run, const struct iq_unit *unit, enum iq_mode mode, uint64_t word1)
{
	const struct open_domains *open = (const struct open_domains *)run->scratch;
	const uint64_t domain = iq_field(word1, DTE_DOMAIN);

	word1 &= ~DTE_BYPASS;
	if (!(unit->traits & AMDVI_APART))
		return word1;
	if (mode == IQ_MODE_BLOCK && (iq_set_has(open->all, domain) || iq_set_has(open->reads, domain)))
		return word1 | APART_CLOSED;
	return mode == IQ_MODE_BLOCK_WRITES && iq_set_has(open->all, domain) ? word1 | APART_READ_ONLY : word1;
}

static enum iq_mode wanted(const struct iq_run *run, const struct iq_unit *unit, iq_source_id id, uint64_t word0,
			   uint64_t word1)
{
	if (is_system_management(word0, word1))
		return IQ_MODE_PRESERVE;
	return run->plan.rules ? iq_plan_mode(&run->plan, unit, id) : IQ_MODE_BLOCK;
}

/*
 * The closed form of word 0: valid, neither read nor write, no guest tables, all else as it was. An entry with V=0 lets
 * everything through and its other bits mean nothing yet: it gets TV=1 so that "no read, no write" counts. With SNP, TV=1
 * and Mode=0 is forbidden and V=1 TV=0 is what aborts (2.2.2.1).
 */
static uint64_t closed(const struct iq_unit *unit, uint64_t word0)
{
	if (!(word0 & DTE_V))
		word0 = snp(unit) ? DTE_V : DTE_V | DTE_TV;
	return word0 & ~(DTE_OPEN | DTE_GIOV);
}

/*
 * The form of word 0 that takes the write permission and nothing else: IW clear. An entry that is passed through stays so with
 * Mode=0, unless SNP forbids that. 0: the entry is to be closed instead.
 */
static uint64_t read_only(const struct iq_unit *unit, uint64_t word0)
{
	if (!(word0 & DTE_V))
		word0 = DTE_V | DTE_TV | DTE_IR;
	if (!(word0 & DTE_TV) || (snp(unit) && !(word0 & (DTE_MODE | DTE_GV))))
		return 0;
	return word0 & ~DTE_IW;
}

/* The levels of the sink's table for an entry: as many as it had, or as the unit walks at most; 0: none. */
static unsigned int sink_levels(const struct iq_unit *unit, uint64_t word0)
{
	const unsigned int hats = (unsigned int)iq_field(unit->value[AMDVI_EFR], EFR_HATS);
	const unsigned int mode = word0 & DTE_V ? (unsigned int)iq_field(word0, DTE_MODE) : 0;

	if (unit->traits & AMDVI_NO_HOST_TABLES)
		return 0;
	if (word0 & DTE_V && (!(word0 & DTE_TV) || word0 & DTE_WORD0_RESERVED))
		return 0; /* refused as it is: nothing to let go on */
	if (mode)
		return mode;
	return hats < 3 ? 4 + hats : 0;
}

/*
 * Word 0 of an entry that leads to the sink's table of @levels, for requests without PASID. Those with one are refused:
 * guest tables are not looked at any more. 0: there is none.
 */
static uint64_t sink_word0(struct iq_run *run, unsigned int levels)
{
	const uint64_t table = iq_sink_table(run, &sink_form, levels);

	return table ? DTE_V | DTE_TV | DTE_IR | DTE_IW | iq_put(levels, DTE_MODE) | table : 0;
}

/*
 * Word 0 of an entry that lets system management messages through and no DMA: IW, and a table that leads nowhere. 0: there is
 * none.
 */
static uint64_t messages_word0(const struct iq_run *run, const struct iq_unit *unit, uint64_t word0)
{
	const unsigned int levels = sink_levels(unit, word0);
	const uint64_t table = levels ? empty_table(run) : 0;

	return table ? DTE_V | DTE_TV | DTE_IW | iq_put(levels, DTE_MODE) | table : 0;
}

static bool has_messages_alone(const struct iq_run *run, const struct iq_unit *unit, uint64_t word0, uint64_t word1)
{
	return forwards_messages(word0, word1) && word0 & DTE_V && word0 == messages_word0(run, unit, word0);
}

static bool is_sink(struct iq_run *run, uint64_t word0)
{
	return word0 && run->sink == &sink_form && word0 == sink_word0(run, (unsigned int)iq_field(word0, DTE_MODE));
}

/* Is the entry left as it was found? By its mode, or for its messages: edit_mode(). */
static bool is_left(const struct iq_run *run, const struct iq_unit *unit, enum iq_mode mode, uint64_t word0, uint64_t word1)
{
	if (mode == IQ_MODE_PRESERVE)
		return true;
	if (!forwards_messages(word0, word1) || messages_word0(run, unit, word0))
		return false;
	return mode != IQ_MODE_SINK || !unit->sink_domain || !sink_levels(unit, word0);
}

/* Does the entry let through no more than @mode allows? */
static bool is_within(struct iq_run *run, const struct iq_unit *unit, enum iq_mode mode, uint64_t word0, uint64_t word1)
{
	if (mode == IQ_MODE_PRESERVE)
		return true;
	if (word1 & DTE_BYPASS)
		return false;
	if (has_messages_alone(run, unit, word0, word1))
		return true;
	if (mode == IQ_MODE_BLOCK_WRITES)
		return (word0 & (DTE_V | DTE_IW)) == DTE_V;
	return mode == IQ_MODE_SINK && unit->sink_domain && is_sink(run, word0);
}

/*
 * Lead the entry at @address to the sink, in an order in which the unit may read it at any moment: the domain of its own
 * while the old tables still count, then the table, then the rest of a GCR3 root that counts no more.
 */
static void store_sink(struct iq_io *io, const struct iq_unit *unit, uint64_t address, uint64_t word0, uint64_t word1)
{
	const uint64_t gcr3 = DTE_GCR3_MIDDLE | DTE_GCR3_HIGH;

	word1 = (word1 & ~(DTE_BYPASS | DTE_DOMAIN)) | iq_put(unit->sink_domain, DTE_DOMAIN);
	io->store64(io, address + 8, word1);
	io->store64(io, address, word0);
	if (word1 & gcr3)
		io->store64(io, address + 8, word1 & ~gcr3);
}

/*
 * Give the entry at @address the word 0 @new0, and take away what passes by it. Written down before it is changed: an
 * exception in between loses no evidence. Inlined for those that no rule is about: a call costs a tenth of it.
 */
static inline __attribute__((always_inline)) void edit(struct iq_run *run, const struct iq_change *change,
						       const struct iq_unit *unit, uint64_t address, uint64_t new0,
						       struct iq_record_stage *stage)
{
	const uint64_t new1 = word1_in(run, unit, (enum iq_mode)change->mode, change->old[1]);

	iq_record_change(&run->record, change);
	run->io->store64(run->io, address, new0);
	if (new1 != change->old[1])
		run->io->store64(run->io, address + 8, new1);
	stage->changed++;
}

/*
 * Bring the entry at @address, with the words @change->old, as near to @change->mode as it can be. One that forwards system
 * management messages goes on to do so; where that cannot be had without DMA it stays as it is, and its device is stopped at
 * its source.
 */
static void edit_mode(struct iq_run *run, struct iq_unit *unit, struct iq_change *change, uint64_t address,
		      struct iq_record_stage *stage)
{
	const uint64_t word0 = change->old[0];
	const bool messages = forwards_messages(word0, change->old[1]);
	uint64_t new0 = 0;

	if (change->mode == IQ_MODE_BLOCK_WRITES && !messages)
		new0 = read_only(unit, word0);
	else if (change->mode == IQ_MODE_SINK && unit->sink_domain)
		new0 = sink_word0(run, sink_levels(unit, word0));
	if (new0 && change->mode == IQ_MODE_SINK) {
		iq_record_change(&run->record, change);
		store_sink(run->io, unit, address, new0, change->old[1]);
		stage->changed++;
		return;
	}
	if (!new0) {
		new0 = messages ? messages_word0(run, unit, word0) : closed(unit, word0);
		stage->stricter += new0 && change->mode != IQ_MODE_BLOCK;
		stage->preserved += !new0;
		change->mode = IQ_MODE_BLOCK;
	}
	if (!new0)
		return;
	edit(run, change, unit, address, new0, stage);
}

/*
 * Bring what is open among the page of entries at @dte, physical address @page, whose first is for source id @first,
 * to what the policy allows.
 */
static void block_entries(struct iq_run *run, struct iq_unit *unit, const uint64_t *dte, uint64_t page, uint32_t first,
			  struct iq_record_stage *stage)
{
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;

	for (const uint64_t *word = open_entry(dte, end); word != end; word = open_entry(word + DTE_WORDS, end)) {
		const uint64_t address = page + (uint64_t)(word - dte) * sizeof(*word);
		const iq_source_id id = first + (uint32_t)(word - dte) / DTE_WORDS;
		const enum iq_mode mode = wanted(run, unit, id, word[0], word[1]);
		struct iq_change change = { id, 0, (uint8_t)mode, IQ_CHANGE_ENTRY, { word[0], word[1] } };

		if (mode == IQ_MODE_PRESERVE)
			stage->preserved++;
		else if (mode == IQ_MODE_BLOCK && !forwards_messages(word[0], word[1]))
			edit(run, &change, unit, address, closed(unit, word[0]), stage);
		else if (!is_within(run, unit, mode, word[0], word[1]))
			edit_mode(run, unit, &change, address, stage);
	}
}

/*
 * The domain of the entries that lead to the sink. A unit may give what it cached for one device of a domain to all of
 * them (2.2.2.1: the domain id tags translations), so that it must be one that no other entry has: the highest that is
 * free, for a capture kernel begins with the lowest. 0: not all of the table can be read, or all are in use.
 */
static uint16_t find_sink_domain(struct iq_run *run, const struct iq_unit *unit)
{
	struct iq_memory *memory = &run->io->memory;
	uint8_t *used = run->scratch;

	iq_zero(used, 0x10000 / 8);
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		for (uint32_t at = 0; at < table.entries; at += DTE_PER_PAGE) {
			const uint64_t *dte = memory->map(memory, table.base + at * DTE_SIZE, IQ_PAGE_SIZE);

			if (!dte)
				return 0;
			for (unsigned int i = 0; i < DTE_PER_PAGE; i++, dte += DTE_WORDS) {
				const uint16_t domain = (uint16_t)iq_field(dte[1], DTE_DOMAIN);

				/* Another unit of the segment was here first. */
				if (is_sink(run, dte[0]))
					return domain;
				iq_set_add(used, domain);
			}
		}
	}
	for (uint16_t domain = 0xfffe; domain > 1; domain--)
		if (!iq_set_has(used, domain))
			return domain;
	return 0;
}

/* Find the domains that stay open among the page of entries at @dte. Returns the highest domain id of what is open now. */
static uint64_t find_open(struct iq_run *run, const struct iq_unit *unit, const uint64_t *dte, uint32_t first)
{
	struct open_domains *open = (struct open_domains *)run->scratch;
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;
	uint64_t highest = 0;

	for (const uint64_t *word = open_entry(dte, end); word != end; word = open_entry(word + DTE_WORDS, end)) {
		const iq_source_id id = first + (uint32_t)(word - dte) / DTE_WORDS;
		const enum iq_mode mode = wanted(run, unit, id, word[0], word[1]);
		const uint64_t domain = iq_field(word[1], DTE_DOMAIN);

		if (is_left(run, unit, mode, word[0], word[1]) && word[0] & DTE_V)
			iq_set_add(open->all, domain);
		else if (mode == IQ_MODE_BLOCK_WRITES)
			iq_set_add(open->reads, domain);
		/* Entries that another unit of the segment has moved apart do not count. */
		if (domain > highest && (mode == IQ_MODE_PRESERVE || !is_within(run, unit, mode, word[0], word[1])))
			highest = domain;
	}
	return highest;
}

/* Where entries of one domain will let different things through, give those that let less through ids apart. */
static void find_open_domains(struct iq_run *run, struct iq_unit *unit)
{
	struct iq_memory *memory = &run->io->memory;
	uint64_t highest = 0;

	iq_zero(run->scratch, sizeof(struct open_domains));
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		for (uint32_t at = 0; at < table.entries; at += DTE_PER_PAGE) {
			const uint64_t *dte = memory->map(memory, table.base + at * DTE_SIZE, IQ_PAGE_SIZE);
			const uint64_t found = dte ? find_open(run, unit, dte, table.first + at) : 0;

			highest = found > highest ? found : highest;
		}
	}
	if (highest < APART_CLOSED)
		unit->traits |= AMDVI_APART;
}

enum iq_status amdvi_block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const bool coherent = unit->value[AMDVI_CONTROL] & CONTROL_COHERENT;
	struct iq_memory *memory = &run->io->memory;
	enum iq_status status = IQ_OK;

	if (iq_plan_wants(&run->plan, unit, IQ_MODE_SINK) && iq_sink_table(run, &sink_form, 1))
		unit->sink_domain = find_sink_domain(run, unit);
	if (iq_plan_wants(&run->plan, unit, IQ_MODE_PRESERVE) || iq_plan_wants(&run->plan, unit, IQ_MODE_BLOCK_WRITES))
		find_open_domains(run, unit);
	iq_record_section(&run->record, IQ_SECTION_CHANGES, unit->index);
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		for (uint32_t at = 0; at < table.entries; at += DTE_PER_PAGE) {
			const uint64_t page = table.base + at * DTE_SIZE;
			const uint32_t changed = stage->changed;
			const uint64_t *dte = memory->map(memory, page, IQ_PAGE_SIZE);

			if (!dte) {
				status = IQ_UNREACHABLE;
				stage->address = page;
				continue;
			}
			stage->examined += DTE_PER_PAGE;
			block_entries(run, unit, dte, page, table.first + at, stage);
			if (!coherent && stage->changed != changed)
				run->io->write_back(run->io, page, IQ_PAGE_SIZE);
		}
	}
	return status;
}

/* Count what is open among the page of entries at @dte, as block_entries(): what lets through more than its mode allows. */
static void verify_entries(struct iq_run *run, struct iq_unit *unit, const uint64_t *dte, uint64_t page, uint32_t first,
			   struct iq_record_stage *stage)
{
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;

	for (const uint64_t *word = open_entry(dte, end); word != end; word = open_entry(word + DTE_WORDS, end)) {
		const iq_source_id id = first + (uint32_t)(word - dte) / DTE_WORDS;
		const enum iq_mode mode = wanted(run, unit, id, word[0], word[1]);

		if (is_left(run, unit, mode, word[0], word[1])) {
			stage->preserved++;
		} else if (!is_within(run, unit, mode, word[0], word[1])) {
			stage->open++;
			stage->address = page + (uint64_t)(word - dte) * sizeof(*word);
		}
	}
}

/* A hole for all devices, which no entry closes, as are the MARC apertures. 3.4.4 */
static bool is_open_for_all(const struct iq_unit *unit)
{
	return !snp(unit) && !(~unit->value[AMDVI_STORE_BASE] & (EXCLUSION_ENABLE | EXCLUSION_ALLOW));
}

enum iq_status amdvi_verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct iq_memory *memory = &run->io->memory;
	enum iq_status status = IQ_OK;
	uint64_t control;

	/* A table of the sink that was overwritten may lead anywhere. */
	if (unit->sink_domain && !iq_sink_intact(run, &sink_form))
		unit->sink_domain = 0;
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		for (uint32_t at = 0; at < table.entries; at += DTE_PER_PAGE) {
			const uint64_t page = table.base + at * DTE_SIZE;
			const uint64_t *dte = memory->map(memory, page, IQ_PAGE_SIZE);

			if (!dte) {
				status = IQ_UNREACHABLE;
				if (!stage->open)
					stage->address = page;
				continue;
			}
			stage->examined += DTE_PER_PAGE;
			verify_entries(run, unit, dte, page, table.first + at, stage);
		}
	}
	control = run->io->read64(run->io, unit->base + CONTROL);
	if (!(control & CONTROL_IOMMU_EN))
		return IQ_OFF;
	if (!stage->open && control & CONTROL_MARC_EN) {
		stage->address = unit->base + CONTROL;
		return IQ_STILL_OPEN;
	}
	if (!stage->open && is_open_for_all(unit)) {
		stage->address = unit->base + COMPLETION_STORE_BASE;
		return IQ_STILL_OPEN;
	}
	return stage->open ? IQ_STILL_OPEN : status;
}

/*
 * The first entry from number @at on, of the page of entries at @dte, that is open and not the platform's own;
 * DTE_PER_PAGE: none.
 */
static uint32_t open_device(const uint64_t *dte, uint32_t at)
{
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;
	const uint64_t *word = open_entry(dte + at * DTE_WORDS, end);

	while (word != end && is_system_management(word[0], word[1]))
		word = open_entry(word + DTE_WORDS, end);
	return (uint32_t)(word - dte) / DTE_WORDS;
}

bool amdvi_next_open(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id)
{
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		if (*id < table.first)
			*id = table.first;
		while (*id - table.first < table.entries) {
			const uint32_t at = (*id - table.first) % DTE_PER_PAGE, first = *id - at;
			const uint64_t *dte =
				memory->map(memory, table.base + (first - table.first) * DTE_SIZE, IQ_PAGE_SIZE);

			*id = first + (dte ? open_device(dte, at) : (uint32_t)DTE_PER_PAGE);
			if (*id - first < DTE_PER_PAGE)
				return true;
		}
	}
	return false;
}
