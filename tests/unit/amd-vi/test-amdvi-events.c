/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log as evidence: the record has the events that were in the log at the crash, and those of later refusals. The log
 * itself is left for the capture kernel.
 */
#include "models/families.h"
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define EVENT_SIZE 16u
#define KEPT	   64u

static struct model_amdvi *unit_with_events(struct amd_host *host, unsigned int from, unsigned int count)
{
	struct model_amdvi *unit = host_unit(host, 0, 2);

	unit->event_head = unit->event_tail = from * EVENT_SIZE;
	for (unsigned int i = 0; i < count; i++)
		model_amdvi_event(unit, MODEL_IO_PAGE_FAULT, 0x0010, 0x1000 * (i + 1));
	return unit;
}

/* Check the section of events: @count entries, with consecutive addresses from @first on. */
static void assert_events(const struct amd_host *host, unsigned int count, unsigned int first, unsigned int lost)
{
	uint32_t length;
	const uint8_t *section = host_section(host, 0, IQ_SECTION_EVENTS, &length);
	struct iq_record_events head;
	struct iq_event event;

	assert_non_null(section);
	assert_int_equal(length, sizeof(head) + count * EVENT_SIZE);
	memcpy(&head, section, sizeof(head));
	assert_int_equal(head.entry_size, EVENT_SIZE);
	assert_int_equal(head.lost, lost);
	for (unsigned int i = 0; i < count; i++) {
		assert_true(iq_amdvi_reader.describe_event(section + sizeof(head) + i * EVENT_SIZE, EVENT_SIZE, &event));
		assert_string_equal(event.name, "IO_PAGE_FAULT");
		assert_int_equal(event.id, 0x0010);
		assert_int_equal(event.address, 0x1000 * (first + i));
	}
}

static void test_unread_events_are_kept(void **state)
{
	struct amd_host *host = *state;

	unit_with_events(host, 5, 3);
	host_crash(host);
	assert_int_equal(host->status, IQ_OK);
	assert_events(host, 3, 1, 0);
	assert_units_as_found(host);
}

/* The tail has moved, and the entry is not there yet; one that never comes holds nobody up. */
static void test_an_event_that_comes_late_is_waited_for(void **state)
{
	for (unsigned int never = 0; never < 2; never++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = unit_with_events(host, 5, 0);

		unit->trouble.late_event = never ? UINT64_C(1) << 60 : 500000;
		model_amdvi_event(unit, MODEL_IO_PAGE_FAULT, 0x0010, 0x1000);
		model_amdvi_event(unit, MODEL_IO_PAGE_FAULT, 0x0010, 0x2000);
		host_crash(host);
		assert_int_equal(host->status, IQ_OK);
		assert_in_range(host->took, 0, 10000000);
		if (!never)
			assert_events(host, 2, 1, 0);
		assert_units_as_found(host);
		host_free(host);
	}
	(void)state;
}

static void test_the_log_wraps_around(void **state)
{
	struct amd_host *host = *state;

	unit_with_events(host, 510, 7);
	host_crash(host);
	assert_events(host, 7, 1, 0);
}

static void test_of_many_the_newest_are_kept(void **state)
{
	struct amd_host *host = *state;

	unit_with_events(host, 300, KEPT + 36);
	host_crash(host);
	assert_events(host, KEPT, 37, 36);
}

static void test_a_log_that_overflowed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = unit_with_events(host, 0, 600);

	assert_true(unit->status & MODEL_AMDVI_EVENT_OVERFLOW);
	host_crash(host);
	assert_int_equal(host->status, IQ_OK);
	assert_events(host, KEPT, 511 - KEPT + 1, 511 - KEPT);
	assert_true(unit->status & MODEL_AMDVI_EVENT_OVERFLOW);
	assert_units_as_found(host);
}

static void test_an_empty_log_takes_no_room(void **state)
{
	struct amd_host *host = *state;
	uint32_t length;

	unit_with_events(host, 9, 0);
	host_crash(host);
	assert_null(host_section(host, 0, IQ_SECTION_EVENTS, &length));
	assert_null(host_section(host, 0, IQ_SECTION_REFUSED, &length));
}

static void test_later_refusals_are_counted(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = unit_with_events(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0028, 5);
	struct iq_record_events head;
	struct iq_record_stage verify;
	struct iq_event event;
	const uint8_t *section;
	uint32_t length;

	unit->complete_delay = 40;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_events(host, 2, 1, 0);
	assert_true(host_stage(host, 0, IQ_STAGE_VERIFY, &verify));
	assert_true(verify.refused > 0);
	section = host_section(host, 0, IQ_SECTION_REFUSED, &length);
	assert_non_null(section);
	memcpy(&head, section, sizeof(head));
	assert_int_equal((length - sizeof(head)) / EVENT_SIZE + head.lost, verify.refused);
	assert_true(iq_amdvi_reader.describe_event(section + sizeof(head), EVENT_SIZE, &event));
	assert_string_equal(event.name, "IO_PAGE_FAULT");
	assert_int_equal(event.id, 0x0028);
	assert_int_equal(event.address, HOST_IOVA);
	assert_true(event.write);
}

/* A log that cannot be read costs evidence; the unit must be blocked all the same. */
static void test_a_log_that_cannot_be_read_keeps_nobody_from_blocking(void **state)
{
	static const uint64_t bases[] = { UINT64_C(0xf00000000000) | UINT64_C(9) << 56, UINT64_C(0x28000000),
					  UINT64_C(15) << 56, 0, UINT64_MAX };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(bases); i++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = unit_with_events(host, 0, 3);
		struct model_device *device = host_translated(host, unit, 0x0028, 5);

		unit->event_base = bases[i];
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
		host_crash(host);
		assert_true(host->completed);
		assert_int_equal(host->record_status, IQ_OK);
		assert_int_equal(host_stage_status(host, 0, IQ_STAGE_FLUSH), IQ_OK);
		assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

static void test_a_log_that_is_off(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = unit_with_events(host, 0, 3);
	uint32_t length;

	unit->control &= ~MODEL_AMDVI_EVENT_LOG_EN;
	host_crash(host);
	assert_int_equal(host->status, IQ_OK);
	assert_null(host_section(host, 0, IQ_SECTION_EVENTS, &length));
}

static void test_registers_before_and_after(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	const enum iq_section_type types[] = { IQ_SECTION_UNIT, IQ_SECTION_AFTER };
	struct iq_record_unit head;

	host_crash(host);
	for (unsigned int n = 0; n < 2; n++) {
		uint32_t length, offset[IQ_UNIT_REGISTERS];
		uint64_t value[IQ_UNIT_REGISTERS];
		const uint8_t *section = host_section(host, 0, types[n], &length);
		bool control = false;

		assert_non_null(section);
		memcpy(&head, section, sizeof(head));
		assert_int_equal(length, sizeof(head) + head.registers * 12);
		assert_in_range(head.registers, 1, IQ_UNIT_REGISTERS);
		assert_int_equal(head.family, iq_amdvi.id);
		assert_int_equal(head.base, unit->base);
		assert_int_equal(head.status, IQ_OK);
		memcpy(value, section + sizeof(head), head.registers * sizeof(value[0]));
		memcpy(offset, section + sizeof(head) + head.registers * sizeof(value[0]),
		       head.registers * sizeof(offset[0]));
		for (unsigned int i = 0; i < head.registers; i++) {
			control = control || offset[i] == MODEL_AMDVI_CONTROL;
			if (offset[i] == MODEL_AMDVI_CONTROL)
				assert_int_equal(value[i], unit->control);
			if (offset[i] == MODEL_AMDVI_COMMAND_TAIL)
				assert_int_equal(value[i], n ? unit->command_tail : host->unit_before[0].command_tail);
		}
		assert_true(control);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_unread_events_are_kept),
		T(test_an_event_that_comes_late_is_waited_for),
		T(test_the_log_wraps_around),
		T(test_of_many_the_newest_are_kept),
		T(test_a_log_that_overflowed),
		T(test_an_empty_log_takes_no_room),
		T(test_later_refusals_are_counted),
		T(test_a_log_that_cannot_be_read_keeps_nobody_from_blocking),
		T(test_a_log_that_is_off),
		T(test_registers_before_and_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
