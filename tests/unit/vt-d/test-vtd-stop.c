/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which devices behind VT-d units are stopped at their source: those of all present context entries of each unit.
 * tests/unit/pci/test-stop.c tests how they are stopped.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

static struct model_function *new_function(struct intel_host *host, struct model_device *device)
{
	struct model_function *function =
		model_pci_endpoint(&host->pci, 0, device->requester, MODEL_PCI_ENDPOINT, 0x0200);

	model_pci_attach(function, NULL, device);
	return function;
}

static bool is_master(const struct model_function *function)
{
	return function->space[MODEL_PCI_COMMAND] & MODEL_PCI_BUS_MASTER;
}

static void devices_of_all_buses_and_units_are_stopped(void **state)
{
	static const uint16_t ids[] = { 0x0000, 0x007f, 0x0080, 0x0108, 0xff00, 0xffff };
	struct intel_host *host = *state;
	struct model_vtd *unit[2] = { host_unit(host, 0, host->mode), host_unit(host, 0, host->mode) };
	struct model_function *function[IQ_ARRAY_SIZE(ids)];
	struct iq_record_stage stage;

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(ids); i++) {
		struct model_device *device = host_translated(host, unit[i % 2], ids[i], (uint16_t)(5 + i));

		function[i] = new_function(host, device);
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
	}
	host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(host);
	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.examined, IQ_ARRAY_SIZE(ids));
	assert_int_equal(stage.changed, IQ_ARRAY_SIZE(ids));
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(ids); i++) {
		assert_false(is_master(function[i]));
		assert_int_equal(host->device[i].refused, 0);
	}
}

/* The second unit's description runs out of the table: nobody knows who is behind it. */
static void where_a_table_ends_too_early_a_scan_finds_the_devices(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_function *known = new_function(host, host_translated(host, unit, 0x0010, 5));
	struct model_function *other = model_pci_endpoint(&host->pci, 0, 0x4010, MODEL_PCI_ENDPOINT, 0x0200);
	struct iq_record_stage stage;

	model_dmar_unit(&host->dmar, 0, 0xfed95000, false);
	host->dmar.length -= 4;
	model_acpi_seal(host->dmar.bytes, host->dmar.length);
	host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(host);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_MALFORMED);
	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.changed, 2);
	assert_false(is_master(known));
	assert_false(is_master(other));
}

static void devices_without_an_entry_are_not_asked(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_function *open = new_function(host, host_translated(host, unit, 0x0010, 5));
	struct model_function *closed = new_function(host, host_device(host, unit, 0x0018));

	host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(host);
	assert_false(is_master(open));
	assert_true(is_master(closed));
}

static void a_device_in_pass_through_is_stopped(void **state)
{
	struct intel_host *host = *state;
	struct model_device *device = host_passthrough(host, host_unit(host, 0, host->mode), 0x0010);
	struct model_function *function = new_function(host, device);

	host_live(device, HOST_TARGET, MODEL_NO_PASID);
	host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(host);
	assert_false(is_master(function));
	assert_int_equal(device->refused, 0);
}

static void with_a_unit_that_is_off_the_buses_are_scanned(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode), *off = host_unit(host, 0, host->mode);
	struct model_function *behind = new_function(host, host_translated(host, unit, 0x0010, 5));
	struct model_function *beside = new_function(host, host_device(host, off, 0x0018));

	off->gsts &= ~MODEL_VTD_TE;
	host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(host);
	assert_false(is_master(behind));
	assert_false(is_master(beside));
}

static void crash_and_stop(struct intel_host *host, unsigned int devices)
{
	struct iq_record_stage stage;

	host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(host);
	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.changed, devices);
}

/* The unit still uses its old table: it reads the register only at a command. 11.4.5 */
static void with_tables_that_cannot_be_read_the_buses_are_scanned(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_function *function = new_function(host, device);

	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	unit->rtaddr = UINT64_C(0xf00000000000) | (unit->rtaddr & 0xfff);
	crash_and_stop(host, 1);
	assert_false(is_master(function));
}

/* The unit can read memory that the plugin may not read, in the crash region for example. */
static void with_one_context_table_that_cannot_be_read_the_buses_are_scanned(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_function *seen = new_function(host, host_translated(host, unit, 0x0010, 5));
	struct model_device *device = host_translated(host, unit, 0x4010, 6);
	struct model_function *function = new_function(host, device);

	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	model_memory_set64(&host->machine.memory, (unit->rtaddr & ~UINT64_C(0xfff)) + 0x40 * 16,
			   UINT64_C(0xf00000000001));
	crash_and_stop(host, 2);
	assert_false(is_master(seen));
	assert_false(is_master(function));
}

/* Linux switches VT-d on if it was built so, which is unknown here, or if its command line says so. */
static void with_stop_auto_a_unit_that_is_off_counts_if_the_capture_kernel_is_told_to_switch_it_on(void **state)
{
	static const uint32_t said[] = { 0, IQ_HANDOVER_SWITCHED_OFF, IQ_HANDOVER_SWITCHED_ON };
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_function *function = new_function(host, host_translated(host, unit, 0x0010, 5));
	struct iq_record_stage stage;

	unit->gsts &= ~(UINT32_C(1) << 31); /* TES */
	for (size_t i = 0; i < IQ_ARRAY_SIZE(said); i++) {
		const bool stopped = said[i] == IQ_HANDOVER_SWITCHED_ON;

		host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO | said[i];
		if (i) {
			memset(host->note, 0, host->handover.note_size);
			memset(host->run, 0, sizeof(*host->run));
		}
		host_crash(host);
		assert_int_equal(is_master(function), !stopped);
		assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
		assert_int_equal(stage.status, stopped ? IQ_OK : IQ_NOTHING);
	}
}

static void a_device_that_does_not_stop_may_still_read(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *stuck = host_translated(host, unit, 0x0010, 5), *obeys = host_translated(host, unit, 0x0018, 6);

	new_function(host, stuck)->pending = MODEL_PCI_FOREVER;
	new_function(host, obeys);
	host_live(stuck, HOST_IOVA, MODEL_NO_PASID);
	host->handover.flags = IQ_HANDOVER_STOP;
	/* What is pending goes on whatever Bus Master says. */
	stuck->command = NULL;
	host_crash(host);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_STOP), IQ_TIMEOUT);
	assert_only_reads(stuck, HOST_IOVA, MODEL_NO_PASID);
	obeys->command = NULL;
	assert_refused(obeys, HOST_IOVA, MODEL_NO_PASID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(devices_of_all_buses_and_units_are_stopped),
		BOTH(where_a_table_ends_too_early_a_scan_finds_the_devices),
		BOTH(devices_without_an_entry_are_not_asked),
		BOTH(a_device_in_pass_through_is_stopped),
		BOTH(with_a_unit_that_is_off_the_buses_are_scanned),
		BOTH(with_tables_that_cannot_be_read_the_buses_are_scanned),
		BOTH(with_one_context_table_that_cannot_be_read_the_buses_are_scanned),
		BOTH(a_device_that_does_not_stop_may_still_read),
		BOTH(with_stop_auto_a_unit_that_is_off_counts_if_the_capture_kernel_is_told_to_switch_it_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
