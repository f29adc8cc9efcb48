/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crashed kernel's invalidation queue: of both widths, wrapped, full, stuck, in error, dead. In every case a capture kernel can
 * take over the unit.
 */
#include "flush-scene.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define WAIT_WORD UINT64_C(0x300000025)

/* The crashed kernel used the queue up to @tail, with descriptors of its width. */
static void used_up_to(struct scene *s, uint64_t tail)
{
	uint64_t bytes = s->unit->iqa & MODEL_VTD_DW ? 32 : 16, ring = s->unit->iqa & QUEUE_MASK;
	uint64_t size = model_vtd_queue_bytes(s->unit);

	for (uint64_t at = 0; at < size; at += 2 * bytes) {
		const uint64_t pair[8] = { 0x11, [2] = bytes == 16 ? WAIT_WORD : 0,
					   [3] = bytes == 16 ? HOST_SCRATCH + 0x800 : 0, [4] = WAIT_WORD,
					   [5] = HOST_SCRATCH + 0x800 };

		model_memory_write(&s->host->machine.memory, ring + at, pair, 2 * bytes);
	}
	s->unit->iqh = s->unit->iqt = tail;
}

static void wide_descriptors_are_used_as_the_register_says(void **state)
{
	struct scene s = scene(state);

	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_int_equal(flush_stage(&s).retries, 0);
	assert_cut_off(&s);
}

static void narrow_descriptors_are_used_as_the_register_says(void **state)
{
	struct scene s = scene(state);

	s.unit->iqa &= ~MODEL_VTD_DW;
	used_up_to(&s, 0x60);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_int_equal(flush_stage(&s).retries, 0);
	assert_cut_off(&s);
}

static void the_width_is_found_where_the_register_hides_it(void **state)
{
	static const uint64_t tails[] = { 0x40, 0x80, 0x1000, 0x1fc0, 0 };

	for (unsigned int wide = 0; wide < 2; wide++) {
		for (unsigned int i = 0; i < 5; i++) {
			struct intel_host *host = host_new();
			struct scene s;

			host->mode = ((struct intel_host *)*state)->mode;
			s = scene((void **)&host);
			if (wide || host_scalable(s.unit))
				s.unit->iqa |= MODEL_VTD_DW;
			else
				s.unit->iqa &= ~MODEL_VTD_DW;
			s.unit->hides_width = true;
			used_up_to(&s, tails[i]);
			crash(&s);
			assert_int_equal(host->status, IQ_OK);
			assert_units_as_found(host);
			assert_int_equal(flush_stage(&s).retries, 0);
			assert_cut_off(&s);
			host_free(host);
		}
	}
}

static void in_scalable_mode_the_width_is_known(void **state)
{
	struct scene s = scene(state);

	s.unit->hides_width = true;
	used_up_to(&s, 0x80);
	/* The private data of a page group response. */
	model_memory_set64(&s.host->machine.memory, (s.unit->iqa & QUEUE_MASK) + 0x70, 0x5);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_int_equal(flush_stage(&s).retries, 0);
	assert_units_as_found(s.host);
}

static void a_narrow_queue_that_was_never_used_costs_one_restart_where_its_width_is_hidden(void **state)
{
	struct scene s = scene(state);

	s.unit->iqa &= ~MODEL_VTD_DW;
	s.unit->hides_width = true;
	s.unit->iqh = s.unit->iqt = 0;
	model_memory_set64(&s.host->machine.memory, (s.unit->iqa & QUEUE_MASK) + 0x1ff0, 0);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_int_equal(flush_stage(&s).retries, 1);
	assert_cut_off(&s);
}

static void descriptors_go_round_the_end_of_the_queue(void **state)
{
	for (unsigned int back = 1; back <= 4; back++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		used_up_to(&s, 0x2000 - back * 32);
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		assert_units_as_found(host);
		assert_true(s.unit->iqt < 0x1000);
		assert_cut_off(&s);
		host_free(host);
	}
}

static void a_full_queue_is_waited_for(void **state)
{
	struct scene s = scene(state);

	used_up_to(&s, 0x40);
	s.unit->iqt = 0x20;
	s.unit->fetch_delay = 50; /* so that it is still full when the flush begins */
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_true(s.unit->done[MODEL_VTD_CONTEXT_CACHE] >=
		    127); /* no descriptor of the crashed kernel was overwritten */
	assert_units_as_found(s.host);
	assert_int_equal(flush_stage(&s).retries, 0);
	assert_cut_off(&s);
}

static void commands_of_the_crashed_kernel_that_wait_are_done_first(void **state)
{
	struct scene s = scene(state);

	used_up_to(&s, 0x40);
	s.unit->iqt = 0x400;
	s.unit->fetch_delay = 50;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

static void overlapping_descriptors_change_nothing(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.overlap = true;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

static void a_queue_in_error_is_started_anew(void **state)
{
	static const uint32_t errors[] = { MODEL_VTD_IQE, MODEL_VTD_ITE, MODEL_VTD_IQE | MODEL_VTD_ICE };

	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		s.unit->fsts = errors[i];
		s.unit->iqt += 0x20;
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		assert_units_as_found(host);
		assert_int_equal(flush_stage(&s).retries, 1);
		assert_cut_off(&s);
		host_free(host);
	}
}

static void a_bad_descriptor_of_the_crashed_kernel_is_left_behind(void **state)
{
	struct scene s = scene(state);

	model_vtd_push(s.unit, 0xf, 0);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_int_equal(flush_stage(&s).retries, 1);
	assert_cut_off(&s);
}

/* As in the crash scenario vtd-queue-error: the queue must be restarted after the bad descriptor and run to its end. */
static void a_queue_in_error_that_cannot_be_switched_off_goes_on_behind_it(void **state)
{
	for (unsigned int behind = 0; behind < 3; behind++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		used_up_to(&s, 0x1fe0); /* so that the queue wraps */
		model_vtd_push(s.unit, 0, 0);
		for (unsigned int i = 0; i < behind; i++)
			model_vtd_push(s.unit, i ? 0xf : 0x12, 0);
		s.unit->trouble.keeps_queue = true;
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		assert_units_as_found(host);
		assert_int_equal(flush_stage(&s).retries, 1);
		assert_cut_off(&s);
		host_free(host);
	}
}

static void a_width_that_was_inferred_wrongly_is_put_right_in_a_queue_that_stays_on(void **state)
{
	struct scene s = scene(state);

	s.unit->iqa &= ~MODEL_VTD_DW;
	s.unit->hides_width = s.unit->trouble.keeps_queue = true;
	s.unit->iqh = s.unit->iqt = 0;
	model_memory_set64(&s.host->machine.memory, (s.unit->iqa & QUEUE_MASK) + 0x1ff0, 0);
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

static void a_descriptor_that_is_replaced_is_written_down(void **state)
{
	struct scene s = scene(state);
	const uint64_t at = (s.unit->iqa & QUEUE_MASK) + s.unit->iqt;
	struct iq_section section;
	const uint8_t *payload;
	unsigned int found = 0;
	uint32_t next = 0;

	model_vtd_push(s.unit, UINT64_C(0xdead000f), UINT64_C(0xbeef));
	crash(&s);
	while (iq_record_next(&s.host->record, &next, &section, &payload)) {
		if (section.type != IQ_SECTION_CHANGES)
			continue;
		for (uint32_t i = 0; i + sizeof(struct iq_change) <= section.length; i += sizeof(struct iq_change)) {
			const struct iq_change *change = (const struct iq_change *)(payload + i);

			found += change->kind == IQ_CHANGE_WORD && change->old[0] == at && change->old[1] == 0xdead000f;
			found += change->kind == IQ_CHANGE_WORD && change->old[0] == at + 8 && change->old[1] == 0xbeef;
		}
	}
	assert_int_equal(found, 2);
}

static void completion_errors_stop_nothing(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.completion_errors = true;
	s.unit->fsts = MODEL_VTD_ICE;
	crash(&s);
	s.unit->trouble.completion_errors = false;
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_int_equal(flush_stage(&s).retries, 0);
	assert_cut_off(&s);
}

static void a_tail_that_cannot_be_is_put_right(void **state)
{
	static const uint64_t tails[] = { 0x7ffe0, 0x7ffe0, 0x2000, 0x2000, 0x50, 0x50, 0x1ff0, 0x1ff0 };

	for (unsigned int i = 0; i < 8; i++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		s.unit->iqt = tails[i];
		s.unit->trouble.wedged = s.unit->trouble.wedged_once = i % 2; /* the unit may not have found the error yet */
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		for (size_t n = 0; n < host->machine.writes; n++)
			assert_not_in_range(host->machine.write[n].address, (s.unit->iqa & QUEUE_MASK) + 0x2000,
					    (s.unit->iqa & QUEUE_MASK) + 0x100000);
		assert_units_as_found(host);
		assert_cut_off(&s);
		host_free(host);
	}
}

static void a_queue_that_hung_is_started_anew(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.wedged = s.unit->trouble.wedged_once = true;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_int_equal(flush_stage(&s).retries, 1);
	assert_cut_off(&s);
}

static void a_status_write_that_got_lost_costs_one_restart(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.lost_stores = 1;
	crash(&s);
	assert_int_equal(s.host->status, IQ_OK);
	assert_units_as_found(s.host);
	assert_cut_off(&s);
}

static void a_late_status_write_is_waited_for(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.late = 2000;
	crash(&s);
	s.unit->trouble.late = 0;
	assert_int_equal(s.host->status, IQ_OK);
	assert_int_equal(flush_stage(&s).retries, 0);
	assert_cut_off(&s);
}

/* The queue is dead. Legacy mode can use registers instead, scalable mode only ESRTPS, if the unit has it. */
static void a_dead_queue_is_switched_off_for_the_registers(void **state)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = host_new();
		struct scene s;

		s = scene((void **)&host);
		s.unit->trouble.wedged = i == 0;
		s.unit->trouble.never_completes = i == 1;
		s.unit->trouble.wrong_data = i == 2;
		crash(&s);
		memset(&s.unit->trouble, 0, sizeof(s.unit->trouble));
		assert_int_equal(host->status, IQ_OK);
		assert_int_equal(s.unit->gsts, s.host->unit_before[0].gsts & ~MODEL_VTD_QIE);
		assert_int_equal(s.unit->fsts & (MODEL_VTD_IQE | MODEL_VTD_ITE), 0);
		assert_true(host->took < (TOTAL_US + 20000) * UINT64_C(1000));
		assert_cut_off(&s);
		host_free(host);
	}
	(void)state;
}

static void a_dead_queue_without_registers_is_helped_by_the_root_pointer(void **state)
{
	struct scene s = scene(state);

	s.unit->cap |= MODEL_VTD_CAP_ESRTPS;
	s.unit->version = 0x60;
	s.unit->trouble.wedged = true;
	crash(&s);
	s.unit->trouble.wedged = false;
	assert_int_equal(s.host->status, IQ_OK);
	assert_int_equal(s.unit->rtaddr, s.host->unit_before[0].rtaddr);
	assert_int_equal(s.unit->root, s.host->unit_before[0].root);
	assert_cut_off(&s);
}

static void a_dead_queue_without_any_help_is_reported_and_does_not_wedge_the_unit(void **state)
{
	struct scene s = scene(state);

	s.unit->version = 0x60;
	s.unit->trouble.wedged = true;
	crash(&s);
	s.unit->trouble.wedged = false;
	assert_int_equal(s.host->status, IQ_TIMEOUT);
	assert_int_equal(flush_stage(&s).status, IQ_TIMEOUT);
	assert_true(any_lands(&s)); /* the caches were not flushed, as the status says */
	assert_capture_takes_over(s.host, s.unit);
	assert_false(any_lands(&s)); /* the capture kernel's own invalidation flushes them */
}

static void a_queue_that_cannot_be_switched_off_is_reported(void **state)
{
	struct scene s = scene(state);

	s.unit->trouble.wedged = true;
	s.unit->trouble.stuck = MODEL_VTD_QIE;
	crash(&s);
	assert_int_equal(s.host->status, IQ_TIMEOUT);
	assert_int_equal(s.unit->gsts, s.host->unit_before[0].gsts);
	assert_true(s.host->took < (TOTAL_US + 20000) * UINT64_C(1000));
}

static void a_queue_outside_of_memory_is_not_used(void **state)
{
	static const uint64_t bases[] = { 0, UINT64_C(0xf00000000000), UINT64_C(0xfffffffffffff000) };

	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = host_new();
		struct scene s;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		s.unit->cap |= MODEL_VTD_CAP_ESRTPS;
		s.unit->iqa = bases[i] | MODEL_VTD_DW | 1;
		crash(&s);
		assert_int_equal(host->status, IQ_OK);
		assert_int_equal(s.unit->gsts & MODEL_VTD_QIE, 0);
		assert_cut_off(&s);
		host_free(host);
	}
}

static void slow_queues_of_many_ats_devices_do_not_hold_up_the_machine(void **state)
{
	struct scene s = scene(state);

	for (uint32_t id = 0x1000; id < 0x2000; id++)
		model_vtd_set_context(&s.host->tables, s.unit->rtaddr, false, (uint16_t)id,
				      host_second(s.host, 3) | MODEL_CONTEXT_ATS | MODEL_CONTEXT_P,
				      MODEL_CONTEXT_DOMAIN(id, 3));
	s.unit->fetch_delay = 800; /* almost a millisecond for each descriptor */
	crash(&s);
	s.unit->fetch_delay = 1;
	assert_true(s.host->took < (TOTAL_US + 20000) * UINT64_C(1000));
	assert_cut_off(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(wide_descriptors_are_used_as_the_register_says),
		LEGACY(narrow_descriptors_are_used_as_the_register_says),
		BOTH(the_width_is_found_where_the_register_hides_it),
		SCALABLE(in_scalable_mode_the_width_is_known),
		LEGACY(a_narrow_queue_that_was_never_used_costs_one_restart_where_its_width_is_hidden),
		BOTH(descriptors_go_round_the_end_of_the_queue),
		BOTH(a_full_queue_is_waited_for),
		BOTH(commands_of_the_crashed_kernel_that_wait_are_done_first),
		BOTH(overlapping_descriptors_change_nothing),
		BOTH(a_queue_in_error_is_started_anew),
		BOTH(a_bad_descriptor_of_the_crashed_kernel_is_left_behind),
		BOTH(a_queue_in_error_that_cannot_be_switched_off_goes_on_behind_it),
		LEGACY(a_width_that_was_inferred_wrongly_is_put_right_in_a_queue_that_stays_on),
		BOTH(a_descriptor_that_is_replaced_is_written_down),
		BOTH(completion_errors_stop_nothing),
		BOTH(a_tail_that_cannot_be_is_put_right),
		BOTH(a_queue_that_hung_is_started_anew),
		BOTH(a_status_write_that_got_lost_costs_one_restart),
		BOTH(a_late_status_write_is_waited_for),
		LEGACY(a_dead_queue_is_switched_off_for_the_registers),
		BOTH(a_dead_queue_without_registers_is_helped_by_the_root_pointer),
		BOTH(a_dead_queue_without_any_help_is_reported_and_does_not_wedge_the_unit),
		BOTH(a_queue_that_cannot_be_switched_off_is_reported),
		BOTH(a_queue_outside_of_memory_is_not_used),
		LEGACY(slow_queues_of_many_ats_devices_do_not_hold_up_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
