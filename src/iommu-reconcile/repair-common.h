/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both kinds of repair work with: time, who is exempt, and a second look at a device.
 */
#ifndef REPAIR_COMMON_H
#define REPAIR_COMMON_H

#include "live.h"
#include "reconcile.h"

#include <time.h>

/* What a repair works with. */
struct repair {
	struct reconcile *reconcile;
	struct iq_memory *past;
	struct live *now;
	struct timespec end; /* CLOCK_MONOTONIC: from then on nothing is begun */
};

/* Seconds that one write may take, 0: there is no time left. */
unsigned int repair_seconds(const struct repair *repair);
/* Must nothing be done to the device of @verdict, whatever its state? Then @why says the reason; else it is "". */
bool repair_is_exempt(const struct repair *repair, const struct verdict *verdict, struct kq_reason *why);
/* The device of @verdict, or whose DMA has its id; NULL: there is none. */
const struct function *repair_function(const struct verdict *verdict);
/* Look at the device of @verdict again. */
void repair_refresh(struct repair *repair, struct verdict *verdict);

#endif
