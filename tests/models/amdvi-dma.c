/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AMD IOMMU model decides about requests by its cached copy of the device table entry (AMD 48882, 2.2.2). Where the
 * specification leaves a choice, the model takes the one that lets more DMA through.
 */
#include "amdvi.h"

#define ADDRESS	       UINT64_C(0x000ffffffffff000)
#define ENTRY_VALID    UINT64_C(1)
#define ENTRY_TV       UINT64_C(2)
#define ENTRY_MODE(e)  ((e)->word[0] >> 9 & 7)
#define ENTRY_GIOV     (UINT64_C(1) << 54)
#define ENTRY_GV       (UINT64_C(1) << 55)
#define ENTRY_READ     (UINT64_C(1) << 61)
#define ENTRY_WRITE    (UINT64_C(1) << 62)
#define ENTRY_ATS      (UINT64_C(1) << 32) /* word 1 */
#define ENTRY_SA       (UINT64_C(1) << 34) /* word 1 */
#define ENTRY_EX       (UINT64_C(1) << 39) /* word 1 */
#define ENTRY_INTERRUPTS UINT64_C(1)	    /* word 2 */
/* Reserved bits by word; the last two count only with IV=1. */
#define RESERVED_0 UINT64_C(0x800000000000007c)
#define RESERVED_2 (UINT64_C(3) << 52)
#define RESERVED_3 (UINT64_C(0x7fff) | UINT64_C(0x1f) << 48)

#define EXCLUSION_ENABLE UINT64_C(1)
#define EXCLUSION_ALLOW	 UINT64_C(2)

#define EVENT_TRANSLATION (UINT64_C(1) << 56)
#define EVENT_WRITE	  (UINT64_C(1) << 53)
#define EVENT_RESERVED	  (UINT64_C(1) << 55)

static void refuse(struct model_amdvi *unit, const struct model_amdvi_entry *entry, enum model_amdvi_event code,
		   const struct model_request *request, uint64_t flags)
{
	uint64_t first = request->requester | flags | (request->write ? EVENT_WRITE : 0);

	if (entry)
		first |= (entry->word[1] & 0xffff) << 32;
	if (entry && code == MODEL_IO_PAGE_FAULT && entry->word[1] & ENTRY_SA)
		return;
	model_amdvi_event(unit, code, first, request->iova);
}

/* The requester's entry from the cache; if it is not there, it is read from memory and cached. NULL (and an event) if there is none. */
static const struct model_amdvi_entry *find_entry(struct model_amdvi *unit, const struct model_request *request)
{
	const struct model_amdvi_entry *cached = model_amdvi_cached_entry(unit, request->requester);
	struct model_amdvi_entry entry;
	uint64_t address;

	if (cached)
		return cached;
	address = model_amdvi_entry_address(unit, request->requester);
	if (!address) {
		refuse(unit, NULL, MODEL_IO_PAGE_FAULT, request, 0);
		return NULL;
	}
	if (!model_memory_read(&unit->machine->memory, address, entry.word, sizeof(entry.word),
			       unit->control & MODEL_AMDVI_COHERENT)) {
		refuse(unit, NULL, MODEL_DEV_TAB_HARDWARE_ERROR, request, 0);
		return NULL;
	}
	return model_amdvi_cache_entry(unit, request->requester, &entry);
}

static bool illegal(const struct model_amdvi *unit, const struct model_amdvi_entry *entry)
{
	if (entry->word[0] & RESERVED_0)
		return true;
	if (entry->word[2] & ENTRY_INTERRUPTS && (entry->word[2] & RESERVED_2 || entry->word[3] & RESERVED_3))
		return true;
	if (!(entry->word[0] & ENTRY_TV))
		return false;
	if (ENTRY_MODE(entry) > 4 + (unit->efr >> 10 & 3))
		return true;
	/* SNP forbids entries that pass requests untranslated. */
	return ENTRY_MODE(entry) == 7 || (unit->snp && !ENTRY_MODE(entry) && !(entry->word[0] & ENTRY_GV) &&
					  entry->word[0] & (ENTRY_READ | ENTRY_WRITE));
}

static bool excluded(const struct model_amdvi *unit, const struct model_amdvi_entry *entry, uint64_t address)
{
	if (unit->efr & MODEL_AMDVI_SNP_SUP || !(unit->exclusion_base & EXCLUSION_ENABLE))
		return false;
	if (!(unit->exclusion_base & EXCLUSION_ALLOW) && !(entry->word[1] & ENTRY_EX))
		return false;
	return address >= (unit->exclusion_base & ADDRESS) && address <= (unit->exclusion_limit | 0xfff);
}

/* Translate from the cache, or walk the tables and cache the result. */
static bool look_up(struct model_amdvi *unit, const struct model_amdvi_entry *entry,
		    const struct model_request *request, struct model_amdvi_page *page)
{
	uint16_t domain = (uint16_t)entry->word[1];
	uint32_t pasid = request->pasid;
	const struct model_amdvi_page *cached;
	bool guest;

	if (pasid == MODEL_NO_PASID && entry->word[0] & ENTRY_GV && entry->word[0] & ENTRY_GIOV)
		pasid = 0;
	guest = pasid != MODEL_NO_PASID;
	cached = model_amdvi_cached_page(unit, request->requester, domain, pasid, request->iova);
	if (cached) {
		*page = *cached;
		/* Another device of the domain may have cached it; this device's entry may allow less. */
		if (unit->by_domain && !unit->combined) {
			page->read = page->read && entry->word[0] & ENTRY_READ;
			page->write = page->write && entry->word[0] & ENTRY_WRITE;
		}
		return true;
	}
	if (!(entry->word[0] & ENTRY_TV) || (guest && !(entry->word[0] & ENTRY_GV)))
		return false;
	if (guest && !(unit->control & MODEL_AMDVI_GT_EN))
		return false;
	if (guest) {
		if (!model_amdvi_walk_guest(unit, entry, request->requester, pasid, request->iova, page))
			return false;
	} else if (ENTRY_MODE(entry)) {
		if (!model_amdvi_walk_host(unit, entry, request->requester, request->iova, page))
			return false;
	} else {
		page->read = entry->word[0] & ENTRY_READ;
		page->write = entry->word[0] & ENTRY_WRITE;
		page->iova = page->physical = request->iova & ~(MODEL_PAGE - 1);
		page->size = MODEL_PAGE;
		if (!page->read && !page->write)
			return false;
	}
	page->requester = request->requester;
	page->domain = domain;
	page->pasid = pasid;
	model_amdvi_cache_page(unit, page);
	return true;
}

/* Is the request let through? @page says where it goes and what is allowed there. */
static bool decide(struct model_amdvi *unit, const struct model_request *request, bool ats, struct model_amdvi_page *page)
{
	const struct model_amdvi_entry *entry;

	*page = (struct model_amdvi_page){ .iova = request->iova & ~(MODEL_PAGE - 1), .size = MODEL_PAGE,
					   .physical = request->iova & ~(MODEL_PAGE - 1), .read = true, .write = true };
	if (!(unit->control & MODEL_AMDVI_IOMMU_EN))
		return !ats;
	entry = find_entry(unit, request);
	if (!entry)
		return false;
	if (!(entry->word[0] & ENTRY_VALID))
		return !ats;
	if (illegal(unit, entry)) {
		refuse(unit, entry, MODEL_ILLEGAL_DEV_TABLE_ENTRY, request, EVENT_RESERVED);
		return false;
	}
	if (request->translated || ats) {
		if (!(entry->word[1] & ENTRY_ATS)) {
			refuse(unit, entry, MODEL_INVALID_DEVICE_REQUEST, request, EVENT_TRANSLATION);
			return false;
		}
		/* A translated request of a device with I=1 is let through: IR, IW and TV are not checked again. */
		if (request->translated)
			return true;
	}
	if (excluded(unit, entry, request->iova))
		return true;
	if (!look_up(unit, entry, request, page) || !(request->write ? page->write : page->read)) {
		refuse(unit, entry, MODEL_IO_PAGE_FAULT, request, 0);
		return false;
	}
	return true;
}

static struct model_answer answer(struct model_amdvi *unit, const struct model_request *request, bool ats)
{
	struct model_answer result = { .ok = false };
	struct model_amdvi_page page;

	result.ok = decide(unit, request, ats, &page);
	if (!result.ok)
		return result;
	result.physical = page.physical + (request->iova - page.iova);
	result.size = page.size;
	result.read = page.read;
	result.write = page.write;
	return result;
}

bool model_amdvi_message(struct model_amdvi *unit, uint16_t requester)
{
	const struct model_request request = { .requester = requester, .write = true };
	const struct model_amdvi_entry *entry = find_entry(unit, &request);

	if (!entry || !(entry->word[0] & ENTRY_VALID))
		return entry;
	return (entry->word[1] >> 40 & 3) == 1 && entry->word[0] & ENTRY_WRITE;
}

struct model_answer model_amdvi_dma(struct model_iommu *iommu, const struct model_request *request)
{
	return answer((struct model_amdvi *)iommu, request, false);
}

struct model_answer model_amdvi_translate(struct model_iommu *iommu, const struct model_request *request)
{
	return answer((struct model_amdvi *)iommu, request, true);
}
