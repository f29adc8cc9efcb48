/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts a machine, crashes it and reads its record; and makes devices do DMA.
 */
#include "crash.h"

#include "cmocka-all.h"

#include <stdlib.h>
#include <string.h>

void crash_start(struct crash *crash)
{
	model_machine_init(&crash->machine);
	model_pci_start(&crash->pci, &crash->machine, true);
	model_memory_add(&crash->machine.memory, 0, 0xa0000);
	model_memory_add(&crash->machine.memory, 0xe0000, 0x20000);
	model_memory_add(&crash->machine.memory, 0x100000, 0x7ff00000);
	model_memory_add(&crash->machine.memory, UINT64_C(0x100000000), UINT64_C(0x100000000));
	crash->tables = (struct model_tables){ &crash->machine.memory, HOST_TABLES };
	crash->handover.wait_us = IQ_WAIT_US_DEFAULT;
	crash->handover.total_us = IQ_TOTAL_US_DEFAULT;
	crash->handover.note_size = HOST_NOTE;
	crash->handover.spare_pages = IQ_SPARE_PAGES;
	crash->note = calloc(1, HOST_NOTE);
	crash->run = calloc(1, sizeof(*crash->run));
}

void crash_free(struct crash *crash)
{
	model_machine_free(&crash->machine);
	free(crash->note);
	free(crash->run);
}

static void quiesce(void *context)
{
	struct crash *crash = context;

	crash->status = iq_quiesce(crash->run, &crash->machine.io, &crash->handover,
				   crash->handover.note_size ? crash->note : NULL, HOST_SCRATCH, crash->machine.clock);
	crash->completed = true;
}

static void seal(void *context)
{
	struct crash *crash = context;

	iq_quiesce_seal(crash->run, 0);
}

/* total-ms is shared among all waits, so no unit may begin more waits than its family announces. */
static void assert_waits_announced(const struct iq_run *run)
{
	for (unsigned int i = 0; i < run->plan.units; i++)
		assert_in_range(run->plan.unit[i].waits, 0, run->plan.unit[i].family->crash->waits);
}

void crash_run(struct crash *crash, uint64_t rsdp)
{
	const uint64_t start = crash->machine.clock;
	uint32_t offset;

	crash->handover.firmware = (struct iq_firmware){ .address = rsdp, .kind = rsdp ? IQ_FIRMWARE_ACPI : IQ_FIRMWARE_SEARCH };
	crash->machine.writes = 0;
	crash->completed = false;
	model_machine_run(&crash->machine, quiesce, crash);
	crash->took = crash->machine.clock - start;
	crash->run_calls = crash->machine.calls;
	assert_waits_announced(crash->run);
	crash->machine.trouble.trap_at = 0;
	model_machine_run(&crash->machine, seal, crash);
	if (crash->handover.note_size)
		crash->record_status =
			iq_record_open(&crash->record, crash->note + IQ_NOTE_HEADER,
				       crash->handover.note_size - IQ_NOTE_HEADER - IQ_NOTE_TRAILER, &offset);
}

void crash_rule(struct crash *crash, uint16_t segment, uint16_t first, uint16_t last, enum iq_mode mode)
{
	const struct iq_rule rule = {
		.segment = segment, .first = first, .last = last, .mode = (uint8_t)mode, .reason = IQ_REASON_POLICY
	};

	if (!iq_handover_add(&crash->handover, IQ_ITEM_RULES, &rule, sizeof(rule)))
		abort();
	if (mode == IQ_MODE_SINK) {
		crash->handover.spare = HOST_SPARE;
		crash->handover.spare_pages = IQ_SPARE_PAGES_SINK;
	}
}

void crash_preserve(struct crash *crash, uint16_t segment, uint16_t first, uint16_t last)
{
	crash_rule(crash, segment, first, last, IQ_MODE_PRESERVE);
}

void host_live(struct model_device *device, uint64_t iova, uint32_t pasid)
{
	assert_lands(device, iova, pasid);
	model_device_busy(device, iova, true, pasid);
}

const uint8_t *crash_section(const struct crash *crash, unsigned int unit, enum iq_section_type type, uint32_t *length)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&crash->record, &at, &section, &payload)) {
		if (section.type != type || section.unit != unit)
			continue;
		*length = section.length;
		return payload;
	}
	return NULL;
}

bool crash_stage(const struct crash *crash, unsigned int unit, enum iq_stage stage, struct iq_record_stage *found)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&crash->record, &at, &section, &payload)) {
		if (section.type != IQ_SECTION_STAGE || section.unit != unit)
			continue;
		assert_int_equal(section.length, sizeof(*found));
		memcpy(found, payload, sizeof(*found));
		if (found->stage == stage)
			return true;
	}
	return false;
}

enum iq_status crash_stage_status(const struct crash *crash, unsigned int unit, enum iq_stage stage)
{
	struct iq_record_stage found;

	return crash_stage(crash, unit, stage, &found) ? (enum iq_status)found.status : IQ_NOT_FOUND;
}

void assert_lands(struct model_device *device, uint64_t iova, uint32_t pasid)
{
	assert_true(model_dma(device, iova, true, pasid).ok);
	assert_true(model_dma(device, iova, false, pasid).ok);
}

void assert_refused(struct model_device *device, uint64_t iova, uint32_t pasid)
{
	assert_false(model_dma(device, iova, true, pasid).ok);
	assert_false(model_dma(device, iova, false, pasid).ok);
}

void assert_only_reads(struct model_device *device, uint64_t iova, uint32_t pasid)
{
	assert_false(model_dma(device, iova, true, pasid).ok);
	assert_true(model_dma(device, iova, false, pasid).ok);
}

void assert_sunk(struct model_device *device, uint64_t iova, uint32_t pasid)
{
	for (unsigned int write = 0; write < 2; write++) {
		const struct model_answer answer = model_dma(device, iova, write, pasid);

		assert_true(answer.ok);
		assert_int_equal(answer.physical, HOST_SINK + iova % MODEL_PAGE);
	}
}
