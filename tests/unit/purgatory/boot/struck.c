/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole plugin with a fault in one stage. It is linked with --wrap=iq_quiesce, sits between the core and the machine, and raises
 * the handover's fault at the first access of the handover's stage.
 */
#include "quiesce.h"

#include "hostile.h"
#include "raise.h"

enum iq_status __real_iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
				 uint64_t completion, uint64_t entered);
enum iq_status __wrap_iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
				 uint64_t completion, uint64_t entered);

static struct {
	struct iq_io io; /* the machine's own functions */
	const enum iq_stage *stage;
	struct hostile_order order;
	bool done;
} strike;

static void access(void)
{
	if (strike.done || *strike.stage != strike.order.place)
		return;
	strike.done = true;
	raise_fault(strike.order.fault);
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	access();
	return strike.io.memory.map(memory, address, length);
}

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	access();
	return strike.io.map_registers(io, base, length);
}

static uint32_t read32(struct iq_io *io, uint64_t address)
{
	access();
	return strike.io.read32(io, address);
}

static uint64_t read64(struct iq_io *io, uint64_t address)
{
	access();
	return strike.io.read64(io, address);
}

/* Sealing reads only the clock. */
static uint64_t now(struct iq_io *io)
{
	if (*strike.stage == IQ_STAGE_SEAL)
		access();
	return strike.io.now(io);
}

enum iq_status __wrap_iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
				 uint64_t completion, uint64_t entered)
{
	strike.io = *io;
	strike.stage = &run->stage;
	strike.order = hostile_order(handover);
	io->memory.map = map;
	io->map_registers = map_registers;
	io->read32 = read32;
	io->read64 = read64;
	io->now = now;
	return __real_iq_quiesce(run, io, handover, note, completion, entered);
}
