/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the rate of the time stamp counter at the crash, because an image may have been wrapped on another machine. Used by
 * machine.c.
 */
#ifndef PURGATORY_X86_64_TSC_H
#define PURGATORY_X86_64_TSC_H

#include "bits.h"

/*
 * Ticks per millisecond. The processor says it, or it is measured with the PC's timer in less than 0.1 s. If neither works, it is
 * the rate of the fastest counter there is: waits are then a few times longer than asked for, and never shorter.
 */
uint32_t tsc_khz(void);

#endif
