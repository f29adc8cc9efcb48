/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate of the time-stamp counter: the only clock that the plugin has.
 */
#ifndef KQ_CLOCK_H
#define KQ_CLOCK_H

#include "base/message.h"

#include <stdint.h>

/* Ticks per millisecond, measured against CLOCK_MONOTONIC_RAW in well under a second. False if no two measurements agree. */
bool kq_clock_calibrate(uint32_t *tick_khz, struct kq_reason *reason);

#endif
