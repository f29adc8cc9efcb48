/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests the VT-d model: software must take several steps before a device is cut off, and the model shows each missing step.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#define REQUESTER 0x0210u
#define WAIT	  UINT64_C(0x700000025)
#define WAIT_AT	  (HOST_SCRATCH + 0x40)

/* A device that was translated, blocked in memory only. */
struct scene {
	struct intel_host *host;
	struct model_vtd *unit;
	struct model_device *device;
};

static struct scene scene(void **state)
{
	struct scene s = { .host = *state };

	s.unit = host_unit(s.host, 0, s.host->mode);
	return s;
}

static void set64(struct scene *s, uint64_t address, uint64_t value)
{
	model_memory_set64(&s->host->machine.memory, address, value);
}

static void send(struct scene *s, uint64_t w0, uint64_t w1)
{
	model_vtd_push(s->unit, w0, w1);
}

static bool done(struct scene *s)
{
	set64(s, WAIT_AT, 0);
	send(s, WAIT, WAIT_AT);
	return model_vtd_drain(s->unit) && host_word(s->host, WAIT_AT) == 7;
}

static bool lands(struct scene *s)
{
	return model_dma(s->device, HOST_IOVA, true, MODEL_NO_PASID).ok;
}

static void a_legacy_entry_stays_cached_until_context_and_iotlb_are_dropped(void **state)
{
	struct scene s = scene(state);

	s.device = host_translated(s.host, s.unit, REQUESTER, 7);
	assert_true(lands(&s));
	set64(&s, host_context_address(s.host, s.unit, REQUESTER), MODEL_CONTEXT_FPD);
	assert_true(lands(&s));
	send(&s, 0x12, 0); /* IOTLB alone: the context entry is still cached, and the tables are walked again */
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x11, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
	assert_int_equal(s.unit->refused[2], 1);
	assert_int_equal(s.unit->recorded, 0);
}

static void an_emptied_table_stays_cached_until_the_iotlb_is_dropped(void **state)
{
	struct scene s = scene(state);
	uint64_t root = host_second(s.host, 3);

	s.device = host_behind(s.host, s.unit, REQUESTER, 7, root, 3);
	assert_true(lands(&s));
	set64(&s, root + (HOST_IOVA >> 30) * 8, 0);
	send(&s, 0x11, 0);
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x22 | 8 << 16, 0); /* another domain */
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x32 | 7 << 16, UINT64_C(0x1000)); /* another page */
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x32 | 7 << 16, HOST_IOVA | 1 << 6); /* the page, but not the directories above it */
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x22 | 7 << 16, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
	assert_int_equal(s.unit->recorded, 1);
}

static void context_invalidation_has_three_granularities(void **state)
{
	static const struct {
		uint64_t word;
		bool hits;
	} tries[] = {
		{ 0x31 | UINT64_C(0x0211) << 32, false },
		{ 0x31 | UINT64_C(0x0211) << 32 | UINT64_C(3) << 48, true }, /* function number ignored */
		{ 0x31 | UINT64_C(0x0210) << 32, true },
		{ 0x21 | 8 << 16, false },
		{ 0x21 | 7 << 16, true },
		{ 0x11, true },
	};
	struct scene s = scene(state);
	uint64_t entry;

	s.device = host_passthrough(s.host, s.unit, REQUESTER);
	entry = host_context_address(s.host, s.unit, REQUESTER);
	set64(&s, entry + 8, MODEL_CONTEXT_DOMAIN(7, 5));
	for (unsigned int i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		set64(&s, entry, MODEL_CONTEXT_PASSTHROUGH | MODEL_CONTEXT_P);
		send(&s, 0x11, 0);
		assert_true(done(&s));
		assert_true(model_dma(s.device, HOST_TARGET, true, MODEL_NO_PASID).ok);
		set64(&s, entry, MODEL_CONTEXT_RESERVED_TYPE | MODEL_CONTEXT_FPD | MODEL_CONTEXT_P);
		send(&s, tries[i].word, 0);
		assert_true(done(&s));
		assert_int_equal(!model_dma(s.device, HOST_TARGET, true, MODEL_NO_PASID).ok, tries[i].hits);
	}
	assert_int_equal(s.unit->recorded, 0);
}

static void the_iotlb_before_the_context_cache_is_the_wrong_order(void **state)
{
	struct scene s = scene(state);

	s.device = host_passthrough(s.host, s.unit, REQUESTER);
	host_live(s.device, HOST_TARGET, MODEL_NO_PASID);
	/* The new entry leads to a table of the same domain, so only the IOTLB can still have pass-through. */
	set64(&s, host_context_address(s.host, s.unit, REQUESTER),
	      model_table_new(&s.host->tables) | MODEL_CONTEXT_TABLE | MODEL_CONTEXT_P);
	send(&s, 0x12, 0);
	send(&s, 0x11, 0);
	assert_true(done(&s));
	assert_int_equal(s.unit->pages, 1); /* filled again in between */
	send(&s, 0x11, 0);
	send(&s, 0x12, 0);
	assert_true(done(&s));
	assert_int_equal(s.unit->pages, 0);
}

static void a_pasid_entry_stays_cached_until_the_pasid_cache_is_dropped(void **state)
{
	struct scene s = scene(state);
	uint64_t entry;

	s.device = host_translated(s.host, s.unit, REQUESTER, 7);
	assert_true(lands(&s));
	entry = model_vtd_pasid_address(&s.host->tables, host_directory(s.host, s.unit, REQUESTER), 0);
	set64(&s, entry, host_word(s.host, entry) & ~UINT64_C(1));
	send(&s, 0x11, 0);
	send(&s, 0x12, 0);
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x07 | 8 << 16, 0); /* all PASIDs of another domain */
	send(&s, 0x17 | 7 << 16 | UINT64_C(5) << 32, 0); /* another PASID */
	send(&s, 0x12, 0);
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x17 | 7 << 16, 0);
	send(&s, 0x12, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
}

static void first_level_translations_go_by_pasid_and_not_by_domain(void **state)
{
	struct scene s = scene(state);
	uint64_t root = host_first(s.host, 4, 0);

	s.device = host_with_pasids(s.host, s.unit, REQUESTER, 0);
	model_vtd_set_pasid(&s.host->tables, host_directory(s.host, s.unit, REQUESTER), 0, MODEL_PASID_FIRST, 0, 4,
			    root, 1);
	assert_true(lands(&s));
	set64(&s, root, 0);
	send(&s, 0x22 | 1 << 16, 0);
	send(&s, 0x26 | 1 << 16 | UINT64_C(9) << 32, 0);
	assert_true(done(&s));
	assert_true(lands(&s));
	send(&s, 0x26 | 1 << 16, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
}

static void nested_translations_obey_both_levels(void **state)
{
	struct scene s = scene(state);
	uint64_t second = model_table_new(&s.host->tables), first = host_first(s.host, 4, second);

	s.device = host_with_pasids(s.host, s.unit, REQUESTER, 0);
	model_vtd_set_pasid(&s.host->tables, host_directory(s.host, s.unit, REQUESTER), 0, MODEL_PASID_NESTED, second,
			    4, first, 3);
	assert_true(lands(&s));
	set64(&s, second, 0);
	send(&s, 0x12, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
}

static void page_sizes_and_level_counts_translate(void **state)
{
	struct scene s = scene(state);

	for (unsigned int levels = 3; levels <= 5; levels++) {
		for (unsigned int shift = 12; shift <= 30; shift += 9) {
			uint64_t root = model_table_new(&s.host->tables), iova = UINT64_C(5) << 30;
			struct model_answer answer;

			model_map_second(&s.host->tables, root, levels, iova, UINT64_C(0x140000000), shift,
					 MODEL_WRITE);
			s.device = host_behind(s.host, s.unit, (uint16_t)(levels << 8 | shift),
					       (uint16_t)(levels * 32 + shift), root, levels);
			answer = model_dma(s.device, iova + 0x888, true, MODEL_NO_PASID);
			assert_true(answer.ok);
			assert_int_equal(answer.physical, UINT64_C(0x140000888));
			assert_int_equal(answer.size, UINT64_C(1) << shift);
			assert_false(model_dma(s.device, iova, false, MODEL_NO_PASID).ok);
			assert_false(model_dma(s.device, UINT64_C(1) << 57, true, MODEL_NO_PASID).ok);
		}
	}
	assert_int_equal(s.unit->refused[4], 9);
}

static void faults_are_recorded_until_they_overflow(void **state)
{
	struct scene s = scene(state);

	s.device = host_device(s.host, s.unit, REQUESTER);
	for (unsigned int i = 0; i < 6; i++)
		assert_false(lands(&s));
	assert_int_equal(s.unit->fsts & MODEL_VTD_PFO, MODEL_VTD_PFO);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(s.unit->fault[i][0], HOST_IOVA);
		assert_int_equal(s.unit->fault[i][1], UINT64_C(1) << 63 | UINT64_C(1) << 32 | REQUESTER);
	}
	assert_int_equal(s.unit->fault[4][1], 0);
}

static void fpd_silences_what_is_behind_its_entry_and_no_more(void **state)
{
	struct scene s = scene(state);
	uint64_t directory, context;

	s.device = host_with_pasids(s.host, s.unit, REQUESTER, 0);
	directory = host_directory(s.host, s.unit, REQUESTER);
	context = host_context_address(s.host, s.unit, REQUESTER);
	assert_false(lands(&s)); /* directory entry not present */
	assert_int_equal(s.unit->recorded, 1);
	set64(&s, directory, 2);
	assert_false(lands(&s));
	assert_int_equal(s.unit->recorded, 1);
	set64(&s, directory, UINT64_C(0xf00000000000) | 3); /* a table that cannot be read is always recorded as a fault */
	assert_false(lands(&s));
	assert_int_equal(s.unit->recorded, 2);
	set64(&s, context, 2);
	send(&s, 0x11, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
	assert_int_equal(s.unit->recorded, 2);
}

static void a_queue_of_the_wrong_width_stops(void **state)
{
	struct scene s = scene(state);

	s.unit->iqa &= ~MODEL_VTD_DW;
	send(&s, 0x11, 0);
	assert_false(done(&s));
	assert_int_equal(s.unit->iqercd & 0xf, 5);
}

static void short_descriptors_in_a_wide_queue_stop_it(void **state)
{
	struct scene s = scene(state);
	uint64_t head = s.unit->iqh, ring = s.unit->iqa & ~UINT64_C(0xfff);

	set64(&s, ring + head, 0x11);
	set64(&s, ring + head + 8, 0);
	set64(&s, ring + head + 16, 0x12); /* read as the upper half of the first descriptor */
	s.unit->iqt = head + 32;
	assert_false(model_vtd_drain(s.unit));
	assert_int_equal(s.unit->fsts & MODEL_VTD_IQE, MODEL_VTD_IQE);
	assert_int_equal(s.unit->iqh, head);
	s.unit->iqt = head + 16;
	s.unit->fsts = 0;
	assert_false(model_vtd_drain(s.unit));
	assert_int_equal(s.unit->iqercd & 0xf, 6);
}

static void reserved_bits_and_unknown_types_stop_the_queue(void **state)
{
	static const uint64_t bad[][2] = { { 0, 0 }, { 0x0f, 0 }, { 0x111, 0 }, { 0x11, 1 }, { 0x01, 0 }, { 0x25, 2 },
					   { 0x12, 0x80 } };
	struct scene s = scene(state);

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t head = s.unit->iqh;

		send(&s, bad[i][0], bad[i][1]);
		assert_false(model_vtd_drain(s.unit));
		assert_int_equal(s.unit->fsts & MODEL_VTD_IQE, MODEL_VTD_IQE);
		assert_int_equal(s.unit->iqh, head);
		s.unit->iqt = head;
		s.unit->fsts = 0;
	}
}

static void a_device_that_does_not_answer_loses_the_wait_behind_it(void **state)
{
	struct scene s = scene(state);

	s.device = host_translated(s.host, s.unit, REQUESTER, 7);
	host_ats(s.host, s.unit, s.device);
	assert_true(lands(&s));
	s.device->silent = true;
	send(&s, 0x03 | (uint64_t)REQUESTER << 32, UINT64_C(0x7ffffffffffff001));
	assert_false(done(&s));
	assert_int_equal(s.unit->fsts & MODEL_VTD_ITE, MODEL_VTD_ITE);
	assert_int_equal(s.unit->iqercd >> 32 & 0xffff, REQUESTER);
	s.device->silent = false;
	s.unit->fsts = 0;
	send(&s, 0x03 | (uint64_t)REQUESTER << 32, UINT64_C(0x7ffffffffffff001));
	assert_true(done(&s));
	assert_int_equal(s.device->translations, 0);
}

static void a_store_without_write_back_is_not_seen_by_a_unit_that_does_not_snoop(void **state)
{
	struct scene s = scene(state);
	const uint64_t closed = MODEL_CONTEXT_FPD | MODEL_CONTEXT_RESERVED_TYPE | MODEL_CONTEXT_P;
	uint64_t context;

	s.unit->ecap &= ~MODEL_VTD_ECAP_C;
	s.device = host_translated(s.host, s.unit, REQUESTER, 7);
	context = host_context_address(s.host, s.unit, REQUESTER);
	assert_true(lands(&s));
	model_memory_store(&s.host->machine.memory, context, &closed, sizeof(closed));
	for (unsigned int i = 0; i < 2; i++) {
		send(&s, 0x11, 0);
		send(&s, 0x12, 0);
		assert_true(done(&s));
		assert_int_equal(lands(&s), !i);
		model_memory_write_back(&s.host->machine.memory, context, 8);
	}
}

/* By command, or before an invalidation. 6.8 */
static void a_store_is_seen_when_write_buffers_were_flushed_with_rwbf(void **state)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = host_new();
		struct scene s;
		struct iq_io *io = &host->machine.io;

		host->mode = ((struct intel_host *)*state)->mode;
		s = scene((void **)&host);
		s.unit->cap |= MODEL_VTD_CAP_RWBF;
		s.device = host_translated(host, s.unit, REQUESTER + 1, 8);
		host_translated(host, s.unit, REQUESTER, 7);
		assert_true(lands(&s)); /* its neighbour's entry is in the same page */
		s.device = &host->device[host->devices - 1];
		set64(&s, host_context_address(host, s.unit, REQUESTER), 0);
		io->map_registers(io, s.unit->base, MODEL_PAGE);
		if (i == 1)
			io->write32(io, s.unit->base + MODEL_VTD_GCMD, (s.unit->gsts & 0x96ffffff) | MODEL_VTD_WBF);
		if (i == 2)
			send(&s, 0x11, 0);
		assert_true(done(&s));
		model_machine_steps(&host->machine, 10);
		assert_int_equal(s.unit->gsts & MODEL_VTD_WBF, 0);
		assert_int_equal(lands(&s), !i);
		assert_int_equal(s.unit->forbidden, 0);
		host_free(host);
	}
}

static void a_gcmd_write_that_drops_a_bit_switches_it_off(void **state)
{
	static const uint32_t dropped[] = { MODEL_VTD_TE, MODEL_VTD_IRE, MODEL_VTD_QIE };
	struct scene s = scene(state);
	struct iq_io *io = &s.host->machine.io;

	io->map_registers(io, s.unit->base, MODEL_PAGE);
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t forbidden = s.unit->forbidden;

		model_vtd_start(s.unit, s.unit->rtaddr, s.unit->iqa);
		io->write32(io, s.unit->base + MODEL_VTD_GCMD,
			    (s.unit->gsts & 0x96ffffff & ~dropped[i]) | MODEL_VTD_WBF);
		model_machine_steps(&s.host->machine, 10);
		assert_int_equal(s.unit->gsts & dropped[i], 0);
		assert_true(s.unit->forbidden > forbidden); /* two changes at once */
	}
	s.device = host_device(s.host, s.unit, REQUESTER);
	s.unit->gsts &= ~MODEL_VTD_TE;
	assert_true(model_dma(s.device, HOST_TARGET, true, MODEL_NO_PASID).ok);
}

static void registers_invalidate_only_while_the_queue_is_off(void **state)
{
	struct scene s = scene(state);
	struct iq_io *io = &s.host->machine.io;
	const uint64_t start = UINT64_C(1) << 63;

	io->map_registers(io, s.unit->base, MODEL_PAGE);
	for (unsigned int i = 0; i < 3; i++) {
		bool works = i == 1;

		if (i)
			s.unit->gsts &= ~MODEL_VTD_QIE;
		s.unit->version = i == 2 ? 0x60 : 0x10;
		s.device = host_translated(s.host, s.unit, REQUESTER, 7);
		assert_true(lands(&s));
		io->write64(io, s.unit->base + MODEL_VTD_CCMD, start | UINT64_C(1) << 61);
		io->write64(io, s.unit->base + 0x108, start | UINT64_C(1) << 60);
		model_machine_steps(&s.host->machine, 100);
		assert_int_equal(io->read64(io, s.unit->base + MODEL_VTD_CCMD) >> 63, !works);
		assert_int_equal(io->read64(io, s.unit->base + 0x108) >> 63, !works);
		assert_int_equal(model_vtd_cached_context(s.unit, REQUESTER) != NULL, !works);
		assert_int_equal(s.unit->pages, !works);
	}
	assert_int_equal(s.unit->forbidden, 4);
}

static void the_root_table_changes_at_srtp_and_not_before(void **state)
{
	struct scene s = scene(state);
	struct iq_io *io = &s.host->machine.io;

	io->map_registers(io, s.unit->base, MODEL_PAGE);
	s.device = host_translated(s.host, s.unit, REQUESTER, 7);
	io->write64(io, s.unit->base + MODEL_VTD_RTADDR, model_table_new(&s.host->tables));
	assert_true(lands(&s));
	io->write32(io, s.unit->base + MODEL_VTD_GCMD, (s.unit->gsts & 0x96ffffff) | MODEL_VTD_SRTP);
	model_machine_steps(&s.host->machine, 10);
	send(&s, 0x11, 0);
	assert_true(done(&s));
	assert_false(lands(&s));
	assert_int_equal(s.unit->recorded, 1);
}

static void switching_the_queue_off_takes_its_head_back_to_the_start(void **state)
{
	struct scene s = scene(state);
	struct iq_io *io = &s.host->machine.io;

	io->map_registers(io, s.unit->base, MODEL_PAGE);
	assert_int_not_equal(s.unit->iqh, 0);
	io->write64(io, s.unit->base + MODEL_VTD_IQA, 0);
	assert_int_equal(s.unit->forbidden, 1); /* not while it is on */
	io->write32(io, s.unit->base + MODEL_VTD_GCMD, s.unit->gsts & 0x96ffffff & ~MODEL_VTD_QIE);
	model_machine_steps(&s.host->machine, 10);
	assert_int_equal(io->read64(io, s.unit->base + MODEL_VTD_IQH), 0);
	assert_int_not_equal(io->read64(io, s.unit->base + MODEL_VTD_IQT), 0);
}

static void posted_writes_arrive_with_the_write_drain(void **state)
{
	struct scene s = scene(state);

	s.device = host_passthrough(s.host, s.unit, REQUESTER);
	assert_true(model_vtd_post(s.unit, s.device, HOST_TARGET, 99));
	send(&s, 0x12, 0);
	assert_true(done(&s));
	assert_int_equal(host_word(s.host, HOST_TARGET), 0);
	send(&s, 0x52, 0);
	assert_true(done(&s));
	assert_int_equal(host_word(s.host, HOST_TARGET), 99);
}

static void translated_requests_need_the_permission_of_the_context_entry(void **state)
{
	struct scene s = scene(state);
	struct model_request request = { .requester = REQUESTER, .pasid = MODEL_NO_PASID, .iova = HOST_TARGET,
					 .write = true, .translated = true };

	s.device = host_translated(s.host, s.unit, REQUESTER, 7);
	assert_false(model_vtd_dma(&s.unit->iommu, &request).ok);
	host_ats(s.host, s.unit, s.device);
	send(&s, 0x11, 0);
	assert_true(done(&s));
	assert_true(model_vtd_dma(&s.unit->iommu, &request).ok);
	assert_true(lands(&s));
	assert_int_equal(s.device->translations, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LEGACY(a_legacy_entry_stays_cached_until_context_and_iotlb_are_dropped),
		LEGACY(an_emptied_table_stays_cached_until_the_iotlb_is_dropped),
		LEGACY(context_invalidation_has_three_granularities),
		LEGACY(the_iotlb_before_the_context_cache_is_the_wrong_order),
		SCALABLE(a_pasid_entry_stays_cached_until_the_pasid_cache_is_dropped),
		SCALABLE(first_level_translations_go_by_pasid_and_not_by_domain),
		SCALABLE(nested_translations_obey_both_levels),
		LEGACY(page_sizes_and_level_counts_translate),
		LEGACY(faults_are_recorded_until_they_overflow),
		SCALABLE(fpd_silences_what_is_behind_its_entry_and_no_more),
		SCALABLE(a_queue_of_the_wrong_width_stops),
		LEGACY(short_descriptors_in_a_wide_queue_stop_it),
		LEGACY(reserved_bits_and_unknown_types_stop_the_queue),
		LEGACY(a_device_that_does_not_answer_loses_the_wait_behind_it),
		LEGACY(a_store_without_write_back_is_not_seen_by_a_unit_that_does_not_snoop),
		LEGACY(a_store_is_seen_when_write_buffers_were_flushed_with_rwbf),
		LEGACY(a_gcmd_write_that_drops_a_bit_switches_it_off),
		LEGACY(registers_invalidate_only_while_the_queue_is_off),
		LEGACY(the_root_table_changes_at_srtp_and_not_before),
		LEGACY(switching_the_queue_off_takes_its_head_back_to_the_start),
		LEGACY(posted_writes_arrive_with_the_write_drain),
		BOTH(translated_requests_need_the_permission_of_the_context_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
