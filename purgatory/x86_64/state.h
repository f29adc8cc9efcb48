/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that assembly and C share: the processor's state at entry, the guarded steps that are running, and the stacks.
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

/* The processor's state at entry. entry.S saves it, leave.S restores it. */
struct cpu_state {
	uint64_t general[16];
	uint64_t rflags, cr2, cr3, cr4;
	uint64_t time;	 /* TSC at entry */
	uint64_t target; /* the address that leave.S jumps to */
	uint64_t cs, ss;
	struct cpu_table gdtr __attribute__((aligned(16)));
	struct cpu_table idtr __attribute__((aligned(16)));
	uint64_t base;	 /* added to the handover's address to continue at: 0, or the address of the image's first byte */
};

/* A guarded step that is running. */
struct trap_frame {
	struct trap_frame *outer;
	uint64_t rsp;	 /* in trap_call(): the unwinding continues there */
	uint32_t status; /* what trap_call() returns if an exception ends the step */
	struct iq_trap trap;
};

struct traps {
	struct trap_frame *frame; /* the innermost; NULL: an exception leaves the plugin */
	uint32_t nmis;
	uint32_t leaves; /* how often leave.S was entered */
	uint32_t hold;	 /* nonzero: the next NMI ends its step without iretq, so that NMIs stay blocked */
	uint32_t exceptions;
	bool fatal; /* there was a machine check, a double fault or an NMI storm */
};

/* The main stack lies highest: an overflow runs into the other two stacks, and spares what leave.S needs. */
struct stacks {
	uint8_t exception[LAYOUT_TRAP_STACK];
	uint8_t nmi[LAYOUT_TRAP_STACK];
	uint8_t main[LAYOUT_STACK];
};

extern struct cpu_state cpu_state;
extern struct traps traps;
extern struct stacks stacks;

#endif
