/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault records of the crashed kernel are kept as evidence and cleared, also those that appear while the records are read.
 */
#include "models/families.h"
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

static void assert_clean(const struct intel_host *host)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_units_as_found(host);
	assert_restorable(host);
}

static void fault_records_are_kept_as_evidence_and_cleared(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *stray = host_device(host, unit, 0x0999);
	const struct iq_record_events *head;
	struct iq_record_stage snapshot, verify;
	struct iq_event event;
	const uint8_t *events;
	uint32_t length;

	for (unsigned int i = 0; i < 6; i++)
		model_dma(stray, HOST_IOVA, i % 2, MODEL_NO_PASID);
	assert_true(unit->fsts & MODEL_VTD_PFO);
	host_crash(host);
	assert_clean(host);
	assert_true(host_stage(host, 0, IQ_STAGE_SNAPSHOT, &snapshot));
	assert_int_equal(snapshot.refused, 4);
	events = host_section(host, 0, IQ_SECTION_EVENTS, &length);
	assert_non_null(events);
	assert_int_equal(length, sizeof(*head) + 4 * 16);
	head = (const struct iq_record_events *)events;
	assert_int_equal(head->entry_size, 16);
	for (unsigned int i = 0; i < 4; i++) {
		assert_true(iq_vtd_reader.describe_event(events + sizeof(*head) + i * 16, 16, &event));
		assert_int_equal(event.id, 0x0999);
		assert_int_equal(event.address, HOST_IOVA);
		assert_int_equal(event.write, i % 2);
	}
	assert_int_equal(unit->fsts & MODEL_VTD_PFO, 0);
	assert_true(host_stage(host, 0, IQ_STAGE_VERIFY, &verify));
	assert_int_equal(verify.refused, 0);
	/* The unit can record faults again. */
	model_dma(stray, HOST_IOVA, true, MODEL_NO_PASID);
	assert_int_equal(unit->fault[unit->next_fault ? unit->next_fault - 1 : 3][1] >> 63, 1);
}

static void an_overflow_without_records_is_cleared_too(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);

	unit->fsts = MODEL_VTD_PFO;
	host_crash(host);
	assert_clean(host);
	assert_int_equal(unit->fsts & MODEL_VTD_PFO, 0);
}

static uint64_t mapped_end;
static enum iq_status (*map_registers)(struct iq_io *io, uint64_t base, uint64_t length);

static enum iq_status watch_mapping(struct iq_io *io, uint64_t base, uint64_t length)
{
	if (base + length > mapped_end)
		mapped_end = base + length;
	return map_registers(io, base, length);
}

static void fault_records_and_iotlb_registers_beyond_the_first_page_are_reached(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *stray = host_device(host, unit, 0x0999);
	struct model_device *device = host_translated(host, unit, 0x0108, 5);
	uint32_t length;

	host->machine.window[0].length = 0x3000;
	unit->cap = (unit->cap & ~(UINT64_C(0x3ff) << 24)) | MODEL_VTD_CAP_FRO(0x1ff0);
	unit->ecap = (unit->ecap & ~(UINT64_C(0x3ff) << 8)) | MODEL_VTD_ECAP_IRO(0x2100);
	unit->gsts &= ~MODEL_VTD_QIE;
	model_dma(stray, HOST_IOVA, true, MODEL_NO_PASID);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	map_registers = host->machine.io.map_registers;
	host->machine.io.map_registers = watch_mapping;
	mapped_end = 0;
	host_crash(host);
	assert_int_equal(mapped_end, unit->base + 0x3000);
	assert_int_equal(host->status, IQ_OK);
	assert_non_null(host_section(host, 0, IQ_SECTION_EVENTS, &length));
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
}

/* At one step of time the device makes a write that is refused. */
static struct {
	struct model_device *device;
	unsigned int at, steps;
} stray;

static void write_astray(void *context)
{
	(void)context;
	if (++stray.steps == stray.at)
		model_dma(stray.device, HOST_IOVA, true, MODEL_NO_PASID);
}

static unsigned int assert_addresses(const struct intel_host *host, enum iq_section_type type)
{
	struct iq_event event;
	uint32_t length, count = 0;
	const uint8_t *events = host_section(host, 0, type, &length);

	for (uint32_t at = sizeof(struct iq_record_events); events && at < length; at += 16, count++) {
		assert_true(iq_vtd_reader.describe_event(events + at, 16, &event));
		assert_int_equal(event.address, HOST_IOVA);
	}
	return count;
}

/* The event is complete, whenever the fault appears, also between the reads of the record's two words. */
static void a_fault_that_comes_up_while_its_record_is_read(void **state)
{
	unsigned int kept = 0;

	for (stray.at = 1; stray.at <= 60; stray.at++) {
		struct intel_host *host = host_new();
		struct model_vtd *unit = host_unit(host, 0, ((struct intel_host *)*state)->mode);

		stray.device = host_device(host, unit, 0x0999);
		stray.steps = 0;
		model_machine_stepper(&host->machine, write_astray, NULL);
		host_crash(host);
		assert_clean(host);
		kept += assert_addresses(host, IQ_SECTION_EVENTS) + assert_addresses(host, IQ_SECTION_REFUSED);
		host_free(host);
	}
	assert_true(kept > 30);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(fault_records_are_kept_as_evidence_and_cleared),
		LEGACY(an_overflow_without_records_is_cleared_too),
		LEGACY(fault_records_and_iotlb_registers_beyond_the_first_page_are_reached),
		BOTH(a_fault_that_comes_up_while_its_record_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
