/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA stopped at its source: what is done to a function, how functions can react, and that the IOMMU is closed in every case.
 * test-sources.c tests which functions are found.
 */
#include "stop-scene.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

static void test_a_device_is_stopped_before_anything_is_refused(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);
	struct iq_record_device device;
	struct iq_record_stage stage;
	uint64_t landed;

	stop_start(host);
	host_crash(host);
	landed = source.device->landed;
	model_machine_steps(&host->machine, 10);
	assert_int_equal(source.device->landed, landed);
	assert_int_equal(source.device->refused, 0);
	assert_false(is_master(source.function));
	assert_int_equal(host->status, IQ_OK);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.examined, 1);
	assert_int_equal(stage.changed, 1);
	assert_true(stop_recorded(host, 0, 0x0100, &device));
	assert_int_equal(device.status, IQ_OK);
	assert_int_equal(device.command, 0x107);
	assert_int_equal(device.express, MODEL_PCI_EXPRESS);
	assert_int_equal(device.flags, IQ_DEVICE_MSI | IQ_DEVICE_MSIX);
	assert_int_equal(host->record.header.flags, IQ_RECORD_SEALED);
}

static void test_control_without_the_stage_its_requests_are_refused(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);
	struct iq_record_stage stage;

	host_crash(host);
	model_machine_steps(&host->machine, 10);
	assert_true(source.device->refused >= 10);
	assert_true(is_master(source.function));
	assert_false(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
}

static void test_messages_and_interrupts_end_and_status_bits_stay(void **state)
{
	struct amd_host *host = *state;
	struct model_function *function = new_source(host, host_unit(host, 0, 512), 0, 0x0100).function;
	uint32_t command;

	model_pci_set(function, MODEL_PCI_COMMAND, 0x28100107);
	stop_start(host);
	host_crash(host);
	command = model_pci_word(function, MODEL_PCI_COMMAND);
	assert_int_equal(command, 0x28100003 | MODEL_PCI_NO_INTX);
	assert_int_equal(model_pci_word(function, MODEL_PCI_MSI) >> 16, 0);
	assert_int_equal(model_pci_word(function, MODEL_PCI_MSIX) >> 31, 0);
}

static void test_a_stopped_device_reports_no_errors(void **state)
{
	struct amd_host *host = *state;
	struct model_function *function = new_source(host, host_unit(host, 0, 512), 0, 0x0100).function;
	struct model_function *port = model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 1);
	struct iq_record_device device;

	model_pci_set(function, MODEL_PCI_EXPRESS + 8, 0x000f5810 | 0xf);
	stop_start(host);
	host_crash(host);
	model_pci_set(port, MODEL_PCI_DPC + 4, 1);
	model_pci_report(&host->pci, function);
	assert_int_equal(host->pci.errors, 0);
	/* No other bits of Device Control change, and no status bits. */
	assert_int_equal(model_pci_word(function, MODEL_PCI_EXPRESS + 8), 0x000f5810);
	assert_true(stop_recorded(host, 0, 0x0100, &device));
	assert_int_equal(device.control, 0x581f);
}

static void test_control_a_device_that_is_not_stopped_reports_errors(void **state)
{
	struct amd_host *host = *state;
	struct model_function *function = new_source(host, host_unit(host, 0, 512), 0, 0x0100).function;
	struct model_function *port = model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 1);

	host_crash(host);
	model_pci_set(port, MODEL_PCI_DPC + 4, 1);
	model_pci_report(&host->pci, function);
	assert_int_equal(host->pci.errors, 1);
}

static void test_what_policy_does_not_block_keeps_its_bus_master(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source kept = new_source(host, unit, 0, 0x0100), stopped = new_source(host, unit, 0, 0x0101);

	host_preserve(host, 0, 0x0100, 0x0100);
	stop_start(host);
	host_crash(host);
	assert_true(is_master(kept.function));
	assert_lands(kept.device, kept.iova, MODEL_NO_PASID);
	assert_false(is_master(stopped.function));
	assert_int_equal(stop_stage(host).preserved, 1);
}

static void test_where_nothing_may_be_blocked_devices_are_stopped_all_the_same(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source source = new_source(host, unit, 0, 0x0100);
	const struct model_amdvi_entry before = host_entry(host, unit, 0x0100);
	struct iq_record_stage stage;

	host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN | IQ_HANDOVER_NO_BLOCK;
	host_crash(host);
	assert_false(is_master(source.function));
	assert_memory_equal(&before, &(struct model_amdvi_entry[]){ host_entry(host, unit, 0x0100) }, sizeof(before));
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_BLOCK), IQ_UNSUPPORTED);
	assert_false(host_stage(host, 0, IQ_STAGE_BLOCK, &stage));
	assert_false(host_stage(host, 0, IQ_STAGE_FLUSH, &stage));
}

static void test_modes_that_no_iommu_gives_are_stopped(void **state)
{
	for (unsigned int off = 0; off < 2; off++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source source[3];

		if (off)
			turn_off(unit);
		for (unsigned int i = 0; i < 3; i++)
			source[i] = new_source(host, unit, 0, (uint16_t)(0x0008 + i * 8));
		host_rule(host, 0, 0x0008, 0x0008, IQ_MODE_SINK);
		host_rule(host, 0, 0x0010, 0x0010, IQ_MODE_BLOCK_WRITES);
		host_preserve(host, 0, 0x0018, 0x0018);
		host->handover.flags = off ? IQ_HANDOVER_STOP : IQ_HANDOVER_STOP | IQ_HANDOVER_NO_BLOCK;
		host_crash(host);
		assert_false(is_master(source[0].function));
		assert_false(is_master(source[1].function));
		assert_true(is_master(source[2].function));
		host_free(host);
	}
	(void)state;
}

static void test_the_wait_is_as_long_as_the_slowest_device(void **state)
{
	uint64_t idle = 0;

	for (uint32_t pending = 0; pending <= 50; pending += 25) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source slow = new_source(host, unit, 0, 0x0100);
		struct iq_record_device device;
		struct iq_record_stage stage;

		new_source(host, unit, 0, 0x0101);
		slow.function->pending = pending;
		stop_start(host);
		host_crash(host);
		stage = stop_stage(host);
		assert_int_equal(stage.status, IQ_OK);
		assert_int_equal(stop_status(host, 0x0100), IQ_OK);
		assert_int_equal(stop_status(host, 0x0101), IQ_OK);
		assert_true(stop_recorded(host, 0, 0x0100, &device));
		assert_int_equal(!!(device.flags & IQ_DEVICE_PENDING), pending > 0);
		/* One of the reads comes from switching off the function's error reporting. */
		assert_int_equal(slow.function->looks, pending ? pending + 1 : 2);
		if (!pending)
			idle = stage.end - stage.start;
		assert_true(device.took >= pending * host->machine.relax_ticks);
		assert_true(stage.end - stage.start <= idle + pending * 10 * host->machine.relax_ticks);
		host_free(host);
	}
	(void)state;
}

static void test_a_device_that_never_finishes_costs_one_wait(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct iq_record_stage stage;

	for (unsigned int i = 0; i < 8; i++)
		new_source(host, unit, 0, (uint16_t)(0x0100 + i)).function->pending = i < 4 ? MODEL_PCI_FOREVER : 0;
	stop_start(host);
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_TIMEOUT);
	assert_int_equal(stage.open, 4);
	assert_int_equal(stage.address, 0x0100);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, host->handover.wait_us + 10000));
	assert_int_equal(stop_status(host, 0x0103), IQ_TIMEOUT);
	assert_int_equal(stop_status(host, 0x0104), IQ_OK);
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
	assert_true(host->took < iq_ticks(&host->machine.io, host->handover.total_us));
}

/* On a large machine, or an emulated one on a busy host, one pass over all devices takes longer than a wait. */
static void test_many_devices_all_get_their_look_however_short_the_wait(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct iq_record_stage stage;
	struct source first = new_source(host, unit, 0, 0x0100);

	for (unsigned int i = 1; i < 60; i++)
		new_source(host, unit, 0, (uint16_t)(0x0100 + i));
	first.function->pending = 3;
	stop_start(host);
	host->handover.wait_us = 20;
	host_crash(host);
	stage = stop_stage(host);
	assert_true(stage.end - stage.start > 3 * iq_ticks(&host->machine.io, host->handover.wait_us));
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.open, 0);
	for (unsigned int i = 0; i < 60; i++)
		assert_int_equal(stop_status(host, (uint16_t)(0x0100 + i)), IQ_OK);
	assert_int_equal(first.function->looks, 4);
}

/* Each access to such a function is as slow as an access to an absent one. After two that count the rest is skipped. */
static void test_devices_that_leave_in_between_cost_three_slow_answers(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct iq_record_stage stage;
	struct source last;

	for (unsigned int i = 0; i < 60; i++) {
		last = new_source(host, unit, 0, (uint16_t)(0x0100 + i));
		last.function->leaves = true;
	}
	host->pci.absence = iq_ticks(&host->machine.io, 50000);
	stop_start(host);
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_SKIPPED);
	assert_int_equal(stage.skipped, 1);
	assert_int_equal(stage.open, 60);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, 4 * 50000));
	assert_int_equal(stop_status(host, last.function->requester), IQ_SKIPPED);
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
}

/*
 * An access that took long because the processor was elsewhere says nothing of the bus. It is tried at every access to two functions
 * that are there and to two of one bus that are not.
 */
static void test_a_processor_that_is_taken_away_makes_no_bus_slow(void **state)
{
	unsigned int accesses = 1;

	for (unsigned int at = 0; at <= accesses; at++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		const struct source one = new_source(host, unit, 0, 0x0100), other = new_source(host, unit, 0, 0x0200);
		struct iq_record_stage stage;

		host_translated(host, unit, 0x0108, 7);
		host_translated(host, unit, 0x0110, 7);
		host->pci.taken_at = at;
		host->pci.taken_for = iq_ticks(&host->machine.io, 50000);
		stop_start(host);
		host->handover.flags |= IQ_HANDOVER_CONTAIN;
		host_crash(host);
		stage = stop_stage(host);
		assert_int_equal(stage.status, IQ_OK);
		assert_int_equal(stage.skipped, 0);
		assert_false(is_master(one.function));
		assert_false(is_master(other.function));
		accesses = host->pci.accesses;
		host_free(host);
	}
	assert_true(accesses > 10);
	(void)state;
}

static void test_a_device_that_is_gone_is_no_error(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);

	new_source(host, unit, 0, 0x0100).function->leaves = true;
	/* An alias: it has an entry, and no function on the bus. */
	host_translated(host, unit, 0x0108, 7);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).examined, 2);
	assert_int_equal(stop_status(host, 0x0100), IQ_ABSENT);
}

/* A device behind a root port ignores writes, and the IOMMU is off: only the root port can stop it. */
static struct source new_rebel(struct amd_host *host, struct model_function **port)
{
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source rebel;

	turn_off(unit);
	*port = model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 1);
	rebel = new_source(host, unit, 0, 0x0100);
	rebel.function->disobedient = true;
	model_pci_attach(rebel.function, *port, rebel.device);
	return rebel;
}

static void test_a_root_port_stops_what_does_not_obey_if_policy_says_so(void **state)
{
	struct amd_host *host = *state;
	struct model_function *port;
	struct source rebel = new_rebel(host, &port);
	struct iq_record_device device;

	stop_start(host);
	host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_STILL_OPEN);
	assert_int_equal(stop_status(host, 0x0100), IQ_STILL_OPEN);
	assert_false(is_master(port));
	assert_refused(rebel.device, rebel.iova, MODEL_NO_PASID);
	assert_true(stop_recorded(host, 0, PORT, &device));
	assert_int_equal(device.flags, IQ_DEVICE_PORT);
	assert_int_equal(device.status, IQ_OK);
}

static void test_one_look_finds_the_root_ports_of_all_that_do_not_obey(void **state)
{
	struct amd_host *host = *state;
	struct model_function *port;
	struct source rebel = new_rebel(host, &port);
	unsigned int reads;

	stop_start(host);
	host_crash(host);
	reads = host->pci.reads;
	rebel.function->space[MODEL_PCI_COMMAND] |= MODEL_PCI_BUS_MASTER;
	for (unsigned int i = 1; i < 20; i++)
		new_source(host, &host->unit[0], 0, (uint16_t)(0x4000 + i * 8)).function->disobedient = true;
	host->pci.reads = 0;
	memset(host->note, 0, host->handover.note_size);
	memset(host->run, 0, sizeof(*host->run));
	host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(host);
	assert_int_equal(stop_stage(host).open, 20);
	assert_false(is_master(port));
	assert_true(host->pci.reads < 3 * reads);
}

static void test_control_a_root_port_is_left_alone_by_default(void **state)
{
	struct amd_host *host = *state;
	struct model_function *port;
	struct source rebel = new_rebel(host, &port);

	stop_start(host);
	host_crash(host);
	assert_true(is_master(port));
	assert_lands(rebel.device, rebel.iova, MODEL_NO_PASID);
}

static void test_a_root_port_above_a_preserved_device_is_left_alone(void **state)
{
	struct amd_host *host = *state;
	struct model_function *port;

	new_rebel(host, &port);
	host_preserve(host, 0, 0x0101, 0x0101);
	stop_start(host);
	host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(host);
	assert_true(is_master(port));
}

static void test_a_preserved_root_port_is_left_alone(void **state)
{
	struct amd_host *host = *state;
	struct model_function *port;

	new_rebel(host, &port);
	host_preserve(host, 0, PORT, PORT);
	stop_start(host);
	host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(host);
	assert_true(is_master(port));
}

static void test_a_record_without_room_stops_them_all_the_same(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);

	for (unsigned int i = 0; i < 60; i++)
		new_source(host, unit, 0, (uint16_t)(0x0100 + i));
	host->handover.note_size = IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER;
	stop_start(host);
	host_crash(host);
	assert_int_equal(host->record_status, IQ_OK);
	assert_true(host->record.header.flags & IQ_RECORD_TRUNCATED);
	for (unsigned int i = 0; i < 60; i++)
		assert_false(is_master(&host->pci.function[i]));
}

static void test_an_exception_at_any_access_leaves_the_iommu_closed(void **state)
{
	uint64_t calls = 1;

	for (uint64_t at = 1; at <= calls; at++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct source source = new_source(host, unit, 0, 0x0018);
		struct iq_record_stage stage;

		host->machine.trouble.trap_at = at == 1 ? 0 : at;
		host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
		host_crash(host);
		if (at == 1)
			calls = host->run_calls;
		assert_int_equal(host->record_status, IQ_OK);
		if (host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage) && stage.status == IQ_FAULT) {
			model_pci_set(source.function, MODEL_PCI_COMMAND, MODEL_PCI_BUS_MASTER);
			assert_refused(source.device, source.iova, MODEL_NO_PASID);
			assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
		}
		host_free(host);
	}
	(void)state;
}

#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_device_is_stopped_before_anything_is_refused),
		T(test_control_without_the_stage_its_requests_are_refused),
		T(test_messages_and_interrupts_end_and_status_bits_stay),
		T(test_a_stopped_device_reports_no_errors),
		T(test_control_a_device_that_is_not_stopped_reports_errors),
		T(test_what_policy_does_not_block_keeps_its_bus_master),
		T(test_where_nothing_may_be_blocked_devices_are_stopped_all_the_same),
		T(test_a_device_that_never_finishes_costs_one_wait),
		T(test_many_devices_all_get_their_look_however_short_the_wait),
		cmocka_unit_test(test_a_processor_that_is_taken_away_makes_no_bus_slow),
		T(test_devices_that_leave_in_between_cost_three_slow_answers),
		T(test_a_device_that_is_gone_is_no_error),
		T(test_a_root_port_stops_what_does_not_obey_if_policy_says_so),
		T(test_one_look_finds_the_root_ports_of_all_that_do_not_obey),
		T(test_control_a_root_port_is_left_alone_by_default),
		T(test_a_root_port_above_a_preserved_device_is_left_alone),
		T(test_a_preserved_root_port_is_left_alone),
		T(test_a_record_without_room_stops_them_all_the_same),
		cmocka_unit_test(test_modes_that_no_iommu_gives_are_stopped),
		cmocka_unit_test(test_the_wait_is_as_long_as_the_slowest_device),
		cmocka_unit_test(test_an_exception_at_any_access_leaves_the_iommu_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
