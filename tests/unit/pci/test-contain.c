/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root ports above blocked devices do not report what is refused; what they found meanwhile is in the record; all others are
 * left alone.
 */
#include "unit/amd-vi/amd-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define ECAM	 UINT64_C(0xe0000000)
#define PORT	 0x0008
#define OTHER	 0x0010
#define REFUSALS 0x0010c000u /* completion timeout, completer abort, unsupported request */

/* A root port with a device below that does DMA, and one with nothing. */
struct scene {
	struct amd_host *host;
	struct model_function *port, *other;
	struct model_device *device;
};

static struct scene new_scene(struct amd_host *host)
{
	struct model_amdvi *unit = host_unit(host, 0, 6);
	struct scene scene = { .host = host };

	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	scene.port = model_pci_bridge(&host->pci, 0, PORT, MODEL_PCI_ROOT_PORT, 1, 2);
	scene.other = model_pci_bridge(&host->pci, 0, OTHER, MODEL_PCI_ROOT_PORT, 3, 3);
	host_translated(host, unit, PORT, 3);
	host_translated(host, unit, OTHER, 3);
	model_pci_endpoint(&host->pci, 0, 0x0200, MODEL_PCI_ENDPOINT, 0x0200);
	scene.device = host_translated(host, unit, 0x0200, 5);
	host_live(scene.device, HOST_IOVA, MODEL_NO_PASID);
	host->handover.flags = IQ_HANDOVER_CONTAIN;
	return scene;
}

/* The port reports each refused request. */
static void report(void *context)
{
	struct scene *scene = context;

	if (scene->device->refused)
		model_pci_set(scene->port, MODEL_PCI_AER + 4, 0x00100000);
}

static void assert_reporting(const struct model_function *port, bool on)
{
	assert_int_equal(model_pci_word(port, MODEL_PCI_BRIDGE_CONTROL), on ? 0x00020100 : 0x100);
	assert_int_equal(model_pci_word(port, MODEL_PCI_ROOT_CONTROL), on ? 7 : 0);
	assert_int_equal(model_pci_word(port, MODEL_PCI_AER + 8), on ? 0 : REFUSALS);
	assert_int_equal(model_pci_word(port, MODEL_PCI_AER + 0x2c), on ? 7 : 0);
	assert_int_equal(model_pci_word(port, MODEL_PCI_DPC + 4), on ? 0x00020001 : 1);
}

static struct iq_record_port recorded(const struct amd_host *host)
{
	uint32_t length;
	const uint8_t *payload = host_section(host, IQ_NO_UNIT, IQ_SECTION_PORTS, &length);
	struct iq_record_port port;

	assert_non_null(payload);
	assert_int_equal(length, sizeof(port));
	memcpy(&port, payload, sizeof(port));
	return port;
}

static void test_ports_above_blocked_devices_keep_quiet(void **state)
{
	struct scene scene = new_scene(*state);
	struct iq_record_port port;
	struct iq_record_stage stage;

	host_crash(scene.host);
	assert_reporting(scene.port, false);
	assert_reporting(scene.other, true);
	assert_true(host_stage(scene.host, IQ_NO_UNIT, IQ_STAGE_CONTAIN, &stage));
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.changed, 1);
	port = recorded(scene.host);
	assert_int_equal(port.requester, PORT);
	assert_int_equal(port.secondary, 1);
	assert_int_equal(port.subordinate, 2);
	assert_int_equal(port.bridge_control, 2);
	assert_int_equal(port.root_control, 7);
	assert_int_equal(port.root_command, 7);
	assert_int_equal(port.mask, 0);
	assert_int_equal(port.dpc_control, 2);
	assert_int_equal(port.aer, MODEL_PCI_AER);
	assert_int_equal(port.dpc, MODEL_PCI_DPC);
}

static void test_control_without_the_stage_they_report(void **state)
{
	struct scene scene = new_scene(*state);

	scene.host->handover.flags = 0;
	host_crash(scene.host);
	assert_reporting(scene.port, true);
}

static void test_errors_that_came_up_meanwhile_are_recorded(void **state)
{
	struct scene scene = new_scene(*state);
	struct iq_record_stage stage;
	struct iq_record_port port;

	model_pci_set(scene.port, MODEL_PCI_AER + 4, 0x00004000);
	model_machine_stepper(&scene.host->machine, report, &scene);
	host_crash(scene.host);
	port = recorded(scene.host);
	assert_int_equal(port.before.uncorrectable, 0x00004000);
	assert_int_equal(port.after.uncorrectable, 0x00100000);
	assert_true(host_stage(scene.host, IQ_NO_UNIT, IQ_STAGE_VERIFY, &stage));
	assert_int_equal(stage.examined, 1);
	assert_int_equal(stage.open, 1);
}

static void test_no_error_status_is_cleared(void **state)
{
	struct scene scene = new_scene(*state);

	model_pci_set(scene.port, MODEL_PCI_AER + 4, 0x00004000);
	model_pci_set(scene.port, MODEL_PCI_AER + 0x30, 0x00000055);
	host_crash(scene.host);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_AER + 4), 0x00004000);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_AER + 0x30), 0x00000055);
}

static void test_ports_above_preserved_devices_only_are_left_alone(void **state)
{
	struct scene scene = new_scene(*state);

	host_preserve(scene.host, 0, 0x0100, 0x02ff);
	host_crash(scene.host);
	assert_reporting(scene.port, true);
}

static void test_without_memory_mapped_space_what_ports_reach_is_masked(void **state)
{
	struct scene scene = new_scene(*state);
	struct iq_record_port port;

	scene.host->mcfg_length = 0;
	host_crash(scene.host);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_BRIDGE_CONTROL), 0x100);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_ROOT_CONTROL), 0);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_AER + 8), 0);
	port = recorded(scene.host);
	assert_int_equal(port.aer, 0);
	assert_int_equal(port.dpc, 0);
}

static void test_more_ports_than_there_is_room_for(void **state)
{
	struct scene scene = new_scene(*state);
	struct model_amdvi *unit = &scene.host->unit[0];
	struct iq_record_stage stage;
	struct model_function *last;

	for (unsigned int i = 0; i < IQ_RUN_PORTS; i++) {
		const uint16_t requester = (uint16_t)(0x0080 + i);

		last = model_pci_bridge(&scene.host->pci, 0, requester, MODEL_PCI_ROOT_PORT, 2, 2);
		host_translated(scene.host, unit, requester, 3);
	}
	host_crash(scene.host);
	assert_true(host_stage(scene.host, IQ_NO_UNIT, IQ_STAGE_CONTAIN, &stage));
	assert_int_equal(stage.status, IQ_NO_ROOM);
	assert_int_equal(stage.changed, IQ_RUN_PORTS + 1);
	assert_int_equal(model_pci_word(last, MODEL_PCI_BRIDGE_CONTROL), 0x100);
	assert_refused(scene.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_ports_are_masked_when_a_device_has_taken_all_the_time(void **state)
{
	struct scene scene = new_scene(*state);

	scene.host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
	model_pci_endpoint(&scene.host->pci, 0, 0x0208, MODEL_PCI_ENDPOINT, 0x0200)->pending = MODEL_PCI_FOREVER;
	host_translated(scene.host, &scene.host->unit[0], 0x0208, 6);
	scene.host->handover.total_us = 2 * scene.host->handover.wait_us;
	host_crash(scene.host);
	assert_int_equal(host_stage_status(scene.host, IQ_NO_UNIT, IQ_STAGE_STOP), IQ_TIMEOUT);
	assert_int_equal(host_stage_status(scene.host, IQ_NO_UNIT, IQ_STAGE_CONTAIN), IQ_OK);
	assert_reporting(scene.port, false);
	assert_refused(scene.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_what_was_masked_before_an_exception_is_in_the_record(void **state)
{
	uint64_t calls = 1;

	for (uint64_t at = 1; at <= calls; at++) {
		struct amd_host *host = host_new();
		struct scene scene = new_scene(host);

		host->machine.trouble.trap_at = at == 1 ? 0 : at;
		host_crash(host);
		if (at == 1)
			calls = host->run_calls;
		if (model_pci_word(scene.port, MODEL_PCI_BRIDGE_CONTROL) == 0x100) {
			const struct iq_record_port port = recorded(host);

			assert_int_equal(port.bridge_control, 2);
			assert_int_equal(port.root_control, 7);
			assert_int_equal(port.root_command, 7);
			assert_int_equal(port.mask, 0);
			assert_int_equal(port.dpc_control, 2);
		}
		host_free(host);
	}
	(void)state;
}

#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_ports_above_blocked_devices_keep_quiet),
		T(test_control_without_the_stage_they_report),
		T(test_errors_that_came_up_meanwhile_are_recorded),
		T(test_no_error_status_is_cleared),
		T(test_ports_above_preserved_devices_only_are_left_alone),
		T(test_without_memory_mapped_space_what_ports_reach_is_masked),
		T(test_more_ports_than_there_is_room_for),
		T(test_ports_are_masked_when_a_device_has_taken_all_the_time),
		cmocka_unit_test(test_what_was_masked_before_an_exception_is_in_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
