/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA stopped at its source: whose Bus Master is cleared and whose is not, with and without an IOMMU; what functions can do
 * in answer; and that nothing of it keeps the IOMMU from being closed.
 */
#include "amd-host.h"

#include "cmocka-all.h"

#include <string.h>

#define NIC  0x0200
#define ECAM UINT64_C(0xe0000000)
#define PORT 0x0008 /* 00:01.0 */

/* A device on the bus and behind a unit that does DMA from now on. */
struct source {
	struct model_function *function;
	struct model_device *device;
	uint64_t iova;
};

static struct source new_source(struct amd_host *host, struct model_amdvi *unit, uint16_t segment, uint16_t requester)
{
	struct source source;

	source.function = model_pci_endpoint(&host->pci, segment, requester, MODEL_PCI_ENDPOINT, NIC);
	source.device = host_translated(host, unit, requester, 5);
	model_pci_attach(source.function, NULL, source.device);
	/* Where nothing is translated, an address in memory. */
	source.iova = unit->control & MODEL_AMDVI_IOMMU_EN ? HOST_IOVA : 0x60000000;
	host_live(source.device, source.iova, MODEL_NO_PASID);
	return source;
}

static void start(struct amd_host *host)
{
	host->handover.flags = IQ_HANDOVER_STOP;
}

static bool is_master(const struct model_function *function)
{
	return function->space[MODEL_PCI_COMMAND] & MODEL_PCI_BUS_MASTER;
}

/* What the record says of @requester. */
static bool recorded(const struct amd_host *host, uint16_t segment, uint16_t requester, struct iq_record_device *found)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload))
		for (uint32_t i = 0; section.type == IQ_SECTION_DEVICES && i + sizeof(*found) <= section.length;
		     i += (uint32_t)sizeof(*found)) {
			memcpy(found, payload + i, sizeof(*found));
			if (found->segment == segment && found->requester == requester)
				return true;
		}
	return false;
}

static enum iq_status device_status(const struct amd_host *host, uint16_t requester)
{
	struct iq_record_device device;

	assert_true(recorded(host, 0, requester, &device));
	return (enum iq_status)device.status;
}

static struct iq_record_stage stop_stage(const struct amd_host *host)
{
	struct iq_record_stage stage;

	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
	return stage;
}

static void test_a_device_is_stopped_before_anything_is_refused(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);
	struct iq_record_device device;
	struct iq_record_stage stage;
	uint64_t landed;

	start(host);
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
	assert_true(recorded(host, 0, 0x0100, &device));
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
	start(host);
	host_crash(host);
	command = model_pci_word(function, MODEL_PCI_COMMAND);
	assert_int_equal(command, 0x28100103 | MODEL_PCI_NO_INTX);
	assert_int_equal(model_pci_word(function, MODEL_PCI_MSI) >> 16, 0);
	assert_int_equal(model_pci_word(function, MODEL_PCI_MSIX) >> 31, 0);
}

static void turn_off(struct model_amdvi *unit)
{
	unit->control &= ~MODEL_AMDVI_IOMMU_EN;
}

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
	/* A bus number that a bridge has, but that no bridge leads to. */
	other = new_source(host, unit, 0, 0x0200);
	start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).changed, 3);
	assert_false(is_master(root.function));
	assert_false(is_master(below.function));
	assert_false(is_master(second_root.function));
	assert_true(is_master(other.function));
}

static void test_a_scan_goes_on_behind_every_kind_of_bridge(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source below;

	turn_off(unit);
	model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 2);
	/* CardBus has its bus numbers in the same place. */
	model_pci_bridge(&host->pci, 0, 0x0100, MODEL_PCI_CONVENTIONAL, 2, 2)->space[0x0e] = 2;
	below = new_source(host, unit, 0, 0x0200);
	start(host);
	host_crash(host);
	assert_false(is_master(below.function));
}

static void test_control_without_an_iommu_dma_goes_on(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source source;

	turn_off(unit);
	source = new_source(host, unit, 0, 0x0010);
	host_crash(host);
	assert_lands(source.device, source.iova, MODEL_NO_PASID);
}

static void test_virtual_functions_are_found_with_and_without_an_iommu(void **state)
{
	for (unsigned int off = 0; off < 2; off++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source parent;
		struct model_function *first;

		if (off)
			turn_off(unit);
		host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
		parent = new_source(host, unit, 0, 0x0010);
		first = model_pci_virtual(&host->pci, parent.function, 5, 4, 2);
		for (unsigned int i = 0; i < 5; i++)
			host_translated(host, unit, first[i].requester, 9);
		start(host);
		host_crash(host);
		assert_int_equal(stop_stage(host).changed, 6);
		for (unsigned int i = 0; i < 5; i++)
			assert_false(is_master(&first[i]));
		host_free(host);
	}
	(void)state;
}

static void test_virtual_functions_without_a_stride_are_one(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source parent;

	turn_off(unit);
	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	parent = new_source(host, unit, 0, 0x0010);
	model_pci_virtual(&host->pci, parent.function, 1, 4, 0);
	model_pci_set(parent.function, MODEL_PCI_SRIOV + 0x10, 0xffff);
	start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 2);
}

static void test_other_segments_are_reached_through_memory(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 1, 512);
	struct source source = new_source(host, unit, 1, 0x0100);

	host->mcfg_length = model_pci_ecam(&host->pci, 1, ECAM, host->mcfg);
	start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 1);
	assert_false(is_master(source.function));
}

static void test_without_any_way_to_configuration_space_the_iommu_still_blocks(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);

	model_pci_start(&host->pci, &host->machine, false);
	start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_UNREACHABLE);
	assert_true(is_master(source.function) || !host->pci.functions);
	assert_refused(source.device, source.iova, MODEL_NO_PASID);
}

static void test_memory_that_is_not_configuration_space_is_left_alone(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source parent = new_source(host, unit, 0, 0x0010);

	/* The MCFG leads to something else: the functions there are not those that the ports show. */
	turn_off(unit);
	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	model_pci_virtual(&host->pci, parent.function, 2, 4, 2);
	host->pci.shift = 0x100;
	start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 1);
	assert_int_equal(host->pci.window_writes, 0);
}

static void test_what_policy_does_not_block_keeps_its_bus_master(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source kept = new_source(host, unit, 0, 0x0100), stopped = new_source(host, unit, 0, 0x0101);

	host_preserve(host, 0, 0x0100, 0x0100);
	start(host);
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

static void test_where_firmware_was_not_understood_no_device_is_stopped(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);

	host->ivrs.bytes[9]++;
	start(host);
	host_crash(host);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_DAMAGED);
	assert_true(is_master(source.function));
}

/* There may be tables that name devices which the platform cannot do without. */
static void test_where_firmware_was_not_found_no_device_is_stopped(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);

	start(host);
	host_crash_at(host, 0);
	assert_true(is_master(source.function));
}

static void test_the_platforms_own_functions_keep_their_bus_master(void **state)
{
	static const uint16_t classes[] = { 0x0600, 0x0601, 0x0680, 0x0800, 0x0806 };

	for (unsigned int off = 0; off < 2; off++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct model_function *port, *function[IQ_ARRAY_SIZE(classes)];

		if (off)
			turn_off(unit);
		port = model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 1);
		host_translated(host, unit, PORT, 3);
		for (unsigned int i = 0; i < IQ_ARRAY_SIZE(classes); i++) {
			const uint16_t requester = (uint16_t)(0x20 + i * 8);

			function[i] = model_pci_endpoint(&host->pci, 0, requester, MODEL_PCI_ENDPOINT, classes[i]);
			host_translated(host, unit, requester, 3);
		}
		start(host);
		host_crash(host);
		assert_int_equal(stop_stage(host).changed, 0);
		assert_true(is_master(port));
		for (unsigned int i = 0; i < IQ_ARRAY_SIZE(classes); i++)
			assert_true(is_master(function[i]));
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
		start(host);
		host_crash(host);
		stage = stop_stage(host);
		assert_int_equal(stage.status, IQ_OK);
		assert_int_equal(device_status(host, 0x0100), IQ_OK);
		assert_int_equal(device_status(host, 0x0101), IQ_OK);
		assert_true(recorded(host, 0, 0x0100, &device));
		assert_int_equal(!!(device.flags & IQ_DEVICE_PENDING), pending > 0);
		assert_int_equal(slow.function->looks, pending + 1);
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
	start(host);
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_TIMEOUT);
	assert_int_equal(stage.open, 4);
	assert_int_equal(stage.address, 0x0100);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, host->handover.wait_us + 10000));
	assert_int_equal(device_status(host, 0x0103), IQ_TIMEOUT);
	assert_int_equal(device_status(host, 0x0104), IQ_OK);
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
	assert_true(host->took < iq_ticks(&host->machine.io, host->handover.total_us));
}

/* Where nobody answers, a machine can take its time to say so. */
static void test_a_scan_leaves_half_of_the_time_to_the_units(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct iq_record_stage stage;
	struct source source;

	turn_off(unit);
	source = new_source(host, unit, 0, 0x0008);
	host->pci.absence = iq_ticks(&host->machine.io, 50000);
	start(host);
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_TIMEOUT);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, host->handover.total_us / 2 + 60000));
	assert_false(is_master(source.function));
	assert_int_equal(device_status(host, 0x0008), IQ_OK);
}

static void test_entries_of_nobody_leave_half_of_the_time_to_the_units(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source source = new_source(host, unit, 0, 0x0100);
	struct iq_record_stage stage;

	for (unsigned int i = 1; i < 80; i++)
		host_translated(host, unit, (uint16_t)(0x0100 + i), 7);
	host->pci.absence = iq_ticks(&host->machine.io, 50000);
	start(host);
	host->handover.flags |= IQ_HANDOVER_CONTAIN;
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_TIMEOUT);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, host->handover.total_us / 2 + 60000));
	assert_false(is_master(source.function));
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
	assert_true(host->took < iq_ticks(&host->machine.io, host->handover.total_us));
}

/* All at once: each look at one of them is as slow as a look at nobody. */
static void test_devices_that_leave_in_between_leave_half_of_the_time_to_the_units(void **state)
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
	start(host);
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_TIMEOUT);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, host->handover.wait_us + 110000));
	assert_int_equal(device_status(host, last.function->requester), IQ_INTERRUPTED);
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
}

static void test_a_device_that_is_gone_is_no_error(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);

	new_source(host, unit, 0, 0x0100).function->leaves = true;
	/* An alias: an entry, and nobody on the bus. */
	host_translated(host, unit, 0x0108, 7);
	start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	assert_int_equal(stop_stage(host).examined, 2);
	assert_int_equal(device_status(host, 0x0100), IQ_ABSENT);
}

/* A device that does not obey, behind a root port, with the IOMMU off: nothing else could stop it. */
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

	start(host);
	host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_STILL_OPEN);
	assert_int_equal(device_status(host, 0x0100), IQ_STILL_OPEN);
	assert_false(is_master(port));
	assert_refused(rebel.device, rebel.iova, MODEL_NO_PASID);
	assert_true(recorded(host, 0, PORT, &device));
	assert_int_equal(device.flags, IQ_DEVICE_PORT);
	assert_int_equal(device.status, IQ_OK);
}

static void test_one_look_finds_the_root_ports_of_all_that_do_not_obey(void **state)
{
	struct amd_host *host = *state;
	struct model_function *port;
	struct source rebel = new_rebel(host, &port);
	unsigned int reads;

	start(host);
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

	start(host);
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
	start(host);
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
	start(host);
	host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(host);
	assert_true(is_master(port));
}

static void test_capability_lists_that_lead_in_circles(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source source = new_source(host, unit, 0, 0x0010);

	turn_off(unit);
	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	model_pci_set(source.function, MODEL_PCI_EXPRESS, 0x00008009);
	model_pci_set(source.function, 0x100, 0x10010017);
	start(host);
	host_crash(host);
	assert_true(host->completed);
	assert_int_equal(device_status(host, 0x0010), IQ_OK);
	assert_false(is_master(source.function));
}

static void test_a_record_without_room_stops_them_all_the_same(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);

	for (unsigned int i = 0; i < 60; i++)
		new_source(host, unit, 0, (uint16_t)(0x0100 + i));
	host->handover.note_size = IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER;
	start(host);
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
		T(test_without_an_iommu_a_scan_finds_the_devices),
		T(test_a_scan_goes_on_behind_every_kind_of_bridge),
		T(test_control_without_an_iommu_dma_goes_on),
		T(test_virtual_functions_without_a_stride_are_one),
		T(test_other_segments_are_reached_through_memory),
		T(test_without_any_way_to_configuration_space_the_iommu_still_blocks),
		T(test_memory_that_is_not_configuration_space_is_left_alone),
		T(test_what_policy_does_not_block_keeps_its_bus_master),
		T(test_where_nothing_may_be_blocked_devices_are_stopped_all_the_same),
		T(test_where_firmware_was_not_understood_no_device_is_stopped),
		T(test_where_firmware_was_not_found_no_device_is_stopped),
		T(test_a_device_that_never_finishes_costs_one_wait),
		T(test_a_scan_leaves_half_of_the_time_to_the_units),
		T(test_entries_of_nobody_leave_half_of_the_time_to_the_units),
		T(test_devices_that_leave_in_between_leave_half_of_the_time_to_the_units),
		T(test_a_device_that_is_gone_is_no_error),
		T(test_a_root_port_stops_what_does_not_obey_if_policy_says_so),
		T(test_one_look_finds_the_root_ports_of_all_that_do_not_obey),
		T(test_control_a_root_port_is_left_alone_by_default),
		T(test_a_root_port_above_a_preserved_device_is_left_alone),
		T(test_a_preserved_root_port_is_left_alone),
		T(test_capability_lists_that_lead_in_circles),
		T(test_a_record_without_room_stops_them_all_the_same),
		cmocka_unit_test(test_modes_that_no_iommu_gives_are_stopped),
		cmocka_unit_test(test_virtual_functions_are_found_with_and_without_an_iommu),
		cmocka_unit_test(test_the_platforms_own_functions_keep_their_bus_master),
		cmocka_unit_test(test_the_wait_is_as_long_as_the_slowest_device),
		cmocka_unit_test(test_an_exception_at_any_access_leaves_the_iommu_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
