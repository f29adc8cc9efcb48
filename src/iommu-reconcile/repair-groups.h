/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of devices whose domain keeps their drivers from reaching memory.
 */
#ifndef REPAIR_GROUPS_H
#define REPAIR_GROUPS_H

#include "repair-common.h"

/* Give groups a domain that translates. */
void repair_groups(struct repair *repair);

#endif
