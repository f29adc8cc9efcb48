/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table walks of the VT-d model, written from the specification (VT-d 4.1, 3.6 first level, 3.7 second level, 3.8 nested). They do
 * not use the core's walker, because they check it.
 */
#include "vtd.h"

#define ADDRESS	  UINT64_C(0x000ffffffffff000)
#define READ	  UINT64_C(1)
#define WRITE	  UINT64_C(2)
#define LARGE	  (UINT64_C(1) << 7)
#define SNOOP	  (UINT64_C(1) << 11)
#define TRANSIENT (UINT64_C(1) << 62)
#define PRESENT	  UINT64_C(1)
#define USER	  UINT64_C(4)
#define ACCESSED  UINT64_C(0x20)

/* Fault reasons, legacy and scalable. 7.2.3 */
enum reason {
	BEYOND_WIDTH = 0x04,
	NO_WRITE = 0x05,
	NO_READ = 0x06,
	UNREADABLE = 0x07,
	RESERVED_BITS = 0x0c,
	FIRST_UNREADABLE = 0x70,
	FIRST_NOT_PRESENT = 0x71,
	FIRST_RESERVED = 0x72,
	FIRST_NOT_CANONICAL = 0x80,
	FIRST_NO_WRITE = 0x85,
};

static unsigned int level_shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}

/* Is a leaf allowed at this level? CAP.SLLPS */
static bool leaf_allowed(const struct model_vtd *unit, unsigned int level)
{
	return level == 1 || (level < 4 && unit->cap >> (34 + level - 2) & 1);
}

static uint8_t second_leaf(struct model_vtd *unit, uint64_t entry, unsigned int level, uint64_t address,
			   struct model_vtd_page *page)
{
	uint64_t size = UINT64_C(1) << level_shift(level);

	if (!leaf_allowed(unit, level) || entry & ADDRESS & (size - 1))
		return RESERVED_BITS;
	if ((entry & SNOOP && !(unit->ecap >> 7 & 1)) || (entry & TRANSIENT && !(unit->ecap & MODEL_VTD_ECAP_DT)))
		return RESERVED_BITS;
	page->size = size;
	page->iova = address & ~(size - 1);
	page->physical = entry & ADDRESS;
	return 0;
}

static uint8_t walk_second(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t address,
			   struct model_vtd_page *page)
{
	struct model_vtd_directory at = { .stage = MODEL_VTD_SECOND, .domain = way->domain, .pasid = way->pasid,
					  .table = way->second, .level = way->second_levels,
					  .read = true, .write = true };
	const struct model_vtd_directory *cached = model_vtd_cached_directory(unit, MODEL_VTD_SECOND, way, address);

	if (cached)
		at = *cached;
	else if (address >> level_shift(at.level + 1))
		return BEYOND_WIDTH;
	for (;;) {
		unsigned int shift = level_shift(at.level);
		uint64_t entry;

		if (!model_vtd_read(unit, at.table + (address >> shift & 0x1ff) * 8, &entry, sizeof(entry), way->snoop))
			return UNREADABLE;
		at.read &= entry & READ;
		at.write &= (entry & WRITE) != 0;
		if (!(entry & (READ | WRITE)))
			return NO_READ;
		page->read = at.read;
		page->write = at.write;
		if (at.level == 1 || entry & LARGE)
			return second_leaf(unit, entry, at.level, address, page);
		at.level--;
		at.span = UINT64_C(1) << shift;
		at.iova = address & ~(at.span - 1);
		at.table = entry & ADDRESS;
		model_vtd_cache_directory(unit, &at);
	}
}

/* Translate an address from a first-level table to a system-physical one. */
static uint8_t to_system(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t address, uint64_t *system,
			 bool *write)
{
	struct model_vtd_page page;
	uint8_t reason;

	*system = address;
	if (way->stage != MODEL_VTD_NESTED)
		return 0;
	reason = walk_second(unit, way, address, &page);
	if (reason)
		return reason;
	if (!page.read)
		return NO_READ;
	*system = page.physical + (address - page.iova);
	*write &= page.write;
	return 0;
}

static uint8_t first_entry(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t address, uint64_t *entry)
{
	bool write = true;
	uint64_t system;
	uint8_t reason = to_system(unit, way, address, &system, &write);

	if (reason)
		return reason;
	if (!model_vtd_read(unit, system, entry, sizeof(*entry), way->snoop))
		return FIRST_UNREADABLE;
	if (unit->trouble.sets_accessed && way->stage == MODEL_VTD_NESTED && *entry & PRESENT)
		model_memory_set64(&unit->machine->memory, system, *entry | ACCESSED);
	return 0;
}

static bool canonical(uint64_t address, unsigned int levels)
{
	uint64_t upper = address >> (level_shift(levels + 1) - 1);

	return !upper || upper == UINT64_MAX >> (level_shift(levels + 1) - 1);
}

static uint8_t walk_first(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t address,
			  struct model_vtd_page *page)
{
	struct model_vtd_directory at = { .stage = way->stage, .domain = way->domain, .pasid = way->pasid,
					  .table = way->first, .level = way->first_levels,
					  .read = true, .write = true };
	const struct model_vtd_directory *cached = model_vtd_cached_directory(unit, way->stage, way, address);
	uint64_t entry, size;
	uint8_t reason;

	if (!canonical(address, way->first_levels))
		return FIRST_NOT_CANONICAL;
	if (cached)
		at = *cached;
	for (;;) {
		size = UINT64_C(1) << level_shift(at.level);
		reason = first_entry(unit, way, at.table + (address / size & 0x1ff) * 8, &entry);
		if (reason)
			return reason;
		if (!(entry & PRESENT) || !(entry & USER))
			return FIRST_NOT_PRESENT;
		at.write &= (entry & WRITE) != 0;
		if (at.level == 1 || entry & LARGE)
			break;
		at.level--;
		at.span = size;
		at.iova = address & ~(size - 1);
		at.table = entry & ADDRESS;
		model_vtd_cache_directory(unit, &at);
	}
	if (at.level > 3)
		return FIRST_RESERVED;
	/* Cached as a base page, since the second level may have smaller pages than the first. */
	page->size = MODEL_PAGE;
	page->iova = address & ~(MODEL_PAGE - 1);
	page->read = true;
	page->write = at.write;
	return to_system(unit, way, (entry & ADDRESS & ~(size - 1)) + (page->iova & (size - 1)), &page->physical,
			 &page->write);
}

uint8_t model_vtd_walk(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t iova,
		       struct model_vtd_page *page)
{
	*page = (struct model_vtd_page){ .stage = way->stage, .domain = way->domain, .pasid = way->pasid,
					 .iova = iova & ~(MODEL_PAGE - 1), .physical = iova & ~(MODEL_PAGE - 1),
					 .size = MODEL_PAGE, .read = true, .write = true };
	switch (way->stage) {
	case MODEL_VTD_SECOND:
		return walk_second(unit, way, iova, page);
	case MODEL_VTD_FIRST:
	case MODEL_VTD_NESTED:
		return walk_first(unit, way, iova, page);
	case MODEL_VTD_PASSTHROUGH:
		break;
	}
	return 0;
}
