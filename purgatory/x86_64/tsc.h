/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate of the time stamp counter, found out at the crash: an image may be wrapped on another machine. Used by
 * machine.c.
 */
#ifndef PURGATORY_X86_64_TSC_H
#define PURGATORY_X86_64_TSC_H

#include "bits.h"

/*
 * Ticks per millisecond: as the processor says it, else measured against the timer of the PC in less than 0.1 s, else
 * faster than any: waits are then longer than wanted, by a factor of a few, and never shorter.
 */
uint32_t tsc_khz(void);

#endif
