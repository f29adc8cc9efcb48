/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caches of the VT-d model: context cache, PASID cache, IOTLB, paging-structure caches (VT-d 4.1, 6.2). An entry stays until a
 * descriptor drops it, as it may in hardware. A test can make the caches lose entries.
 */
#include "vtd.h"

#include "cache.h"

#include <string.h>

/* Second-level translations are tagged by the domain alone, all others by domain and PASID. 6.2.2 */
static bool same_tag(enum model_vtd_stage stage, uint16_t domain, uint32_t pasid, const struct model_vtd_way *way)
{
	return domain == way->domain && (stage == MODEL_VTD_SECOND || pasid == way->pasid);
}

struct model_vtd_page *model_vtd_cached_page(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t iova)
{
	for (size_t i = 0; i < unit->pages; i++) {
		struct model_vtd_page *page = &unit->page[i];

		if (page->stage == way->stage && same_tag(page->stage, page->domain, page->pasid, way) &&
		    model_cache_overlaps(page->iova, page->size, iova, 1))
			return page;
	}
	return NULL;
}

void model_vtd_cache_page(struct model_vtd *unit, const struct model_vtd_page *page)
{
	unit->page = model_cache_grow(unit->page, unit->pages, &unit->page_room, sizeof(*page));
	unit->page[unit->pages++] = *page;
}

struct model_vtd_directory *model_vtd_cached_directory(struct model_vtd *unit, enum model_vtd_stage stage,
						       const struct model_vtd_way *way, uint64_t iova)
{
	struct model_vtd_directory *best = NULL;

	for (size_t i = 0; i < unit->directories; i++) {
		struct model_vtd_directory *directory = &unit->directory[i];

		if (directory->stage == stage && same_tag(stage, directory->domain, directory->pasid, way) &&
		    model_cache_overlaps(directory->iova, directory->span, iova, 1) && (!best || directory->level < best->level))
			best = directory;
	}
	return best;
}

void model_vtd_cache_directory(struct model_vtd *unit, const struct model_vtd_directory *directory)
{
	unit->directory = model_cache_grow(unit->directory, unit->directories, &unit->directory_room, sizeof(*directory));
	unit->directory[unit->directories++] = *directory;
}

const struct model_vtd_context *model_vtd_cached_context(const struct model_vtd *unit, uint16_t requester)
{
	for (size_t i = 0; i < unit->contexts; i++)
		if (unit->context[i].requester == requester)
			return &unit->context[i];
	return NULL;
}

void model_vtd_cache_context(struct model_vtd *unit, uint16_t requester, const uint64_t word[4])
{
	unit->context = model_cache_grow(unit->context, unit->contexts, &unit->context_room, sizeof(*unit->context));
	unit->context[unit->contexts].requester = requester;
	memcpy(unit->context[unit->contexts++].word, word, sizeof(unit->context->word));
}

struct model_vtd_pasid *model_vtd_cached_pasid(struct model_vtd *unit, uint16_t requester, uint32_t pasid)
{
	for (size_t i = 0; i < unit->pasids; i++)
		if (unit->pasid[i].requester == requester && unit->pasid[i].pasid == pasid)
			return &unit->pasid[i];
	return NULL;
}

void model_vtd_cache_pasid(struct model_vtd *unit, const struct model_vtd_pasid *pasid)
{
	unit->pasid = model_cache_grow(unit->pasid, unit->pasids, &unit->pasid_room, sizeof(*pasid));
	unit->pasid[unit->pasids++] = *pasid;
}

/* @granularity: 1 global, 2 domain, 3 device. 6.5.2.1 */
void model_vtd_drop_contexts(struct model_vtd *unit, unsigned int granularity, uint16_t domain, uint16_t requester,
			     unsigned int function_mask)
{
	static const uint16_t ignored[4] = { 0, 4, 6, 7 };
	size_t kept = 0;

	if (!granularity)
		return;
	for (size_t i = 0; i < unit->contexts; i++) {
		const struct model_vtd_context *context = &unit->context[i];
		bool stays = (granularity == 2 && (uint16_t)(context->word[1] >> 8) != domain) ||
			     (granularity == 3 && (context->requester ^ requester) & ~(uint32_t)ignored[function_mask & 3] & 0xffff);

		if (stays)
			unit->context[kept++] = *context;
	}
	unit->contexts = kept;
}

/* 6.5.2.2. Directory entries have no domain: they are dropped with the table entries that were reached through them. */
void model_vtd_drop_pasids(struct model_vtd *unit, const struct model_vtd_drop *drop)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->pasids; i++) {
		const struct model_vtd_pasid *pasid = &unit->pasid[i];
		bool hit =
		    drop->all || (pasid->domain == drop->domain && (drop->any_pasid || pasid->pasid == drop->pasid));

		if (!hit)
			unit->pasid[kept++] = *pasid;
	}
	unit->pasids = kept;
}

static bool dropped(enum model_vtd_stage stage, uint16_t domain, uint32_t pasid, uint64_t iova, uint64_t size,
		    const struct model_vtd_drop *drop)
{
	/* In legacy mode only the domain counts. */
	bool by_stage = pasid == MODEL_NO_PASID || stage == MODEL_VTD_NESTED ||
			(stage == MODEL_VTD_SECOND) == drop->second;

	if (drop->all)
		return true;
	if (domain != drop->domain || !by_stage)
		return false;
	if (stage != MODEL_VTD_SECOND && !drop->any_pasid && pasid != drop->pasid)
		return false;
	/* A second-level invalidation's addresses are not those of the first level: drop all first-level translations of the domain. */
	if (!drop->size || (drop->second && stage == MODEL_VTD_NESTED))
		return true;
	return model_cache_overlaps(iova, size, drop->iova, drop->size);
}

void model_vtd_drop_pages(struct model_vtd *unit, const struct model_vtd_drop *drop)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->pages; i++) {
		const struct model_vtd_page *page = &unit->page[i];

		if (!dropped(page->stage, page->domain, page->pasid, page->iova, page->size, drop))
			unit->page[kept++] = *page;
	}
	unit->pages = kept;
	if (drop->leaves_only && !drop->all)
		return;
	kept = 0;
	for (size_t i = 0; i < unit->directories; i++) {
		const struct model_vtd_directory *directory = &unit->directory[i];

		if (!dropped(directory->stage, directory->domain, directory->pasid, directory->iova, directory->span,
			     drop))
			unit->directory[kept++] = *directory;
	}
	unit->directories = kept;
}

void model_vtd_drop_all(struct model_vtd *unit)
{
	unit->contexts = 0;
	unit->pasids = 0;
	unit->pages = 0;
	unit->directories = 0;
}

/* The unit's older copy of the page, made now if there is none. With RWBF stores stay in buffers until they are flushed. */
static struct model_vtd_buffered *buffered(struct model_vtd *unit, uint64_t page, bool snoop)
{
	struct model_vtd_buffered *copy;

	for (size_t i = 0; i < unit->buffers; i++)
		if (unit->buffered[i].address == page && unit->buffered[i].snoop == snoop)
			return &unit->buffered[i];
	unit->buffered = model_cache_grow(unit->buffered, unit->buffers, &unit->buffer_room, sizeof(*copy));
	copy = &unit->buffered[unit->buffers];
	copy->address = page;
	copy->snoop = snoop;
	if (!model_memory_read(&unit->machine->memory, page, copy->bytes, MODEL_PAGE, snoop))
		return NULL;
	unit->buffers++;
	return copy;
}

void model_vtd_flush_buffers(struct model_vtd *unit)
{
	unit->buffers = 0;
}

bool model_vtd_read(struct model_vtd *unit, uint64_t address, void *to, size_t length, bool snoop)
{
	const struct model_vtd_buffered *copy;

	if (!(unit->cap & MODEL_VTD_CAP_RWBF))
		return model_memory_read(&unit->machine->memory, address, to, length, snoop);
	copy = buffered(unit, address & ~(MODEL_PAGE - 1), snoop);
	if (!copy)
		return false;
	memcpy(to, copy->bytes + address % MODEL_PAGE, length);
	return true;
}

/* The unfinished fetch of the entry at @address, or room for one. */
static struct model_vtd_fetch *fetch_of(struct model_vtd *unit, uint64_t address)
{
	struct model_vtd_fetch *room = NULL;

	for (unsigned int i = 0; i < MODEL_VTD_FETCHES; i++) {
		if (unit->fetch[i].address == address)
			return &unit->fetch[i];
		if (!unit->fetch[i].address)
			room = &unit->fetch[i];
	}
	if (!room)
		abort();
	room->address = address;
	return room;
}

enum model_vtd_fetched model_vtd_fetch(struct model_vtd *unit, uint64_t address, uint64_t *word, unsigned int count,
				       bool snoop)
{
	struct model_vtd_fetch *fetch;
	unsigned int next;

	if (!unit->trouble.torn)
		return model_vtd_read(unit, address, word, count * 8, snoop) ? MODEL_VTD_FETCHED : MODEL_VTD_UNREADABLE;
	fetch = fetch_of(unit, address);
	next = unit->trouble.torn == 1 ? fetch->words : count - 1 - fetch->words;
	if (!model_vtd_read(unit, address + next * 8, &fetch->word[next], 8, snoop))
		return MODEL_VTD_UNREADABLE;
	if (++fetch->words < count)
		return MODEL_VTD_NOT_YET;
	memcpy(word, fetch->word, count * 8);
	memset(fetch, 0, sizeof(*fetch));
	return MODEL_VTD_FETCHED;
}

void model_vtd_forget(struct model_vtd *unit)
{
	const unsigned int forgets = unit->trouble.forgets;

	if (forgets & MODEL_VTD_FORGETS_PAGES)
		unit->pages = unit->directories = 0;
	if (forgets & MODEL_VTD_FORGETS_PASIDS)
		unit->pasids = 0;
	if (forgets & MODEL_VTD_FORGETS_CONTEXTS)
		unit->contexts = 0;
}
