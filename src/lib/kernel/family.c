/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What readers of families share: adding a unit to those that were found.
 */
#include "family.h"

#include <inttypes.h>

void kernel_unit_register(struct evidence_unit *unit, unsigned int number, uint64_t value)
{
	unit->unit.value[number] = value;
	unit->known[number] = true;
}

void kernel_unit_add(struct kernel_units *units, const struct evidence_unit *unit)
{
	struct kernel_objects *kernel = &units->objects;

	if (kernel->failed)
		return;
	if (evidence_same(units->evidence, unit) < units->evidence->units)
		kernel_fail(kernel, "%s has the unit at 0x%" PRIx64 " twice", units->family->symbols[0], unit->unit.base);
	else if (units->evidence->units == KERNEL_UNITS_MAX)
		kernel_fail(kernel, "%s: more than %u units", units->family->symbols[0], KERNEL_UNITS_MAX);
	else if (!evidence_add(units->evidence, unit, kernel->reason))
		kernel->failed = true;
}
