/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulated machine's IOMMU as a crashed kernel leaves it: on, one device let through.
 */
#ifndef UNIT_H
#define UNIT_H

#include "bits.h"

enum unit_kind {
	UNIT_NONE = 0,
	UNIT_AMDVI = 1,
	UNIT_LEGACY = 2,
	UNIT_SCALABLE = 3,
};

/* Fill the tables, all as on the first day, and switch the unit on. Its tables are at @table, 0: where they always are. */
void unit_start(enum unit_kind kind, uint64_t table);
/* Is the device refused now, as far as its tables say? */
bool unit_is_closed(enum unit_kind kind);

#endif
