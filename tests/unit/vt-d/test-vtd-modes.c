/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modes block-writes and sink on VT-d, in legacy and in scalable mode: which DMA goes on and which does not, for every number of levels
 * and every kind of entry; when a stricter mode is used instead; and controls that leave out each step.
 */
#include "modes-scene.h"

#include "unit/core/cmocka-all.h"

#define TRAP_STEP 11u

static void reads_go_on_and_writes_do_not(void **state)
{
	for (unsigned int levels = 3; levels <= 5; levels++) {
		struct intel_host *host = levels > 3 ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *device = host_behind(host, unit, REQUESTER, 5, host_second(host, levels), levels);
		struct model_device *blocked = host_translated(host, unit, 0x0118, 6);
		const uint64_t recorded = unit->recorded;

		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
		host_live(device, HOST_IOVA, NO_PASID);
		host_live(blocked, HOST_IOVA, NO_PASID);
		host_crash(host);
		assert_clean(host, 0);
		assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_BLOCK_WRITES);
		assert_only_reads(device, HOST_IOVA, NO_PASID);
		assert_silently_refused(unit, blocked, HOST_IOVA, NO_PASID);
		assert_int_equal(unit->recorded, recorded);
		assert_capture_takes_over(host, unit);
		assert_capture_drives_devices(host, unit);
		assert_only_reads(device, HOST_IOVA, NO_PASID);
		assert_false(host_is_capture_page(model_dma(device, HOST_IOVA, false, NO_PASID).physical));
		assert_silently_refused(unit, blocked, HOST_IOVA, NO_PASID);
		if (levels > 3)
			host_free(host);
	}
}

static void set_first(struct intel_host *host, const struct model_vtd *unit, uint32_t pasid, uint16_t domain)
{
	model_vtd_set_pasid(&host->tables, host_directory(host, unit, REQUESTER), pasid, MODEL_PASID_FIRST, 0, 4,
			    host_first(host, 4, 0), domain);
}

static void first_level_tables_take_writing_alone(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);

	set_first(host, unit, 0, 5);
	set_first(host, unit, 900, 6);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
	host_live(device, HOST_IOVA, NO_PASID);
	host_live(device, HOST_IOVA, 900);
	host_crash(host);
	assert_clean(host, 0);
	assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_BLOCK_WRITES);
	assert_only_reads(device, HOST_IOVA, NO_PASID);
	/* The tables of a process are evidence: they do not change, and requests that use them are refused. */
	assert_silently_refused(unit, device, HOST_IOVA, 900);
}

/* SRE without WPE: requests with supervisor privilege could still write. */
static void first_level_tables_that_do_not_bind_supervisors_are_closed(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
	uint64_t entry;

	set_first(host, unit, 0, 5);
	entry = model_vtd_pasid_address(&host->tables, host_directory(host, unit, REQUESTER), 0);
	model_memory_set64(&host->machine.memory, entry + 16, host_word(host, entry + 16) | 1);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
	host_live(device, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_clean(host, 1);
	assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_BLOCK);
	assert_silently_refused(unit, device, HOST_IOVA, NO_PASID);
}

/* Erratum SPR17: units set accessed bits in first-level tables although the second level is read-only. Assume it of every host. */
static void nested_tables_are_closed_for_they_would_be_written_to(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
	const uint64_t second = model_table_new(&host->tables), first = host_first(host, 4, second);
	struct model_memory before;

	model_vtd_set_pasid(&host->tables, host_directory(host, unit, REQUESTER), 0, MODEL_PASID_NESTED, second, 4, first, 5);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
	host_live(device, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_clean(host, 1);
	assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_BLOCK);
	unit->trouble.sets_accessed = true;
	before = model_memory_copy(&host->machine.memory);
	assert_silently_refused(unit, device, HOST_IOVA, NO_PASID);
	assert_int_equal(model_memory_changed(&host->machine.memory, &before, 0, 0), UINT64_MAX);
	model_memory_free(&before);
}

static void pass_through_has_no_reading_alone(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);
	struct model_device *device = host_passthrough(host, unit, REQUESTER);

	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
	host_live(device, HOST_TARGET, NO_PASID);
	host_crash(host);
	assert_clean(host, 1);
	assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_BLOCK);
	assert_silently_refused(unit, device, HOST_TARGET, NO_PASID);
}

static void every_level_count_leads_to_the_sink(void **state)
{
	for (unsigned int levels = 3; levels <= 5; levels++) {
		for (unsigned int widest = levels; widest <= 5; widest++) {
			struct intel_host *host = levels + widest > 6 ? host_new() : *state;
			struct model_vtd *unit = new_unit(host, *state);
			struct model_device *device =
				host_behind(host, unit, REQUESTER, 5, host_second(host, levels), levels);
			const unsigned int width = host_scalable(unit) ? widest : levels; /* a legacy entry keeps its own */
			uint16_t domain;

			unit->cap = (unit->cap & ~MODEL_VTD_CAP_SAGAW) |
				    (MODEL_VTD_CAP_SAGAW >> (5 - widest) & UINT64_C(0xe00));
			host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
			host_live(device, HOST_IOVA, NO_PASID);
			host_crash(host);
			assert_clean(host, 0);
			assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_SINK);
			domain = domain_of(host, unit, REQUESTER);
			assert_int_equal(domain, 0xc5); /* of 256 */
			assert_memory_untouched(host, unit, device, width);
			assert_capture_takes_over(host, unit);
			assert_capture_drives_devices(host, unit);
			assert_memory_untouched(host, unit, device, width);
			if (levels + widest > 6)
				host_free(host);
		}
	}
}

static void every_kind_of_entry_leads_to_the_sink(void **state)
{
	static const unsigned int types[] = { MODEL_PASID_FIRST, MODEL_PASID_SECOND, MODEL_PASID_NESTED,
					      MODEL_PASID_PASSTHROUGH };

	for (unsigned int i = 0; i < 4; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
		uint64_t second =
			types[i] == MODEL_PASID_NESTED ? model_table_new(&host->tables) : host_second(host, 4);
		uint64_t iova = types[i] == MODEL_PASID_PASSTHROUGH ? HOST_TARGET : HOST_IOVA;

		for (uint32_t pasid = 0; pasid <= 900; pasid += 900)
			model_vtd_set_pasid(&host->tables, host_directory(host, unit, REQUESTER), pasid, types[i],
					    second, 4, host_first(host, 4, types[i] == MODEL_PASID_NESTED ? second : 0),
					    (uint16_t)(5 + pasid / 100));
		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_live(device, iova, NO_PASID);
		host_live(device, iova, 900);
		host_crash(host);
		assert_clean(host, 0);
		assert_memory_untouched(host, unit, device, 5);
		assert_silently_refused(unit, device, iova, 900);
		if (i)
			host_free(host);
	}
}

static void pass_through_devices_get_the_sink(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);
	struct model_device *device = host_passthrough(host, unit, REQUESTER);
	struct model_device *kept = host_passthrough(host, unit, 0x0118);
	struct model_device *blocked = host_passthrough(host, unit, 0x0120);

	host_preserve(host, 0, 0x0118, 0x0118);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
	for (unsigned int i = 0; i < 3; i++)
		host_live(&host->device[i], HOST_TARGET, NO_PASID);
	host_crash(host);
	assert_clean(host, 0);
	for (unsigned int round = 0; round < 2; round++) {
		assert_sunk(device, HOST_TARGET, NO_PASID);
		assert_int_equal(model_dma(kept, HOST_TARGET, true, NO_PASID).physical, HOST_TARGET);
		assert_silently_refused(unit, blocked, HOST_TARGET, NO_PASID);
	}
	assert_int_not_equal(domain_of(host, unit, REQUESTER), domain_of(host, unit, 0x0118));
}

static void no_write_back(struct iq_io *io, uint64_t address, uint64_t length)
{
	(void)io;
	(void)address;
	(void)length;
}

static void units_that_do_not_snoop_or_that_buffer_see_it_all(void **state)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *sunk = host_translated(host, unit, REQUESTER, 5);
		struct model_device *read = host_translated(host, unit, 0x0118, 6);

		if (i < 2)
			unit->ecap &= ~(MODEL_VTD_ECAP_C | MODEL_VTD_ECAP_SMPWCS);
		else
			unit->cap |= MODEL_VTD_CAP_RWBF;
		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_rule(host, 0, 0x0118, 0x0118, IQ_MODE_BLOCK_WRITES);
		host_live(sunk, HOST_IOVA, NO_PASID);
		host_live(read, HOST_IOVA, NO_PASID);
		if (i == 1) /* the control */
			host->machine.io.write_back = no_write_back;
		host_crash(host);
		if (i == 1) {
			assert_int_not_equal(model_dma(sunk, HOST_IOVA, true, NO_PASID).physical, HOST_SINK);
			assert_true(model_dma(read, HOST_IOVA, true, NO_PASID).ok);
		} else {
			assert_clean(host, 0);
			assert_memory_untouched(host, unit, sunk, 4);
			assert_only_reads(read, HOST_IOVA, NO_PASID);
		}
		if (i)
			host_free(host);
	}
}

/* Flushes are lost, so cached translations stay in use: writes reach memory, and the sink's device reaches its old memory. */
static void controls_see_the_damage(void **state)
{
	static const uint32_t ignored[] = { 1u << MODEL_VTD_CONTEXT_CACHE, 1u << MODEL_VTD_PASID_CACHE,
					    1u << MODEL_VTD_IOTLB };
	const bool scalable = ((struct intel_host *)*state)->mode == MODEL_VTD_SCALABLE;

	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *sunk = host_translated(host, unit, REQUESTER, 5);
		struct model_device *read = host_translated(host, unit, 0x0118, 6);

		unit->trouble.ignored = ignored[i];
		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_rule(host, 0, 0x0118, 0x0118, IQ_MODE_BLOCK_WRITES);
		host_live(sunk, HOST_IOVA, NO_PASID);
		host_live(read, HOST_IOVA, NO_PASID);
		host_crash(host);
		if (ignored[i] == 1u << MODEL_VTD_IOTLB)
			assert_true(model_dma(read, HOST_IOVA, true, NO_PASID).ok);
		else if (scalable == (ignored[i] == 1u << MODEL_VTD_PASID_CACHE))
			assert_int_not_equal(model_dma(sunk, HOST_IOVA, true, NO_PASID).physical, HOST_SINK);
		if (i)
			host_free(host);
	}
}

static struct {
	uint64_t address, value;
} meddler;

/* Changes a table between block and verify, as another CPU would. */
static void meddle(void *context)
{
	struct intel_host *host = context;

	if (host->run->stage == IQ_STAGE_FLUSH)
		model_memory_set64(&host->machine.memory, meddler.address, meddler.value);
}

static void an_entry_that_allows_more_than_its_mode_is_reported(void **state)
{
	for (unsigned int way = 0; way < 3; way++) {
		struct intel_host *host = way ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		uint64_t root = host_second(host, 5);

		host_behind(host, unit, REQUESTER, 5, root, 5);
		host_rule(host, 0, REQUESTER, REQUESTER, way ? IQ_MODE_SINK : IQ_MODE_BLOCK_WRITES);
		meddler.address = way == 0 ? root : HOST_SINK + 3 * MODEL_PAGE + 0x80;
		meddler.value = HOST_TARGET | 3;
		if (way == 1) {
			meddler.address = host_scalable(unit)
						  ? model_vtd_pasid_address(&host->tables,
									    host_directory(host, unit, REQUESTER), 0)
						  : host_context_address(host, unit, REQUESTER);
			meddler.value = host_word(host, meddler.address);
		}
		model_machine_stepper(&host->machine, meddle, host);
		host_crash(host);
		assert_int_equal(stage_of(host, IQ_STAGE_VERIFY).status, IQ_STILL_OPEN);
		assert_int_equal(stage_of(host, IQ_STAGE_VERIFY).open, 1);
		if (way)
			host_free(host);
	}
}

static void devices_that_translate_by_themselves_are_refused_that(void **state)
{
	static const enum iq_mode modes[] = { IQ_MODE_BLOCK_WRITES, IQ_MODE_SINK };

	for (unsigned int i = 0; i < 2; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *device = host_translated(host, unit, REQUESTER, 5);

		host_ats(host, unit, device);
		host_rule(host, 0, REQUESTER, REQUESTER, modes[i]);
		host_live(device, HOST_IOVA, NO_PASID);
		assert_int_equal(device->translations, 1);
		host_crash(host);
		assert_clean(host, 0);
		assert_refused(device, HOST_IOVA, NO_PASID);
		device->ats = false;
		if (modes[i] == IQ_MODE_SINK)
			assert_sunk(device, HOST_IOVA, NO_PASID);
		else
			assert_only_reads(device, HOST_IOVA, NO_PASID);
		if (i)
			host_free(host);
	}
}

/* Whichever access raises an exception, DMA goes to its old memory, to the sink, or nowhere. */
static void exceptions_lead_no_dma_astray(void **state)
{
	uint64_t calls = 1;

	for (uint64_t at = 0; at <= calls; at += TRAP_STEP) { /* 0: none, to count the calls */
		struct intel_host *host = host_new();
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *device[] = { host_translated(host, unit, REQUESTER, 5),
						  host_translated(host, unit, 0x0118, 6),
						  host_passthrough(host, unit, 0x0120) };
		static const uint64_t iova[] = { HOST_IOVA, HOST_IOVA, HOST_TARGET };
		uint64_t before[3];

		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_rule(host, 0, 0x0118, 0x0118, IQ_MODE_BLOCK_WRITES);
		host_rule(host, 0, 0x0120, 0x0120, IQ_MODE_SINK);
		for (unsigned int i = 0; i < 3; i++) {
			host_live(device[i], iova[i], NO_PASID);
			before[i] = model_dma(device[i], iova[i], true, NO_PASID).physical;
		}
		host->machine.trouble.trap_at = at;
		host_crash(host);
		assert_int_equal(host->record_status, IQ_OK);
		for (unsigned int i = 0; i < 6; i++) {
			const struct model_answer answer = model_dma(device[i / 2], iova[i / 2], i % 2, NO_PASID);

			if (answer.ok && answer.physical != before[i / 2])
				assert_int_equal(answer.physical, HOST_SINK);
		}
		calls = host->run_calls > calls ? host->run_calls : calls;
		host_free(host);
	}
	assert_true(calls > (IQ_SPARE_PAGES_SINK - 1) * 512); /* the sink was built */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(reads_go_on_and_writes_do_not),
		SCALABLE(first_level_tables_take_writing_alone),
		SCALABLE(first_level_tables_that_do_not_bind_supervisors_are_closed),
		SCALABLE(nested_tables_are_closed_for_they_would_be_written_to),
		BOTH(pass_through_has_no_reading_alone),
		BOTH(every_level_count_leads_to_the_sink),
		SCALABLE(every_kind_of_entry_leads_to_the_sink),
		BOTH(pass_through_devices_get_the_sink),
		BOTH(units_that_do_not_snoop_or_that_buffer_see_it_all),
		BOTH(controls_see_the_damage),
		BOTH(an_entry_that_allows_more_than_its_mode_is_reported),
		BOTH(devices_that_translate_by_themselves_are_refused_that),
		BOTH(exceptions_lead_no_dma_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
