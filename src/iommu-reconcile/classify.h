/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verdict on each requester: what its old entry and the new kernel's state add up to.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include "live.h"
#include "reconcile.h"

/*
 * Fill in @reconcile->verdict, by the old entries in memory at the crash and those that are in force @now, as long
 * as they can be read. Both NULL: there are none, and the new kernel's functions are all that is known, or all that there is to know.
 */
void classify(struct reconcile *reconcile, struct iq_memory *past, struct live *now);
/* The same for one requester, whose device is not what it was any more. */
void classify_again(struct reconcile *reconcile, struct iq_memory *past, struct live *now, struct verdict *verdict);

#endif
