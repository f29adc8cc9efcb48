/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate of the counter that is the plugin's only clock: on x86 the time-stamp counter. Used by exec.
 */
#ifndef KQ_CLOCK_H
#define KQ_CLOCK_H

#include "base/message.h"
#include "boot/handover.h"

/* Measure it against CLOCK_MONOTONIC_RAW, in well under a second. False if no three measurements agree. */
bool kq_clock_calibrate(struct iq_clock *clock, struct kq_reason *reason);

#endif
