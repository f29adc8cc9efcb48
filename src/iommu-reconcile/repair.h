/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --repair does, once it is known which requesters need it.
 */
#ifndef REPAIR_H
#define REPAIR_H

#include "live.h"
#include "reconcile.h"

/*
 * Make the repairs that were asked for, by the verdicts on @reconcile's requesters. Every action is noted, and every requester
 * that was changed is judged again, from memory as it was at the crash and as it is @now. All of it takes a bounded time.
 */
void repair(struct reconcile *reconcile, struct iq_memory *past, struct live *now);

#endif
