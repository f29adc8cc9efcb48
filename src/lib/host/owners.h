/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which IOMMU serves which requester ids, and which ids firmware replaces by others, as the firmware's tables say. The plan at
 * the crash needs none of this.
 */
#ifndef KQ_OWNERS_H
#define KQ_OWNERS_H

#include "plan.h"
#include "sysroot.h"

#define KQ_NO_UNIT UINT16_MAX

struct kq_owner {
	uint16_t segment, first, last; /* requester ids, inclusive */
	uint16_t unit;		       /* index in the plan */
	bool rest;		       /* only what no other owner names (INCLUDE_PCI_ALL) */
	bool aliased;		       /* they reach the IOMMU as @alias */
	uint16_t alias;
};

struct kq_owners {
	struct kq_owner *owner;
	unsigned int owners;
};

/* From the tables of @host, for the units of @plan. To be freed with kq_owners_free(); false when out of memory. */
bool kq_owners_read(struct kq_owners *owners, const struct kq_host *host, const struct iq_plan *plan);
void kq_owners_free(struct kq_owners *owners);
/* The unit that serves @id, KQ_NO_UNIT if none does. */
uint16_t kq_owners_unit(const struct kq_owners *owners, uint16_t segment, uint16_t id);
/* The id that firmware gives the DMA of @id; @id itself where there is no other. */
uint16_t kq_owners_alias(const struct kq_owners *owners, uint16_t segment, uint16_t id);

#endif
