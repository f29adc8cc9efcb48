/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table walks of the AMD IOMMU model, written from the specification (AMD 48882, 2.2.3 host tables, 2.2.6 guest tables). They do
 * not use the core's walker, because they check it.
 */
#include "amdvi.h"

#define ADDRESS	     UINT64_C(0x000ffffffffff000)
#define HOST_PRESENT UINT64_C(1)
#define HOST_READ    (UINT64_C(1) << 61)
#define HOST_WRITE   (UINT64_C(1) << 62)
#define LEAF_RESERVED	   (UINT64_C(0x1f) << 52) /* 56:52 */
#define DIRECTORY_RESERVED (UINT64_C(0x1ff) << 52) /* 60:52 */

#define GUEST_PRESENT UINT64_C(1)
#define GUEST_WRITE   UINT64_C(2)
#define GUEST_LARGE   (UINT64_C(1) << 7)
#define GCR3_VALID    UINT64_C(1)

static unsigned int level_shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}

/* Size of a page with NextLevel 7: twice 2^n, where n is the lowest 0 bit at or above bit 12. 0: not a size of this level. */
static uint64_t encoded_size(uint64_t entry, unsigned int level)
{
	unsigned int bit = 12;

	while (bit < 52 && entry >> bit & 1)
		bit++;
	if (bit + 1 <= level_shift(level) || (level < 6 && bit + 1 >= level_shift(level + 1)))
		return 0;
	return UINT64_C(2) << bit;
}

/* Fill in @page from a leaf. False if the leaf is invalid. */
static bool host_leaf(uint64_t entry, unsigned int level, uint64_t address, struct model_amdvi_page *page)
{
	uint64_t size = (entry >> 9 & 7) == 7 ? encoded_size(entry, level) : UINT64_C(1) << level_shift(level);

	if (!size || entry & LEAF_RESERVED)
		return false;
	page->size = size;
	page->iova = address & ~(size - 1);
	page->physical = entry & ADDRESS & ~(size - 1);
	return true;
}

bool model_amdvi_walk_host(struct model_amdvi *unit, const struct model_amdvi_entry *dte, uint16_t requester,
			   uint64_t address, struct model_amdvi_page *page)
{
	struct model_amdvi_directory at = { .requester = requester, .domain = (uint16_t)dte->word[1], .span = 0 };
	const struct model_amdvi_directory *cached;

	cached = model_amdvi_cached_directory(unit, requester, at.domain, address);
	if (cached) {
		at = *cached;
	} else {
		at.level = dte->word[0] >> 9 & 7;
		at.table = dte->word[0] & ADDRESS;
		at.read = dte->word[0] & HOST_READ;
		at.write = dte->word[0] & HOST_WRITE;
		if (!at.read && !at.write)
			return false;
		if (at.level < 6 && address >> level_shift(at.level + 1))
			return false;
	}
	for (;;) {
		unsigned int shift = level_shift(at.level), next;
		uint64_t entry;

		if (!model_memory_read(&unit->machine->memory, at.table + (address >> shift & 0x1ff) * 8, &entry,
				       sizeof(entry), true)) {
			model_amdvi_event(unit, MODEL_PAGE_TAB_HARDWARE_ERROR, requester, at.table);
			return false;
		}
		if (!(entry & HOST_PRESENT))
			return false;
		at.read &= (entry & HOST_READ) != 0;
		at.write &= (entry & HOST_WRITE) != 0;
		next = entry >> 9 & 7;
		page->read = at.read;
		page->write = at.write;
		if (next == 0 || next == 7)
			return host_leaf(entry, at.level, address, page);
		if (next >= at.level || entry & DIRECTORY_RESERVED)
			return false;
		/* The address bits of skipped levels must be 0. */
		if (address >> level_shift(next + 1) & ((UINT64_C(1) << (shift - level_shift(next + 1))) - 1))
			return false;
		at.span = UINT64_C(1) << level_shift(next + 1);
		at.iova = address & ~(at.span - 1);
		at.table = entry & ADDRESS;
		at.level = next;
		model_amdvi_cache_directory(unit, &at);
	}
}

/* Translate a guest-physical address through the host table; Mode 0 leaves it unchanged. */
static bool guest_to_system(struct model_amdvi *unit, const struct model_amdvi_entry *dte, uint16_t requester,
			    uint64_t guest, uint64_t *system, bool *write)
{
	struct model_amdvi_page page;

	*system = guest;
	if (!(dte->word[0] >> 9 & 7))
		return true;
	if (!model_amdvi_walk_host(unit, dte, requester, guest, &page) || !page.read)
		return false;
	*system = page.physical + (guest - page.iova);
	*write &= page.write;
	return true;
}

static bool guest_entry(struct model_amdvi *unit, const struct model_amdvi_entry *dte, uint16_t requester,
			uint64_t table, uint64_t index, uint64_t *entry)
{
	uint64_t system;
	bool write = true;

	return guest_to_system(unit, dte, requester, table + index * 8, &system, &write) &&
	       model_memory_read(&unit->machine->memory, system, entry, sizeof(*entry), true);
}

/* GCR3 root: bits 14:12, 30:15 and 51:31 lie in three places. 48882, 2.2.2.1 */
static uint64_t gcr3_root(const struct model_amdvi_entry *dte)
{
	return (dte->word[0] >> 58 & 0x7) << 12 | (dte->word[1] >> 16 & 0xffff) << 15 | (dte->word[1] >> 43) << 31;
}

bool model_amdvi_walk_guest(struct model_amdvi *unit, const struct model_amdvi_entry *dte, uint16_t requester,
			    uint32_t pasid, uint64_t address, struct model_amdvi_page *page)
{
	unsigned int levels = (dte->word[2] >> 54 & 3) == 1 ? 5 : 4;
	uint64_t entry = gcr3_root(dte), size = MODEL_PAGE;
	bool read = unit->guest_anyway || dte->word[0] & HOST_READ, write = unit->guest_anyway || dte->word[0] & HOST_WRITE;

	if (!read && !write)
		return false;
	if ((uint64_t)pasid >> 9 * ((dte->word[0] >> 56 & 3) + 1))
		return false;
	for (int level = dte->word[0] >> 56 & 3; level >= 0; level--)
		if (!guest_entry(unit, dte, requester, entry & ADDRESS, (uint64_t)pasid >> 9 * level & 0x1ff, &entry) ||
		    !(entry & GCR3_VALID))
			return false;
	/* Canonical addresses only. */
	if ((int64_t)(address << (64 - level_shift(levels + 1))) >> (64 - level_shift(levels + 1)) != (int64_t)address)
		return false;
	for (unsigned int level = levels; level; level--) {
		uint64_t index = address >> level_shift(level) & 0x1ff;

		if (!guest_entry(unit, dte, requester, entry & ADDRESS, index, &entry) || !(entry & GUEST_PRESENT))
			return false;
		write &= (entry & GUEST_WRITE) != 0;
		if (level > 1 && entry & GUEST_LARGE) {
			if (level > 3)
				return false;
			size = UINT64_C(1) << level_shift(level);
			break;
		}
	}
	/* Cached as a base page, since the host table may have smaller pages than the guest table. */
	page->size = MODEL_PAGE;
	page->iova = address & ~(MODEL_PAGE - 1);
	if (!guest_to_system(unit, dte, requester, (entry & ADDRESS & ~(size - 1)) + (page->iova & (size - 1)),
			     &page->physical, &write))
		return false;
	page->read = read;
	page->write = write;
	return true;
}
