/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the common part of the plugin needs from the machine. Each architecture's machine.c implements these functions.
 */
#ifndef PURGATORY_PORT_H
#define PURGATORY_PORT_H

#include "boot/boot.h"

/* Run @step(@context), as `guard` of struct iq_io does. It may be called before machine_open(). */
enum iq_status machine_guard(iq_step step, void *context, struct iq_trap *trap);
/* The machine's boot protocol, which handed over @address, and the way to what was loaded. Works from the start. */
void machine_boot(struct iq_boot *boot, uint64_t address);
/*
 * Returns the sequence's access to memory, registers and time; NULL if the machine's state is not understood. @entered: the clock at
 * the plugin's entry.
 */
struct iq_io *machine_open(const struct iq_handover *handover, uint64_t entered);
/*
 * Make NMIs wait for the next return from an interrupt or exception: purgatory has no handlers, and an NMI there resets the machine.
 * Call it after machine_open(), as late as possible.
 */
void machine_hold_nmis(void);
/* Restore what machine_open() changed, except for what the way out restores. */
void machine_close(void);
/*
 * Physical address of 8 bytes that a unit may write to; they are in the note if the note is @usable. Call it once, after
 * machine_open().
 */
uint64_t machine_completion(bool usable);
/* Non-maskable interrupts taken so far. */
uint32_t machine_nmis(void);

#endif
