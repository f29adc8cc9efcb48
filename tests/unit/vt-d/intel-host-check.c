/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of an Intel host after its crash: the record, the DMA that still reaches memory, and everything that must be unchanged.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS	      UINT64_C(0xfffffffffffff000)
#define MAX_CHANGES   4096u

void assert_silently_refused(struct model_vtd *unit, struct model_device *device, uint64_t iova, uint32_t pasid)
{
	const uint64_t recorded = unit->recorded;
	const bool ats = device->ats;

	for (unsigned int i = 0; i < 2; i++) {
		device->ats = i;
		assert_refused(device, iova, pasid);
	}
	device->ats = ats;
	assert_int_equal(unit->recorded, recorded);
	for (unsigned int i = 0; i < MODEL_VTD_FAULTS; i++)
		assert_int_equal(unit->fault[i][1] >> 63, 0);
}

static uint64_t context_address(struct model_memory *memory, uint64_t rtaddr, uint16_t requester)
{
	bool scalable = rtaddr & MODEL_VTD_SCALABLE;
	uint64_t root = (rtaddr & ADDRESS) + (requester >> 8) * 16u + (scalable && requester & 0x80 ? 8 : 0);
	uint64_t table = model_memory_get64(memory, root) & ADDRESS;

	return table + (scalable ? (requester & 0x7fu) * 32 : (requester & 0xffu) * 16);
}

static void undo(const struct intel_host *host, struct model_memory *memory, unsigned int unit,
		 const struct iq_change *change)
{
	assert_in_range(change->mode, IQ_MODE_BLOCK, IQ_MODE_SINK);
	for (uint32_t i = change->first; i <= iq_change_last(change); i++) {
		uint64_t at;

		switch (change->kind) {
		case IQ_CHANGE_ENTRY:
			at = context_address(memory, host->unit[unit].rtaddr, (uint16_t)i);
			model_memory_set64(memory, at, change->old[0]);
			model_memory_set64(memory, at + 8, change->old[1]);
			break;
		case IQ_CHANGE_TABLE:
			at = change->old[0] + i * 8;
			assert_int_equal(model_memory_get64(memory, at) & change->old[1], 0);
			model_memory_set64(memory, at, model_memory_get64(memory, at) | change->old[1]);
			break;
		case IQ_CHANGE_WORD:
			model_memory_set64(memory, change->old[0], change->old[1]);
			break;
		default:
			fail();
		}
	}
}

/* Is @address in the plugin's own pages, or in a queue? */
static bool is_ours(const struct intel_host *host, uint64_t page)
{
	for (unsigned int i = 0; i < host->units; i++)
		if (page - (host->unit[i].iqa & ADDRESS) < model_vtd_queue_bytes(&host->unit[i]))
			return true;
	return (page >= HOST_SPARE && page < HOST_SPARE + IQ_SPARE_PAGES_SINK * MODEL_PAGE) || page == HOST_SCRATCH;
}

/* Pages that the sequence or the devices may write to. */
static bool is_scratch(const struct intel_host *host, uint64_t page)
{
	return is_ours(host, page) || (page >= UINT64_C(0x50000000) && page < UINT64_C(0x70000000));
}

bool host_may_store(const struct intel_host *host, uint64_t address)
{
	const uint64_t page = address & ADDRESS;

	for (unsigned int i = 0; i < host->units; i++)
		if (page == (host->unit[i].root & ADDRESS))
			return true;
	return is_ours(host, page) || (page >= HOST_TABLES && page < host->tables.next);
}

void assert_restorable(const struct intel_host *host)
{
	struct model_memory memory = model_memory_copy(&host->machine.memory);
	struct {
		unsigned int unit;
		const struct iq_change *change;
	} *list = calloc(MAX_CHANGES, sizeof(*list));
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0, count = 0;

	assert_int_equal(host->record.header.dropped, 0);
	while (iq_record_next(&host->record, &at, &section, &payload)) {
		if (section.type != IQ_SECTION_CHANGES)
			continue;
		assert_int_equal(section.length % sizeof(struct iq_change), 0);
		for (uint32_t i = 0; i < section.length; i += (uint32_t)sizeof(struct iq_change)) {
			assert_true(count < MAX_CHANGES);
			list[count].unit = section.unit;
			list[count++].change = (const struct iq_change *)(payload + i);
		}
	}
	while (count--)
		undo(host, &memory, list[count].unit, list[count].change);
	for (size_t i = 0; i < memory.slots; i++) {
		uint8_t old[MODEL_PAGE];

		if (!memory.slot[i] || is_scratch(host, memory.slot[i]->address))
			continue;
		assert_true(model_memory_read((struct model_memory *)&host->before, memory.slot[i]->address, old,
					      sizeof(old), true));
		assert_memory_equal(memory.slot[i]->cpu, old, sizeof(old));
	}
	free(list);
	model_memory_free(&memory);
}

void assert_stored_once(const struct intel_host *host, uint64_t table)
{
	uint8_t times[512] = { 0 };

	for (size_t i = 0; i < host->machine.writes; i++) {
		const struct model_write *write = &host->machine.write[i];

		if (write->kind != MODEL_WRITE_MEMORY || (write->address & ADDRESS) != table)
			continue;
		assert_int_equal(times[write->address % MODEL_PAGE / 8]++, 0);
	}
}

void assert_units_as_found(const struct intel_host *host)
{
	assert_false(host->machine.breach);
	for (unsigned int i = 0; i < host->units; i++) {
		const struct model_vtd *now = &host->unit[i], *old = &host->unit_before[i];

		if (now->forbidden)
			print_error("forbidden: %s\n", now->forbidden_what);
		assert_int_equal(now->forbidden, 0);
		assert_int_equal(now->gsts, old->gsts);
		assert_int_equal(now->rtaddr, old->rtaddr);
		assert_int_equal(now->root, old->root);
		assert_int_equal(now->irta, old->irta);
		assert_int_equal(now->iqa, old->iqa);
		assert_int_equal(now->pmen, old->pmen);
		assert_memory_equal(now->other, old->other, sizeof(now->other));
		assert_int_equal(now->iqh, now->iqt);
		assert_int_equal(now->inflight_count, 0);
		assert_int_equal(now->fsts & (MODEL_VTD_IQE | MODEL_VTD_ICE | MODEL_VTD_ITE), 0);
	}
}
