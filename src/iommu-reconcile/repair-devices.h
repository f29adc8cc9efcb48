/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that no driver has and that can still write to memory.
 */
#ifndef REPAIR_DEVICES_H
#define REPAIR_DEVICES_H

#include "repair-common.h"

/* Stop devices that can still write. */
void repair_devices(struct repair *repair);

#endif
