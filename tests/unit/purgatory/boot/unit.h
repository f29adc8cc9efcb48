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

/* Write the initial tables and switch the unit on. @table: the address in its register; 0: the tables' real address. */
void unit_start(enum unit_kind kind, uint64_t table);
/* Do the tables refuse the device now? */
bool unit_is_closed(enum unit_kind kind);

#endif
