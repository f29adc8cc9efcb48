/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The io backend of a model machine. Any call can raise an exception. The backend enforces the contract of io.h: an access to
 * registers that were not mapped faults, as it would with the plugin's page tables.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_LIMIT    UINT64_C(50000000)
#define TRAPS_MAX     64u /* after more exceptions than this the machine is given up */
#define NOW_TICKS     20u
#define REGISTER_TICKS 500u

static struct model_machine *machine_of(struct iq_io *io)
{
	return (struct model_machine *)io;
}

static void step(struct model_machine *machine)
{
	for (unsigned int i = 0; i < machine->steppers; i++)
		machine->stepper[i].step(machine->stepper[i].context);
}

static void raise_trap(struct model_machine *machine, uint32_t vector, uint64_t address)
{
	machine->trap = (struct iq_trap){ .cause = vector, .address = address, .offset = machine->calls };
	machine->traps++;
	if (machine->guards)
		longjmp(*machine->guard[machine->guards - 1], 1);
	if (machine->outside)
		longjmp(*machine->outside, 1);
	fprintf(stderr, "model: exception %u outside of a run\n", vector);
	abort();
}

/* Count one call of the backend. It does not return if the call raises an exception or exceeds call_limit. */
static void call(struct model_machine *machine)
{
	const struct model_trouble *trouble = &machine->trouble;

	machine->calls++;
	if (machine->calls > machine->call_limit && machine->outside) {
		machine->hung = true;
		machine->guards = 0;
		longjmp(*machine->outside, 1);
	}
	if (!trouble->trap_at || machine->calls < trouble->trap_at)
		return;
	if (machine->calls == trouble->trap_at ||
	    (trouble->trap_every && (machine->calls - trouble->trap_at) % trouble->trap_every == 0))
		raise_trap(machine, trouble->trap_vector ? trouble->trap_vector : MODEL_VECTOR_PF, 0);
}

void model_machine_call(struct model_machine *machine)
{
	call(machine);
	machine->clock += machine->trouble.clock_stands ? 0 : REGISTER_TICKS;
	step(machine);
}

static void breach(struct model_machine *machine, const char *reason)
{
	machine->breach = true;
	machine->breach_reason = reason;
}

static void note_write(struct model_machine *machine, enum model_write_kind kind, uint64_t address, uint64_t value)
{
	if (machine->writes == machine->write_room) {
		machine->write_room = machine->write_room ? machine->write_room * 2 : 256;
		machine->write = realloc(machine->write, machine->write_room * sizeof(*machine->write));
	}
	machine->write[machine->writes++] = (struct model_write){ kind, address, value };
}

static const void *io_map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct model_machine *machine = (struct model_machine *)memory;
	struct model_page *page;

	call(machine);
	machine->clock += machine->trouble.clock_stands ? 0 : machine->map_ticks;
	if (!length || length > MODEL_PAGE || address % MODEL_PAGE + length > MODEL_PAGE) {
		breach(machine, "map() across a page boundary or of no bytes");
		return NULL;
	}
	page = model_memory_page(&machine->memory, address);
	return page ? page->cpu + address % MODEL_PAGE : NULL;
}

static enum iq_status io_map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	struct model_machine *machine = machine_of(io);

	call(machine);
	if (base == machine->trouble.unmappable && base)
		return IQ_UNREACHABLE;
	if (base - machine->trouble.full_at < machine->trouble.full_length)
		return IQ_NO_ROOM;
	if (base % MODEL_PAGE || !length)
		breach(machine, "map_registers() of something that is no page");
	for (unsigned int i = 0; i < machine->windows; i++)
		if (base < machine->window[i].base + machine->window[i].length && machine->window[i].base < base + length)
			machine->window[i].mapped = true;
	return IQ_OK;
}

/* Index of the window that contains @address, -1 if there is none; faults if the window was never mapped. */
static int window_at(struct model_machine *machine, uint64_t address, unsigned int width)
{
	call(machine);
	machine->clock += machine->trouble.clock_stands ? 0 : REGISTER_TICKS;
	step(machine);
	if (address % (width / 8))
		breach(machine, "unaligned register access");
	for (unsigned int i = 0; i < machine->windows; i++) {
		if (address - machine->window[i].base >= machine->window[i].length)
			continue;
		if (!machine->window[i].mapped)
			raise_trap(machine, MODEL_VECTOR_PF, address);
		return (int)i;
	}
	return -1;
}

static uint64_t read_register(struct model_machine *machine, uint64_t address, unsigned int width)
{
	int i = window_at(machine, address, width);

	if (i < 0)
		return ~UINT64_C(0);
	return machine->window[i].ops->read(machine->window[i].device, address - machine->window[i].base, width);
}

static void write_register(struct model_machine *machine, uint64_t address, unsigned int width, uint64_t value)
{
	int i = window_at(machine, address, width);

	note_write(machine, MODEL_WRITE_REGISTER, address, value);
	if (i >= 0)
		machine->window[i].ops->write(machine->window[i].device, address - machine->window[i].base, width, value);
}

static uint32_t io_read32(struct iq_io *io, uint64_t address)
{
	return (uint32_t)read_register(machine_of(io), address, 32);
}

static uint64_t io_read64(struct iq_io *io, uint64_t address)
{
	return read_register(machine_of(io), address, 64);
}

static void io_write32(struct iq_io *io, uint64_t address, uint32_t value)
{
	write_register(machine_of(io), address, 32, value);
}

static void io_write64(struct iq_io *io, uint64_t address, uint64_t value)
{
	write_register(machine_of(io), address, 64, value);
}

static bool is_assigned(const struct model_machine *machine, uint64_t address)
{
	const uint64_t page = address / MODEL_PAGE;

	return page < machine->assigned_pages && machine->assigned[page / 8] >> page % 8 & 1;
}

void model_machine_assign(struct model_machine *machine, uint64_t address)
{
	const uint64_t page = address / MODEL_PAGE, pages = (page | 7) + 1;

	if (pages > machine->assigned_pages) {
		machine->assigned = realloc(machine->assigned, pages / 8);
		if (!machine->assigned)
			abort();
		memset(machine->assigned + machine->assigned_pages / 8, 0, (pages - machine->assigned_pages) / 8);
		machine->assigned_pages = pages;
	}
	machine->assigned[page / 8] = (uint8_t)(machine->assigned[page / 8] | 1u << page % 8);
}

static void io_store64(struct iq_io *io, uint64_t address, uint64_t value)
{
	struct model_machine *machine = machine_of(io);

	call(machine);
	if (address % sizeof(value))
		breach(machine, "unaligned store64()");
	if (is_assigned(machine, address))
		raise_trap(machine, MODEL_VECTOR_PF, address);
	note_write(machine, MODEL_WRITE_MEMORY, address, value);
	if (!model_memory_store(&machine->memory, address, &value, sizeof(value)))
		raise_trap(machine, MODEL_VECTOR_PF, address);
	if (machine->store_steps)
		step(machine);
}

static void io_write_back(struct iq_io *io, uint64_t address, uint64_t length)
{
	struct model_machine *machine = machine_of(io);
	uint64_t first = address & ~UINT64_C(63);

	call(machine);
	model_memory_write_back(&machine->memory, first, ((address + length + 63) & ~UINT64_C(63)) - first);
}

static uint64_t io_now(struct iq_io *io)
{
	struct model_machine *machine = machine_of(io);

	call(machine);
	if (!machine->trouble.clock_stands)
		machine->clock += NOW_TICKS;
	if (++machine->now_calls == machine->trouble.jump_at) {
		machine->clock += machine->trouble.jump;
		for (unsigned int i = 0; i < machine->trouble.asleep; i++)
			step(machine);
	}
	return machine->clock;
}

static void io_relax(struct iq_io *io)
{
	struct model_machine *machine = machine_of(io);

	call(machine);
	if (!machine->trouble.clock_stands)
		machine->clock += machine->relax_ticks;
	step(machine);
}

static enum iq_status io_guard(struct iq_io *io, iq_step body, void *context, struct iq_trap *trap)
{
	struct model_machine *machine = machine_of(io);
	unsigned int depth = machine->guards;
	enum iq_status status;
	jmp_buf here;

	if (depth == MODEL_GUARDS)
		abort();
	machine->guard[machine->guards++] = &here;
	if (!setjmp(here)) {
		status = body(context);
		machine->guards = depth;
		return status;
	}
	machine->guards = depth;
	*trap = machine->trap;
	return machine->trap.cause == MODEL_VECTOR_MC || machine->traps > TRAPS_MAX ? IQ_INTERRUPTED : IQ_FAULT;
}

static void io_log(struct iq_io *io, const char *line)
{
	struct model_machine *machine = machine_of(io);

	machine->lines++;
	if (machine->echo)
		printf("# %s\n", line);
}

void model_machine_init(struct model_machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	model_memory_init(&machine->memory);
	machine->io = (struct iq_io){
		.memory.map = io_map,
		.map_registers = io_map_registers,
		.read32 = io_read32,
		.read64 = io_read64,
		.write32 = io_write32,
		.write64 = io_write64,
		.store64 = io_store64,
		.write_back = io_write_back,
		.now = io_now,
		.tick_khz = MODEL_TICK_KHZ,
		.relax = io_relax,
		.machine = IQ_MACHINE_X86_64,
		.guard = io_guard,
		.log = io_log,
	};
	machine->clock = 1000000;
	machine->relax_ticks = 1000;
	machine->call_limit = CALL_LIMIT;
}

void model_machine_free(struct model_machine *machine)
{
	model_memory_free(&machine->memory);
	free(machine->write);
	machine->write = NULL;
	free(machine->assigned);
	machine->assigned = NULL;
	machine->assigned_pages = 0;
}

void model_machine_window(struct model_machine *machine, uint64_t base, uint64_t length,
			  const struct model_window_ops *ops, void *device)
{
	if (machine->windows == MODEL_WINDOWS)
		abort();
	machine->window[machine->windows].base = base;
	machine->window[machine->windows].length = length;
	machine->window[machine->windows].ops = ops;
	machine->window[machine->windows].device = device;
	machine->window[machine->windows++].mapped = false;
}

void model_machine_stepper(struct model_machine *machine, void (*step_function)(void *context), void *context)
{
	if (machine->steppers == MODEL_STEPPERS)
		abort();
	machine->stepper[machine->steppers].step = step_function;
	machine->stepper[machine->steppers++].context = context;
}

void model_machine_steps(struct model_machine *machine, unsigned int steps)
{
	while (steps--) {
		machine->clock += machine->relax_ticks;
		step(machine);
	}
}

bool model_machine_run(struct model_machine *machine, void (*body)(void *context), void *context)
{
	jmp_buf here;

	machine->calls = 0;
	machine->guards = 0;
	machine->outside = &here;
	if (setjmp(here)) {
		machine->outside = NULL;
		machine->guards = 0;
		return false;
	}
	body(context);
	machine->outside = NULL;
	return true;
}
