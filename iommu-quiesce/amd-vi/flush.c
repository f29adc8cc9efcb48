/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi: make the unit forget what it cached. Commands are appended to the ring that the crashed kernel used, because its
 * registers may be locked (SNP) and the capture kernel reads them back. Every wait is bounded; a flush that is not
 * confirmed is repeated wider, and what is not confirmed in the end is reported as failed.
 *
 * Nothing is asked of devices that keep translations of their own (ATS): each dead one would hold up the queue, which the
 * capture kernel needs at once, for Control.InvTimeOut. Entries without I refuse translated requests (2.5.9), and Linux has
 * a device forget its translations when it gives it an entry again. Where the crashed kernel asked a device that is dead, no
 * completion is stored before the unit gives that device up: a long wait, once.
 */
#include "amdvi.h"

#define FLUSHES		 3u /* of a unit at most */
#define INV_TIME_OUT_MAX 6u /* the highest code that is not reserved */

struct ring {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	uint64_t base;
	uint32_t size; /* bytes */
	uint32_t tail; /* where the next command goes */
	uint32_t head; /* what the unit was about to fetch when it was last asked */
	uint64_t limit; /* iq_room_until() of this flush */
	bool waited_long;
};

static uint64_t read(struct ring *ring, uint32_t offset)
{
	return ring->run->io->read64(ring->run->io, ring->unit->base + offset);
}

static void write(struct ring *ring, uint32_t offset, uint64_t value)
{
	ring->run->io->write64(ring->run->io, ring->unit->base + offset, value);
}

/* Is the unit at work on commands? CmdBufRun may stay set for those that were fetched when the queue is switched off. 3.4.16 */
static bool runs(struct ring *ring)
{
	return read(ring, STATUS) & STATUS_COMMAND_RUN;
}

/*
 * Begin the one long wait of this unit, for as long as it waits for the answer of a device (InvTimeOut). False if there is none
 * to come: the unit never gives up, or we have waited.
 */
static bool wait_long(struct ring *ring, uint64_t *until)
{
	const uint64_t code = iq_field(ring->unit->value[AMDVI_CONTROL], CONTROL_INV_TIME_OUT);
	uint64_t us = 1000;

	if (ring->waited_long || !code || code > INV_TIME_OUT_MAX)
		return false;
	ring->waited_long = true;
	for (unsigned int i = 1; i < code; i++)
		us *= 10;
	*until = iq_long_wait_until(ring->run, ring->unit, us);
	return true;
}

/* The head as an offset into the ring. Some models report the ring's size where it wrapped to 0. */
static uint32_t head(struct ring *ring)
{
	return (uint32_t)(read(ring, COMMAND_HEAD) & RING_POINTER) & (ring->size - 1);
}

static void submit(struct ring *ring)
{
	write(ring, COMMAND_TAIL, ring->tail);
}

/*
 * Append one command; when the ring is full, let the unit fetch what is there first. As long as it is not, the unit is not
 * asked: a register takes longer to read than a command to write.
 */
static enum iq_status append(struct ring *ring, uint64_t word0, uint64_t word1)
{
	struct iq_io *io = ring->run->io;
	const uint64_t address = ring->base + ring->tail;
	const uint32_t next = (ring->tail + COMMAND_SIZE) & (ring->size - 1);

	if (next == ring->head) {
		uint64_t until = iq_room_wait_until(ring->run, ring->limit);

		submit(ring);
		while (next == (ring->head = head(ring)))
			if (!iq_wait_more(ring->run, until) && !(runs(ring) && wait_long(ring, &until)))
				return runs(ring) ? IQ_TIMEOUT : IQ_QUEUE;
		/* Also where there always is room: a ring full of commands takes its time, and may be one of hundreds. */
		if (!iq_in_time(ring->run, ring->limit))
			return IQ_TIMEOUT;
	}
	if (!io->memory.map(&io->memory, address, COMMAND_SIZE)) {
		ring->stage->address = address;
		return IQ_UNREACHABLE;
	}
	io->store64(io, address, word0);
	io->store64(io, address + 8, word1);
	if (!(ring->unit->value[AMDVI_CONTROL] & CONTROL_COHERENT))
		io->write_back(io, address, COMMAND_SIZE);
	ring->tail = next;
	ring->stage->commands++;
	return IQ_OK;
}

/*
 * Where the unit may store a completion. With SNP only inside the range that the crashed kernel set up (3.4.6): the last
 * quadword of its first page. That keeps the last token: the page is firmware's from SNP_INIT until SNP_SHUTDOWN, and a store of the
 * processor there faults (Linux: amd_iommu_snp_disable() takes it back).
 */
static uint64_t completion_address(struct ring *ring)
{
	const uint64_t *value = ring->unit->value;

	if (value[AMDVI_EFR] & EFR_SNP && value[AMDVI_STORE_BASE] & BASE_ADDRESS)
		return (value[AMDVI_STORE_BASE] & BASE_ADDRESS) + IQ_PAGE_SIZE - 8;
	return ring->run->completion;
}

static enum iq_status wait_token(struct ring *ring, const volatile uint64_t *word, uint64_t until)
{
	while (*word != ring->run->token)
		if (!iq_wait_more(ring->run, until))
			return runs(ring) ? IQ_TIMEOUT : IQ_QUEUE;
	return IQ_OK;
}

/*
 * Does the unit owe the completion? All commands were fetched, or nothing else has helped: it may fetch no more than it can
 * work on.
 */
static bool is_owed(struct ring *ring)
{
	return head(ring) == ring->tail || ring->stage->retries == FLUSHES - 1;
}

/* Send COMPLETION_WAIT and wait for its store: everything before it is done then. */
static enum iq_status complete(struct ring *ring)
{
	struct iq_io *io = ring->run->io;
	const uint64_t address = completion_address(ring);
	const volatile uint64_t *word = io->memory.map(&io->memory, address, sizeof(*word));
	enum iq_status status = IQ_OK;
	uint64_t before, until;

	if (!word || address & ~COMPLETION_ADDRESS) {
		ring->stage->address = address;
		return IQ_UNREACHABLE;
	}
	before = *word;
	if (++ring->run->token == before)
		++ring->run->token;
	status = append(ring, COMPLETION_WAIT | COMPLETION_STORE | address, ring->run->token);
	if (status != IQ_OK)
		return status;
	submit(ring);
	status = wait_token(ring, word, iq_wait_until(ring->run));
	if (status == IQ_TIMEOUT && is_owed(ring) && wait_long(ring, &until))
		status = wait_token(ring, word, until);
	return status;
}

/* Switch the queue. Control is written back as it was found, and only where it still is. */
static enum iq_status switch_queue(struct ring *ring, bool on)
{
	const uint64_t found = ring->unit->value[AMDVI_CONTROL] & ~CONTROL_CMD_BUF_EN;

	if ((read(ring, CONTROL) & ~CONTROL_CMD_BUF_EN) != found) {
		ring->stage->address = ring->unit->base + CONTROL;
		return IQ_MALFORMED;
	}
	write(ring, CONTROL, on ? found | CONTROL_CMD_BUF_EN : found);
	return IQ_OK;
}

static enum iq_status wait_run(struct ring *ring, bool wanted, uint64_t until)
{
	while (runs(ring) != wanted)
		if (!iq_wait_more(ring->run, until))
			return IQ_TIMEOUT;
	return IQ_OK;
}

/* Stop the queue, empty it, start it again: what Linux does with it too, and allowed with SNP. 2.4 */
static enum iq_status restart(struct ring *ring)
{
	enum iq_status status = switch_queue(ring, false), started;
	uint64_t until;

	if (status == IQ_OK)
		status = wait_run(ring, false, iq_wait_until(ring->run));
	if (status == IQ_TIMEOUT && wait_long(ring, &until))
		status = wait_run(ring, false, until);
	if (status == IQ_OK) {
		write(ring, COMMAND_HEAD, 0);
		write(ring, COMMAND_TAIL, 0);
		ring->tail = ring->head = 0;
	}
	started = switch_queue(ring, true);
	if (status == IQ_OK)
		status = started;
	return status == IQ_OK ? wait_run(ring, true, iq_wait_until(ring->run)) : status;
}

/* What a flush does for a run of entries whose domain is in @change->old[1]. */
typedef enum iq_status (*invalidate)(struct ring *ring, const struct iq_change *change);

static enum iq_status invalidate_entries(struct ring *ring, const struct iq_change *change)
{
	enum iq_status status = IQ_OK;

	for (uint32_t i = 0; status == IQ_OK && i <= change->more; i++)
		status = append(ring, INVALIDATE_DEVTAB_ENTRY | (change->first + i), 0);
	return status;
}

/* Once for each domain: @run->scratch remembers which were done in this flush. */
static enum iq_status invalidate_pages(struct ring *ring, uint16_t domain)
{
	uint8_t *seen = ring->run->scratch;

	if (iq_set_has(seen, domain))
		return IQ_OK;
	iq_set_add(seen, domain);
	return append(ring, INVALIDATE_IOMMU_PAGES | iq_put(domain, INVALIDATE_DOMAIN), ALL_PAGES);
}

/*
 * Entries that lead to the sink have a domain of their own, under which the old tables counted for a moment. The new domain id of an
 * entry that was moved apart may have been another entry's before.
 */
static enum iq_status invalidate_domain(struct ring *ring, const struct iq_change *change)
{
	const uint16_t domain = (uint16_t)iq_field(change->old[1], DTE_DOMAIN);
	enum iq_status status = invalidate_pages(ring, domain);

	if (status == IQ_OK && change->mode == IQ_MODE_SINK)
		status = invalidate_pages(ring, ring->unit->sink_domain);
	else if (status == IQ_OK && ring->unit->traits & AMDVI_APART)
		status = invalidate_pages(ring, domain | (change->mode == IQ_MODE_BLOCK_WRITES ? APART_READ_ONLY
											       : APART_CLOSED));
	return status;
}

/* Do @what for each run of entries that was changed in the device table of @ring's unit, whichever unit's turn it was in. */
static enum iq_status each_change(struct ring *ring, invalidate what)
{
	const struct iq_plan *plan = &ring->run->plan;
	struct iq_record_view view;
	struct iq_section section;
	enum iq_status status;
	const uint8_t *payload;
	uint32_t at = 0;

	iq_record_look(&ring->run->record, &view);
	while (iq_record_next(&view, &at, &section, &payload)) {
		if (section.type != IQ_SECTION_CHANGES || section.unit >= plan->units ||
		    plan->unit[section.unit].family != ring->unit->family ||
		    plan->unit[section.unit].segment != ring->unit->segment)
			continue;
		for (uint32_t i = 0; i + sizeof(struct iq_change) <= section.length; i += sizeof(struct iq_change)) {
			status = what(ring, (const struct iq_change *)(payload + i));
			if (status != IQ_OK)
				return status;
		}
	}
	return IQ_OK;
}

/* The same for every entry of the device table, changed or not. */
static enum iq_status each_entry(struct ring *ring, invalidate what)
{
	struct iq_memory *memory = &ring->run->io->memory;
	enum iq_status status = IQ_OK;

	for (unsigned int n = 0; n < amdvi_segments(ring->unit); n++) {
		const struct amdvi_table table = amdvi_segment(ring->unit, n);

		for (uint32_t i = 0; status == IQ_OK && i < table.entries; i++) {
			const uint64_t *dte = memory->map(memory, table.base + i * DTE_SIZE, DTE_SIZE);

			if (dte)
				status = what(ring, &(struct iq_change){ .first = table.first + i,
									 .old = { dte[0], dte[1] } });
		}
	}
	return status;
}

/* Everything a unit without INVALIDATE_IOMMU_ALL can have cached: every source id, every domain id. */
static enum iq_status each_number(struct ring *ring, invalidate what)
{
	enum iq_status status = IQ_OK;

	for (uint32_t id = 0; status == IQ_OK && id < 0x10000; id++)
		status = what(ring, &(struct iq_change){ .first = id, .old = { 0, iq_put(id, DTE_DOMAIN) } });
	return status;
}

/*
 * All entries first, then all domains, and a barrier in between: while an entry is still cached, running DMA brings the
 * translations of its domain back with the old permissions. 2.4.1: commands may overlap but for a wait with F=1.
 */
static enum iq_status flush_numbers(struct ring *ring, enum iq_status (*each)(struct ring *ring, invalidate what))
{
	enum iq_status status;

	iq_zero(ring->run->scratch, sizeof(ring->run->scratch));
	ring->run->scratch_of = ring->unit->family;
	status = each(ring, invalidate_entries);
	if (status == IQ_OK)
		status = append(ring, COMPLETION_WAIT | COMPLETION_FLUSH, 0);
	return status == IQ_OK ? each(ring, invalidate_domain) : status;
}

/*
 * Everything by one command, twice: nothing says in which order it forgets entries and translations, and between the two running
 * DMA could bring a translation back by an entry that is still cached. Behind the barrier the entries are those of memory.
 */
static enum iq_status flush_all(struct ring *ring)
{
	enum iq_status status = append(ring, INVALIDATE_IOMMU_ALL, 0);

	if (status == IQ_OK)
		status = append(ring, COMPLETION_WAIT | COMPLETION_FLUSH, 0);
	return status == IQ_OK ? append(ring, INVALIDATE_IOMMU_ALL, 0) : status;
}

static enum iq_status flush(struct ring *ring, enum iq_scope scope)
{
	enum iq_status status;

	ring->stage->scope = scope;
	ring->limit = iq_room_until(ring->run);
	if (scope == IQ_SCOPE_ALL && ring->unit->value[AMDVI_EFR] & EFR_INVALIDATE_ALL)
		status = flush_all(ring);
	else if (scope == IQ_SCOPE_ALL)
		status = flush_numbers(ring, each_number);
	else
		status = flush_numbers(ring, scope == IQ_SCOPE_TABLE ? each_entry : each_change);
	return status == IQ_OK ? complete(ring) : status;
}

/* Flush from the narrowest scope that is enough up to the widest, until one is confirmed. */
static enum iq_status flush_until_confirmed(struct ring *ring)
{
	const bool all = ring->unit->value[AMDVI_EFR] & EFR_INVALIDATE_ALL;
	const bool moved = ring->unit->sink_domain || ring->unit->traits & AMDVI_APART;
	const enum iq_scope wider = moved ? IQ_SCOPE_ALL : IQ_SCOPE_TABLE;
	struct iq_record_view view;
	enum iq_status status;
	enum iq_scope scope;

	/* A truncated record has lost changes, and the table no longer tells their domains: flush wider. */
	iq_record_look(&ring->run->record, &view);
	if (all)
		scope = IQ_SCOPE_ALL;
	else
		scope = view.header.flags & IQ_RECORD_TRUNCATED || !view.bytes ? wider : IQ_SCOPE_ENTRIES;

	status = flush(ring, scope);
	while (status != IQ_OK && status != IQ_UNREACHABLE && ring->stage->retries < FLUSHES - 1) {
		ring->stage->retries++;
		status = restart(ring);
		if (status != IQ_OK)
			break;
		scope = scope == IQ_SCOPE_ENTRIES ? wider : IQ_SCOPE_ALL;
		status = flush(ring, scope);
	}
	return status;
}

enum iq_status amdvi_flush(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const uint64_t base = unit->value[AMDVI_COMMAND_BASE];
	const uint64_t length = iq_field(base, RING_LENGTH);
	struct ring ring = { .run = run, .unit = unit, .stage = stage, .base = base & BASE_ADDRESS };
	enum iq_status status;
	bool on;

	if (!ring.base || length < RING_LENGTH_MIN)
		return IQ_MALFORMED;
	ring.size = COMMAND_SIZE << length;
	ring.tail = (uint32_t)(read(&ring, COMMAND_TAIL) & RING_POINTER) & (ring.size - 1);
	ring.head = head(&ring);
	on = read(&ring, CONTROL) & CONTROL_CMD_BUF_EN;
	if (!on || !runs(&ring)) {
		status = restart(&ring);
		if (status != IQ_OK)
			return status;
	}
	status = flush_until_confirmed(&ring);
	if (!on)
		switch_queue(&ring, false);
	return status;
}
