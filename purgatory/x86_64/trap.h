/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions on x86-64: an exception ends the step that raised it. Used by machine.c and the assembly.
 */
#ifndef PURGATORY_X86_64_TRAP_H
#define PURGATORY_X86_64_TRAP_H

#include "state.h"

/* More exceptions than this end the sequence with IQ_INTERRUPTED. */
#define TRAP_EXCEPTIONS_MAX 8u
/* More exceptions than this end the outermost step: only the record is still sealed. More than twice as many leave the plugin. */
#define TRAP_EXCEPTIONS_LAST 32u

/* Fill in the GDT, the IDT and the TSS; entry.S loads them next. @stubs and @nmi are in vectors.S. */
void trap_start(const uint8_t *stubs, const uint8_t *nmi);
/* Called by vectors.S. Returns the frame to unwind to, with the exception noted in it; NULL: leave the plugin. */
struct trap_frame *trap_take(uint32_t vector, uint32_t error, uint64_t ip, uint64_t address);
/*
 * Run @step(@context) as the innermost frame; in vectors.S. Returns the step's status. If an exception ended the step, returns
 * IQ_FAULT, or IQ_INTERRUPTED after a machine check, a double fault, an NMI storm or too many exceptions; @frame describes the
 * exception.
 */
enum iq_status trap_call(struct trap_frame *frame, iq_step step, void *context);

/* In vectors.S: NMIs that were blocked since the last one was taken come through again. */
void trap_unblock_nmis(void);

#endif
