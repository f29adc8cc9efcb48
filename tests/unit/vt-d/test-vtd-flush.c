/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush without the queue: through registers; on units that do not snoop, that buffer writes, and that hold posted writes. Each
 * invalidation is needed.
 */
#include "flush-scene.h"

#include "unit/core/cmocka-all.h"

/* The queue as a kernel leaves it that does not use it. */
static void switch_off(struct scene *s)
{
	s->unit->gsts &= ~MODEL_VTD_QIE;
	s->unit->iqh = s->unit->iqt = 0;
}

static void registers_are_used_where_the_queue_is_off(void **state)
{
	struct scene s = scene(state);

	switch_off(&s);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_int_equal(s.unit->gsts, s.host->unit_before[0].gsts);
	assert_int_equal(s.unit->done[MODEL_VTD_WAIT], 0);
	assert_cut_off(&s);
}

static void registers_that_never_finish_are_reported(void **state)
{
	struct scene s = scene(state);

	switch_off(&s);
	s.unit->trouble.dead_registers = true;
	crash(&s);
	assert_int_equal(s.host->status, IQ_TIMEOUT);
	assert_true(any_lands(&s));
}

static void version_six_without_its_queue_is_reported_and_its_registers_are_left_alone(void **state)
{
	struct scene s = scene(state);

	switch_off(&s);
	s.unit->version = 0x60;
	crash(&s);
	assert_int_equal(s.host->status, IQ_UNSUPPORTED);
	assert_int_equal(s.unit->ccmd, 0);
}

static void a_unit_that_does_not_snoop_sees_every_edit(void **state)
{
	static const uint64_t snoops[] = { MODEL_VTD_ECAP_C | MODEL_VTD_ECAP_SMPWCS, MODEL_VTD_ECAP_C,
					 MODEL_VTD_ECAP_SMPWCS };

	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		s.unit->ecap &= ~snoops[i];
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		assert_units_as_found(host);
		assert_cut_off(&s);
		host_free(host);
	}
}

static void no_write_back(struct iq_io *io, uint64_t address, uint64_t length)
{
	(void)io;
	(void)address;
	(void)length;
}

static void without_write_back_the_model_lets_dma_through(void **state)
{
	struct scene s = scene(state);

	s.unit->ecap &= ~(MODEL_VTD_ECAP_C | MODEL_VTD_ECAP_SMPWCS);
	s.host->machine.io.write_back = no_write_back;
	crash(&s);
	assert_true(any_lands(&s));
}

static void write_buffers_are_flushed_before_caches(void **state)
{
	struct scene s = scene(state);

	s.unit->cap |= MODEL_VTD_CAP_RWBF;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

/* 6.8: every invalidation flushes the write buffers. The command for that could hang. */
static void write_buffers_need_no_command(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.stuck = MODEL_VTD_WBF;
	s.unit->cap |= MODEL_VTD_CAP_RWBF;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

/* In scalable mode the IOTLB invalidation matters for entries that still allow something: test-vtd-modes has that. */
static void an_invalidation_without_effect_is_seen(void **state)
{
	const bool scalable = ((struct intel_host *)*state)->mode == MODEL_VTD_SCALABLE;
	const unsigned int types[] = { MODEL_VTD_CONTEXT_CACHE, scalable ? MODEL_VTD_PASID_CACHE : MODEL_VTD_IOTLB };

	for (unsigned int i = 0; i < 2; i++) {
		struct intel_host *host = host_new();
		struct model_device *ats;
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		ats = host_translated(host, s.unit, 0x0308, 8);
		host_ats(host, s.unit, ats);
		ats->silent = true;
		host_live(ats, HOST_IOVA, MODEL_NO_PASID);
		s.unit->device_timeout = MODEL_TICK_KHZ / 10;
		s.unit->trouble.ignored = 1u << types[i];
		crash(&s);
		assert_true(any_lands(&s) || model_dma(ats, HOST_IOVA, true, MODEL_NO_PASID).ok);
		host_free(host);
	}
}

static void writes_on_their_way_arrive_before_the_sequence_ends(void **state)
{
	const uint64_t value = UINT64_C(0x1122334455667788);

	for (unsigned int i = 0; i < 2; i++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		if (i && !host_scalable(s.unit))
			switch_off(&s);
		assert_true(model_vtd_post(s.unit, s.identity, HOST_TARGET + 0x100, value));
		crash(&s);
		assert_int_equal(s.unit->posted_count, 0);
		assert_int_equal(host_word(host, HOST_TARGET + 0x100), value);
		assert_false(model_vtd_post(s.unit, s.identity, HOST_TARGET + 0x100, 0));
		host_free(host);
	}
}

static void drains_are_asked_for_only_where_they_exist(void **state)
{
	struct scene s = scene(state);
	uint64_t ring = s.unit->iqa & QUEUE_MASK;
	unsigned int seen = 0;

	s.unit->cap &= ~(MODEL_VTD_CAP_DWD | MODEL_VTD_CAP_DRD);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	for (uint64_t at = 0; at < 0x2000; at += 16)
		if ((host_word(s.host, ring + at) & 0xf) == MODEL_VTD_IOTLB) {
			assert_int_equal(host_word(s.host, ring + at), 0x12);
			seen++;
		}
	assert_int_equal(seen, 1);
	assert_cut_off(&s);
}

static void caching_mode_changes_nothing(void **state)
{
	struct scene s = scene(state);

	s.unit->cap |= MODEL_VTD_CAP_CM;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LEGACY(registers_are_used_where_the_queue_is_off),
		LEGACY(registers_that_never_finish_are_reported),
		BOTH(version_six_without_its_queue_is_reported_and_its_registers_are_left_alone),
		BOTH(a_unit_that_does_not_snoop_sees_every_edit),
		BOTH(without_write_back_the_model_lets_dma_through),
		BOTH(write_buffers_are_flushed_before_caches),
		BOTH(write_buffers_need_no_command),
		BOTH(an_invalidation_without_effect_is_seen),
		BOTH(writes_on_their_way_arrive_before_the_sequence_ends),
		BOTH(drains_are_asked_for_only_where_they_exist),
		BOTH(caching_mode_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
