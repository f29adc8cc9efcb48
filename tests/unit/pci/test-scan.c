/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where tables do not tell who can do DMA, a scan of configuration space does: of which buses, and in bounded time.
 */
#include "stop-scene.h"

#include "unit/core/cmocka-all.h"

static void test_without_an_iommu_a_scan_finds_the_devices(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source root, below, second_root, other;

	turn_off(unit);
	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 3);
	model_pci_bridge(&host->pci, 0, 0x0100, MODEL_PCI_DOWNSTREAM, 3, 3);
	root = new_source(host, unit, 0, 0x0010);
	below = new_source(host, unit, 0, 0x0300);
	second_root = new_source(host, unit, 0, 0x4018);
	/* No bridge leads to this bus, although a bridge has its number. */
	other = new_source(host, unit, 0, 0x0200);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).changed, 3);
	assert_false(is_master(root.function));
	assert_false(is_master(below.function));
	assert_false(is_master(second_root.function));
	assert_true(is_master(other.function));
}

/* Root buses 0 and 0x40; firmware hides all that is neither one of these nor below a bridge. */
static void hide_buses(struct amd_host *host)
{
	model_pci_hide(&host->pci, 0, 0x02, 0x3f);
	model_pci_hide(&host->pci, 0, 0x41, 0xff);
}

static void add_roots(struct amd_host *host)
{
	const struct iq_root_buses roots[] = { { .segment = 0, .bus = { [0] = 1, [8] = 1 } } };

	assert_true(iq_handover_add(&host->handover, IQ_ITEM_ROOTS, roots, sizeof(roots)));
}

static void test_buses_that_firmware_hides_are_not_read(void **state)
{
	for (unsigned int known = 0; known < 2; known++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source below, second_root;

		turn_off(unit);
		model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 1);
		below = new_source(host, unit, 0, 0x0100);
		second_root = new_source(host, unit, 0, 0x4018);
		hide_buses(host);
		if (known)
			add_roots(host);
		host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
		host_crash(host);
		assert_false(is_master(below.function));
		assert_false(is_master(second_root.function));
		/* The control: without the list all buses are read. */
		assert_int_equal(!host->pci.trespasses, known);
		host_free(host);
	}
	(void)state;
}

static void test_the_mcfg_limits_a_scan_where_root_buses_are_not_known(void **state)
{
	for (unsigned int limited = 0; limited < 2; limited++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source source;

		turn_off(unit);
		host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
		if (limited) {
			host->mcfg[55] = 0x3f; /* the last bus */
			model_acpi_seal(host->mcfg, host->mcfg_length);
		}
		source = new_source(host, unit, 0, 0x0018);
		model_pci_hide(&host->pci, 0, 0x40, 0xff);
		stop_start(host);
		host_crash(host);
		assert_false(is_master(source.function));
		assert_int_equal(!host->pci.trespasses, limited);
		host_free(host);
	}
	(void)state;
}

static void test_a_scan_goes_on_behind_every_kind_of_bridge(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source below;

	turn_off(unit);
	model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 2);
	/* A CardBus bridge has its bus numbers at the same offset. */
	model_pci_bridge(&host->pci, 0, 0x0100, MODEL_PCI_CONVENTIONAL, 2, 2)->space[0x0e] = 2;
	below = new_source(host, unit, 0, 0x0200);
	stop_start(host);
	host_crash(host);
	assert_false(is_master(below.function));
}

static void test_with_tables_that_cannot_be_read_a_scan_finds_the_devices(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source source = new_source(host, unit, 0, 0x0010);
	struct source sunk = new_source(host, unit, 0, 0x0018);

	unit->table[0] = UINT64_C(0xf00000000000) | 0x1ff;
	stop_start(host);
	host_rule(host, 0, 0x0018, 0x0018, IQ_MODE_SINK);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(source.function));
	/* Without tables the sink is impossible, so this device is stopped too. */
	assert_false(is_master(sunk.function));
}

static void test_with_a_table_that_ends_outside_of_memory_a_scan_finds_the_devices(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source inside, outside;

	/* Two pages are in RAM, the rest is beyond its last byte. */
	unit->table[0] = (UINT64_C(0x200000000) - 2 * MODEL_PAGE) | 0x1ff;
	model_amdvi_drop_all(unit);
	inside = new_source(host, unit, 0, 0x0010);
	outside.function = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);
	model_pci_attach(outside.function, NULL, host_device(host, unit, 0x4010));
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(inside.function));
	assert_false(is_master(outside.function));
}

static void test_with_a_unit_left_out_a_scan_finds_the_devices(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source known = new_source(host, unit, 0, 0x0010);
	struct model_function *other = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);

	/* No registers are at this address: nothing blocks the devices behind this unit. */
	model_ivrs_unit(&host->ivrs, 0x11, 1, 0x0099, 0x12345678);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(known.function));
	assert_false(is_master(other));
}

/* A machine with more units than a plan holds is scanned with all the care of a scan: stop = auto, and only root buses that are known. */
static void test_with_more_units_than_a_plan_holds_a_scan_finds_the_devices(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source known = new_source(host, unit, 0, 0x0010);
	struct model_function *other = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);

	for (uint16_t i = 1; i < IQ_PLAN_UNITS + 5; i++)
		model_ivrs_unit(&host->ivrs, 0x11, i, 0x0002, 0xfd400000 + (uint64_t)i * 0x80000);
	hide_buses(host);
	add_roots(host);
	stop_start(host);
	host->handover.flags |= IQ_HANDOVER_STOP_AUTO;
	host_crash(host);
	assert_int_equal(host->run->plan.units, IQ_PLAN_UNITS);
	assert_int_equal(host->run->plan.units_left_out, 5);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(known.function));
	assert_false(is_master(other));
	assert_int_equal(host->pci.trespasses, 0);
	assert_refused(known.device, known.iova, MODEL_NO_PASID);
}

/* The second unit's description runs out of the table: nobody knows who is behind it. */
static void test_where_a_table_ends_too_early_a_scan_finds_the_devices(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source known = new_source(host, unit, 0, 0x0010);
	struct model_function *other = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);

	model_ivrs_unit(&host->ivrs, 0x11, 0, 0x4002, 0xfd400000);
	host->ivrs.length -= 8;
	model_acpi_seal(host->ivrs.bytes, host->ivrs.length);
	stop_start(host);
	host_crash(host);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_MALFORMED);
	assert_int_equal(host->run->plan.units_left_out, 1);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(known.function));
	assert_false(is_master(other));
}

/*
 * The table is sound, and names no unit for a second root complex: its DMA is translated by nobody. Where root buses are not known,
 * nobody is read there: firmware may have hidden these buses.
 */
static void test_devices_on_buses_that_no_unit_serves_are_found_by_a_scan(void **state)
{
	for (unsigned int form = 0; form < 4; form++) {
		const bool ecam = form & 1, known_roots = form & 2;
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source known, below;
		struct model_function *silent, *other;

		host_serves(host, 0x0003, 0x3fff);
		if (ecam)
			host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
		known = new_source(host, unit, 0, 0x0010);
		/* Its table entry lets nothing through. */
		silent = model_pci_endpoint(&host->pci, 0, 0x0018, MODEL_PCI_ENDPOINT, 0x0200);
		model_pci_bridge(&host->pci, 0, 0x4008, MODEL_PCI_ROOT_PORT, 0x41, 0x41);
		other = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);
		below = new_source(host, unit, 0, 0x4100);
		if (known_roots)
			add_roots(host);
		stop_start(host);
		host_crash(host);
		assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_OK);
		assert_int_equal(stop_stage(host).status, IQ_OK);
		assert_int_equal(stop_stage(host).changed, known_roots ? 3 : 2);
		assert_false(is_master(known.function));
		/* The tables name it, whoever serves it. */
		assert_false(is_master(below.function));
		assert_int_equal(is_master(other), !known_roots);
		assert_true(is_master(silent));
		host_free(host);
	}
	(void)state;
}

/* Root buses are known, and a bus that no unit serves is none of them: the bridge to it is on a bus that one serves. */
static void test_a_bus_that_no_unit_serves_is_found_below_one_that_is_served(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct model_function *silent, *other;
	struct source known;

	host_serves(host, 0x0003, 0x3fff);
	known = new_source(host, unit, 0, 0x0010);
	silent = model_pci_endpoint(&host->pci, 0, 0x0018, MODEL_PCI_ENDPOINT, 0x0200);
	model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 0x50, 0x50);
	other = model_pci_endpoint(&host->pci, 0, 0x5000, MODEL_PCI_ENDPOINT, 0x0200);
	add_roots(host);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(known.function));
	assert_false(is_master(other));
	assert_true(is_master(silent));
}

static void test_devices_that_tables_name_are_stopped_besides_those_that_a_scan_finds(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512), *off = host_unit(host, 0, 512);
	struct source parent = new_source(host, unit, 0, 0x0010);
	struct model_function *virtual;

	/* Without memory-mapped configuration space the SR-IOV capability cannot be read, so a scan finds no virtual functions. */
	virtual = model_pci_virtual(&host->pci, parent.function, 1, 4, 2);
	host_translated(host, unit, virtual->requester, 9);
	turn_off(off);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 2);
	assert_false(is_master(parent.function));
	assert_false(is_master(virtual));
}

/* A machine check was under way: some part has failed, and an access that is not answered can end in the next one. */
static void test_a_machine_that_failed_is_not_scanned(void **state)
{
	for (unsigned int failed = 0; failed < 2; failed++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512), *off = host_unit(host, 0, 512);
		struct source named = new_source(host, unit, 0, 0x0010);
		struct model_function *other = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);

		turn_off(off);
		model_ivrs_unit(&host->ivrs, 0x11, 1, 0x0099, 0x12345678);
		host->machine.io.machine_check = failed;
		host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
		host_crash(host);
		assert_int_equal(host->record.header.flags, IQ_RECORD_SEALED | (failed ? IQ_RECORD_MACHINE_CHECK : 0));
		assert_int_equal(stop_stage(host).status, failed ? IQ_SKIPPED : IQ_OK);
		assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_CONTAIN), failed ? IQ_SKIPPED : IQ_OK);
		/* What tables name is dealt with all the same. */
		assert_false(is_master(named.function));
		assert_int_equal(is_master(other), failed);
		assert_true(!failed || host->pci.reads < 1000);
		host_free(host);
	}
	(void)state;
}

/* An access to an absent function can take a long time. */
static void test_a_scan_leaves_half_of_the_time_to_the_units(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct iq_record_stage stage;
	struct source source;

	turn_off(unit);
	source = new_source(host, unit, 0, 0x0008);
	host->pci.absence = iq_ticks(&host->machine.io, 50000);
	stop_start(host);
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_TIMEOUT);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, host->handover.total_us / 2 + 60000));
	assert_false(is_master(source.function));
	assert_int_equal(stop_status(host, 0x0008), IQ_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_without_an_iommu_a_scan_finds_the_devices),
		T(test_a_scan_goes_on_behind_every_kind_of_bridge),
		T(test_with_tables_that_cannot_be_read_a_scan_finds_the_devices),
		T(test_with_a_table_that_ends_outside_of_memory_a_scan_finds_the_devices),
		T(test_with_a_unit_left_out_a_scan_finds_the_devices),
		T(test_with_more_units_than_a_plan_holds_a_scan_finds_the_devices),
		T(test_where_a_table_ends_too_early_a_scan_finds_the_devices),
		T(test_devices_on_buses_that_no_unit_serves_are_found_by_a_scan),
		T(test_a_bus_that_no_unit_serves_is_found_below_one_that_is_served),
		T(test_devices_that_tables_name_are_stopped_besides_those_that_a_scan_finds),
		T(test_a_scan_leaves_half_of_the_time_to_the_units),
		cmocka_unit_test(test_a_machine_that_failed_is_not_scanned),
		cmocka_unit_test(test_buses_that_firmware_hides_are_not_read),
		cmocka_unit_test(test_the_mcfg_limits_a_scan_where_root_buses_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
