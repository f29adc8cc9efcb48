/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions on x86-64: the state that entry.S keeps, and steps that an exception can end. Used by machine.c and entry.S.
 */
#ifndef PURGATORY_X86_64_TRAP_H
#define PURGATORY_X86_64_TRAP_H

#include "io.h"

/* A GDT or IDT register. */
struct __attribute__((packed)) cpu_table {
	uint16_t limit;
	uint64_t base;
};

/* The processor as the plugin found it; filled in and restored by entry.S. */
struct cpu_state {
	uint64_t general[16];
	uint64_t rflags, cr2, cr3, cr4;
	uint64_t time;	 /* TSC at entry */
	uint64_t target; /* where the way out leads */
	uint64_t cs, ss;
	struct cpu_table gdtr __attribute__((aligned(16)));
	struct cpu_table idtr __attribute__((aligned(16)));
	uint64_t base;	 /* what the handover counts the address to go on to from: 0, or the image's first byte */
};

/* A guarded step under way. */
struct trap_frame {
	struct trap_frame *outer;
	uint64_t rsp;	 /* of trap_call() */
	uint32_t status; /* what trap_call() returns if an exception ends the step */
	struct iq_trap trap;
};

/* Exceptions beyond this many end the sequence: IQ_INTERRUPTED. */
#define TRAP_EXCEPTIONS_MAX 8u
/* Beyond this many the outermost step ends, so that only sealing is left to do; beyond twice as many the plugin is left. */
#define TRAP_EXCEPTIONS_LAST 32u

struct traps {
	struct trap_frame *frame; /* innermost, NULL: an exception leaves the plugin */
	uint32_t nmis;
	uint32_t leaves; /* times that the way out was started */
	uint32_t exceptions;
	bool fatal; /* a machine check, a double fault or an NMI storm came by */
};

extern struct cpu_state cpu_state;
extern struct traps traps;

/* Fill in the GDT, the IDT and the TSS that entry.S loads next. */
void trap_start(void);

/*
 * Run @step(@context). Returns what it returned. If an exception ended it: IQ_FAULT, or IQ_INTERRUPTED after a machine
 * check, a double fault, an NMI storm or too many exceptions; @trap then says which. May be nested.
 */
enum iq_status trap_guard(iq_step step, void *context, struct iq_trap *trap);

/* For entry.S: the frame to unwind to, with the exception noted in it; NULL: leave the plugin. */
struct trap_frame *trap_take(uint32_t vector, uint32_t error, uint64_t ip, uint64_t address);
/* In entry.S: see there. */
enum iq_status trap_call(struct trap_frame *frame, iq_step step, void *context);

#endif
