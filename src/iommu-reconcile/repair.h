/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --repair does, once it is known which requesters need it.
 */
#ifndef REPAIR_H
#define REPAIR_H

#include "live.h"
#include "reconcile.h"

/*
 * Do what was asked for, by the verdicts on @reconcile's requesters: every action is noted, every verdict that changed is
 * found anew from memory at the crash and as it is @now. The time for it has a bound of its own.
 */
void repair(struct reconcile *reconcile, struct iq_memory *past, struct live *now);

/* What a repair works with. */
struct repair {
	struct reconcile *reconcile;
	struct iq_memory *past;
	struct live *now;
	struct timespec end; /* CLOCK_MONOTONIC: nothing is begun any more */
};

/* Seconds that one write may take, 0: there is no time left. */
unsigned int repair_seconds(const struct repair *repair);
/* Why nothing must be done to the device of @verdict whatever state it is in; false with @why "" if it may. */
bool repair_is_exempt(const struct repair *repair, const struct verdict *verdict, struct kq_reason *why);
/* Give groups a domain that translates. */
void repair_groups(struct repair *repair);
/* Stop devices that can still write. */
void repair_devices(struct repair *repair);
/* The device of @verdict, or whose DMA has its id; NULL: there is none. */
const struct function *repair_function(const struct verdict *verdict);
/* Look at the device of @verdict again. */
void repair_refresh(struct repair *repair, struct verdict *verdict);

#endif
