/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verdict on each requester: what its old entry and the new kernel's state add up to.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include "live.h"
#include "reconcile.h"

/*
 * Fill in @reconcile->verdict from the old entries, in memory as it was at the crash, and from those in force @now, as far as
 * they can be read. Both NULL: there are no old entries, and the verdicts are on the new kernel's functions alone.
 */
void classify(struct reconcile *reconcile, struct iq_memory *past, struct live *now);
/* The same for one requester, after something was done to its device. */
void classify_again(struct reconcile *reconcile, struct iq_memory *past, struct live *now, struct verdict *verdict);

#endif
