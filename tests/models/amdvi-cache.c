/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caches of the AMD IOMMU model. An entry stays until a command drops it, as it may in hardware.
 */
#include "amdvi.h"

#include "cache.h"

struct model_amdvi_page *model_amdvi_cached_page(struct model_amdvi *unit, uint16_t requester, uint16_t domain,
						 uint32_t pasid, uint64_t iova)
{
	for (size_t i = 0; i < unit->pages; i++) {
		struct model_amdvi_page *page = &unit->page[i];

		if ((unit->by_domain || page->requester == requester) && page->domain == domain &&
		    page->pasid == pasid && model_cache_overlaps(page->iova, page->size, iova, 1))
			return page;
	}
	return NULL;
}

void model_amdvi_cache_page(struct model_amdvi *unit, const struct model_amdvi_page *page)
{
	unit->page = model_cache_grow(unit->page, unit->pages, &unit->page_room, sizeof(*page));
	unit->page[unit->pages++] = *page;
}

struct model_amdvi_directory *model_amdvi_cached_directory(struct model_amdvi *unit, uint16_t requester,
							   uint16_t domain, uint64_t iova)
{
	struct model_amdvi_directory *best = NULL;

	for (size_t i = 0; i < unit->directories; i++) {
		struct model_amdvi_directory *directory = &unit->directory[i];

		if ((unit->by_domain || directory->requester == requester) && directory->domain == domain &&
		    model_cache_overlaps(directory->iova, directory->span, iova, 1) && (!best || directory->level < best->level))
			best = directory;
	}
	return best;
}

void model_amdvi_cache_directory(struct model_amdvi *unit, const struct model_amdvi_directory *directory)
{
	unit->directory = model_cache_grow(unit->directory, unit->directories, &unit->directory_room, sizeof(*directory));
	unit->directory[unit->directories++] = *directory;
}

const struct model_amdvi_entry *model_amdvi_cached_entry(const struct model_amdvi *unit, uint16_t requester)
{
	for (size_t i = 0; i < unit->entries; i++)
		if (unit->entry[i].requester == requester)
			return &unit->entry[i].entry;
	return NULL;
}

const struct model_amdvi_entry *model_amdvi_cache_entry(struct model_amdvi *unit, uint16_t requester,
							const struct model_amdvi_entry *entry)
{
	unit->entry = model_cache_grow(unit->entry, unit->entries, &unit->entry_room, sizeof(*unit->entry));
	unit->entry[unit->entries] = (struct model_amdvi_cached){ requester, *entry };
	return &unit->entry[unit->entries++].entry;
}

void model_amdvi_drop_entry(struct model_amdvi *unit, uint16_t requester)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->entries; i++)
		if (unit->entry[i].requester != requester)
			unit->entry[kept++] = unit->entry[i];
	unit->entries = kept;
}

/*
 * 48882, 2.4.3. A guest invalidation (GN=1) drops addresses of one PASID. A host invalidation (GN=0) also drops every guest
 * translation of the domain, at any guest address: they all go through the host table.
 */
void model_amdvi_drop_pages(struct model_amdvi *unit, uint16_t domain, uint32_t pasid, uint64_t iova, uint64_t size,
			    bool directories)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->pages; i++) {
		const struct model_amdvi_page *page = &unit->page[i];
		bool hit = model_cache_overlaps(page->iova, page->size, iova, size);

		if (pasid == MODEL_NO_PASID)
			hit = hit || page->pasid != MODEL_NO_PASID;
		else
			hit = hit && page->pasid == pasid;
		if (!hit || page->domain != domain)
			unit->page[kept++] = *page;
	}
	unit->pages = kept;
	if (!directories || pasid != MODEL_NO_PASID)
		return;
	kept = 0;
	for (size_t i = 0; i < unit->directories; i++) {
		const struct model_amdvi_directory *directory = &unit->directory[i];

		if (directory->domain != domain || !model_cache_overlaps(directory->iova, directory->span, iova, size))
			unit->directory[kept++] = *directory;
	}
	unit->directories = kept;
}

void model_amdvi_drop_translations(struct model_amdvi *unit)
{
	unit->pages = 0;
	unit->directories = 0;
}

void model_amdvi_drop_all(struct model_amdvi *unit)
{
	unit->entries = 0;
	model_amdvi_drop_translations(unit);
}
