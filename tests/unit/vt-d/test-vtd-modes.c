/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modes block-writes and sink on VT-d, in legacy and in scalable mode: what goes on and what does not, at every level
 * count and from every kind of entry; tables and domains that devices of different modes share; what a stricter mode is
 * taken for; and that each part of it is needed.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#define REQUESTER 0x0110u
#define NO_PASID  MODEL_NO_PASID
#define TRAP_STEP 11u

static struct model_vtd *new_unit(struct intel_host *host, const void *state)
{
	return host_unit(host, 0, ((const struct intel_host *)state)->mode);
}

static struct iq_record_stage stage_of(const struct intel_host *host, enum iq_stage stage)
{
	struct iq_record_stage found;

	assert_true(host_stage(host, 0, stage, &found));
	return found;
}

/* The mode that the record says of the entry of @requester of unit 0. */
static unsigned int mode_done(const struct intel_host *host, uint16_t requester)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload)) {
		const struct iq_change *change = (const struct iq_change *)payload;

		if (section.type != IQ_SECTION_CHANGES || section.unit)
			continue;
		for (uint32_t i = 0; i < section.length / sizeof(*change); i++)
			if (change[i].kind == IQ_CHANGE_ENTRY && change[i].first <= requester &&
			    requester <= iq_change_last(&change[i]))
				return change[i].mode;
	}
	fail_msg("no change of the entry is in the record");
	return 0;
}

static void assert_clean(const struct intel_host *host, unsigned int stricter)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_int_equal(stage_of(host, IQ_STAGE_BLOCK).stricter, stricter);
	assert_units_as_found(host);
	assert_restorable(host);
}

/* No DMA of @device changes any memory but the sink's page, and none is refused or recorded. */
static void assert_memory_untouched(struct intel_host *host, struct model_vtd *unit, struct model_device *device,
				    unsigned int levels)
{
	struct model_memory before = model_memory_copy(&host->machine.memory);
	const uint64_t recorded = unit->recorded;

	for (unsigned int bit = 12; bit < 12 + 9 * levels; bit++)
		assert_sunk(device, (UINT64_C(1) << bit) + 0x40, NO_PASID);
	assert_int_equal(model_memory_changed(&host->machine.memory, &before, HOST_SINK, HOST_SINK + MODEL_PAGE),
			 UINT64_MAX);
	assert_int_equal(unit->recorded, recorded);
	model_memory_free(&before);
}

static uint16_t domain_of(struct intel_host *host, const struct model_vtd *unit, uint16_t requester)
{
	if (host_scalable(unit))
		return (uint16_t)host_word(
			host, model_vtd_pasid_address(&host->tables, host_directory(host, unit, requester), 0) + 8);
	return (uint16_t)(host_word(host, host_context_address(host, unit, requester) + 8) >> 8);
}

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
		assert_only_reads(device, HOST_IOVA, NO_PASID);
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
	/* The tables of a process are evidence: they stay as they are, and what uses them is refused. */
	assert_silently_refused(unit, device, HOST_IOVA, 900);
}

/* SRE without WPE: requests with supervisor privilege would write all the same. */
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
			uint16_t domain;

			unit->cap = (unit->cap & ~MODEL_VTD_CAP_SAGAW) |
				    (MODEL_VTD_CAP_SAGAW >> (5 - widest) & UINT64_C(0xe00));
			host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
			host_live(device, HOST_IOVA, NO_PASID);
			host_crash(host);
			assert_clean(host, 0);
			assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_SINK);
			domain = domain_of(host, unit, REQUESTER);
			assert_int_equal(domain, 255);
			assert_memory_untouched(host, unit, device, widest);
			assert_capture_takes_over(host, unit);
			assert_memory_untouched(host, unit, device, widest);
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
					    (uint16_t)(5 + pasid / 10));
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

/* Two devices, one table and one domain: what is done to each, and what comes of them. */
static void devices_that_share_a_table(void **state)
{
	static const struct {
		enum iq_mode mode[2], done[2];
	} cases[] = {
		{ { IQ_MODE_BLOCK_WRITES, IQ_MODE_BLOCK }, { IQ_MODE_BLOCK_WRITES, IQ_MODE_BLOCK } },
		{ { IQ_MODE_BLOCK_WRITES, IQ_MODE_BLOCK_WRITES }, { IQ_MODE_BLOCK_WRITES, IQ_MODE_BLOCK_WRITES } },
		{ { IQ_MODE_PRESERVE, IQ_MODE_BLOCK_WRITES }, { IQ_MODE_PRESERVE, IQ_MODE_BLOCK } },
		{ { IQ_MODE_SINK, IQ_MODE_BLOCK }, { IQ_MODE_SINK, IQ_MODE_BLOCK } },
		{ { IQ_MODE_SINK, IQ_MODE_SINK }, { IQ_MODE_SINK, IQ_MODE_SINK } },
		{ { IQ_MODE_SINK, IQ_MODE_BLOCK_WRITES }, { IQ_MODE_SINK, IQ_MODE_BLOCK_WRITES } },
		{ { IQ_MODE_SINK, IQ_MODE_PRESERVE }, { IQ_MODE_SINK, IQ_MODE_PRESERVE } },
	};

	for (unsigned int i = 0; i < 2 * IQ_ARRAY_SIZE(cases); i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		const unsigned int n = i / 2, swap = i % 2;
		uint64_t root = host_second(host, 4), buffer;
		struct model_device *device[2];

		for (unsigned int k = 0; k < 2; k++)
			device[k ^ swap] = host_behind(host, unit, (uint16_t)(REQUESTER + (k ^ swap)), 5, root, 4);
		for (unsigned int k = 0; k < 2; k++) {
			if (cases[n].mode[k] != IQ_MODE_BLOCK)
				host_rule(host, 0, device[k]->requester, device[k]->requester, cases[n].mode[k]);
			host_live(device[k], HOST_IOVA, NO_PASID);
		}
		buffer = model_dma(device[0], HOST_IOVA, true, NO_PASID).physical;
		host_crash(host);
		assert_clean(host, cases[n].done[1] != cases[n].mode[1]);
		for (unsigned int k = 0; k < 4; k++) {
			switch (cases[n].done[k % 2]) {
			case IQ_MODE_BLOCK:
				assert_silently_refused(unit, device[k % 2], HOST_IOVA, NO_PASID);
				break;
			case IQ_MODE_BLOCK_WRITES:
				assert_only_reads(device[k % 2], HOST_IOVA, NO_PASID);
				assert_int_equal(model_dma(device[k % 2], HOST_IOVA, false, NO_PASID).physical, buffer);
				break;
			case IQ_MODE_SINK:
				assert_sunk(device[k % 2], HOST_IOVA, NO_PASID);
				break;
			case IQ_MODE_PRESERVE:
				assert_int_equal(model_dma(device[k % 2], HOST_IOVA, true, NO_PASID).physical, buffer);
				break;
			}
		}
		if (i)
			host_free(host);
	}
}

/* The directory of one device is that of another of a stricter mode: that one's entry is closed as a whole. */
static void devices_that_share_a_directory(void **state)
{
	static const enum iq_mode modes[] = { IQ_MODE_BLOCK_WRITES, IQ_MODE_SINK, IQ_MODE_PRESERVE };

	for (unsigned int i = 0; i < 6; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *first = host_translated(host, unit, REQUESTER, 5), *second;
		const uint64_t context = host_word(host, host_context_address(host, unit, REQUESTER));
		const enum iq_mode mode = modes[i % 3];

		second = host_device(host, unit, 0x0118);
		model_memory_set64(&host->machine.memory, host_context_address(host, unit, 0x0118), context);
		host_rule(host, 0, i < 3 ? REQUESTER : 0x0118, i < 3 ? REQUESTER : 0x0118, mode);
		host_live(first, HOST_IOVA, NO_PASID);
		host_live(second, HOST_IOVA, NO_PASID);
		host_crash(host);
		assert_clean(host, 0);
		assert_silently_refused(unit, i < 3 ? second : first, HOST_IOVA, NO_PASID);
		if (mode == IQ_MODE_SINK)
			assert_sunk(i < 3 ? first : second, HOST_IOVA, NO_PASID);
		else if (mode == IQ_MODE_BLOCK_WRITES)
			assert_only_reads(i < 3 ? first : second, HOST_IOVA, NO_PASID);
		else
			assert_lands(i < 3 ? first : second, HOST_IOVA, NO_PASID);
		if (i)
			host_free(host);
	}
}

static void a_table_shared_across_units_is_edited_for_the_most_permissive(void **state)
{
	for (unsigned int order = 0; order < 2; order++) {
		struct intel_host *host = order ? host_new() : *state;
		struct model_vtd *unit[2] = { new_unit(host, *state),
					      host_unit(host, 1, ((struct intel_host *)*state)->mode) };
		uint64_t root = host_second(host, 4);
		struct model_device *read = host_behind(host, unit[order], REQUESTER, 5, root, 4);
		struct model_device *blocked = host_behind(host, unit[!order], REQUESTER, 5, root, 4);

		host_rule(host, (uint16_t)order, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
		host_live(read, HOST_IOVA, NO_PASID);
		host_live(blocked, HOST_IOVA, NO_PASID);
		host_crash(host);
		assert_true(host->completed);
		assert_int_equal(host->status, IQ_OK);
		assert_restorable(host);
		assert_only_reads(read, HOST_IOVA, NO_PASID);
		assert_refused(blocked, HOST_IOVA, NO_PASID);
		if (order)
			host_free(host);
	}
}

static void each_unit_finds_its_own_domain_for_the_sink(void **state)
{
	struct intel_host *host = *state;
	struct model_device *device[3];

	for (unsigned int i = 0; i < 3; i++) {
		struct model_vtd *unit = host_unit(host, (uint16_t)i, host->mode);

		unit->cap = (unit->cap & ~UINT64_C(7)) | MODEL_VTD_CAP_ND(4 + 4 * i);
		device[i] = host_translated(host, unit, REQUESTER, i ? 5 : 15);
		host_rule(host, (uint16_t)i, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_live(device[i], HOST_IOVA, NO_PASID);
	}
	host_crash(host);
	assert_clean(host, 0);
	assert_int_equal(domain_of(host, &host->unit[0], REQUESTER), 14);
	assert_int_equal(domain_of(host, &host->unit[1], REQUESTER), 255);
	assert_int_equal(domain_of(host, &host->unit[2], REQUESTER), 4095);
	for (unsigned int i = 0; i < 3; i++)
		assert_memory_untouched(host, &host->unit[i], device[i], 5);
}

/* What is wrong with the sink, by number; false behind the last. */
static bool spoil(struct intel_host *host, struct model_vtd *unit, unsigned int way)
{
	switch (way) {
	case 0: /* no pages */
		host->handover.spare = 0;
		return true;
	case 1: /* too few */
		host->handover.spare_pages = IQ_SPARE_PAGES_SINK - 1;
		return true;
	case 2: /* not memory */
		host->handover.spare = UINT64_C(0xf0000000000);
		return true;
	case 3:				   /* every domain id is in use */
		unit->cap &= ~UINT64_C(7); /* of sixteen */
		for (uint16_t domain = 0; domain < 16; domain++)
			host_translated(host, unit, (uint16_t)(0x0200 + domain), domain);
		return true;
	case 4: /* not all of them are known */
		if (host_scalable(unit))
			model_memory_set64(&host->machine.memory, host_directory(host, unit, REQUESTER) + 8,
					   UINT64_C(0xf00000000000) | 1);
		else
			model_memory_set64(&host->machine.memory, (unit->rtaddr & ~UINT64_C(0xfff)) + 0x70 * 16,
					   UINT64_C(0xf00000000000) | 1);
		return true;
	case 5: /* no second level */
		unit->ecap &= ~MODEL_VTD_ECAP_SLTS;
		return host_scalable(unit);
	}
	return false;
}

static void where_there_is_no_sink_the_device_is_blocked(void **state)
{
	for (unsigned int way = 0;; way++) {
		struct intel_host *host = way ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);
		struct model_device *device = host_translated(host, unit, REQUESTER, 5);
		bool more;

		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		model_device_busy(device, HOST_IOVA, true, NO_PASID);
		more = spoil(host, unit, way);
		if (more) {
			host_crash(host);
			assert_true(host->completed);
			assert_int_equal(mode_done(host, REQUESTER), IQ_MODE_BLOCK);
			assert_int_equal(stage_of(host, IQ_STAGE_BLOCK).stricter, 1);
			assert_int_equal(stage_of(host, IQ_STAGE_VERIFY).open, 0);
			assert_restorable(host);
			assert_refused(device, HOST_IOVA, NO_PASID);
		}
		if (way)
			host_free(host);
		if (!more)
			break;
	}
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
			assert_memory_untouched(host, unit, sunk, 5);
			assert_only_reads(read, HOST_IOVA, NO_PASID);
		}
		if (i)
			host_free(host);
	}
}

/* Flushes that were lost: what was cached still counts, so that writes land and the sink's device reaches old memory.
 */
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

/* What changes a table between block and verify, as another CPU would. */
static void meddle(void *context)
{
	struct intel_host *host = context;

	if (host->run->stage == IQ_STAGE_FLUSH)
		model_memory_set64(&host->machine.memory, meddler.address, meddler.value);
}

static void what_lets_through_more_than_its_mode_is_told(void **state)
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

/* Wherever an exception strikes, DMA goes where it went before, to the sink, or nowhere. */
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
		BOTH(pass_through_has_no_reading_alone),
		BOTH(every_level_count_leads_to_the_sink),
		SCALABLE(every_kind_of_entry_leads_to_the_sink),
		BOTH(pass_through_devices_get_the_sink),
		BOTH(devices_that_share_a_table),
		SCALABLE(devices_that_share_a_directory),
		BOTH(a_table_shared_across_units_is_edited_for_the_most_permissive),
		BOTH(each_unit_finds_its_own_domain_for_the_sink),
		BOTH(where_there_is_no_sink_the_device_is_blocked),
		BOTH(units_that_do_not_snoop_or_that_buffer_see_it_all),
		BOTH(controls_see_the_damage),
		BOTH(what_lets_through_more_than_its_mode_is_told),
		BOTH(devices_that_translate_by_themselves_are_refused_that),
		BOTH(exceptions_lead_no_dma_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
