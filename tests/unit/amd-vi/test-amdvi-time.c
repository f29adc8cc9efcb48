/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest time that the sequence can take: eight units of 65,536 entries each, on which every wait times out for one reason or
 * another, and devices that never finish. By the machine's clock everything takes at most total-ms, and every unit gets its turn.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>

#define TABLE_PAGES 512u /* 65,536 entries */
#define OPEN_EVERY  64u	 /* one entry in so many lets DMA through */
#define MAP_TICKS   100u /* to map and read a page of memory */
#define DEVICES	    8u

struct worst {
	const char *name;
	void (*how)(struct model_amdvi *unit);
	bool all; /* with INVALIDATE_IOMMU_ALL */
};

static void wedge(struct model_amdvi *unit)
{
	unit->trouble.wedged = true;
}

static void never_complete(struct model_amdvi *unit)
{
	unit->trouble.never_completes = true;
}

/* The faster the unit, the more commands are sent. */
static void lose_stores(struct model_amdvi *unit)
{
	unit->trouble.lost_stores = UINT32_MAX;
	unit->fetch_delay = unit->complete_delay = 0;
}

/* Each step takes a little less than a wait. */
static void crawl(struct model_amdvi *unit)
{
	unit->fetch_delay = unit->complete_delay = 90;
	unit->trouble.lost_stores = UINT32_MAX;
}

static void never_stop(struct model_amdvi *unit)
{
	unit->trouble.never_completes = unit->trouble.never_stops = true;
}

static void never_start(struct model_amdvi *unit)
{
	unit->control &= ~MODEL_AMDVI_CMD_BUF_EN;
	unit->trouble.never_starts = true;
}

static struct amd_host *new_host(const struct worst *worst)
{
	struct amd_host *host = host_new();

	host->machine.map_ticks = MAP_TICKS;
	host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_PORTS | IQ_HANDOVER_CONTAIN;
	host->pci.absence = 1000000; /* an access to an absent function takes a millisecond */
	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		struct model_amdvi *unit = host_unit(host, (uint16_t)i, TABLE_PAGES);

		unit->efr = worst->all ? MODEL_AMDVI_IA_SUP : 0;
		for (uint32_t id = 0; id < 0x10000; id += OPEN_EVERY)
			host_set_entry(host, unit, (uint16_t)id,
				       &(struct model_amdvi_entry){ { MODEL_DTE_OPEN, id, 0, 0 } });
		worst->how(unit);
	}
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct model_function *function =
			model_pci_endpoint(&host->pci, 0, (uint16_t)(i * OPEN_EVERY), MODEL_PCI_ENDPOINT, 0x0200);

		function->pending = MODEL_PCI_FOREVER;
	}
	return host;
}

static void every_wait_times_out(const struct worst *worst)
{
	struct amd_host *host = new_host(worst);
	const uint64_t total = host->handover.total_us * UINT64_C(1000);

	host_crash(host);
	print_message("%s: %u of %u ms\n", worst->name, (unsigned int)(host->took / 1000000),
		      (unsigned int)(total / 1000000));
	assert_true(host->completed);
	assert_int_equal(host->record_status, IQ_OK);
	assert_in_range(host->took, total / 4, total);
	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_BLOCK), IQ_OK);
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_FLUSH), IQ_TIMEOUT);
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_VERIFY), IQ_OK);
	}
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_STOP), IQ_TIMEOUT);
	host_free(host);
}

static void test_eight_full_units_on_which_every_wait_times_out(void **state)
{
	static const struct worst all[] = {
		{ "wedged", wedge, false },
		{ "wedged, with one command for all", wedge, true },
		{ "fetched and never completed", never_complete, false },
		{ "completions are lost", lose_stores, false },
		{ "very slow", crawl, false },
		{ "never stopped", never_stop, true },
		{ "never started", never_start, true },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(all); i++)
		every_wait_times_out(&all[i]);
	(void)state;
}

/* The last unit is flushed although the others have used up the time. */
static void test_a_sound_unit_behind_seven_sick_ones(void **state)
{
	struct amd_host *host = *state;
	struct model_device *well = NULL;

	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		struct model_amdvi *unit = host_unit(host, (uint16_t)i, 2);

		unit->trouble.wedged = i < HOST_UNITS - 1;
		well = host_translated(host, unit, 0x0010, 5);
	}
	host_live(well, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_int_equal(host_stage_status(host, HOST_UNITS - 1, IQ_STAGE_FLUSH), IQ_OK);
	assert_refused(well, HOST_IOVA, MODEL_NO_PASID);
	assert_in_range(host->took, 0, host->handover.total_us * UINT64_C(1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eight_full_units_on_which_every_wait_times_out),
		cmocka_unit_test_setup_teardown(test_a_sound_unit_behind_seven_sick_ones, host_setup, host_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
