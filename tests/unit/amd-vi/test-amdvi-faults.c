/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each access of the sequence in turn raises an exception. The sequence always ends, the record is sealed and names the failed
 * stage, and the other unit is fully protected.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

struct scene {
	struct amd_host *host;
	struct model_device *device[2];
};

/*
 * Two units in two segments: one can flush everything with one command, the other needs many. @sick: each loses a completion, so it
 * flushes twice.
 */
static struct scene new_scene(bool sick)
{
	struct scene scene = { .host = host_new() };

	for (unsigned int i = 0; i < 2; i++) {
		struct model_amdvi *unit = host_unit(scene.host, (uint16_t)i, 1);

		unit->efr = i ? 0 : MODEL_AMDVI_IA_SUP;
		/* 1 ms: each run of a sweep waits for as long as a device may take. */
		unit->control = (unit->control & ~MODEL_AMDVI_INV_TIMEOUT(7)) | MODEL_AMDVI_INV_TIMEOUT(1);
		unit->trouble.lost_stores = sick;
		unit->event_head = 0;
		unit->event_tail = 0x20;
		scene.device[i] = host_translated(scene.host, unit, 0x0010, 5);
		host_live(scene.device[i], HOST_IOVA, MODEL_NO_PASID);
	}
	scene.host->handover.wait_us = 5000;
	return scene;
}

/* The unit of the record's first exception; IQ_NO_UNIT: it happened outside of all units; -1: the record has none. */
static int trapped_unit(const struct amd_host *host, struct iq_record_trap *trap)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload))
		if (section.type == IQ_SECTION_TRAP) {
			memcpy(trap, payload, sizeof(*trap));
			return section.unit;
		}
	return -1;
}

static void assert_survived(const struct scene *scene, uint32_t vector)
{
	const struct amd_host *host = scene->host;
	struct iq_record_trap trap;
	int unit;

	assert_false(host->machine.hung);
	assert_int_equal(host->record_status, IQ_OK);
	unit = trapped_unit(host, &trap);
	if (!host->completed)
		return; /* the exception came between two stages, outside of every guard: the plugin seals the record at once */
	assert_true(unit >= 0);
	assert_int_equal(trap.trap.cause, vector);
	assert_in_range(trap.stage, IQ_STAGE_PLAN, IQ_STAGE_VERIFY);
	assert_int_equal(host_stage_status(host, (unsigned int)unit, (enum iq_stage)trap.stage),
			 vector == MODEL_VECTOR_MC ? IQ_INTERRUPTED : IQ_FAULT);
	if (unit == IQ_NO_UNIT || vector == MODEL_VECTOR_MC)
		return;
	for (unsigned int i = 0; i < 2; i++)
		if (i != (unsigned int)unit) {
			assert_int_equal(host_stage_status(host, i, IQ_STAGE_FLUSH), IQ_OK);
			assert_int_equal(host_stage_status(host, i, IQ_STAGE_VERIFY), IQ_OK);
			assert_refused(scene->device[i], HOST_IOVA, MODEL_NO_PASID);
		}
}

/* The number of calls of the io backend in a run without exceptions. */
static uint64_t calls_of_a_run(bool sick)
{
	struct scene scene = new_scene(sick);
	uint64_t calls;

	host_crash(scene.host);
	assert_int_equal(scene.host->status, IQ_OK);
	calls = scene.host->run_calls;
	host_free(scene.host);
	return calls;
}

static void sweep(uint32_t vector, bool sick, uint64_t stride)
{
	const uint64_t calls = calls_of_a_run(sick);
	unsigned int unguarded = 0;

	assert_true(calls > 100);
	for (uint64_t at = 1; at <= calls; at += stride) {
		struct scene scene = new_scene(sick);

		scene.host->machine.trouble.trap_at = at;
		scene.host->machine.trouble.trap_vector = vector;
		host_crash(scene.host);
		assert_int_equal(scene.host->machine.traps, 1);
		assert_survived(&scene, vector);
		unguarded += !scene.host->completed;
		host_free(scene.host);
	}
	/* Nearly all of the sequence is guarded. */
	assert_in_range(unguarded, 0, 40);
}

static void test_a_page_fault_at_every_access(void **state)
{
	(void)state;
	sweep(MODEL_VECTOR_PF, false, 1);
}

static void test_a_page_fault_while_the_queue_is_sick(void **state)
{
	(void)state;
	sweep(MODEL_VECTOR_PF, true, 31);
}

static void test_a_machine_check_ends_the_sequence(void **state)
{
	(void)state;
	sweep(MODEL_VECTOR_MC, false, 5);
}

static void test_a_storm_of_exceptions(void **state)
{
	for (uint64_t every = 1; every < 400; every += every < 20 ? 1 : 23) {
		struct scene scene = new_scene(false);

		scene.host->machine.trouble.trap_at = 3;
		scene.host->machine.trouble.trap_every = every;
		host_crash(scene.host);
		assert_false(scene.host->machine.hung);
		assert_int_equal(scene.host->record_status, IQ_OK);
		host_free(scene.host);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page_fault_at_every_access),
		cmocka_unit_test(test_a_page_fault_while_the_queue_is_sick),
		cmocka_unit_test(test_a_machine_check_ends_the_sequence),
		cmocka_unit_test(test_a_storm_of_exceptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
