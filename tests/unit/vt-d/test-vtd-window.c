/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA while the sequence edits entries and tables. Caches lose their content, so each request walks the tables again, and entries are
 * fetched word by word. No fault is recorded, and no request reaches memory that it could not reach before.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#define NO_PASID MODEL_NO_PASID
#define ALL_CACHES (MODEL_VTD_FORGETS_PAGES | MODEL_VTD_FORGETS_PASIDS | MODEL_VTD_FORGETS_CONTEXTS)

static struct intel_host *host_again(void **state, unsigned int number)
{
	struct intel_host *host = number ? host_new() : *state;

	host->mode = ((struct intel_host *)*state)->mode;
	host->machine.store_steps = true;
	return host;
}

static void assert_completed(const struct intel_host *host)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_units_as_found(host);
	assert_restorable(host);
}

/*
 * Some Xeons turn faults into platform errors (Linux: vtd_mask_spec_errors): the unit must see FPD before it sees removed
 * permissions.
 */
static void no_fault_is_recorded_while_entries_and_tables_are_edited(void **state)
{
	static const enum iq_mode modes[] = { IQ_MODE_BLOCK, IQ_MODE_BLOCK_WRITES, IQ_MODE_SINK };

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(modes) * (ALL_CACHES + 1); i++) {
		struct intel_host *host = host_again(state, i);
		const enum iq_mode mode = modes[i / (ALL_CACHES + 1)];
		struct model_vtd *unit = host_unit(host, 0, host->mode);
		struct model_device *device = host_translated(host, unit, 0x0108, 5);
		struct model_device *ats = host_translated(host, unit, 0x0118, 6);

		host_ats(host, unit, ats);
		if (mode != IQ_MODE_BLOCK)
			host_rule(host, 0, 0x0108, 0x0118, mode);
		host_live(device, HOST_IOVA, NO_PASID);
		host_live(ats, HOST_IOVA, NO_PASID);
		host_live(host_passthrough(host, unit, 0x0200), HOST_TARGET, NO_PASID);
		host_live(host_translated(host, unit, 0x0300, 7), HOST_IOVA, NO_PASID);
		unit->trouble.forgets = i % (ALL_CACHES + 1);
		host_crash(host);
		assert_completed(host);
		assert_int_equal(unit->recorded, 0);
		assert_true(host->device[3].refused > 0); /* the device made requests meanwhile */
		if (i)
			host_free(host);
	}
}

/* Tables are edited only when all units have flushed the entries that lead to them. */
static void no_fault_is_recorded_by_the_other_unit_of_a_domain(void **state)
{
	for (unsigned int order = 0; order < 2; order++) {
		struct intel_host *host = host_again(state, order);
		struct model_vtd *unit[2] = { host_unit(host, 0, host->mode), host_unit(host, 1, host->mode) };
		const uint64_t root = host_second(host, 4);

		for (unsigned int i = 0; i < 2; i++) {
			struct model_device *device = host_behind(host, unit[i], 0x0108, 5, root, 4);

			host_rule(host, (uint16_t)i, 0x0108, 0x0108, order ? IQ_MODE_BLOCK_WRITES : IQ_MODE_BLOCK);
			host_live(device, HOST_IOVA, NO_PASID);
			unit[i]->trouble.forgets = MODEL_VTD_FORGETS_PAGES;
		}
		host_crash(host);
		assert_true(host->completed);
		assert_int_equal(host->status, IQ_OK);
		assert_int_equal(unit[0]->recorded + unit[1]->recorded, 0);
		if (order)
			host_free(host);
	}
}

static uint64_t page_of(struct model_device *device)
{
	return model_dma(device, HOST_IOVA, true, NO_PASID).physical & ~(MODEL_PAGE - 1);
}

/* Two devices share a domain, and one is preserved: the other's new translations are never cached under that domain id. */
static void entries_that_are_fetched_word_by_word_lead_nobody_astray(void **state)
{
	static const enum iq_mode modes[] = { IQ_MODE_BLOCK, IQ_MODE_BLOCK_WRITES, IQ_MODE_SINK };

	for (unsigned int i = 0; i < 2 * IQ_ARRAY_SIZE(modes); i++) {
		struct intel_host *host = host_again(state, i);
		const enum iq_mode mode = modes[i / 2];
		struct model_vtd *unit = host_unit(host, 0, host->mode);
		const uint64_t root = host_second(host, 4);
		struct model_device *edited = host_behind(host, unit, 0x0108, 5, root, 4);
		struct model_device *kept = host_behind(host, unit, 0x0110, 5, root, 4);

		host_preserve(host, 0, 0x0110, 0x0110);
		if (mode != IQ_MODE_BLOCK)
			host_rule(host, 0, 0x0108, 0x0108, mode);
		host_live(edited, HOST_IOVA, NO_PASID);
		host_live(kept, HOST_IOVA, NO_PASID);
		edited->home[0] = kept->home[0] = page_of(kept);
		edited->home[1] = HOST_SINK;
		unit->trouble.forgets = ALL_CACHES;
		unit->trouble.torn = 1 + i % 2;
		host_crash(host);
		assert_completed(host);
		unit->trouble.torn = 0;
		assert_int_equal(kept->strays, 0);
		assert_int_equal(edited->strays, 0);
		assert_int_equal(unit->recorded, 0);
		assert_lands(kept, HOST_IOVA, NO_PASID);
		if (i)
			host_free(host);
	}
}

/*
 * Two devices go to the sink. When the second entry is edited, the unit uses the first one's new entry. Half of the second new entry
 * must not fill the cache under the same domain id. @between: devices that are edited between the two.
 */
static void sink_two(struct intel_host *host, unsigned int between, unsigned int torn)
{
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *second = host_translated(host, unit, 0x0200, 5);
	struct model_device *first = host_translated(host, unit, 0x0108, 6);

	for (unsigned int i = 0; i < between; i++)
		host_translated(host, unit, (uint16_t)(0x0110 + i), 7);
	host_rule(host, 0, 0x0108, 0x0108, IQ_MODE_SINK);
	host_rule(host, 0, 0x0200, 0x0200, IQ_MODE_SINK);
	host_live(second, HOST_IOVA, NO_PASID);
	host_live(first, HOST_IOVA, NO_PASID);
	first->home[0] = page_of(first);
	second->home[0] = page_of(second);
	first->home[1] = second->home[1] = HOST_SINK;
	unit->trouble.forgets = MODEL_VTD_FORGETS_PAGES | MODEL_VTD_FORGETS_PASIDS;
	unit->trouble.torn = torn;
	host_crash(host);
	assert_completed(host);
	unit->trouble.torn = 0;
	assert_sunk(first, HOST_IOVA, NO_PASID);
	assert_sunk(second, HOST_IOVA, NO_PASID);
	assert_int_equal(first->strays + second->strays, 0);
}

static void halves_of_entries_lead_none_of_two_sunk_devices_astray(void **state)
{
	for (unsigned int i = 0; i < 40; i++) {
		struct intel_host *host = host_again(state, i);

		sink_two(host, 12 + i / 2, 1 + i % 2);
		if (i)
			host_free(host);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(no_fault_is_recorded_while_entries_and_tables_are_edited),
		BOTH(no_fault_is_recorded_by_the_other_unit_of_a_domain),
		BOTH(entries_that_are_fetched_word_by_word_lead_nobody_astray),
		BOTH(halves_of_entries_lead_none_of_two_sunk_devices_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
