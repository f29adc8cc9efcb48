/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VT-d model decides about requests by its cached copies of root, context and PASID entries (VT-d 4.1, 3 and 7.2). Where the
 * specification leaves a choice, the model takes the one that lets more DMA through or records more faults.
 */
#include "vtd.h"

#include <string.h>

#define ADDRESS UINT64_C(0xfffffffffffff000)
#define PRESENT UINT64_C(1)
#define FPD	UINT64_C(2)
#define F	(UINT64_C(1) << 63)

#define CONTEXT_TYPE(word) ((word)[0] >> 2 & 3)
#define TYPE_ATS	 1u
#define TYPE_PASSTHROUGH 2u
#define SM_DTE	 (UINT64_C(1) << 2)
#define SM_PASIDE (UINT64_C(1) << 3)
#define PGTT(word) ((word)[0] >> 6 & 7)
#define PWSNP	 (UINT64_C(1) << 23) /* second word */

/* Fault reasons. 7.2.3 */
enum reason {
	ROOT_NOT_PRESENT = 0x01,
	CONTEXT_NOT_PRESENT = 0x02,
	CONTEXT_INVALID = 0x03,
	NO_WRITE = 0x05,
	NO_READ = 0x06,
	ROOT_UNREADABLE = 0x08,
	CONTEXT_UNREADABLE = 0x09,
	ROOT_RESERVED = 0x0a,
	CONTEXT_RESERVED = 0x0b,
	TRANSLATION_BLOCKED = 0x0d,
	MODE_INVALID = 0x33,
	SM_ROOT_UNREADABLE = 0x38,
	SM_ROOT_NOT_PRESENT = 0x39,
	SM_CONTEXT_UNREADABLE = 0x40,
	SM_CONTEXT_NOT_PRESENT = 0x41,
	SM_CONTEXT_RESERVED = 0x42,
	SM_TRANSLATION_BLOCKED = 0x44,
	SM_NO_PASID_ALLOWED = 0x45,
	DIRECTORY_UNREADABLE = 0x50,
	DIRECTORY_NOT_PRESENT = 0x51,
	DIRECTORY_RESERVED = 0x52,
	PASID_UNREADABLE = 0x58,
	PASID_NOT_PRESENT = 0x59,
	PASID_INVALID = 0x5b,
	PASID_TOO_LARGE = 0x43,
	NOT_YET = 0xff, /* no fault: the entry is being fetched */
};

void model_vtd_fault(struct model_vtd *unit, const struct model_request *request, uint8_t reason, bool fpd)
{
	unsigned int registers = (unsigned int)(unit->cap >> 40 & 0xff) + 1;
	uint64_t *fault = unit->fault[unit->next_fault];

	unit->refused[reason]++;
	if (fpd)
		return;
	unit->recorded++;
	if (unit->fsts & MODEL_VTD_PFO)
		return;
	if (fault[1] & F) {
		unit->fsts |= MODEL_VTD_PFO;
		return;
	}
	fault[0] = request->iova & ADDRESS;
	fault[1] = F | (request->write ? 0 : UINT64_C(1) << 62) | (uint64_t)reason << 32 | request->requester;
	if (request->pasid != MODEL_NO_PASID)
		fault[1] |= UINT64_C(1) << 31 | (uint64_t)request->pasid << 40;
	unit->fsts = (unit->fsts & ~0xff00u) | unit->next_fault << 8;
	unit->next_fault = (unit->next_fault + 1) % registers;
}

static bool table_snoops(const struct model_vtd *unit)
{
	return unit->ecap & MODEL_VTD_ECAP_C;
}

/* Can FPD suppress this reason? Not if a table could not be read, or the root entry refuses. */
static bool qualified(uint8_t reason)
{
	switch (reason) {
	case ROOT_NOT_PRESENT:
	case ROOT_UNREADABLE:
	case CONTEXT_UNREADABLE:
	case ROOT_RESERVED:
	case MODE_INVALID:
	case SM_ROOT_UNREADABLE:
	case SM_ROOT_NOT_PRESENT:
	case SM_CONTEXT_UNREADABLE:
	case DIRECTORY_UNREADABLE:
	case PASID_UNREADABLE:
		return false;
	default:
		return true;
	}
}

static bool has_levels(const struct model_vtd *unit, unsigned int aw)
{
	return aw >= 1 && aw <= 3 && unit->cap >> (8 + aw) & 1;
}

/* Bits of a domain id beyond CAP.ND's width are reserved; with TDX Connect the highest bit within it too. 9.3, 9.6 */
static bool has_domain(const struct model_vtd *unit, uint64_t domain)
{
	return !(domain >> (4 + 2 * (unit->cap & 7) - (unit->ecap & MODEL_VTD_ECAP_TDXC ? 1 : 0)));
}

/* Check a context entry, 9.3. Returns 0, or the fault reason. */
static uint8_t judge_legacy(const struct model_vtd *unit, const uint64_t word[2])
{
	unsigned int aw = word[1] & 7, type = CONTEXT_TYPE(word);

	if (word[0] & 0xff0 || word[1] & UINT64_C(0xffffffffff000080) || !has_domain(unit, word[1] >> 8 & 0xffff))
		return CONTEXT_RESERVED;
	if (type == 3 || (type == TYPE_ATS && !(unit->ecap & MODEL_VTD_ECAP_DT)))
		return CONTEXT_INVALID;
	if (type == TYPE_PASSTHROUGH && (!(unit->ecap & MODEL_VTD_ECAP_PT) || (aw < 3 && has_levels(unit, aw + 1))))
		return CONTEXT_INVALID;
	return has_levels(unit, aw) ? 0 : CONTEXT_INVALID;
}

static uint8_t read_context(struct model_vtd *unit, uint16_t requester, bool scalable, uint64_t word[4])
{
	uint64_t root[2], table;
	enum model_vtd_fetched fetched;

	if (!model_vtd_read(unit, (unit->root & ADDRESS) + (requester >> 8) * 16u, root, sizeof(root),
			    table_snoops(unit)))
		return scalable ? SM_ROOT_UNREADABLE : ROOT_UNREADABLE;
	table = root[scalable && requester & 0x80];
	if (!(table & PRESENT))
		return scalable ? SM_ROOT_NOT_PRESENT : ROOT_NOT_PRESENT;
	if (table & 0xffe)
		return ROOT_RESERVED;
	table = (table & ADDRESS) + (scalable ? (requester & 0x7fu) * 32 : (requester & 0xffu) * 16);
	memset(word, 0, 4 * sizeof(*word));
	fetched = model_vtd_fetch(unit, table, word, scalable ? 4 : 2, table_snoops(unit));
	if (fetched == MODEL_VTD_UNREADABLE)
		return scalable ? SM_CONTEXT_UNREADABLE : CONTEXT_UNREADABLE;
	return fetched == MODEL_VTD_FETCHED ? 0 : NOT_YET;
}

/* Get the requester's context entry, from the cache or from memory. Returns 0, or the fault reason. */
static uint8_t find_context(struct model_vtd *unit, uint16_t requester, bool scalable, uint64_t word[4])
{
	const struct model_vtd_context *context = model_vtd_cached_context(unit, requester);
	uint8_t reason;

	if (context) {
		memcpy(word, context->word, sizeof(context->word));
	} else {
		reason = read_context(unit, requester, scalable, word);
		if (reason)
			return reason;
	}
	if (!(word[0] & PRESENT)) {
		reason = scalable ? SM_CONTEXT_NOT_PRESENT : CONTEXT_NOT_PRESENT;
	} else if (scalable) {
		reason =
		    word[0] & 0x1e0 || word[1] & ~UINT64_C(0x1fffff) || word[2] || word[3] ? SM_CONTEXT_RESERVED : 0;
	} else {
		reason = judge_legacy(unit, word);
	}
	/* Only valid entries are cached; with caching mode entries that are not present are cached too. */
	if (!context && (!reason || (unit->cap & MODEL_VTD_CAP_CM && !(word[0] & PRESENT))))
		model_vtd_cache_context(unit, requester, word);
	return reason;
}

/* 9.6 */
static uint8_t judge_pasid(const struct model_vtd *unit, const uint64_t word[8])
{
	bool levels = has_levels(unit, word[0] >> 2 & 7);
	uint64_t flpm = word[2] >> 2 & 3;
	bool first = unit->ecap & MODEL_VTD_ECAP_FLTS && (!flpm || (flpm == 1 && unit->cap & MODEL_VTD_CAP_FL5LP));

	if (!(word[0] & PRESENT))
		return PASID_NOT_PRESENT;
	if (!has_domain(unit, word[1] & 0xffff))
		return PASID_INVALID;
	switch (PGTT(word)) {
	case 1:
		return first ? 0 : PASID_INVALID;
	case 2:
		return unit->ecap & MODEL_VTD_ECAP_SLTS && levels ? 0 : PASID_INVALID;
	case 3:
		return unit->ecap & MODEL_VTD_ECAP_NEST && first && levels ? 0 : PASID_INVALID;
	case 4:
		return unit->ecap & MODEL_VTD_ECAP_PT ? 0 : PASID_INVALID;
	default:
		return PASID_INVALID;
	}
}

/* Get the PASID table entry of @pasid, from the cache or from memory. Returns 0, or the fault reason. */
static uint8_t find_pasid(struct model_vtd *unit, uint16_t requester, const uint64_t context[4],
			  struct model_vtd_pasid *entry, bool *fpd)
{
	const struct model_vtd_pasid *cached = model_vtd_cached_pasid(unit, requester, entry->pasid);
	enum model_vtd_fetched fetched;
	uint8_t reason;

	if (cached) {
		*entry = *cached;
		*fpd |= (entry->directory & FPD) || (entry->word[0] & FPD);
		return 0;
	}
	if (entry->pasid >> 6 >> ((context[0] >> 9 & 7) + 7))
		return PASID_TOO_LARGE;
	if (!model_vtd_read(unit, (context[0] & ADDRESS) + (entry->pasid >> 6) * 8, &entry->directory, 8,
			    table_snoops(unit)))
		return DIRECTORY_UNREADABLE;
	*fpd |= (entry->directory & FPD) != 0;
	if (!(entry->directory & PRESENT))
		return DIRECTORY_NOT_PRESENT;
	if (entry->directory & 0xffc)
		return DIRECTORY_RESERVED;
	fetched = model_vtd_fetch(unit, (entry->directory & ADDRESS) + (entry->pasid & 63) * 64, entry->word, 8,
				  table_snoops(unit));
	if (fetched != MODEL_VTD_FETCHED)
		return fetched == MODEL_VTD_NOT_YET ? NOT_YET : PASID_UNREADABLE;
	*fpd |= (entry->word[0] & FPD) != 0;
	reason = judge_pasid(unit, entry->word);
	if (reason)
		return reason;
	entry->requester = requester;
	entry->domain = (uint16_t)entry->word[1];
	model_vtd_cache_pasid(unit, entry);
	return 0;
}

static uint8_t legacy_way(struct model_vtd *unit, const struct model_request *request, bool ats,
			  struct model_vtd_way *way)
{
	uint64_t word[4] = { 0 };
	uint8_t reason = find_context(unit, request->requester, false, word);

	way->fpd = word[0] & FPD;
	if (reason)
		return reason;
	if (request->pasid != MODEL_NO_PASID)
		return CONTEXT_INVALID;
	if ((ats || request->translated) && CONTEXT_TYPE(word) != TYPE_ATS)
		return TRANSLATION_BLOCKED;
	way->stage = CONTEXT_TYPE(word) == TYPE_PASSTHROUGH ? MODEL_VTD_PASSTHROUGH : MODEL_VTD_SECOND;
	way->domain = (uint16_t)(word[1] >> 8);
	way->pasid = MODEL_NO_PASID;
	way->second = word[0] & ADDRESS;
	way->second_levels = (word[1] & 7) + 2;
	way->snoop = table_snoops(unit);
	return 0;
}

static uint8_t scalable_way(struct model_vtd *unit, const struct model_request *request, bool ats,
			    struct model_vtd_way *way)
{
	static const enum model_vtd_stage stages[] = { [1] = MODEL_VTD_FIRST, [2] = MODEL_VTD_SECOND,
						       [3] = MODEL_VTD_NESTED, [4] = MODEL_VTD_PASSTHROUGH };
	struct model_vtd_pasid entry = { .pasid = request->pasid };
	uint64_t word[4] = { 0 };
	uint8_t reason = find_context(unit, request->requester, true, word);

	way->scalable = true;
	way->fpd = word[0] & FPD;
	if (reason)
		return reason;
	if ((ats || request->translated) && !(word[0] & SM_DTE))
		return SM_TRANSLATION_BLOCKED;
	if (request->pasid != MODEL_NO_PASID && !(word[0] & SM_PASIDE))
		return SM_NO_PASID_ALLOWED;
	if (request->translated)
		return 0;
	if (request->pasid == MODEL_NO_PASID)
		entry.pasid = word[1] & 0xfffff;
	reason = find_pasid(unit, request->requester, word, &entry, &way->fpd);
	if (reason)
		return reason;
	way->stage = stages[PGTT(entry.word)];
	way->domain = entry.domain;
	way->pasid = entry.pasid;
	way->second = entry.word[0] & ADDRESS;
	way->second_levels = (entry.word[0] >> 2 & 7) + 2;
	way->first = entry.word[2] & ADDRESS;
	way->first_levels = (entry.word[2] >> 2 & 3) ? 5 : 4;
	way->snoop = unit->ecap & MODEL_VTD_ECAP_SMPWCS && entry.word[1] & PWSNP;
	return 0;
}

static uint8_t look_up(struct model_vtd *unit, const struct model_vtd_way *way, const struct model_request *request,
		       struct model_vtd_page *page)
{
	const struct model_vtd_page *cached = model_vtd_cached_page(unit, way, request->iova);
	uint8_t reason;

	if (cached) {
		*page = *cached;
	} else {
		reason = model_vtd_walk(unit, way, request->iova, page);
		if (reason)
			return reason;
		model_vtd_cache_page(unit, page);
	}
	if (request->write ? page->write : page->read)
		return 0;
	return request->write ? NO_WRITE : NO_READ;
}

/* Is the request let through? @page says where it goes and what is allowed there. */
static bool decide(struct model_vtd *unit, const struct model_request *request, bool ats, struct model_vtd_page *page)
{
	struct model_vtd_way way = { .fpd = false };
	uint8_t reason;

	*page = (struct model_vtd_page){ .iova = request->iova & ~(MODEL_PAGE - 1), .size = MODEL_PAGE,
					 .physical = request->iova & ~(MODEL_PAGE - 1), .read = true, .write = true };
	if (!(unit->gsts & MODEL_VTD_TE))
		return !ats;
	switch (unit->root >> 10 & 3) {
	case 0:
		reason = legacy_way(unit, request, ats, &way);
		break;
	case 1:
		reason = scalable_way(unit, request, ats, &way);
		break;
	case 3: /* abort-DMA: nothing is recorded */
		return false;
	default:
		reason = MODE_INVALID;
	}
	/* A translated request of a device that may use ATS is let through unchecked. */
	if (!reason && request->translated)
		return true;
	if (!reason)
		reason = look_up(unit, &way, request, page);
	if (!reason)
		return true;
	if (reason != NOT_YET)
		model_vtd_fault(unit, request, reason, way.fpd && qualified(reason));
	return false;
}

static struct model_answer answer(struct model_vtd *unit, const struct model_request *request, bool ats)
{
	struct model_answer result = { .ok = false };
	struct model_vtd_page page;

	result.ok = decide(unit, request, ats, &page);
	if (!result.ok)
		return result;
	result.physical = page.physical + (request->iova - page.iova);
	result.size = page.size;
	result.read = page.read;
	result.write = page.write;
	return result;
}

struct model_answer model_vtd_dma(struct model_iommu *iommu, const struct model_request *request)
{
	return answer((struct model_vtd *)iommu, request, false);
}

struct model_answer model_vtd_translate(struct model_iommu *iommu, const struct model_request *request)
{
	return answer((struct model_vtd *)iommu, request, true);
}

bool model_vtd_post(struct model_vtd *unit, struct model_device *device, uint64_t iova, uint64_t value)
{
	struct model_request request = { .requester = device->requester, .pasid = MODEL_NO_PASID,
					 .iova = iova, .write = true };
	struct model_answer where = model_vtd_dma(&unit->iommu, &request);

	if (!where.ok || unit->posted_count == MODEL_VTD_POSTED)
		return false;
	unit->posted[unit->posted_count].address = where.physical;
	unit->posted[unit->posted_count++].value = value;
	return true;
}

void model_vtd_land(struct model_vtd *unit)
{
	for (unsigned int i = 0; i < unit->posted_count; i++)
		model_memory_write(&unit->machine->memory, unit->posted[i].address, &unit->posted[i].value,
				   sizeof(unit->posted[i].value));
	unit->posted_count = 0;
}
