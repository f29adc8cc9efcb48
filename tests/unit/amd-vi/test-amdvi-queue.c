/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush on command queues in every state: at the end of the ring, full, slow, stopped, wedged, switched off, outside of memory.
 * A flush that the unit does not confirm is repeated, and never recorded as done.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#define RING_512 (UINT64_C(9) << 56)
#define RING_256 (UINT64_C(8) << 56)
#define MS	 UINT64_C(1000000)

static struct model_device *one_live_device(struct amd_host *host, bool all)
{
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);

	unit->efr = all ? MODEL_AMDVI_IA_SUP : 0;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	return device;
}

static struct iq_record_stage flush_of(const struct amd_host *host, unsigned int unit)
{
	struct iq_record_stage flush;

	assert_int_equal(host->record_status, IQ_OK);
	assert_true(host_stage(host, unit, IQ_STAGE_FLUSH, &flush));
	return flush;
}

static void assert_flushed(struct amd_host *host, struct model_device *device, unsigned int retries)
{
	struct iq_record_stage flush = flush_of(host, 0);

	assert_int_equal(flush.status, IQ_OK);
	assert_int_equal(flush.retries, retries);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_units_as_found(host);
	assert_evidence(host);
}

static void test_the_ring_wraps_around_at_every_place(void **state)
{
	for (unsigned int all = 0; all < 2; all++)
		for (unsigned int at = 0x2000 - 16 * 6; at < 0x2000; at += 16) {
			struct amd_host *host = host_new();
			struct model_device *device = one_live_device(host, all);

			host->unit[0].command_head = host->unit[0].command_tail = at;
			host_crash(host);
			assert_flushed(host, device, 0);
			host_free(host);
		}
	(void)state;
}

static void test_more_commands_than_the_ring_holds(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 4);
	struct model_device *device[32];

	unit->efr = 0;
	unit->command_base = (unit->command_base & ~RING_512) | RING_256;
	unit->command_head = unit->command_tail = 0x200;
	unit->fetch_delay = 15;
	for (uint16_t i = 0; i < 512; i++)
		host_set_entry(host, unit, i,
			       &(struct model_amdvi_entry){ { MODEL_DTE_OPEN, (uint64_t)i + 100, 0, 0 } });
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(device); i++) {
		device[i] = host_translated(host, unit, (uint16_t)(16 * i), (uint16_t)(1000 + i));
		host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
	}
	host_crash(host);
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(device); i++)
		assert_flushed(host, device[i], 0);
	assert_int_equal(unit->commands[MODEL_INVALIDATE_DEVTAB_ENTRY], 512);
	assert_int_equal(unit->commands[MODEL_INVALIDATE_IOMMU_PAGES], 512);
}

static void test_a_ring_that_was_full_at_the_crash(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, true);
	struct model_amdvi *unit = &host->unit[0];

	for (unsigned int i = 0; i < 511; i++)
		model_amdvi_push(unit, 0x77, (uint32_t)MODEL_INVALIDATE_DEVTAB_ENTRY << 28, 0, 0);
	assert_int_equal((unit->command_tail + 16) % 0x2000, unit->command_head);
	host_crash(host);
	assert_flushed(host, device, 0);
}

static void test_a_half_written_command_beyond_the_tail_is_replaced(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, true);
	struct model_amdvi *unit = &host->unit[0];

	model_memory_set64(&host->machine.memory, (unit->command_base & 0xfffffffff000) + unit->command_tail,
			   UINT64_MAX);
	host_crash(host);
	assert_flushed(host, device, 0);
}

/* The command stops the queue before the flush begins, or while the flush waits. */
static void test_an_illegal_command_left_behind(void **state)
{
	for (unsigned int all = 0; all < 2; all++)
		for (unsigned int late = 0; late < 2; late++) {
			struct amd_host *host = host_new();
			struct model_device *device = one_live_device(host, all);

			host->unit[0].fetch_delay = late ? 200 : 2;
			model_amdvi_push(&host->unit[0], 0, 0xf0000000u, 0, 0);
			host_crash(host);
			assert_flushed(host, device, late);
			assert_int_equal(host->unit[0].event_count[MODEL_ILLEGAL_COMMAND_ERROR], 1);
			host_free(host);
		}
	(void)state;
}

static void test_a_queue_that_had_stopped_before(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, true);

	host->unit[0].command_error = true;
	host_crash(host);
	assert_flushed(host, device, 0);
}

/* The tail has reserved bits set, or is beyond the ring. */
static void test_a_tail_that_cannot_be_is_put_right(void **state)
{
	static const uint64_t wrong[] = { 0x4, 0xf, 0x2000, 0x7e000, 0x7e00c };

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(wrong); i++) {
		struct amd_host *host = host_new();
		struct model_device *device = one_live_device(host, true);
		uint64_t beyond, before;

		host->unit[0].fetch_delay = 200; /* otherwise it would have stopped at an invalid command before, and be restarted */
		host->unit[0].command_tail |= wrong[i];
		beyond = (host->unit[0].command_base & 0xfffffffff000) + (host->unit[0].command_tail & 0x7fff0);
		before = model_memory_get64(&host->machine.memory, beyond);
		host_crash(host);
		assert_flushed(host, device, 0);
		assert_true(wrong[i] < 0x2000 || model_memory_get64(&host->machine.memory, beyond) == before);
		host_free(host);
	}
	(void)state;
}

static void test_a_queue_that_was_switched_off(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, true);

	host->unit[0].control &= ~MODEL_AMDVI_CMD_BUF_EN;
	host_crash(host);
	assert_flushed(host, device, 0);
}

static void test_a_slow_queue_is_waited_for(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, false);

	host->unit[0].fetch_delay = 5000;
	host->unit[0].trouble.late = 5000;
	host_crash(host);
	assert_flushed(host, device, 0);
}

static void test_a_lost_completion_makes_the_flush_wider(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct amd_host *host = host_new();
		struct model_device *device = one_live_device(host, all);

		host->unit[0].trouble.lost_stores = 1;
		host_crash(host);
		assert_flushed(host, device, 1);
		assert_int_equal(flush_of(host, 0).scope, all ? IQ_SCOPE_ALL : IQ_SCOPE_TABLE);
		host_free(host);
	}
	(void)state;
}

static void test_two_lost_completions_make_it_all(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, false);

	host->unit[0].trouble.lost_stores = 2;
	host->handover.total_us = 10000000;
	host_crash(host);
	assert_flushed(host, device, 2);
	assert_int_equal(flush_of(host, 0).scope, IQ_SCOPE_ALL);
	assert_true(host->unit[0].commands[MODEL_INVALIDATE_DEVTAB_ENTRY] >= 0x10000);
	assert_true(host->unit[0].commands[MODEL_INVALIDATE_IOMMU_PAGES] >= 0x10000);
}

/*
 * The crashed kernel had asked a dead device to forget its translations. The unit gives it up after a second, and stores no
 * completion before; it may fetch no further, and say that it runs for as long as a command is not done.
 */
static void test_a_dead_device_holds_up_the_queue_for_a_second(void **state)
{
	static const struct {
		unsigned int depth, retries;
		bool lingers;
	} kind[] = { { MODEL_AMDVI_INFLIGHT, 0, false }, { MODEL_AMDVI_INFLIGHT, 0, true }, { 1, 2, false }, { 1, 1, true } };

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(kind); i++)
		for (unsigned int all = 0; all < 2; all++) {
			struct amd_host *host = host_new();
			struct model_device *device = one_live_device(host, all);
			struct model_device *well = host_translated(host, host_unit(host, 1, 2), 0x0010, 5);

			host_live(well, HOST_IOVA, MODEL_NO_PASID);
			host_device(host, &host->unit[0], 0x0020)->silent = true;
			host->unit[0].depth = kind[i].depth;
			host->unit[0].trouble.lingers = kind[i].lingers;
			host->handover.total_us = 10000000;
			model_amdvi_push(&host->unit[0], 0x0020, MODEL_INVALIDATE_IOTLB_PAGES << 28, 0xfffff001u,
					 0x7fffffff);
			host_crash(host);
			assert_flushed(host, device, kind[i].retries);
			assert_int_equal(host->unit[0].event_count[MODEL_IOTLB_INV_TIMEOUT], 1);
			assert_int_equal(flush_of(host, 1).status, IQ_OK);
			assert_refused(well, HOST_IOVA, MODEL_NO_PASID);
			host_free(host);
		}
	(void)state;
}

/* The time is shared: others come behind it, and the unit never gives the device up. */
static void test_a_dead_device_that_is_never_given_up(void **state)
{
	struct amd_host *host = *state;
	struct model_device *well;

	one_live_device(host, true);
	well = host_translated(host, host_unit(host, 1, 2), 0x0010, 5);
	host_live(well, HOST_IOVA, MODEL_NO_PASID);
	host_device(host, &host->unit[0], 0x0020)->silent = true;
	host->unit[0].control |= MODEL_AMDVI_INV_TIMEOUT(6);
	model_amdvi_push(&host->unit[0], 0x0020, MODEL_INVALIDATE_IOTLB_PAGES << 28, 0xfffff001u, 0x7fffffff);
	host_crash(host);
	assert_int_equal(flush_of(host, 0).status, IQ_TIMEOUT);
	assert_int_equal(flush_of(host, 1).status, IQ_OK);
	assert_refused(well, HOST_IOVA, MODEL_NO_PASID);
	assert_in_range(host->took, 0, host->handover.total_us * UINT64_C(1000));
}

/* The flush of unit 0 must fail with @expected in the record, and the other unit must be protected. */
static void broken(void (*how)(struct model_amdvi *unit), enum iq_status expected)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct amd_host *host = host_new();
		struct model_device *sick = one_live_device(host, all);
		struct model_device *well = host_translated(host, host_unit(host, 1, 2), 0x0010, 5);
		struct iq_record_stage flush;

		host_live(well, HOST_IOVA, MODEL_NO_PASID);
		how(&host->unit[0]);
		host_crash(host);
		assert_true(host->completed);
		flush = flush_of(host, 0);
		assert_int_equal(flush.status, expected);
		assert_int_equal(host->status, expected);
		assert_lands(sick, HOST_IOVA, MODEL_NO_PASID);
		assert_int_equal(flush_of(host, 1).status, IQ_OK);
		assert_refused(well, HOST_IOVA, MODEL_NO_PASID);
		assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
		assert_true(host->took < IQ_TOTAL_US_DEFAULT * UINT64_C(1000));
		assert_units_as_found(host);
		host_free(host);
	}
}

static void wedge(struct model_amdvi *unit)
{
	unit->trouble.wedged = true;
}

static void wedge_later(struct model_amdvi *unit)
{
	unit->trouble.wedged = true;
	unit->trouble.fetches = 1;
	unit->trouble.never_completes = true;
}

static void never_complete(struct model_amdvi *unit)
{
	unit->trouble.never_completes = true;
}

static void cannot_stop(struct model_amdvi *unit)
{
	unit->trouble.never_completes = true;
	unit->trouble.never_stops = true;
}

static void cannot_start(struct model_amdvi *unit)
{
	unit->trouble.never_completes = true;
	unit->trouble.never_starts = true;
}

static void ring_nowhere(struct model_amdvi *unit)
{
	unit->command_base = UINT64_C(0xf00000000000) | RING_512;
}

static void ring_absurd(struct model_amdvi *unit)
{
	unit->command_base &= ~RING_512;
}

static void ring_at_zero(struct model_amdvi *unit)
{
	unit->command_base = RING_512;
}

static void test_a_wedged_queue(void **state)
{
	(void)state;
	broken(wedge, IQ_TIMEOUT);
}

static void test_a_queue_that_wedges_on_the_way(void **state)
{
	(void)state;
	broken(wedge_later, IQ_TIMEOUT);
}

static void test_a_completion_that_never_comes(void **state)
{
	(void)state;
	broken(never_complete, IQ_TIMEOUT);
}

static void test_a_queue_that_cannot_be_restarted(void **state)
{
	(void)state;
	broken(cannot_stop, IQ_TIMEOUT);
	broken(cannot_start, IQ_TIMEOUT);
}

static void test_a_ring_outside_of_memory(void **state)
{
	(void)state;
	broken(ring_nowhere, IQ_UNREACHABLE);
}

static void test_a_ring_of_absurd_length(void **state)
{
	(void)state;
	broken(ring_absurd, IQ_MALFORMED);
	broken(ring_at_zero, IQ_MALFORMED);
}

static void test_a_completion_with_other_data_is_none(void **state)
{
	struct amd_host *host = *state;

	one_live_device(host, true);
	host->unit[0].trouble.wrong_data = true;
	host_crash(host);
	assert_int_equal(flush_of(host, 0).status, IQ_TIMEOUT);
	assert_int_equal(host->unit[0].commands[MODEL_INVALIDATE_IOMMU_ALL], 6);
}

static void test_an_old_value_is_no_completion(void **state)
{
	for (uint64_t value = 0; value < 8; value++) {
		struct amd_host *host = host_new();

		one_live_device(host, true);
		host->unit[0].trouble.wedged = true;
		model_memory_set64(&host->machine.memory, HOST_SCRATCH, value);
		host_crash(host);
		assert_int_equal(flush_of(host, 0).status, IQ_TIMEOUT);
		host_free(host);
	}
	(void)state;
}

/* A late completion of an earlier attempt must not count as the later attempt's. */
static void test_a_completion_that_comes_a_round_late(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, true);

	host->unit[0].trouble.late = 60000;
	host->handover.wait_us = 40000;
	host_crash(host);
	if (flush_of(host, 0).status == IQ_OK)
		assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_units_as_found(host);
}

static void test_eight_units_on_which_every_wait_times_out(void **state)
{
	struct amd_host *host = *state;
	const uint64_t slack = 64 * MS;

	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		struct model_amdvi *unit = host_unit(host, (uint16_t)i, 512);

		unit->efr = i % 2 ? MODEL_AMDVI_IA_SUP : 0;
		unit->trouble.wedged = true;
	}
	host_crash(host);
	assert_true(host->completed);
	for (unsigned int i = 0; i < HOST_UNITS; i++)
		assert_int_equal(flush_of(host, i).status, IQ_TIMEOUT);
	assert_in_range(host->took, 0, IQ_TOTAL_US_DEFAULT * UINT64_C(1000) + slack);
}

/* No single wait runs out: each command takes a little less than the shortest wait. */
static void test_eight_units_that_crawl(void **state)
{
	struct amd_host *host = *state;
	const uint64_t slack = 64 * MS;

	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		struct model_amdvi *unit = host_unit(host, (uint16_t)i, 2);

		unit->efr = 0;
		unit->fetch_delay = unit->complete_delay = 800;
		unit->trouble.lost_stores = 1;
		for (uint16_t r = 0; r < 256; r++)
			host_set_entry(host, unit, r, &(struct model_amdvi_entry){ { MODEL_DTE_OPEN, r, 0, 0 } });
	}
	host->handover.total_us = 200000;
	host_crash(host);
	assert_true(host->completed);
	assert_in_range(host->took, 0, host->handover.total_us * UINT64_C(1000) + slack);
	for (unsigned int i = 0; i < HOST_UNITS; i++)
		assert_int_not_equal(flush_of(host, i).status, IQ_OK);
}

static void test_a_clock_that_stands_still_does_not_hold_the_machine(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = host_translated(host, host_unit(host, 1, 2), 0x0010, 5);

	one_live_device(host, true);
	wedge(&host->unit[1]);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host->machine.trouble.clock_stands = true;
	host->machine.call_limit = 50000000;
	host_crash(host);
	assert_true(host->completed);
	assert_int_equal(flush_of(host, 0).status, IQ_OK);
	assert_int_equal(flush_of(host, 1).status, IQ_TIMEOUT);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_a_clock_that_leaps_ahead(void **state)
{
	/* The clock jumps at any of the first polls. The flush may be given up early; a flush that is recorded as ok must have been done. */
	for (unsigned int at = 1; at < 60; at++) {
		struct amd_host *host = host_new();
		struct model_device *device = one_live_device(host, false);

		host->machine.trouble.jump_at = at;
		host->machine.trouble.jump = UINT64_C(1) << 40;
		host_crash(host);
		assert_true(host->completed);
		if (flush_of(host, 0).status == IQ_OK)
			assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
		else
			assert_int_equal(flush_of(host, 0).status, IQ_TIMEOUT);
		host_free(host);
	}
	(void)state;
}

/* Firmware's handler or a hypervisor can take the whole time of a wait, between reading the status and reading the clock. */
static void test_a_wait_that_was_slept_through_ends_with_a_look(void **state)
{
	for (unsigned int at = 1; at < 60; at++) {
		struct amd_host *host = host_new();
		struct model_device *device = one_live_device(host, false);

		host->machine.trouble.jump_at = at;
		host->machine.trouble.jump = iq_ticks(&host->machine.io, host->handover.wait_us);
		host->machine.trouble.asleep = 100;
		host_crash(host);
		assert_flushed(host, device, 0);
		host_free(host);
	}
	(void)state;
}

/* 122 characters at 600 baud. */
#define SLOW_LINE (2000 * MS)

static unsigned int said;

static void slow_log(struct iq_io *io, const char *line)
{
	(void)line;
	said++;
	((struct model_machine *)io)->clock += SLOW_LINE;
}

static void test_a_slow_console_takes_no_time_from_the_waits(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = one_live_device(host, true);

	said = 0;
	host->machine.io.log = slow_log;
	host->unit[0].complete_delay = 5000; /* 5 ms: longer than the shortest wait */
	host_crash(host);
	assert_flushed(host, device, 0);
	assert_int_equal(said, 1);
}

static void test_a_slow_console_does_not_hold_up_the_machine(void **state)
{
	struct amd_host *host = *state;

	for (unsigned int i = 0; i < HOST_UNITS; i++)
		host_unit(host, (uint16_t)i, 2);
	host->machine.io.log = slow_log;
	host_crash(host);
	assert_all_ok(host);
	assert_in_range(host->took, 0, 2 * SLOW_LINE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_the_ring_wraps_around_at_every_place),
		T(test_more_commands_than_the_ring_holds),
		T(test_a_ring_that_was_full_at_the_crash),
		T(test_a_half_written_command_beyond_the_tail_is_replaced),
		T(test_an_illegal_command_left_behind),
		T(test_a_queue_that_had_stopped_before),
		T(test_a_tail_that_cannot_be_is_put_right),
		T(test_a_queue_that_was_switched_off),
		T(test_a_slow_queue_is_waited_for),
		T(test_a_lost_completion_makes_the_flush_wider),
		T(test_two_lost_completions_make_it_all),
		T(test_a_dead_device_holds_up_the_queue_for_a_second),
		T(test_a_dead_device_that_is_never_given_up),
		T(test_a_wedged_queue),
		T(test_a_queue_that_wedges_on_the_way),
		T(test_a_completion_that_never_comes),
		T(test_a_queue_that_cannot_be_restarted),
		T(test_a_ring_outside_of_memory),
		T(test_a_ring_of_absurd_length),
		T(test_a_completion_with_other_data_is_none),
		T(test_an_old_value_is_no_completion),
		T(test_a_completion_that_comes_a_round_late),
		T(test_eight_units_on_which_every_wait_times_out),
		T(test_eight_units_that_crawl),
		T(test_a_clock_that_stands_still_does_not_hold_the_machine),
		T(test_a_clock_that_leaps_ahead),
		T(test_a_wait_that_was_slept_through_ends_with_a_look),
		T(test_a_slow_console_takes_no_time_from_the_waits),
		T(test_a_slow_console_does_not_hold_up_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
