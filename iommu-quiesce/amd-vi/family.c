/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AMD-Vi family. At the crash: judge the registers, save the event log. The device table is edited in block.c and flushed
 * in flush.c.
 */
#include "amdvi.h"

#include "firmware/ivrs.h"

#define EVENTS_KEPT 64u /* the newest log entries go into the record */

static const struct iq_register registers[AMDVI_REGISTERS] = {
	[AMDVI_DEVICE_TABLE] = { "Device Table Base", DEVICE_TABLE_BASE, 64, false, true },
	[AMDVI_COMMAND_BASE] = { "Command Buffer Base", COMMAND_BUFFER_BASE, 64, false, true },
	[AMDVI_EVENT_BASE] = { "Event Log Base", EVENT_LOG_BASE, 64, false, true },
	[AMDVI_CONTROL] = { "Control", CONTROL, 64, true, true },
	[AMDVI_STORE_BASE] = { "Completion Store Base", COMPLETION_STORE_BASE, 64, false, true },
	[AMDVI_STORE_LIMIT] = { "Completion Store Limit", COMPLETION_STORE_LIMIT, 64, false, true },
	[AMDVI_EFR] = { "Extended Feature", EXTENDED_FEATURE, 64, false, true },
	[AMDVI_SEGMENT_1] = { "Device Table Segment 1", DEVICE_TABLE_SEGMENT_1, 64, false, true },
	[AMDVI_SEGMENT_1 + 1] = { "Device Table Segment 2", DEVICE_TABLE_SEGMENT_1 + 8, 64, false, true },
	[AMDVI_SEGMENT_1 + 2] = { "Device Table Segment 3", DEVICE_TABLE_SEGMENT_1 + 16, 64, false, true },
	[AMDVI_SEGMENT_1 + 3] = { "Device Table Segment 4", DEVICE_TABLE_SEGMENT_1 + 24, 64, false, true },
	[AMDVI_SEGMENT_1 + 4] = { "Device Table Segment 5", DEVICE_TABLE_SEGMENT_1 + 32, 64, false, true },
	[AMDVI_SEGMENT_1 + 5] = { "Device Table Segment 6", DEVICE_TABLE_SEGMENT_1 + 40, 64, false, true },
	[AMDVI_SEGMENT_7] = { "Device Table Segment 7", DEVICE_TABLE_SEGMENT_1 + 48, 64, false, true },
	[AMDVI_EFR2] = { "Extended Feature 2", EXTENDED_FEATURE_2, 64, false, true },
	[AMDVI_COMMAND_HEAD] = { "Command Buffer Head", COMMAND_HEAD, 64, true, false },
	[AMDVI_COMMAND_TAIL] = { "Command Buffer Tail", COMMAND_TAIL, 64, true, false },
	[AMDVI_EVENT_HEAD] = { "Event Log Head", EVENT_HEAD, 64, true, false },
	[AMDVI_EVENT_TAIL] = { "Event Log Tail", EVENT_TAIL, 64, true, false },
	[AMDVI_STATUS] = { "Status", STATUS, 64, true, false },
};

static enum iq_status examine(const struct iq_unit *unit, uint64_t *window)
{
	const uint64_t control = unit->value[AMDVI_CONTROL];

	(void)window;
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

/*
 * An entry may come into view after the tail has moved: its code is 0 until then (Linux: iommu_print_event()). One wait of a
 * millisecond for all of them; *@until is 0 before it.
 */
static void wait_event(struct iq_run *run, const volatile uint64_t *event, uint64_t *until)
{
	struct iq_io *io = run->io;

	while (!(*event & EVENT_CODE)) {
		if (!*until)
			*until = iq_min(iq_wait_until(run), io->now(io) + iq_ticks(io, 1000));
		if (!iq_wait_more(run, *until))
			return;
	}
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
	uint64_t until = 0;

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
		wait_event(run, event, &until);
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

/* The command buffer is read up to its tail. */
static bool idle(uint32_t offset, uint32_t *answer)
{
	*answer = COMMAND_HEAD;
	return offset == COMMAND_TAIL;
}

static const struct iq_crash crash = {
	/* Three flushes: room, completion; three restarts: stopped, started; a long wait. Events, twice. */
	.waits = 3 * 2 + 3 * 2 + 1 + 2,
	.examine = examine,
	.events = events,
	.block = amdvi_block,
	.flush = amdvi_flush,
	.verify = amdvi_verify,
	.next_open = amdvi_next_open,
	.idle = idle,
};

const struct iq_family iq_amdvi = {
	.name = "amd-vi",
	.id = AMDVI_ID,
	.registers = registers,
	.register_count = AMDVI_REGISTERS,
	.window = MMIO_SIZE,
	.ids_are_requesters = true,
	.pasid_is_identity = true, /* drivers/iommu/amd/iommu.c: amd_iommu_def_domain_type() */
	.on_by_default = true, /* drivers/iommu/amd/init.c: amd_iommu_disabled is set by amd_iommu=off alone */
	.signature = IQ_IVRS_SIGNATURE,
	.plan = amdvi_plan,
	.tables = amdvi_tables,
	.readable = amdvi_readable,
	.crash = &crash,
};
