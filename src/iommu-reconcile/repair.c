/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both kinds of repair, within one deadline.
 */
#include "repair.h"

#include "repair-devices.h"
#include "repair-groups.h"

#define SECONDS 10u /* for all of it */

void repair(struct reconcile *reconcile, struct iq_memory *past, struct live *now)
{
	struct repair repair = { .reconcile = reconcile, .past = past, .now = now };

	clock_gettime(CLOCK_MONOTONIC, &repair.end);
	repair.end.tv_sec += SECONDS;
	if (reconcile->repair & KQ_REPAIR_GROUPS)
		repair_groups(&repair);
	if (reconcile->repair & KQ_REPAIR_DEVICES)
		repair_devices(&repair);
}
