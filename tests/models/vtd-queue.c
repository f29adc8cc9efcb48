/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The invalidation queue of the VT-d model (VT-d 4.1, 6.5.2). Steps of time fetch descriptors, which moves the head, and complete
 * them later. An invalid descriptor stops the queue with IQE, a device that does not answer with ITE.
 */
#include "vtd.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS	     UINT64_C(0xfffffffffffff000)
#define DRAIN_STEPS  1000000u
#define MISALIGNED_BIT UINT64_C(0x10)

#define TYPE(word)   ((word)[0] & 0xf)
#define WAIT_IF	     UINT64_C(0x10)
#define WAIT_SW	     UINT64_C(0x20)
#define WAIT_FN	     UINT64_C(0x40)

/* IQERCD.IQEI. 11.4.9.9 */
enum queue_error {
	BAD_TAIL = 1,
	BAD_FETCH = 2,
	BAD_TYPE = 3,
	BAD_RESERVED = 4,
	BAD_WIDTH = 5,
	MISALIGNED_TAIL = 6,
	BAD_MODE = 7,
};

/* Bits that must be 0 in the first two words, by type. The model has no other types. */
static const uint64_t reserved[16][2] = {
	[MODEL_VTD_CONTEXT_CACHE] = { UINT64_C(0xfffc00000000ffc0), ~UINT64_C(0) },
	[MODEL_VTD_IOTLB] = { UINT64_C(0xffffffff0000ff00), UINT64_C(0xf80) },
	[MODEL_VTD_DEVICE_TLB] = { UINT64_C(0x000f0000ffe00ff0), UINT64_C(0xffe) },
	[MODEL_VTD_INTERRUPT_CACHE] = { UINT64_C(0xffff000007ffffe0), ~UINT64_C(0) },
	[MODEL_VTD_WAIT] = { UINT64_C(0x00000000ffffff00), UINT64_C(0x3) },
	[MODEL_VTD_PASID_IOTLB] = { UINT64_C(0xfff000000000ffc0), UINT64_C(0xf80) },
	[MODEL_VTD_PASID_CACHE] = { UINT64_C(0xfff000000000ffc0), ~UINT64_C(0) },
	[MODEL_VTD_PASID_DEVICE_TLB] = { UINT64_C(0x0000000000000e00), UINT64_C(0x7fe) },
};

uint64_t model_vtd_queue_bytes(const struct model_vtd *unit)
{
	return MODEL_PAGE << (unit->iqa & 7);
}

static uint64_t descriptor_bytes(const struct model_vtd *unit)
{
	return unit->iqa & MODEL_VTD_DW ? 32 : 16;
}

static bool scalable(const struct model_vtd *unit)
{
	return (unit->root >> 10 & 3) == 1;
}

static bool on(const struct model_vtd *unit)
{
	return unit->gsts & MODEL_VTD_QIE;
}

static void fail(struct model_vtd *unit, enum queue_error why)
{
	unit->fsts |= MODEL_VTD_IQE;
	unit->iqercd = (unit->iqercd & ~UINT64_C(0xf)) | why;
}

bool model_vtd_queue_may_stop(const struct model_vtd *unit)
{
	return unit->iqh == unit->iqt && !unit->inflight_count && unit->last_done == MODEL_VTD_WAIT;
}

void model_vtd_queue_off(struct model_vtd *unit)
{
	unit->iqh = 0;
	unit->inflight_count = 0;
	if (unit->trouble.wedged_once)
		unit->trouble.wedged = unit->trouble.wedged_once = false;
}

/* Check a descriptor. Returns the error (IQERCD.IQEI), or 0. */
static unsigned int judge(const struct model_vtd *unit, const uint64_t word[4])
{
	unsigned int type = TYPE(word);
	bool pasid =
	    type == MODEL_VTD_PASID_IOTLB || type == MODEL_VTD_PASID_CACHE || type == MODEL_VTD_PASID_DEVICE_TLB;

	if (type < MODEL_VTD_CONTEXT_CACHE || type > MODEL_VTD_PASID_DEVICE_TLB)
		return BAD_TYPE;
	if (type == MODEL_VTD_DEVICE_TLB && !(unit->ecap & MODEL_VTD_ECAP_DT))
		return BAD_TYPE;
	if (pasid && !(unit->ecap & MODEL_VTD_ECAP_SMTS))
		return BAD_TYPE;
	if (word[0] & reserved[type][0] || word[1] & reserved[type][1] || word[2] || word[3])
		return BAD_RESERVED;
	if ((type == MODEL_VTD_CONTEXT_CACHE || type == MODEL_VTD_IOTLB) && !(word[0] >> 4 & 3))
		return BAD_RESERVED;
	return 0;
}

static void fetch(struct model_vtd *unit)
{
	struct model_vtd_inflight *descriptor = &unit->inflight[unit->inflight_count];
	uint64_t bytes = descriptor_bytes(unit);
	unsigned int why;

	if (unit->iqt >= model_vtd_queue_bytes(unit)) {
		fail(unit, BAD_TAIL);
		return;
	}
	if (bytes == 32 && unit->iqt & MISALIGNED_BIT) {
		fail(unit, MISALIGNED_TAIL);
		return;
	}
	if (scalable(unit) && bytes != 32) {
		fail(unit, BAD_WIDTH);
		return;
	}
	memset(descriptor, 0, sizeof(*descriptor));
	if (!model_memory_read(&unit->machine->memory, (unit->iqa & ADDRESS) + unit->iqh, descriptor->word, bytes,
			       true)) {
		fail(unit, BAD_FETCH);
		return;
	}
	why = judge(unit, descriptor->word);
	if (why) {
		unit->last_done = TYPE(descriptor->word);
		fail(unit, why);
		return;
	}
	unit->inflight_count++;
	unit->iqh = (unit->iqh + bytes) & (model_vtd_queue_bytes(unit) - 1);
}

/* Complete a wait, 6.5.2.8: everything before it is complete. Write the status if the descriptor asks for it. */
static void wait_done(struct model_vtd *unit, const uint64_t word[4])
{
	uint32_t data = (uint32_t)(word[0] >> 32);

	if (word[0] & WAIT_IF)
		unit->ics |= 1;
	if (unit->trouble.completion_errors)
		unit->fsts |= MODEL_VTD_ICE;
	if (!(word[0] & WAIT_SW))
		return;
	if (unit->trouble.lost_stores) {
		unit->trouble.lost_stores--;
		return;
	}
	if (unit->trouble.wrong_data)
		data ^= 0x5a5a;
	model_memory_write(&unit->machine->memory, word[1], &data, sizeof(data));
}

static void invalidate_iotlb(struct model_vtd *unit, const uint64_t word[4])
{
	unsigned int granularity = word[0] >> 4 & 3;
	struct model_vtd_drop drop = { .all = granularity == 1, .any_pasid = true, .second = true,
				       .domain = (uint16_t)(word[0] >> 16) };

	if (granularity == 3) {
		drop.iova = word[1] & ADDRESS;
		drop.size = MODEL_PAGE << (word[1] & 0x3f);
		drop.leaves_only = word[1] >> 6 & 1;
	}
	model_vtd_drop_pages(unit, &drop);
	if (word[0] >> 6 & 1)
		model_vtd_land(unit);
}

static void invalidate_pasid_iotlb(struct model_vtd *unit, const uint64_t word[4])
{
	struct model_vtd_drop drop = { .domain = (uint16_t)(word[0] >> 16), .pasid = word[0] >> 32 & 0xfffff };

	if ((word[0] >> 4 & 3) == 3) {
		drop.iova = word[1] & ADDRESS;
		drop.size = MODEL_PAGE << (word[1] & 0x3f);
		drop.leaves_only = word[1] >> 6 & 1;
	}
	model_vtd_drop_pages(unit, &drop);
}

static void invalidate_pasid_cache(struct model_vtd *unit, const uint64_t word[4])
{
	unsigned int granularity = word[0] >> 4 & 3;
	struct model_vtd_drop drop = { .all = granularity == 3, .any_pasid = granularity == 0,
				       .domain = (uint16_t)(word[0] >> 16), .pasid = word[0] >> 32 & 0xfffff };

	model_vtd_drop_pasids(unit, &drop);
}

/* Size of a device TLB invalidation. With S it is twice 2^n, where n is the lowest 0 bit from bit 12 on. 0: all addresses. */
static uint64_t device_range(const uint64_t word[4], bool s, uint64_t *address)
{
	unsigned int bit = 12;

	*address = word[1] & ADDRESS;
	if (!s)
		return MODEL_PAGE;
	while (bit < 63 && word[1] >> bit & 1)
		bit++;
	*address = bit == 63 ? 0 : word[1] & ~((UINT64_C(2) << bit) - 1);
	return bit == 63 ? 0 : UINT64_C(2) << bit;
}

static bool has_pasid(const uint64_t word[4])
{
	return TYPE(word) == MODEL_VTD_PASID_DEVICE_TLB;
}

/* The device whose translations the descriptor invalidates; NULL if it is for no device of this unit. */
static struct model_device *asked_device(struct model_vtd *unit, const uint64_t word[4])
{
	const uint16_t requester = (uint16_t)(word[0] >> (has_pasid(word) ? 16 : 32));

	if (TYPE(word) != MODEL_VTD_DEVICE_TLB && !has_pasid(word))
		return NULL;
	for (unsigned int i = 0; i < unit->devices; i++)
		if (unit->device[i]->requester == requester)
			return unit->device[i];
	return NULL;
}

/* Is the descriptor waiting for a device's answer? The device's time begins at the first call. */
static bool is_owed(struct model_vtd *unit, struct model_vtd_inflight *descriptor)
{
	const struct model_device *device = asked_device(unit, descriptor->word);

	if (!device || !device->silent)
		return false;
	if (!descriptor->expires)
		descriptor->expires = unit->device_timeout ? unit->machine->clock + unit->device_timeout : UINT64_MAX;
	return unit->machine->clock < descriptor->expires;
}

bool model_vtd_queue_is_owed(struct model_vtd *unit)
{
	for (unsigned int i = 0; i < unit->inflight_count; i++)
		if (is_owed(unit, &unit->inflight[i]))
			return true;
	return false;
}

/* Invalidate the device's translations. If it never answers, set ITE. */
static void invalidate_device(struct model_vtd *unit, const uint64_t word[4])
{
	struct model_device *device = asked_device(unit, word);
	uint64_t address, size = device_range(word, word[1] >> (has_pasid(word) ? 11 : 0) & 1, &address);

	if (!device)
		return;
	if (!device->silent) {
		model_device_invalidate(device, address, size,
					has_pasid(word) ? word[0] >> 32 & 0xfffff : MODEL_NO_PASID);
		return;
	}
	unit->fsts |= MODEL_VTD_ITE;
	unit->iqercd = (unit->iqercd & UINT64_C(0xffff0000ffffffff)) | (uint64_t)device->requester << 32;
}

static void perform(struct model_vtd *unit, const uint64_t word[4])
{
	unsigned int type = TYPE(word);

	unit->done[type]++;
	unit->last_done = type;
	if (unit->trouble.ignored >> type & 1)
		return;
	if (type != MODEL_VTD_WAIT)
		model_vtd_flush_buffers(unit);
	switch (type) {
	case MODEL_VTD_CONTEXT_CACHE:
		model_vtd_drop_contexts(unit, word[0] >> 4 & 3, (uint16_t)(word[0] >> 16), (uint16_t)(word[0] >> 32),
					word[0] >> 48 & 3);
		break;
	case MODEL_VTD_IOTLB:
		invalidate_iotlb(unit, word);
		break;
	case MODEL_VTD_DEVICE_TLB:
	case MODEL_VTD_PASID_DEVICE_TLB:
		invalidate_device(unit, word);
		break;
	case MODEL_VTD_WAIT:
		wait_done(unit, word);
		break;
	case MODEL_VTD_PASID_IOTLB:
		invalidate_pasid_iotlb(unit, word);
		break;
	case MODEL_VTD_PASID_CACHE:
		invalidate_pasid_cache(unit, word);
		break;
	default:
		break;
	}
}

/* After ITE the waits that were fetched are aborted. */
static void abort_waits(struct model_vtd *unit)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < unit->inflight_count; i++)
		if (TYPE(unit->inflight[i].word) != MODEL_VTD_WAIT)
			unit->inflight[kept++] = unit->inflight[i];
	unit->inflight_count = kept;
}

/* With trouble.overlap: the newest descriptor before the first wait, once a wait or the tail was fetched. -1: none yet. */
static int newest_done(const struct model_vtd *unit)
{
	unsigned int end = 0;

	while (end < unit->inflight_count && TYPE(unit->inflight[end].word) != MODEL_VTD_WAIT)
		end++;
	if (end == unit->inflight_count && end < MODEL_VTD_INFLIGHT && on(unit) && unit->iqh != unit->iqt)
		return -1;
	return end ? (int)end - 1 : 0;
}

/*
 * Index of the descriptor to complete next: the oldest that waits for no device. A wait is completed only when it is the oldest, and
 * a wait with a fence holds back all later descriptors. 6.5.2.8. -1: none yet.
 */
static int next_done(struct model_vtd *unit)
{
	if (!unit->inflight_count || unit->trouble.never_completes)
		return -1;
	if (unit->trouble.overlap)
		return newest_done(unit);
	for (unsigned int i = 0; i < unit->inflight_count; i++) {
		const uint64_t *word = unit->inflight[i].word;
		const bool wait = TYPE(word) == MODEL_VTD_WAIT;

		if (!i || !wait) {
			if (!is_owed(unit, &unit->inflight[i]))
				return (int)i;
		} else if (word[0] & WAIT_FN) {
			return -1;
		}
		if (unit->trouble.in_order)
			return -1;
	}
	return -1;
}

static void complete(struct model_vtd *unit)
{
	uint32_t before = unit->fsts;
	int next = next_done(unit);

	if (next < 0)
		return;
	if (unit->complete_clock <
	    unit->complete_delay + (TYPE(unit->inflight[next].word) == MODEL_VTD_WAIT ? unit->trouble.late : 0))
		return;
	perform(unit, unit->inflight[next].word);
	unit->complete_clock = 0;
	unit->inflight_count--;
	memmove(&unit->inflight[next], &unit->inflight[next + 1],
		(unit->inflight_count - (unsigned int)next) * sizeof(unit->inflight[0]));
	if (unit->fsts & ~before & MODEL_VTD_ITE)
		abort_waits(unit);
}

void model_vtd_queue_step(struct model_vtd *unit)
{
	bool stuck = unit->trouble.wedged && !unit->trouble.fetches;

	unit->fetch_clock++;
	unit->complete_clock++;
	if (on(unit) && !stuck && unit->iqh != unit->iqt && !(unit->fsts & (MODEL_VTD_IQE | MODEL_VTD_ITE)) &&
	    unit->fetch_clock >= unit->fetch_delay && unit->inflight_count < MODEL_VTD_INFLIGHT) {
		unit->fetch_clock = 0;
		if (unit->trouble.fetches)
			unit->trouble.fetches--;
		fetch(unit);
	}
	complete(unit);
}

void model_vtd_push(struct model_vtd *unit, uint64_t w0, uint64_t w1)
{
	const uint64_t word[4] = { w0, w1, 0, 0 };
	uint64_t bytes = descriptor_bytes(unit);

	model_memory_write(&unit->machine->memory, (unit->iqa & ADDRESS) + unit->iqt, word, bytes);
	unit->iqt = (unit->iqt + bytes) & (model_vtd_queue_bytes(unit) - 1);
}

bool model_vtd_drain(struct model_vtd *unit)
{
	for (unsigned int i = 0; i < DRAIN_STEPS; i++) {
		if (unit->iqh == unit->iqt && !unit->inflight_count)
			return true;
		if (unit->fsts & (MODEL_VTD_IQE | MODEL_VTD_ITE))
			return false;
		model_machine_steps(unit->machine, 1);
	}
	return false;
}
