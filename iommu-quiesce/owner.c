/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units of a plan, by the address that firmware tables name them by.
 */
#include "owner.h"

uint16_t iq_owner_unit(const struct iq_plan *plan, uint64_t base)
{
	for (unsigned int i = 0; i < plan->units; i++)
		if (plan->unit[i].base == base)
			return (uint16_t)i;
	return IQ_NO_UNIT;
}
