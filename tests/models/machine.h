/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine in software behind struct iq_io: memory, register windows, a clock whose steps drive the devices, and exceptions at a
 * chosen access. A log has everything that the crash path wrote.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include "io.h"
#include "memory.h"

#include <setjmp.h>

#define MODEL_WINDOWS	64
#define MODEL_STEPPERS	128
#define MODEL_GUARDS	8
#define MODEL_TICK_KHZ	1000000u /* one tick is a nanosecond */
#define MODEL_VECTOR_PF 14u
#define MODEL_VECTOR_MC 18u

/* Registers of a device model. @width is 32 or 64. */
struct model_window_ops {
	uint64_t (*read)(void *device, uint64_t offset, unsigned int width);
	void (*write)(void *device, uint64_t offset, unsigned int width, uint64_t value);
};

enum model_write_kind {
	MODEL_WRITE_REGISTER,
	MODEL_WRITE_MEMORY,
};

struct model_write {
	enum model_write_kind kind;
	uint64_t address, value;
};

/* What goes wrong with the CPU and its clock. */
struct model_trouble {
	uint64_t trap_at;     /* the call of the io backend that raises an exception, counted from 1; 0: none */
	uint64_t trap_every;  /* raise it again after every so many further calls; 0: once */
	uint32_t trap_vector; /* MODEL_VECTOR_PF if 0 */
	bool clock_stands;    /* now() never moves */
	uint64_t jump_at;     /* the call of now() at which the clock jumps */
	uint64_t jump;	      /* ticks by which it jumps ahead */
	unsigned int asleep;  /* steps that the units do meanwhile: the CPU slept */
	uint64_t unmappable;  /* map_registers() refuses this base */
	uint64_t full_at, full_length; /* map_registers() has no room for what lies there */
};

struct model_pci;

struct model_machine {
	struct iq_io io; /* must be first: it leads from the backend to its machine */
	struct model_memory memory;
	struct {
		uint64_t base, length;
		const struct model_window_ops *ops;
		void *device;
		bool mapped;
	} window[MODEL_WINDOWS];
	unsigned int windows;
	struct {
		void (*step)(void *context);
		void *context;
	} stepper[MODEL_STEPPERS];
	unsigned int steppers;

	struct model_pci *pci; /* configuration space; NULL: there is none */

	uint64_t clock;		/* ticks */
	/* The RMP, a bit a page: a page of firmware or of a guest, where stores of the CPU fault. NULL: there is none. */
	uint8_t *assigned;
	uint64_t assigned_pages;
	bool store_steps;	/* time passes at each store64(), too */
	uint64_t relax_ticks;	/* that one relax() takes */
	uint64_t map_ticks;	/* that one map() takes, reads of the mapped memory included; 0 unless a test counts them */
	uint64_t now_calls;
	uint64_t calls;		/* calls of the io backend since model_machine_run() began */
	uint64_t call_limit;	/* a run with more calls counts as one that never ends */
	struct model_trouble trouble;

	jmp_buf *guard[MODEL_GUARDS];
	unsigned int guards;
	jmp_buf *outside;	/* an exception outside of every guard continues here */
	struct iq_trap trap;
	unsigned int traps;
	bool hung, breach;	/* call_limit was reached; the io contract was broken */
	const char *breach_reason;

	struct model_write *write; /* all writes, in order */
	size_t writes, write_room;
	bool echo;		/* print log lines */
	unsigned int lines;
};

void model_machine_init(struct model_machine *machine);
void model_machine_free(struct model_machine *machine);
void model_machine_window(struct model_machine *machine, uint64_t base, uint64_t length,
			  const struct model_window_ops *ops, void *device);
/* Call @step(@context) at every step of time: at each relax() and each register access. */
void model_machine_stepper(struct model_machine *machine, void (*step)(void *context), void *context);
/* Count one call of the io backend; for parts of the backend in other files. It may raise the exception, and not return. */
void model_machine_call(struct model_machine *machine);
/* The page at @address is firmware's, or a guest's, from now on. */
void model_machine_assign(struct model_machine *machine, uint64_t address);
/* Let time pass outside of a run. */
void model_machine_steps(struct model_machine *machine, unsigned int steps);
/* Run @body(@context). False if an exception outside of every guard, or call_limit, ended the run. */
bool model_machine_run(struct model_machine *machine, void (*body)(void *context), void *context);

#endif
