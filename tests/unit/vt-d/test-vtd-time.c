/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest time that the sequence can take: eight units of 65,536 present entries each, on which every wait times out for one reason
 * or another, and devices that never finish. By the machine's clock everything takes at most total-ms, and every unit gets its turn.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#define MAP_TICKS 100u	/* to map and read a page of memory */
#define TABLE_RUN 1024u /* requesters that share one table */
#define DEVICES	  8u

struct worst {
	const char *name;
	void (*how)(struct model_vtd *unit);
};

static void wedge(struct model_vtd *unit)
{
	unit->trouble.wedged = unit->trouble.dead_registers = true;
}

static void wedge_without_registers(struct model_vtd *unit)
{
	unit->trouble.wedged = true;
	unit->version = 0x60;
}

static void never_complete(struct model_vtd *unit)
{
	unit->trouble.never_completes = unit->trouble.dead_registers = true;
}

static void never_stop(struct model_vtd *unit)
{
	unit->trouble.wedged = true;
	unit->trouble.stuck = MODEL_VTD_QIE;
}

/* No command in GCMD ever takes effect. */
static void never_obey(struct model_vtd *unit)
{
	unit->cap |= MODEL_VTD_CAP_RWBF | MODEL_VTD_CAP_ESRTPS;
	unit->trouble.wedged = unit->trouble.dead_registers = true;
	unit->trouble.stuck = MODEL_VTD_QIE | MODEL_VTD_WBF | MODEL_VTD_SRTP;
}

/* Each descriptor completes shortly before its wait ends, except for the last. */
static void crawl(struct model_vtd *unit)
{
	unit->fetch_delay = 40;
	unit->trouble.late = 40;
	unit->trouble.lost_stores = UINT32_MAX;
	unit->trouble.dead_registers = true;
}

/* The root tables of all units lead to the same context tables, and the sequence reads and closes them for each unit. */
static void fill(struct intel_host *host)
{
	const uint64_t first = host->unit[0].root & ~UINT64_C(0xfff);
	const bool scalable = host->mode == MODEL_VTD_SCALABLE;
	uint64_t word0 = 0;
	uint8_t page[MODEL_PAGE];

	for (uint32_t id = 0; id < 0x10000; id++) {
		if (id % TABLE_RUN == 0 && scalable) {
			const uint64_t directory = model_vtd_directory_new(&host->tables, 0);

			model_vtd_set_pasid(&host->tables, directory, 0, MODEL_PASID_SECOND, host_second(host, 4), 4, 0,
					    5);
			word0 = directory | MODEL_CONTEXT_SM_PASIDE;
		} else if (id % TABLE_RUN == 0) {
			word0 = host_second(host, 4) | MODEL_CONTEXT_TABLE;
		}
		model_vtd_set_context(&host->tables, first, scalable, (uint16_t)id, word0 | MODEL_CONTEXT_P,
				      scalable ? 0 : MODEL_CONTEXT_DOMAIN(5, 4));
	}
	model_memory_read(&host->machine.memory, first, page, sizeof(page), true);
	for (unsigned int i = 1; i < host->units; i++)
		model_memory_write(&host->machine.memory, host->unit[i].root & ~UINT64_C(0xfff), page, sizeof(page));
}

static void every_wait_times_out(const struct worst *worst, uint64_t mode)
{
	struct intel_host *host = host_new();
	const uint64_t total = host->handover.total_us * UINT64_C(1000);
	enum iq_status flush;

	host->mode = mode;
	host->machine.map_ticks = MAP_TICKS;
	host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_PORTS | IQ_HANDOVER_CONTAIN;
	host->pci.absence = 1000000; /* an access to an absent function takes a millisecond */
	for (unsigned int i = 0; i < HOST_UNITS; i++)
		worst->how(host_unit(host, (uint16_t)i, mode));
	fill(host);
	for (unsigned int i = 0; i < DEVICES; i++)
		model_pci_endpoint(&host->pci, 0, (uint16_t)i, MODEL_PCI_ENDPOINT, 0x0200)->pending = MODEL_PCI_FOREVER;
	host_crash(host);
	print_message("%s: %u of %u ms\n", worst->name, (unsigned int)(host->took / 1000000),
		      (unsigned int)(total / 1000000));
	assert_true(host->completed);
	assert_int_equal(host->record_status, IQ_OK);
	assert_in_range(host->took, total / 4, total);
	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_BLOCK), IQ_OK);
		flush = host_stage_status(host, i, IQ_STAGE_FLUSH);
		assert_true(flush == IQ_TIMEOUT);
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_VERIFY), IQ_OK);
	}
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_STOP), IQ_TIMEOUT);
	host_free(host);
}

static void eight_full_units_on_which_every_wait_times_out(void **state)
{
	static const struct worst all[] = {
		{ "wedged", wedge },
		{ "wedged, and no registers", wedge_without_registers },
		{ "fetched and never completed", never_complete },
		{ "never stopped", never_stop },
		{ "no command takes effect", never_obey },
		{ "very slow", crawl },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(all); i++)
		every_wait_times_out(&all[i], ((struct intel_host *)*state)->mode);
}

/* The last unit is flushed although the others have used up the time. */
static void a_sound_unit_behind_seven_sick_ones(void **state)
{
	struct intel_host *host = *state;
	struct model_device *well = NULL;

	for (unsigned int i = 0; i < HOST_UNITS; i++) {
		struct model_vtd *unit = host_unit(host, (uint16_t)i, host->mode);

		if (i < HOST_UNITS - 1)
			never_obey(unit);
		well = host_translated(host, unit, 0x0108, 5);
	}
	host_live(well, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_int_equal(host_stage_status(host, HOST_UNITS - 1, IQ_STAGE_FLUSH), IQ_OK);
	assert_silently_refused(&host->unit[HOST_UNITS - 1], well, HOST_IOVA, MODEL_NO_PASID);
	assert_in_range(host->took, 0, host->handover.total_us * UINT64_C(1000));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(eight_full_units_on_which_every_wait_times_out),
		BOTH(a_sound_unit_behind_seven_sick_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
