/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VT-d unit tags cached translations by domain id. Tests of devices of different modes that share tables and domains, of the ids that
 * entries are given, and of a capture kernel that gives the crashed kernel's ids to its own devices.
 */
#include "modes-scene.h"

#include "unit/core/cmocka-all.h"

/* Two devices share one table and one domain: each pair of modes, and the result for each device. */
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

/* Two devices share a PASID directory, and one has a stricter mode: its whole entry is closed. */
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
		device[i] = host_translated(host, unit, REQUESTER, i ? 5 : 3);
		host_rule(host, (uint16_t)i, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_live(device[i], HOST_IOVA, NO_PASID);
	}
	host_crash(host);
	assert_clean(host, 0);
	assert_int_equal(domain_of(host, &host->unit[0], REQUESTER), 15);
	assert_int_equal(domain_of(host, &host->unit[1], REQUESTER), 0xc5);
	assert_int_equal(domain_of(host, &host->unit[2], REQUESTER), 0xc05);
	for (unsigned int i = 0; i < 3; i++)
		assert_memory_untouched(host, &host->unit[i], device[i], 4);
}

/* Make the sink impossible in way number @way; false if there is no such way. */
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
		unit->cap &= ~UINT64_C(7); /* of 16 ids */
		for (uint16_t domain = 0; domain < 16; domain++)
			host_translated(host, unit, (uint16_t)(0x0200 + domain), domain);
		return true;
	case 4: /* some of the ids in use cannot be read */
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

/* The capture kernel gives its devices the domain ids 2 to 11; the crashed kernel's devices had the same ids. */
static void blocked_devices_find_nothing_of_the_capture_kernel(void **state)
{
	static const unsigned int types[] = { MODEL_PASID_SECOND, MODEL_PASID_FIRST, MODEL_PASID_NESTED };

	for (unsigned int i = 0; i < (((struct intel_host *)*state)->mode == MODEL_VTD_SCALABLE ? 3 : 1); i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = new_unit(host, *state);

		for (uint16_t domain = 2; domain < 12; domain++) {
			const uint64_t second = types[i] == MODEL_PASID_NESTED ? model_table_new(&host->tables) : 0;
			struct model_device *device = host_translated(host, unit, REQUESTER + domain, domain);

			if (i)
				model_vtd_set_pasid(&host->tables, host_directory(host, unit, REQUESTER + domain), 0,
						    types[i], second, 4, host_first(host, 4, second), domain);
			host_live(device, HOST_IOVA, NO_PASID);
		}
		host_crash(host);
		assert_clean(host, 0);
		assert_capture_takes_over(host, unit);
		assert_capture_drives_devices(host, unit);
		for (unsigned int n = 0; n < host->devices; n++)
			assert_silently_refused(unit, &host->device[n], HOST_IOVA, NO_PASID);
		if (i)
			host_free(host);
	}
}

static void devices_that_go_on_reading_find_nothing_of_the_capture_kernel(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);

	host_rule(host, 0, REQUESTER, REQUESTER + 0xff, IQ_MODE_BLOCK_WRITES);
	for (uint16_t domain = 2; domain < 12; domain++)
		host_live(host_translated(host, unit, REQUESTER + domain, domain), HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_clean(host, 0);
	assert_capture_takes_over(host, unit);
	assert_capture_drives_devices(host, unit);
	for (unsigned int n = 0; n < host->devices; n++) {
		assert_only_reads(&host->device[n], HOST_IOVA, NO_PASID);
		assert_false(host_is_capture_page(model_dma(&host->device[n], HOST_IOVA, false, NO_PASID).physical));
	}
}

/* With TDX Connect the ids with the highest bit set belong to it. */
static void ids_of_tdx_connect_are_given_to_nobody(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = new_unit(host, *state);
	struct model_device *sunk = host_translated(host, unit, REQUESTER, 5);
	struct model_device *read = host_translated(host, unit, 0x0118, 6);

	unit->ecap |= MODEL_VTD_ECAP_TDXC;
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
	host_rule(host, 0, 0x0118, 0x0118, IQ_MODE_BLOCK_WRITES);
	host_live(sunk, HOST_IOVA, NO_PASID);
	host_live(read, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_clean(host, 0);
	assert_int_equal(domain_of(host, unit, REQUESTER), 0x65); /* of 128 */
	assert_sunk(sunk, HOST_IOVA, NO_PASID);
	assert_only_reads(read, HOST_IOVA, NO_PASID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(devices_that_share_a_table),
		SCALABLE(devices_that_share_a_directory),
		BOTH(a_table_shared_across_units_is_edited_for_the_most_permissive),
		BOTH(each_unit_finds_its_own_domain_for_the_sink),
		BOTH(where_there_is_no_sink_the_device_is_blocked),
		BOTH(blocked_devices_find_nothing_of_the_capture_kernel),
		BOTH(devices_that_go_on_reading_find_nothing_of_the_capture_kernel),
		BOTH(ids_of_tdx_connect_are_given_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
