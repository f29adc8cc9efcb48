/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that remembers which of its pages were read. A snapshot of tables holds the pages that a reader of these tables
 * read. For iommu-inspect and for iommu-reconcile; source.c counts with it what a snapshot filled.
 */
#ifndef PAGE_SET_H
#define PAGE_SET_H

#include "io.h"

#define PAGE_SET_RECENT 64u

struct page_set {
	struct iq_memory memory; /* first: reads through to the one below */
	struct iq_memory *below;
	uint64_t *slot; /* of a hash table: address | 1, 0: free; page_set_sort() leaves @count sorted addresses */
	size_t count, slots;
	uint64_t multiplier; /* of the hash */
	bool failed;                      /* out of memory: not all pages were remembered */
	uint64_t recent[PAGE_SET_RECENT]; /* address | 1 of pages that are in the table: a shortcut */
};

/* Start with no page, above the memory @below, which has to stay. A page costs 16 bytes at most. */
void page_set_start(struct page_set *pages, struct iq_memory *below);
void page_set_free(struct page_set *pages);
/* Remember the page at @address. False if it was remembered already; or if memory ran out, then @pages->failed is set. */
bool page_set_add(struct page_set *pages, uint64_t address);
/* Sort the pages: @pages->slot[0 .. count - 1] are their addresses then, and none can be added any more. */
void page_set_sort(struct page_set *pages);

#endif
