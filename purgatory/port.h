/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin's common part needs of the machine that it runs on. Each architecture's machine.c has it.
 */
#ifndef PURGATORY_PORT_H
#define PURGATORY_PORT_H

#include "boot/handover.h"

/* Run @step(@context); see struct iq_io, guard. Works from the start. */
enum iq_status machine_guard(iq_step step, void *context, struct iq_trap *trap);
/*
 * The way to the world for the sequence, whose stage is at @stage. NULL if the machine's state is not understood. While the
 * stage is IQ_STAGE_PLAN, memory that nobody mapped can be reached too: firmware tables may lie in reserved memory.
 */
struct iq_io *machine_open(const struct iq_handover *handover, uint64_t entered, const enum iq_stage *stage);
/* Put back what machine_open() changed and the way out does not. */
void machine_close(void);
/*
 * Physical address of 8 bytes that a unit may store to, in the note if that is @usable. After machine_open(), and once for all.
 */
uint64_t machine_completion(bool usable);
/* Non-maskable interrupts taken so far. */
uint32_t machine_nmis(void);

#endif
