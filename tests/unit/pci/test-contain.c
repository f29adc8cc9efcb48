/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root ports above blocked devices do not report refused requests. The errors that they find meanwhile are in the record. All other
 * ports are left alone.
 */
#include "unit/amd-vi/amd-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define ECAM	 UINT64_C(0xe0000000)
#define PORT	 0x0008
#define OTHER	 0x0010
#define REFUSALS 0x0010c000u /* completion timeout, completer abort, unsupported request */

/* A root port with a device below it that does DMA, and a root port with nothing below it. */
struct scene {
	struct amd_host *host;
	struct model_function *port, *other;
	struct model_device *device;
};

static struct scene new_scene(struct amd_host *host)
{
	struct model_amdvi *unit = host_unit(host, 0, 16);
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

static void test_memory_mapped_space_without_room_is_told(void **state)
{
	struct scene scene = new_scene(*state);

	scene.host->machine.trouble.full_at = ECAM;
	scene.host->machine.trouble.full_length = 0x10000000;
	scene.host->handover.flags |= IQ_HANDOVER_STOP;
	host_crash(scene.host);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_BRIDGE_CONTROL), 0x100);
	assert_int_equal(recorded(scene.host).aer, 0);
	assert_int_equal(host_stage_status(scene.host, IQ_NO_UNIT, IQ_STAGE_CONTAIN), IQ_NO_ROOM);
	assert_int_equal(host_stage_status(scene.host, IQ_NO_UNIT, IQ_STAGE_STOP), IQ_NO_ROOM);
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
	assert_int_equal(host_stage_status(scene.host, IQ_NO_UNIT, IQ_STAGE_CONTAIN), IQ_UNREACHABLE);
}

static void test_more_ports_than_there_is_room_for(void **state)
{
	struct scene scene = new_scene(*state);
	struct iq_record_stage stage;
	struct model_function *last;

	for (unsigned int i = 0; i < IQ_RUN_PORTS; i++) {
		last = model_pci_bridge(&scene.host->pci, 0, (uint16_t)(0x0040 + i), MODEL_PCI_ROOT_PORT, 2, 2);
		last->space[0x0e] |= 0x80; /* multi-function device */
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

/*
 * Index among the writes to configuration space: of the first write that clears Bus Master, and of the last one that masks @port's
 * completion timeouts.
 */
static unsigned int first_stop(const struct model_pci *pci)
{
	unsigned int at = 0;

	while (at < pci->writes && (pci->write[at].offset != MODEL_PCI_COMMAND || pci->write[at].value & MODEL_PCI_BUS_MASTER))
		at++;
	return at;
}

static unsigned int last_mask(const struct model_pci *pci)
{
	unsigned int at = pci->writes;

	for (unsigned int i = 0; i < pci->writes; i++)
		if (pci->write[i].offset == MODEL_PCI_AER + 8 || pci->write[i].offset == MODEL_PCI_DPC + 4)
			at = i;
	return at;
}

static void test_ports_are_masked_before_the_first_device_is_stopped(void **state)
{
	struct scene scene = new_scene(*state);
	struct model_pci *pci = &scene.host->pci;

	model_pci_endpoint(pci, 0, 0x0300, MODEL_PCI_ENDPOINT, 0x0200);
	host_translated(scene.host, &scene.host->unit[0], 0x0300, 6);
	scene.host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
	host_crash(scene.host);
	assert_reporting(scene.port, false);
	assert_reporting(scene.other, false);
	assert_true(first_stop(pci) < pci->writes);
	assert_true(last_mask(pci) < first_stop(pci));
}

/* A port with Bus Master off answers requests from below with Unsupported Request. That error must be masked before. */
static void test_a_port_is_masked_before_it_is_stopped(void **state)
{
	struct scene scene = new_scene(*state);
	struct model_pci *pci = &scene.host->pci;

	pci->function[2].disobedient = true;
	scene.host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_PORTS | IQ_HANDOVER_CONTAIN;
	host_crash(scene.host);
	assert_false(scene.port->space[MODEL_PCI_COMMAND] & MODEL_PCI_BUS_MASTER);
	assert_reporting(scene.port, false);
	assert_true(last_mask(pci) < first_stop(pci));
}

/* A function with 64 virtual functions, on a bus on which every access ends in a completion timeout of 60 ms. */
static void test_a_hung_bus_costs_three_slow_answers_a_stage(void **state)
{
	struct scene scene = new_scene(*state);
	struct amd_host *host = scene.host;
	struct model_function *other, *hung;
	struct iq_record_stage stage;

	host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
	hung = model_pci_endpoint(&host->pci, 0, 0x0208, MODEL_PCI_ENDPOINT, 0x0200);
	host_translated(host, &host->unit[0], 0x0208, 6);
	model_pci_virtual(&host->pci, hung, 64, 1, 1);
	for (unsigned int i = 0; i < 64; i++)
		host_translated(host, &host->unit[0], (uint16_t)(0x0209 + i), 7);
	other = model_pci_endpoint(&host->pci, 0, 0x0300, MODEL_PCI_ENDPOINT, 0x0200);
	host_translated(host, &host->unit[0], 0x0300, 8);
	model_pci_hang(&host->pci, 0, 2, iq_ticks(&host->machine.io, 60000));
	host_crash(host);

	/* This device comes after the hung bus in the list, and is stopped in time. */
	assert_false(other->space[MODEL_PCI_COMMAND] & MODEL_PCI_BUS_MASTER);
	assert_reporting(scene.port, false);
	assert_reporting(scene.other, false);
	assert_int_equal(host->pci.errors, 0);
	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_CONTAIN, &stage));
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, 3 * 60000 + 10000));
	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, 3 * 60000 + 10000));
	assert_int_equal(stage.status, IQ_SKIPPED);
	assert_int_equal(stage.skipped, 1);
	assert_int_equal(stage.changed, 1);
	assert_refused(scene.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_control_without_the_stage_a_hung_bus_is_an_error_of_the_platform(void **state)
{
	struct scene scene = new_scene(*state);

	scene.host->handover.flags = IQ_HANDOVER_STOP;
	model_pci_hang(&scene.host->pci, 0, 2, iq_ticks(&scene.host->machine.io, 60000));
	host_crash(scene.host);
	assert_true(scene.host->pci.errors > 0);
}

/* A switch below the root port, with a device that reports its refused requests. */
static struct model_function *new_switch(const struct scene *scene, struct model_function **downstream)
{
	struct model_pci *pci = &scene->host->pci;

	model_pci_bridge(pci, 0, 0x0300, MODEL_PCI_UPSTREAM, 4, 6);
	*downstream = model_pci_bridge(pci, 0, 0x0410, MODEL_PCI_DOWNSTREAM, 6, 6);
	model_pci_bridge(pci, 0, 0x0400, MODEL_PCI_DOWNSTREAM, 5, 5);
	scene->other->space[0x1a] = 6;
	host_translated(scene->host, &scene->host->unit[0], 0x0600, 6);
	return model_pci_endpoint(pci, 0, 0x0600, MODEL_PCI_ENDPOINT, 0x0200);
}

static void test_ports_of_switches_take_no_link_down(void **state)
{
	struct scene scene = new_scene(*state);
	struct model_function *downstream, *device = new_switch(&scene, &downstream);
	struct iq_record_port port[3];
	const uint8_t *payload;
	uint32_t length;

	host_crash(scene.host);
	model_pci_report(&scene.host->pci, device);
	assert_int_equal(scene.host->pci.cut, 0);
	assert_int_equal(scene.host->pci.errors, 0);
	payload = host_section(scene.host, IQ_NO_UNIT, IQ_SECTION_PORTS, &length);
	assert_non_null(payload);
	assert_int_equal(length, sizeof(port));
	memcpy(port, payload, sizeof(port));
	assert_int_equal(port[2].requester, 0x0410);
	assert_int_equal(port[2].type, MODEL_PCI_DOWNSTREAM);
	assert_int_equal(port[2].dpc_control, 2);
	assert_int_equal(port[2].root_control, 0);
	assert_int_equal(model_pci_word(downstream, MODEL_PCI_AER + 8), REFUSALS);
}

static void test_control_without_the_stage_a_switch_takes_its_link_down(void **state)
{
	struct scene scene = new_scene(*state);
	struct model_function *downstream, *device = new_switch(&scene, &downstream);

	scene.host->handover.flags = 0;
	host_crash(scene.host);
	model_pci_report(&scene.host->pci, device);
	assert_int_equal(scene.host->pci.cut, 1);
}

/* Root complex endpoints report to the event collector of their bus, or to one that names their bus. */
static void test_event_collectors_keep_quiet(void **state)
{
	for (unsigned int named = 0; named < 2; named++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		const uint16_t requester = named ? 0x4008 : 0x0018;
		struct model_function *collector, *device;
		struct iq_record_port port;

		host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
		collector = model_pci_collector(&host->pci, 0, 0x0008, 0x40, named ? 0x41 : 0);
		device = model_pci_endpoint(&host->pci, 0, requester, 9, 0x0880);
		host_translated(host, unit, requester, 5);
		host->handover.flags = IQ_HANDOVER_CONTAIN;
		host_crash(host);
		model_pci_report(&host->pci, device);
		assert_int_equal(host->pci.errors, 0);
		assert_int_equal(model_pci_word(collector, MODEL_PCI_ROOT_CONTROL), 0);
		port = recorded(host);
		assert_int_equal(port.type, MODEL_PCI_COLLECTOR);
		assert_int_equal(port.root_command, 7);
		assert_int_equal(port.bridge_control, 0);
		host_free(host);
	}
	(void)state;
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
		T(test_memory_mapped_space_without_room_is_told),
		T(test_without_memory_mapped_space_what_ports_reach_is_masked),
		T(test_more_ports_than_there_is_room_for),
		T(test_ports_are_masked_when_a_device_has_taken_all_the_time),
		T(test_ports_are_masked_before_the_first_device_is_stopped),
		T(test_a_port_is_masked_before_it_is_stopped),
		T(test_a_hung_bus_costs_three_slow_answers_a_stage),
		T(test_control_without_the_stage_a_hung_bus_is_an_error_of_the_platform),
		T(test_ports_of_switches_take_no_link_down),
		T(test_control_without_the_stage_a_switch_takes_its_link_down),
		cmocka_unit_test(test_event_collectors_keep_quiet),
		cmocka_unit_test(test_what_was_masked_before_an_exception_is_in_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
