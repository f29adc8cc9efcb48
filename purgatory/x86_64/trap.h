/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions on x86-64: a step that an exception can end. Used by machine.c and assembly.
 */
#ifndef PURGATORY_X86_64_TRAP_H
#define PURGATORY_X86_64_TRAP_H

#include "state.h"

/* Exceptions beyond this many end the sequence: IQ_INTERRUPTED. */
#define TRAP_EXCEPTIONS_MAX 8u
/* Beyond this many the outermost step ends, so that only sealing is left to do; beyond twice as many the plugin is left. */
#define TRAP_EXCEPTIONS_LAST 32u

/* Fill in the GDT, the IDT and the TSS that entry.S loads next. @stubs, @nmi: in vectors.S. */
void trap_start(const uint8_t *stubs, const uint8_t *nmi);
/* For vectors.S: the frame to unwind to, with the exception noted in it; NULL: leave the plugin. */
struct trap_frame *trap_take(uint32_t vector, uint32_t error, uint64_t ip, uint64_t address);
/*
 * In vectors.S: run @step(@context) as the innermost frame. Returns what it returned; if an exception ended it, what that
 * left in @frame: IQ_FAULT, or IQ_INTERRUPTED after a machine check, a double fault, an NMI storm or too many exceptions.
 */
enum iq_status trap_call(struct trap_frame *frame, iq_step step, void *context);

#endif
