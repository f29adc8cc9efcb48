/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that remembers which of its pages were asked for: what the readers of tables touch is what a snapshot of these
 * tables has to hold. For iommu-inspect and for iommu-reconcile.
 */
#ifndef KQ_PAGES_H
#define KQ_PAGES_H

#include "io.h"

#define KQ_PAGES_RECENT 64u

struct kq_pages {
	struct iq_memory memory; /* first: reads through to the one below */
	struct iq_memory *below;
	uint64_t *slot; /* of a hash table: address | 1, 0: free; kq_pages_sort() leaves @count sorted addresses */
	size_t count, slots;
	uint64_t multiplier; /* of the hash */
	bool failed;                      /* out of memory: pages are missing */
	uint64_t recent[KQ_PAGES_RECENT]; /* address | 1: those are known already */
};

/* Nothing asked for yet. 16 bytes a page at most are kept. @below stays where it is. */
void kq_pages_start(struct kq_pages *pages, struct iq_memory *below);
void kq_pages_free(struct kq_pages *pages);
/* Remember the page at @address. False if it is known, or @pages->failed. */
bool kq_pages_add(struct kq_pages *pages, uint64_t address);
/* Put them in order: @pages->slot[0 .. count - 1] are their addresses. None can be added any more. */
void kq_pages_sort(struct kq_pages *pages);

#endif
