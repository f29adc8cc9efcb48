/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private overlay over the identity map that the kernel left behind. It shares the kernel's page tables, copies those that it has
 * to change, and never writes to the kernel's own. It reaches tables through `table` only, so host tests run it over made-up
 * tables. Used by machine.c.
 */
#ifndef PURGATORY_X86_64_PAGING_H
#define PURGATORY_X86_64_PAGING_H

#include "bits.h"
#include "status.h"

/*
 * Pages of the plugin's pool. With 5-level paging the first window takes 5, a window in another GiB 1 more, and one in another
 * 512 GiB 2 more. With SNP each ring and table elsewhere takes as many: there are enough for 8 units.
 */
#define PAGING_POOL 48u
/* A piece of a window of this size, at a multiple of it, becomes one leaf. */
#define PAGING_LARGE	  (UINT64_C(2) << 20)
/* Bytes that one call maps at most. */
#define PAGING_WINDOW_MAX PAGING_LARGE
/* Pages of the pool that are kept for the units' registers: firmware tables and configuration space cannot take them. */
#define PAGING_RESERVE 2u

struct paging {
	/* The 512 entries of the table at physical address @address. */
	uint64_t *(*table)(struct paging *paging, uint64_t address);
	uint64_t root;	       /* physical address of the top-level table in use */
	unsigned int levels;   /* 4 or 5 */
	uint64_t limit;	       /* addresses from here on cannot be mapped one to one */
	uint64_t address_mask; /* address bits of an entry; those beyond the processor's width must be 0 */
	uint64_t pool;	       /* physical address of @pool_pages zeroed pages */
	unsigned int pool_pages, pool_used;
	unsigned int pool_kept;/* pages that must stay free for now */
	uint64_t first, last;  /* cache of the last leaf found; first > last: empty */
};

/*
 * Start an overlay: copy the top-level table at @root, of @levels levels. The processor has @physical_bits address bits. The caller
 * has set paging->table and paging->pool*. IQ_OK, IQ_NO_ROOM, IQ_MALFORMED.
 */
enum iq_status paging_start(struct paging *paging, uint64_t root, unsigned int levels, unsigned int physical_bits);

/* True if one leaf maps the @length bytes at @address one to one and cacheable: then they are memory, not registers. */
bool paging_is_memory(struct paging *paging, uint64_t address, uint64_t length);

/*
 * Map [@base, @base + @length) one to one and uncached: PCD and PWT select PAT index 3, which is UC in the kernel's PAT and after
 * reset. A window of PAGING_LARGE bytes at a multiple of that takes no table of its own, also in a larger leaf that is split. The
 * caller flushes the TLB. IQ_OK; IQ_MALFORMED: the range wraps or is too long, or the kernel's tables are damaged; IQ_UNREACHABLE:
 * the range is beyond the processor's address width, or mapped to other addresses; IQ_NO_ROOM: the pool is used up, and part of the
 * window may be mapped.
 */
enum iq_status paging_map_window(struct paging *paging, uint64_t base, uint64_t length);

/* If nothing is mapped at @address, map its page one to one, with the caching that the MTRRs say. Results as above. */
enum iq_status paging_map_page(struct paging *paging, uint64_t address);

/*
 * Have the page that holds @address, which is mapped, in a leaf of its own, with the flags of the larger one. The caller flushes the
 * TLB. IQ_OK; IQ_NOT_FOUND, IQ_MALFORMED; IQ_NO_ROOM, and the leaf is as large as it was, or half way.
 */
enum iq_status paging_split(struct paging *paging, uint64_t address);

#endif
