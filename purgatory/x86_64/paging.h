/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private overlay over the identity map that the kernel left behind: shares the kernel's tables, copies those on the way
 * to what it changes, and never writes to the kernel's own. Pure C over memory that @table reaches, so that host tests
 * run it over made-up tables. Used by machine.c.
 */
#ifndef PURGATORY_X86_64_PAGING_H
#define PURGATORY_X86_64_PAGING_H

#include "bits.h"
#include "status.h"

/*
 * Pages of the plugin's pool: the path to a first window takes 5 with 5-level paging, each further GiB 1, each further 512 GiB
 * 2.
 */
#define PAGING_POOL 16u
/* The longest window that one call maps. */
#define PAGING_WINDOW_MAX (UINT64_C(512) << 10)
/* Pages of the pool that firmware tables and configuration space leave for the units' registers. */
#define PAGING_RESERVE 2u

struct paging {
	/* The 512 entries of the table at physical address @address. */
	uint64_t *(*table)(struct paging *paging, uint64_t address);
	uint64_t root;	       /* physical address of the top-level table in force */
	unsigned int levels;   /* 4 or 5 */
	uint64_t limit;	       /* addresses from here on cannot be mapped one to one */
	uint64_t address_mask; /* address bits of an entry; those beyond the processor's width must be 0 */
	uint64_t pool;	       /* physical address of @pool_pages zeroed pages */
	unsigned int pool_pages, pool_used;
	unsigned int pool_kept;/* pages that are not to be had now */
	uint64_t first, last;  /* the leaf that was found last; first > last: none */
};

/*
 * Start an overlay: a copy of the top-level table at @root, of @levels levels, on a processor with @physical_bits address
 * bits, with the pool in paging->pool* and paging->table set. IQ_OK, IQ_NO_ROOM, IQ_MALFORMED.
 */
enum iq_status paging_start(struct paging *paging, uint64_t root, unsigned int levels, unsigned int physical_bits);

/* True if the @length bytes at @address lie in one leaf that maps them one to one and cacheable: memory, not registers. */
bool paging_is_memory(struct paging *paging, uint64_t address, uint64_t length);

/*
 * Map [@base, @base + @length) one to one, uncached: PCD and PWT, PAT index 3, which is UC in the kernel's PAT as in the
 * reset value. The caller flushes the TLB. IQ_OK; IQ_MALFORMED: wraps, too long, or the kernel's tables are damaged;
 * IQ_UNREACHABLE: beyond the processor's reach, or mapped to something else; IQ_NO_ROOM: the pool is used up, and part
 * of the window may be mapped.
 */
enum iq_status paging_map_window(struct paging *paging, uint64_t base, uint64_t length);

/* Map the one page that holds @address one to one, cacheable as the MTRRs say, if nothing is mapped there. As above. */
enum iq_status paging_map_page(struct paging *paging, uint64_t address);

#endif
