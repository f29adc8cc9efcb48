/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A core with faults: it is linked into the plugin in place of iommu-quiesce/quiesce.c, and raises the fault that the handover names,
 * inside a step, outside of all steps, or while sealing. loader.c prints what it records.
 */
#include "hostile.h"
#include "loader-state.h"
#include "quiesce.h"
#include "raise.h"

#define LOCAL_APIC    UINT64_C(0xfee00000)
#define HOST_BRIDGE   0x0000	 /* requester id, and the vendor and device id that QEMU's q35 has there */
#define HOST_BRIDGE_ID 0x29c08086u
#define NOBODY	      0x00f0
/* Interrupt command, spurious vector. Intel SDM vol. 3, 11.6.1, 11.9 */
#define APIC_SPURIOUS 0xf0u
#define APIC_COMMAND  0x300u
#define COMMAND_NMI_SELF (1u << 18 | 4u << 8)

static unsigned int seal_fault;

static void send_nmi(struct iq_io *io)
{
	io->write32(io, LOCAL_APIC + APIC_COMMAND, COMMAND_NMI_SELF);
	for (unsigned int i = 0; i < 1000; i++)
		io->relax(io);
}

static enum iq_status nmis(struct iq_io *io, unsigned int count)
{
	enum iq_status status = io->map_registers(io, LOCAL_APIC, IQ_PAGE_SIZE);

	if (status != IQ_OK)
		return status;
	io->write32(io, LOCAL_APIC + APIC_SPURIOUS, 0x1ff);
	while (count--)
		send_nmi(io);
	return IQ_OK;
}

static enum iq_status wait_for_monitor(struct iq_io *io)
{
	const uint64_t until = io->now(io) + iq_ticks(io, 2000000);

	io->log(io, "waiting");
	while (io->now(io) < until)
		io->relax(io);
	return IQ_TIMEOUT;
}

/* Map addresses that must be refused, and one that must not. */
static enum iq_status probe(struct iq_io *io)
{
	if (io->map_registers(io, IQ_BIT(52) - IQ_PAGE_SIZE, IQ_PAGE_SIZE) != IQ_UNREACHABLE ||
	    io->map_registers(io, (uintptr_t)&seal_fault & IQ_PAGE_MASK, IQ_PAGE_SIZE) != IQ_UNREACHABLE ||
	    io->map_registers(io, ~UINT64_C(0) - 4095, 8192) != IQ_UNREACHABLE)
		return IQ_STILL_OPEN;
	if (io->memory.map(&io->memory, UNMAPPED, 8) || io->memory.map(&io->memory, LOCAL_APIC, 8) ||
	    io->memory.map(&io->memory, 0xb8000, 8) || io->memory.map(&io->memory, (uintptr_t)&seal_fault, 8))
		return IQ_STILL_OPEN;
	if (!io->memory.map(&io->memory, LOADER_SPARE, 4096) || io->memory.map(&io->memory, LOADER_SPARE + 4096, 4096))
		return IQ_STILL_OPEN;
	return io->memory.map(&io->memory, 0x100000, 4096) ? IQ_OK : IQ_UNREACHABLE;
}

/* PCI configuration space: functions that exist can be read, everything else reads as all ones. */
static enum iq_status read_config(struct iq_io *io)
{
	struct iq_config *config = &io->config;

	if (config->read(config, 0, NOBODY, 0) != UINT32_MAX || config->read(config, 1, HOST_BRIDGE, 0) != UINT32_MAX ||
	    config->read(config, 0, HOST_BRIDGE, 0x100) != UINT32_MAX || config->read(config, 0, HOST_BRIDGE, 1) != UINT32_MAX)
		return IQ_STILL_OPEN;
	return config->read(config, 0, HOST_BRIDGE, 0) == HOST_BRIDGE_ID ? IQ_OK : IQ_UNREACHABLE;
}

static enum iq_status raise(struct iq_io *io, unsigned int fault)
{
	if (fault == FAULT_NMI)
		return nmis(io, 3);
	if (fault == FAULT_STORM)
		return nmis(io, 100000);
	if (fault == FAULT_WAIT)
		return wait_for_monitor(io);
	if (fault == FAULT_PROBE)
		return probe(io);
	if (fault == FAULT_ADDED)
		return io->memory.map(&io->memory, LOADER_ADDED, 4096) ? IQ_OK : IQ_UNREACHABLE;
	if (fault == FAULT_CONFIG)
		return read_config(io);
	raise_fault(fault);
	return IQ_OK;
}

struct job {
	struct iq_io *io;
	unsigned int fault;
};

static enum iq_status step(void *context)
{
	const struct job *job = context;

	return raise(job->io, job->fault);
}

static enum iq_status perform(struct iq_run *run, struct job *job)
{
	struct iq_record_trap trap = { .stage = IQ_STAGE_BLOCK };
	struct iq_record_stage stage = { .stage = IQ_STAGE_BLOCK };
	enum iq_status status;

	stage.start = job->io->now(job->io);
	status = job->io->guard(job->io, step, job, &trap.trap);
	stage.end = job->io->now(job->io);
	stage.status = (uint16_t)status;
	iq_record_item(&run->record, IQ_SECTION_STAGE, 0, &stage, sizeof(stage));
	if (status == IQ_FAULT || status == IQ_INTERRUPTED)
		iq_record_item(&run->record, IQ_SECTION_TRAP, 0, &trap, sizeof(trap));
	return status;
}

enum iq_status iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
			  uint64_t completion, uint64_t entered)
{
	const struct hostile_order order = hostile_order(handover);
	struct job job = { io, order.fault }, sound = { io, FAULT_NONE };
	const unsigned int place = order.place;
	unsigned int steps = 1;

	run->io = io;
	run->completion = completion;
	run->stage = IQ_STAGE_BLOCK;
	iq_record_start(&run->record, (uint8_t *)note + IQ_NOTE_HEADER,
			handover->note_size - IQ_NOTE_HEADER - IQ_NOTE_TRAILER, io->machine, io->tick_khz, entered);
	if (place == PLACE_SEAL)
		seal_fault = job.fault;
	if (place == PLACE_OUTSIDE)
		raise(io, job.fault);
	if (job.fault == FAULT_MANY)
		steps = 9;
	if (job.fault == FAULT_FLOOD)
		steps = 1000;
	while (place == PLACE_STEP && steps--)
		perform(run, &job);
	/* The step of the next unit, after the one with the fault. */
	perform(run, &sound);
	run->stage = IQ_STAGE_SEAL;
	return IQ_OK;
}

void iq_quiesce_refuse(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
		       uint64_t entered, enum iq_status status)
{
	(void)status;
	iq_quiesce(run, io, handover, note, 0, entered);
}

void iq_quiesce_seal(struct iq_run *run, uint32_t nmis_taken)
{
	raise(run->io, seal_fault);
	iq_record_seal(&run->record, run->io->now(run->io), nmis_taken);
}
