/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which unit serves which requester ids, as a firmware table says. For the readers of families and those who ask them.
 */
#ifndef IQ_OWNER_H
#define IQ_OWNER_H

#include "plan.h"

/* Requester ids that one unit serves. */
struct iq_owner {
	uint16_t segment, first, last; /* inclusive */
	uint16_t unit;		       /* index in the plan, IQ_NO_UNIT: the plan has no such unit */
	bool rest;		       /* only those that no other owner names */
	bool aliased;		       /* they reach the IOMMU as @alias */
	uint16_t alias;
};

/* Takes one owner; false: no more are wanted. */
typedef bool (*iq_owner_taker)(void *context, const struct iq_owner *owner);

/* The index in @plan of the unit whose registers are at @base, IQ_NO_UNIT if there is none. */
uint16_t iq_owner_unit(const struct iq_plan *plan, uint64_t base);

#endif
