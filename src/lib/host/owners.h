/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which IOMMU serves which requester ids, and which ids firmware replaces by others, as the firmware's tables say. The plan at
 * the crash needs none of this.
 */
#ifndef KQ_OWNERS_H
#define KQ_OWNERS_H

#include "owner.h"
#include "sysroot.h"

struct kq_owners {
	struct iq_owner *owner;
	unsigned int owners;
};

/* From the tables of @host, for the units of @plan. To be freed with kq_owners_free(); false when out of memory. */
bool kq_owners_read(struct kq_owners *owners, const struct kq_host *host, const struct iq_plan *plan);
void kq_owners_free(struct kq_owners *owners);
/* The unit that serves @id, IQ_NO_UNIT if none does. */
uint16_t kq_owners_unit(const struct kq_owners *owners, uint16_t segment, uint16_t id);
/* The id that firmware gives the DMA of @id; @id itself where there is no other. */
uint16_t kq_owners_alias(const struct kq_owners *owners, uint16_t segment, uint16_t id);

#endif
