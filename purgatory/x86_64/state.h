/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor as it was found, the guarded steps under way, and the stacks: memory that assembly and C share.
 */
#ifndef PURGATORY_X86_64_STATE_H
#define PURGATORY_X86_64_STATE_H

#include "io.h"
#include "layout.h"

/* A GDT or IDT register. */
struct __attribute__((packed)) cpu_table {
	uint16_t limit;
	uint64_t base;
};

/* The processor as the plugin found it; filled in by entry.S, restored by leave.S. */
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

struct traps {
	struct trap_frame *frame; /* innermost, NULL: an exception leaves the plugin */
	uint32_t nmis;
	uint32_t leaves; /* times that the way out was started */
	uint32_t exceptions;
	bool fatal; /* a machine check, a double fault or an NMI storm came by */
};

/* The main stack lies highest: an overflow runs into the other two, not into what the way out needs. */
struct stacks {
	uint8_t exception[LAYOUT_TRAP_STACK];
	uint8_t nmi[LAYOUT_TRAP_STACK];
	uint8_t main[LAYOUT_STACK];
};

extern struct cpu_state cpu_state;
extern struct traps traps;
extern struct stacks stacks;

#endif
