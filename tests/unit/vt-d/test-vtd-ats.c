/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices with translations of their own (ATS), alive and dead. The sequence sends no device an invalidation. A dead device that has
 * not answered the crashed kernel does not keep other translations in the caches.
 */
#include "flush-scene.h"

#include "unit/core/cmocka-all.h"

#define WAIT_WORD UINT64_C(0x300000025)
#define MINUTE	  (MODEL_TICK_KHZ * UINT64_C(60000))

static void assert_clean(const struct intel_host *host)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_units_as_found(host);
	assert_restorable(host);
}

/*
 * A device may take a minute for its answer (PCI Express 6.0, 10.3.1). A unit need not switch its queue off before, and the capture
 * kernel would panic. So the sequence asks no device.
 */
static void cut_off_ats(struct intel_host *host, bool silent)
{
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_translated(host, unit, 0x0520, 9);

	host_ats(host, unit, device);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	assert_int_equal(device->translations, 1);
	device->silent = silent;
	unit->device_timeout = MODEL_TICK_KHZ * UINT64_C(60000);
	unit->trouble.keeps_queue = true;
	host_crash(host);
	assert_clean(host);
	assert_int_equal(unit->done[MODEL_VTD_DEVICE_TLB], 0);
	/* It is also refused when it claims to have a translation. */
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
	assert_capture_takes_over(host, unit);
}

static void a_device_with_translations_of_its_own_is_cut_off(void **state)
{
	cut_off_ats(*state, false);
}

static void a_dead_device_with_ats_does_not_keep_the_capture_kernel_from_the_queue(void **state)
{
	cut_off_ats(*state, true);
}

static void devices_with_ats_are_cut_off_without_room_for_a_record(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_translated(host, unit, 0x0520, 9);

	host_ats(host, unit, device);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host->handover.note_size = 0;
	host_crash(host);
	assert_units_as_found(host);
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
}

/* The crashed kernel has sent a dead device an invalidation, and waits for the answer. */
static struct scene owed_scene(void **state, uint64_t timeout)
{
	struct scene s = scene(state);
	struct model_device *dead = host_translated(s.host, s.unit, 0x0300, 9);

	dead->silent = true;
	s.unit->device_timeout = timeout;
	model_vtd_push(s.unit, 0x03 | UINT64_C(0x0300) << 32, UINT64_C(0x7ffffffffffff001));
	model_vtd_push(s.unit, WAIT_WORD, HOST_SCRATCH + 0x800);
	return s;
}

static void an_invalidation_that_a_dead_device_owes_is_left_behind(void **state)
{
	struct scene s = owed_scene(state, 5 * MODEL_TICK_KHZ);

	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

/* The device may take longer than all waits together: no flush is confirmed, but the caches are flushed. */
static void a_device_that_owes_its_answer_for_a_minute_does_not_keep_the_caches_from_being_flushed(void **state)
{
	struct scene s = owed_scene(state, MINUTE);

	crash(&s);
	assert_int_equal(flush_stage(&s).status, IQ_TIMEOUT);
	assert_silently_refused(s.unit, s.device, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(s.unit, s.identity, HOST_TARGET, MODEL_NO_PASID);
	assert_true(s.host->took < (TOTAL_US + 20000) * UINT64_C(1000));
}

/*
 * Some units complete nothing after such an invalidation. Then setting the root pointer flushes the caches, if it is set before the
 * queue is switched off.
 */
static void behind_a_device_that_owes_its_answer_the_root_pointer_helps(void **state)
{
	for (unsigned int in_order = 0; in_order < 2; in_order++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = owed_scene((void **)&host, MINUTE);
		s.unit->trouble.in_order = in_order;
		s.unit->cap |= MODEL_VTD_CAP_ESRTPS;
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		assert_silently_refused(s.unit, s.device, HOST_IOVA, MODEL_NO_PASID);
		assert_silently_refused(s.unit, s.identity, HOST_TARGET, MODEL_NO_PASID);
		host_free(host);
	}
}

static void entries_that_stay_cached_behind_a_device_that_owes_its_answer_are_reported(void **state)
{
	struct scene s = owed_scene(state, MINUTE);

	s.unit->trouble.in_order = true;
	crash(&s);
	assert_int_equal(flush_stage(&s).status, IQ_TIMEOUT);
	assert_true(any_lands(&s));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(a_device_with_translations_of_its_own_is_cut_off),
		BOTH(a_dead_device_with_ats_does_not_keep_the_capture_kernel_from_the_queue),
		BOTH(devices_with_ats_are_cut_off_without_room_for_a_record),
		BOTH(an_invalidation_that_a_dead_device_owes_is_left_behind),
		BOTH(a_device_that_owes_its_answer_for_a_minute_does_not_keep_the_caches_from_being_flushed),
		BOTH(behind_a_device_that_owes_its_answer_the_root_pointer_helps),
		BOTH(entries_that_stay_cached_behind_a_device_that_owes_its_answer_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
