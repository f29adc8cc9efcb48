/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that remembers which of its pages were read. A snapshot of tables holds the pages that a reader of these tables
 * read. For iommu-inspect and for iommu-reconcile.
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
	bool failed;                      /* out of memory: not all pages were remembered */
	uint64_t recent[KQ_PAGES_RECENT]; /* address | 1 of pages that are in the table: a shortcut */
};

/* Start with no page, above the memory @below, which has to stay. A page costs 16 bytes at most. */
void kq_pages_start(struct kq_pages *pages, struct iq_memory *below);
void kq_pages_free(struct kq_pages *pages);
/* Remember the page at @address. False if it was remembered already; or if memory ran out, then @pages->failed is set. */
bool kq_pages_add(struct kq_pages *pages, uint64_t address);
/* Sort the pages: @pages->slot[0 .. count - 1] are their addresses then, and none can be added any more. */
void kq_pages_sort(struct kq_pages *pages);

#endif
