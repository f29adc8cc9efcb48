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

#endif
