/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overlay's walks and edits. Intel SDM vol. 3, 4.5: 4-level and 5-level paging; tables may be damaged, so each entry's
 * reserved bits are checked before the next is read. Bits that software owns (11:9, 62:52) go along with every copy.
 */
#include "paging.h"

#define ENTRY_PRESENT  IQ_BIT(0)
#define ENTRY_WRITE    IQ_BIT(1)
#define ENTRY_PWT      IQ_BIT(3)
#define ENTRY_PCD      IQ_BIT(4)
#define ENTRY_ACCESSED IQ_BIT(5)
#define ENTRY_DIRTY    IQ_BIT(6)
#define ENTRY_LARGE    IQ_BIT(7)  /* at levels 2 and 3: a leaf */
#define ENTRY_PAT4K    IQ_BIT(7)  /* at level 1 */
#define ENTRY_PAT      IQ_BIT(12) /* in a large leaf */
#define ENTRY_ADDRESS  IQ_MASK(51, 12)

#define TABLE_FLAGS  (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_ACCESSED)
#define MEMORY_FLAGS (TABLE_FLAGS | ENTRY_DIRTY)
#define WINDOW_FLAGS (MEMORY_FLAGS | ENTRY_PCD | ENTRY_PWT)

#define LARGEST_LEAF 3u

/* With fewer pages left than this, windows are no longer mapped page by page. */
#define POOL_PLENTY 12u

static uint64_t leaf_size(unsigned int level)
{
	return IQ_PAGE_SIZE << (9 * (level - 1));
}

static unsigned int table_index(uint64_t address, unsigned int level)
{
	return (unsigned int)(address >> (12 + 9 * (level - 1))) & 511;
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
	return level == 1 || (level <= LARGEST_LEAF && entry & ENTRY_LARGE);
}

/* Where a leaf leads: its address without the PAT bit. */
static uint64_t leaf_address(const struct paging *paging, uint64_t entry, unsigned int level)
{
	return entry & paging->address_mask & ~(leaf_size(level) - 1);
}

/* Is this present entry one that the processor would accept, as far as it can be told? */
static bool is_sound(const struct paging *paging, uint64_t entry, unsigned int level)
{
	if (entry & ENTRY_ADDRESS & ~paging->address_mask)
		return false;
	if (level > LARGEST_LEAF)
		return !(entry & ENTRY_LARGE);
	if (level > 1 && entry & ENTRY_LARGE)
		return !(entry & ENTRY_ADDRESS & (leaf_size(level) - 1) & ~ENTRY_PAT);
	return true;
}

static bool is_cached(uint64_t entry)
{
	return !(entry & (ENTRY_PCD | ENTRY_PWT));
}

static unsigned int pool_left(const struct paging *paging)
{
	return paging->pool_pages - paging->pool_used;
}

/* A zeroed page of the pool, 0 when there is none. */
static uint64_t take_page(struct paging *paging)
{
	return pool_left(paging) > paging->pool_kept ? paging->pool + IQ_PAGE_SIZE * paging->pool_used++ : 0;
}

static bool is_own(const struct paging *paging, uint64_t table)
{
	return table - paging->pool < IQ_PAGE_SIZE * paging->pool_used;
}

/* The hardware may walk these tables at any moment: an entry changes in one store, after what it leads to. */
static void set_entry(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

enum iq_status paging_start(struct paging *paging, uint64_t root, unsigned int levels, unsigned int physical_bits)
{
	const uint64_t *from;
	uint64_t *to;

	if (levels < 4 || levels > 5 || physical_bits < 32 || physical_bits > 52)
		return IQ_MALFORMED;
	paging->levels = levels;
	paging->address_mask = IQ_MASK(physical_bits - 1, 12);
	/* One to one works in the lower half of the linear addresses only. */
	paging->limit = iq_min(IQ_BIT(physical_bits), IQ_BIT(levels == 5 ? 56 : 47));
	paging->first = 1;
	paging->last = 0;
	if (root & ~paging->address_mask)
		return IQ_MALFORMED;
	paging->root = take_page(paging);
	if (!paging->root)
		return IQ_NO_ROOM;
	from = paging->table(paging, root);
	to = paging->table(paging, paging->root);
	for (unsigned int i = 0; i < 512; i++)
		to[i] = from[i];
	return IQ_OK;
}

/* The leaf for @address: IQ_OK, IQ_NOT_FOUND where an entry is not present, IQ_MALFORMED. */
static enum iq_status find_leaf(struct paging *paging, uint64_t address, uint64_t *leaf, unsigned int *level)
{
	uint64_t table = paging->root;

	/* Bound: what is sound at level 1 is a leaf. */
	for (*level = paging->levels;; --*level) {
		*leaf = paging->table(paging, table)[table_index(address, *level)];
		if (!(*leaf & ENTRY_PRESENT))
			return IQ_NOT_FOUND;
		if (!is_sound(paging, *leaf, *level))
			return IQ_MALFORMED;
		if (is_leaf(*leaf, *level))
			return IQ_OK;
		table = *leaf & paging->address_mask;
	}
}

bool paging_is_memory(struct paging *paging, uint64_t address, uint64_t length)
{
	unsigned int level;
	uint64_t leaf;

	if (!length || !iq_no_wrap(address, length) || address + length > paging->limit)
		return false;
	if (address < paging->first || address > paging->last) {
		if (find_leaf(paging, address, &leaf, &level) != IQ_OK || !is_cached(leaf) ||
		    leaf_address(paging, leaf, level) != (address & ~(leaf_size(level) - 1)))
			return false;
		paging->first = address & ~(leaf_size(level) - 1);
		paging->last = paging->first + leaf_size(level) - 1;
	}
	return address + length - 1 <= paging->last;
}

/* The leaf @leaf of @level as a table of leaves of the next smaller size. */
static void split(const struct paging *paging, uint64_t leaf, unsigned int level, uint64_t *to)
{
	const uint64_t pat = leaf & ENTRY_PAT;
	uint64_t flags = leaf & ~ENTRY_ADDRESS;

	if (level == 2)
		flags = (flags & ~ENTRY_LARGE) | (pat ? ENTRY_PAT4K : 0);
	else
		flags |= pat;
	for (unsigned int i = 0; i < 512; i++)
		to[i] = flags | (leaf_address(paging, leaf, level) + i * leaf_size(level - 1));
}

/* The table under @entry of @level, made the overlay's own: a copy, a split leaf, or a new one. NULL: no room. */
static uint64_t *own_table(struct paging *paging, uint64_t *entry, unsigned int level)
{
	uint64_t old = *entry, flags = TABLE_FLAGS, page;
	uint64_t *table;

	if (old & ENTRY_PRESENT && !is_leaf(old, level) && is_own(paging, old & paging->address_mask))
		return paging->table(paging, old & paging->address_mask);
	page = take_page(paging);
	if (!page)
		return NULL;
	table = paging->table(paging, page);
	if (old & ENTRY_PRESENT && is_leaf(old, level)) {
		split(paging, old, level, table);
	} else if (old & ENTRY_PRESENT) {
		const uint64_t *from = paging->table(paging, old & paging->address_mask);

		for (unsigned int i = 0; i < 512; i++)
			table[i] = from[i];
		flags = old & ~ENTRY_ADDRESS;
	}
	set_entry(entry, page | flags);
	return table;
}

/* The entry for @address at @level, every table on the way made the overlay's own. */
static enum iq_status own_entry(struct paging *paging, uint64_t address, unsigned int level, uint64_t **entry)
{
	uint64_t *table = paging->table(paging, paging->root);

	/* Bound: from the top down to @level. */
	for (unsigned int at = paging->levels;; at--) {
		*entry = &table[table_index(address, at)];
		if (**entry & ENTRY_PRESENT && !is_sound(paging, **entry, at))
			return IQ_MALFORMED;
		if (at == level)
			return IQ_OK;
		table = own_table(paging, *entry, at);
		if (!table)
			return IQ_NO_ROOM;
	}
}

/* Is all of @address's page mapped as a window already? */
static bool is_window(struct paging *paging, uint64_t address)
{
	const uint64_t uncached = ENTRY_PCD | ENTRY_PWT;
	unsigned int level;
	uint64_t leaf;

	return find_leaf(paging, address, &leaf, &level) == IQ_OK && (leaf & uncached) == uncached &&
	       !(leaf & (level == 1 ? ENTRY_PAT4K : ENTRY_PAT)) &&
	       leaf_address(paging, leaf, level) == (address & ~(leaf_size(level) - 1));
}

/*
 * With little left in the pool, where nothing is mapped in the whole 2 MiB around a page of registers, one uncached leaf
 * of that size serves all windows in there and needs no table. The processor does not touch uncached memory on its own.
 */
static bool map_large_window(struct paging *paging, uint64_t address)
{
	uint64_t *entry;

	if (pool_left(paging) >= POOL_PLENTY || (address & ~(leaf_size(2) - 1)) + leaf_size(2) > paging->limit ||
	    own_entry(paging, address, 2, &entry) != IQ_OK || *entry & ENTRY_PRESENT)
		return false;
	set_entry(entry, (address & ~(leaf_size(2) - 1)) | ENTRY_LARGE | WINDOW_FLAGS);
	return true;
}

/* All 2 MiB at @address are the window's: one leaf, unless smaller ones are there already. */
static bool map_whole_leaf(struct paging *paging, uint64_t address)
{
	uint64_t *entry;

	if (own_entry(paging, address, 2, &entry) != IQ_OK)
		return false;
	if (!(*entry & ENTRY_PRESENT))
		set_entry(entry, address | ENTRY_LARGE | WINDOW_FLAGS);
	else if (is_leaf(*entry, 2) && leaf_address(paging, *entry, 2) == address)
		set_entry(entry, (*entry & ~ENTRY_PAT) | ENTRY_PCD | ENTRY_PWT);
	else
		return false;
	return true;
}

enum iq_status paging_map_window(struct paging *paging, uint64_t base, uint64_t length)
{
	enum iq_status status;
	uint64_t *entry;

	if (!length || length > PAGING_WINDOW_MAX || !iq_no_wrap(base, length))
		return IQ_MALFORMED;
	if (base + length > paging->limit)
		return IQ_UNREACHABLE;
	paging->first = 1;
	paging->last = 0;
	if (length == PAGING_LARGE && !(base & (PAGING_LARGE - 1)) && map_whole_leaf(paging, base))
		return IQ_OK;
	for (uint64_t page = base & IQ_PAGE_MASK; page < base + length; page += IQ_PAGE_SIZE) {
		if (is_window(paging, page) || map_large_window(paging, page))
			continue;
		status = own_entry(paging, page, 1, &entry);
		if (status != IQ_OK)
			return status;
		if (!(*entry & ENTRY_PRESENT))
			set_entry(entry, page | WINDOW_FLAGS);
		else if (leaf_address(paging, *entry, 1) == page)
			set_entry(entry, (*entry & ~ENTRY_PAT4K) | ENTRY_PCD | ENTRY_PWT);
		else
			return IQ_UNREACHABLE;
	}
	return IQ_OK;
}

enum iq_status paging_map_page(struct paging *paging, uint64_t address)
{
	const uint64_t page = address & IQ_PAGE_MASK;
	enum iq_status status;
	unsigned int level;
	uint64_t *entry;
	uint64_t leaf;

	if (address >= paging->limit)
		return IQ_UNREACHABLE;
	status = find_leaf(paging, address, &leaf, &level);
	if (status == IQ_OK)
		return IQ_UNREACHABLE;
	if (status != IQ_NOT_FOUND)
		return status;
	paging->pool_kept = PAGING_RESERVE;
	status = own_entry(paging, page, 1, &entry);
	paging->pool_kept = 0;
	if (status == IQ_OK)
		set_entry(entry, page | MEMORY_FLAGS);
	return status;
}

enum iq_status paging_split(struct paging *paging, uint64_t address)
{
	enum iq_status status;
	unsigned int level;
	uint64_t *entry;
	uint64_t leaf;

	if (address >= paging->limit)
		return IQ_NOT_FOUND;
	status = find_leaf(paging, address, &leaf, &level);
	return status == IQ_OK && level > 1 ? own_entry(paging, address & IQ_PAGE_MASK, 1, &entry) : status;
}
