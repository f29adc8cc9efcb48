/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi at the crash: judge the registers, save the event log, take the permissions out of the device table, look again.
 * The flush is in amdvi-flush.c, decoding in amdvi-read.c.
 */
#include "amdvi.h"

#define EVENTS_KEPT 64u /* the newest log entries go into the record */

static const struct iq_register registers[AMDVI_REGISTERS] = {
	[AMDVI_DEVICE_TABLE] = { "Device Table Base", DEVICE_TABLE_BASE, 64, false },
	[AMDVI_COMMAND_BASE] = { "Command Buffer Base", COMMAND_BUFFER_BASE, 64, false },
	[AMDVI_EVENT_BASE] = { "Event Log Base", EVENT_LOG_BASE, 64, false },
	[AMDVI_CONTROL] = { "Control", CONTROL, 64, true },
	[AMDVI_STORE_BASE] = { "Completion Store Base", COMPLETION_STORE_BASE, 64, false },
	[AMDVI_STORE_LIMIT] = { "Completion Store Limit", COMPLETION_STORE_LIMIT, 64, false },
	[AMDVI_EFR] = { "Extended Feature", EXTENDED_FEATURE, 64, false },
	[AMDVI_SEGMENT_1] = { "Device Table Segment 1", DEVICE_TABLE_SEGMENT_1, 64, false },
	[AMDVI_SEGMENT_1 + 1] = { "Device Table Segment 2", DEVICE_TABLE_SEGMENT_1 + 8, 64, false },
	[AMDVI_SEGMENT_1 + 2] = { "Device Table Segment 3", DEVICE_TABLE_SEGMENT_1 + 16, 64, false },
	[AMDVI_SEGMENT_1 + 3] = { "Device Table Segment 4", DEVICE_TABLE_SEGMENT_1 + 24, 64, false },
	[AMDVI_SEGMENT_1 + 4] = { "Device Table Segment 5", DEVICE_TABLE_SEGMENT_1 + 32, 64, false },
	[AMDVI_SEGMENT_1 + 5] = { "Device Table Segment 6", DEVICE_TABLE_SEGMENT_1 + 40, 64, false },
	[AMDVI_SEGMENT_7] = { "Device Table Segment 7", DEVICE_TABLE_SEGMENT_1 + 48, 64, false },
	[AMDVI_EFR2] = { "Extended Feature 2", EXTENDED_FEATURE_2, 64, false },
	[AMDVI_COMMAND_HEAD] = { "Command Buffer Head", COMMAND_HEAD, 64, true },
	[AMDVI_COMMAND_TAIL] = { "Command Buffer Tail", COMMAND_TAIL, 64, true },
	[AMDVI_EVENT_HEAD] = { "Event Log Head", EVENT_HEAD, 64, true },
	[AMDVI_EVENT_TAIL] = { "Event Log Tail", EVENT_TAIL, 64, true },
	[AMDVI_STATUS] = { "Status", STATUS, 64, true },
};

static bool snp(const struct iq_unit *unit)
{
	return unit->value[AMDVI_EFR] & EFR_SNP;
}

static enum iq_status examine(struct iq_run *run, struct iq_unit *unit)
{
	const uint64_t control = unit->value[AMDVI_CONTROL];

	(void)run;
	if (control == ~UINT64_C(0) || unit->value[AMDVI_DEVICE_TABLE] == ~UINT64_C(0))
		return IQ_ABSENT;
	if (!control && !unit->value[AMDVI_DEVICE_TABLE] && !unit->value[AMDVI_EFR])
		return IQ_ABSENT;
	if (!(control & CONTROL_IOMMU_EN))
		return IQ_OFF;
	if (!amdvi_segments(unit) || !(unit->value[AMDVI_DEVICE_TABLE] & BASE_ADDRESS))
		return IQ_MALFORMED;
	return IQ_OK;
}

/* Copy the newest of the entries that stand between @from and @to in the event log. */
static enum iq_status save_events(struct iq_run *run, struct iq_unit *unit, uint32_t from, uint32_t to,
				  struct iq_record_stage *stage)
{
	const uint64_t base = unit->value[AMDVI_EVENT_BASE];
	const uint32_t size = EVENT_SIZE << iq_field(base, RING_LENGTH);
	const uint32_t count = ((to - from) & (size - 1)) / EVENT_SIZE;
	struct iq_record_events events = { .entry_size = EVENT_SIZE };
	struct iq_memory *memory = &run->io->memory;
	uint32_t kept = (uint32_t)iq_min(count, EVENTS_KEPT);

	stage->refused = count;
	events.lost = count - kept;
	if (!count)
		return IQ_OK;
	if (!iq_record_section(&run->record, stage->stage == IQ_STAGE_SNAPSHOT ? IQ_SECTION_EVENTS : IQ_SECTION_REFUSED,
			       unit->index) ||
	    !iq_record_add(&run->record, &events, sizeof(events)))
		return IQ_NO_ROOM;
	for (uint32_t at = to - kept * EVENT_SIZE; kept; at += EVENT_SIZE, kept--) {
		const uint64_t address = (base & BASE_ADDRESS) + (at & (size - 1));
		const void *event = memory->map(memory, address, EVENT_SIZE);

		if (!event) {
			stage->address = address;
			return IQ_UNREACHABLE;
		}
		if (!iq_record_add(&run->record, event, EVENT_SIZE))
			return IQ_NO_ROOM;
	}
	return IQ_OK;
}

/* The log's unread entries at the snapshot; at the second call those that came since. */
static enum iq_status events(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const uint64_t length = iq_field(unit->value[AMDVI_EVENT_BASE], RING_LENGTH);
	uint32_t from, to;

	if (!(unit->value[AMDVI_CONTROL] & CONTROL_EVENT_LOG_EN))
		return IQ_OK;
	if (length < RING_LENGTH_MIN)
		return IQ_MALFORMED;
	to = (uint32_t)(run->io->read64(run->io, unit->base + EVENT_TAIL) & RING_POINTER);
	from = stage->stage == IQ_STAGE_SNAPSHOT ? (uint32_t)(unit->value[AMDVI_EVENT_HEAD] & RING_POINTER)
						 : unit->log_next;
	unit->log_next = to;
	return save_events(run, unit, from, to, stage);
}

/*
 * System management messages of the southbridge: forwarded only with IW set (AMD family 10h erratum 63), and Linux sets it
 * in just this shape. The platform's own traffic is left alone.
 */
static bool is_system_management(uint64_t word0, uint64_t word1)
{
	return iq_field(word1, DTE_SYSMGT) == 1 && (word0 & (DTE_V | DTE_IW | DTE_IR | DTE_MODE)) == (DTE_V | DTE_IW);
}

/*
 * What passes by "no read, no write": requests that the device translated itself, and untranslated ones to the exclusion
 * range, which are not looked at any further. 2.2.2, 3.4.4
 */
#define DTE_BYPASS (DTE_I | DTE_EX)

static bool is_closed(uint64_t word0, uint64_t word1)
{
	return (word0 & (DTE_V | DTE_IR | DTE_IW)) == DTE_V && !(word1 & DTE_BYPASS);
}

/* The same for four entries that stand next to each other. */
static bool are_closed(const uint64_t *word)
{
	const uint64_t all = word[0] & word[4] & word[8] & word[12];
	const uint64_t any = word[0] | word[4] | word[8] | word[12];
	const uint64_t any1 = word[1] | word[5] | word[9] | word[13];

	return all & DTE_V && !(any & (DTE_IR | DTE_IW)) && !(any1 & DTE_BYPASS);
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

static bool is_preserved(const struct iq_run *run, const struct iq_unit *unit, uint16_t requester, uint64_t word0,
			 uint64_t word1)
{
	const struct iq_rule *rule = run->plan.rules ? iq_plan_rule(&run->plan, unit->segment, requester) : NULL;

	return (rule && rule->mode == IQ_MODE_PRESERVE) || is_system_management(word0, word1);
}

/*
 * The closed form of word 0: valid, neither read nor write, all else as it was. An entry with V=0 lets everything through
 * and its other bits mean nothing yet: it gets TV=1 so that "no read, no write" counts. With SNP, TV=1 and Mode=0 is
 * forbidden and V=1 TV=0 is what aborts (2.2.2.1).
 */
static uint64_t closed(const struct iq_unit *unit, uint64_t word0)
{
	if (!(word0 & DTE_V))
		word0 = snp(unit) ? DTE_V : DTE_V | DTE_TV;
	return word0 & ~(DTE_IR | DTE_IW);
}

/* Close what is open among the page of entries at @dte, physical address @page, whose first is for requester id @first. */
static void block_entries(struct iq_run *run, struct iq_unit *unit, const uint64_t *dte, uint64_t page, uint32_t first,
			  struct iq_record_stage *stage)
{
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;
	struct iq_io *io = run->io;

	for (const uint64_t *word = open_entry(dte, end); word != end; word = open_entry(word + DTE_WORDS, end)) {
		const uint64_t address = page + (uint64_t)(word - dte) * sizeof(*word);
		const uint16_t requester = (uint16_t)(first + (uint64_t)(word - dte) / DTE_WORDS);
		const uint64_t word0 = word[0], word1 = word[1];

		if (is_preserved(run, unit, requester, word0, word1)) {
			stage->preserved++;
			continue;
		}
		/* Written down before it is changed: an exception in between loses no evidence. */
		iq_record_change(&run->record, &(struct iq_change){ .first = requester, .last = requester,
								    .mode = IQ_MODE_BLOCK, .kind = IQ_CHANGE_ENTRY,
								    .old = { word0, word1 } });
		io->store64(io, address, closed(unit, word0));
		if (word1 & DTE_BYPASS)
			io->store64(io, address + 8, word1 & ~DTE_BYPASS);
		stage->changed++;
	}
}

static enum iq_status block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const bool coherent = unit->value[AMDVI_CONTROL] & CONTROL_COHERENT;
	struct iq_memory *memory = &run->io->memory;
	enum iq_status status = IQ_OK;

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

/* Count what is open among the page of entries at @dte, as block_entries(). */
static void verify_entries(struct iq_run *run, struct iq_unit *unit, const uint64_t *dte, uint64_t page, uint32_t first,
			   struct iq_record_stage *stage)
{
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;

	for (const uint64_t *word = open_entry(dte, end); word != end; word = open_entry(word + DTE_WORDS, end)) {
		const uint16_t requester = (uint16_t)(first + (uint64_t)(word - dte) / DTE_WORDS);

		if (is_preserved(run, unit, requester, word[0], word[1])) {
			stage->preserved++;
		} else {
			stage->open++;
			stage->address = page + (uint64_t)(word - dte) * sizeof(*word);
		}
	}
}

/* A hole for all devices, which no entry closes. 3.4.4 */
static bool is_open_for_all(const struct iq_unit *unit)
{
	return !snp(unit) && !(~unit->value[AMDVI_STORE_BASE] & (EXCLUSION_ENABLE | EXCLUSION_ALLOW));
}

static enum iq_status verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct iq_memory *memory = &run->io->memory;

	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		for (uint32_t at = 0; at < table.entries; at += DTE_PER_PAGE) {
			const uint64_t page = table.base + at * DTE_SIZE;
			const uint64_t *dte = memory->map(memory, page, IQ_PAGE_SIZE);

			if (!dte)
				continue;
			stage->examined += DTE_PER_PAGE;
			verify_entries(run, unit, dte, page, table.first + at, stage);
		}
	}
	if (!(run->io->read64(run->io, unit->base + CONTROL) & CONTROL_IOMMU_EN))
		return IQ_OFF;
	if (!stage->open && is_open_for_all(unit)) {
		stage->address = unit->base + COMPLETION_STORE_BASE;
		return IQ_STILL_OPEN;
	}
	return stage->open ? IQ_STILL_OPEN : IQ_OK;
}

/* The first entry from number @at on, of the page of entries at @dte, that is open and not the platform's own;
 * DTE_PER_PAGE: none. */
static uint32_t open_device(const uint64_t *dte, uint32_t at)
{
	const uint64_t *end = dte + DTE_PER_PAGE * DTE_WORDS;
	const uint64_t *word = open_entry(dte + at * DTE_WORDS, end);

	while (word != end && is_system_management(word[0], word[1]))
		word = open_entry(word + DTE_WORDS, end);
	return (uint32_t)(word - dte) / DTE_WORDS;
}

static bool next_open(struct iq_memory *memory, const struct iq_unit *unit, uint32_t *requester)
{
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		if (*requester < table.first)
			*requester = table.first;
		while (*requester - table.first < table.entries) {
			const uint32_t at = (*requester - table.first) % DTE_PER_PAGE, first = *requester - at;
			const uint64_t *dte =
				memory->map(memory, table.base + (first - table.first) * DTE_SIZE, IQ_PAGE_SIZE);

			*requester = first + (dte ? open_device(dte, at) : (uint32_t)DTE_PER_PAGE);
			if (*requester - first < DTE_PER_PAGE)
				return true;
		}
	}
	return false;
}

const struct iq_family iq_amdvi = {
	.name = "amd-vi",
	.id = IQ_FAMILY_AMDVI,
	.registers = registers,
	.register_count = AMDVI_REGISTERS,
	.window = MMIO_SIZE,
	.queue_head = COMMAND_HEAD,
	.queue_tail = COMMAND_TAIL,
	.pasid_is_identity = true, /* drivers/iommu/amd/iommu.c: amd_iommu_def_domain_type() */
	.examine = examine,
	.events = events,
	.block = block,
	.flush = amdvi_flush,
	.verify = verify,
	.requesters = amdvi_requesters,
	.tables = amdvi_tables,
	.next_open = next_open,
	.entry = amdvi_entry,
	.restore = amdvi_restore,
	.pasid = amdvi_pasid,
	.next_pasid = amdvi_next_pasid,
	.describe_event = amdvi_describe_event,
};
