/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that a VMD hides: they are found, stopped, awaited and contained as others are; and where that cannot be, the record says so.
 */
#include "stop-scene.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define VMD	  0x0028 /* 00:05.0 */
#define REGION	  UINT64_C(0x3802000000)
#define BEHIND	  0x7000 /* segment of the model in which hidden functions are */
#define NVME	  0x0108
#define ROOT_PORT 0x0008 /* on the first bus behind the VMD */

/* A VMD with a root port, behind which a disk does DMA. */
struct scene {
	struct amd_host *host;
	struct model_function *vmd, *port, *disk;
	struct model_device *device;
	uint16_t disk_id;
};

static struct scene new_scene(struct amd_host *host, unsigned int first_bus, bool translated)
{
	struct model_amdvi *unit = host_unit(host, 0, 16);
	const uint16_t bus = (uint16_t)(first_bus << 8);
	struct scene scene = { .host = host, .disk_id = (uint16_t)(bus + 0x100) };

	if (!translated)
		turn_off(unit);
	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	scene.vmd = model_pci_vmd(&host->pci, 0, VMD, REGION, first_bus, BEHIND);
	scene.port = model_pci_bridge(&host->pci, BEHIND, (uint16_t)(bus | ROOT_PORT), MODEL_PCI_ROOT_PORT,
				      (uint8_t)(first_bus + 1), (uint8_t)(first_bus + 1));
	scene.disk = model_pci_endpoint(&host->pci, BEHIND, scene.disk_id, MODEL_PCI_ENDPOINT, NVME);
	scene.device = host_translated(host, unit, VMD, 5);
	model_pci_attach(scene.disk, scene.vmd, scene.device);
	host_live(scene.device, translated ? HOST_IOVA : 0x60000000, MODEL_NO_PASID);
	host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
	return scene;
}

/* What the record says of the disk. */
static struct iq_record_device recorded(const struct scene *scene)
{
	struct iq_record_device device;

	assert_true(stop_recorded(scene->host, 0, scene->disk_id, &device));
	return device;
}

static void assert_stopped(struct scene *scene)
{
	const struct iq_record_device device = recorded(scene);
	const struct iq_record_stage stage = stop_stage(scene->host);

	assert_false(is_master(scene->disk));
	assert_false(is_master(scene->vmd));
	assert_int_equal(model_pci_word(scene->disk, MODEL_PCI_MSIX) >> 31, 0);
	assert_int_equal(device.behind, VMD);
	assert_int_equal(device.status, IQ_OK);
	assert_int_equal(device.command, 0x107);
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.changed, 2);
	assert_int_equal(stage.hidden, 0);
}

static void test_what_a_vmd_hides_is_stopped(void **state)
{
	struct scene scene = new_scene(*state, 0, true);

	host_crash(scene.host);
	assert_stopped(&scene);
	assert_int_equal(scene.host->status, IQ_OK);
}

static void test_buses_behind_a_vmd_can_begin_at_another_number(void **state)
{
	static const unsigned int first[] = { 128, 224 };

	for (unsigned int i = 0; i < 2; i++) {
		struct amd_host *host = host_new();
		struct scene scene = new_scene(host, first[i], true);

		host_crash(host);
		assert_stopped(&scene);
		host_free(host);
	}
	(void)state;
}

static void test_a_scan_finds_what_a_vmd_hides(void **state)
{
	struct scene scene = new_scene(*state, 0, false);
	uint64_t landed;

	host_crash(scene.host);
	assert_stopped(&scene);
	landed = scene.device->landed;
	model_machine_steps(&scene.host->machine, 10);
	assert_int_equal(scene.device->landed, landed);
}

static void test_without_stage_contain_it_is_stopped_too(void **state)
{
	struct scene scene = new_scene(*state, 0, true);

	scene.host->handover.flags = IQ_HANDOVER_STOP;
	host_crash(scene.host);
	assert_stopped(&scene);
}

/* It sends through the VMD: what the VMD refuses could be an error. */
static void test_the_disk_is_stopped_before_its_vmd(void **state)
{
	struct scene scene = new_scene(*state, 0, true);
	const struct model_pci *pci = &scene.host->pci;
	unsigned int disk = 0, vmd = 0;

	host_crash(scene.host);
	for (unsigned int i = pci->writes; i-- > 0;)
		if (pci->write[i].offset == MODEL_PCI_COMMAND && pci->write[i].segment == BEHIND)
			disk = i + 1;
		else if (pci->write[i].offset == MODEL_PCI_COMMAND && pci->write[i].requester == VMD)
			vmd = i + 1;
	assert_true(disk && disk < vmd);
}

static void test_hidden_disks_are_awaited(void **state)
{
	struct scene scene = new_scene(*state, 0, true);

	scene.disk->pending = 25;
	host_crash(scene.host);
	assert_stopped(&scene);
	assert_int_equal(recorded(&scene).flags & IQ_DEVICE_PENDING, IQ_DEVICE_PENDING);
	assert_true(recorded(&scene).took >= 25 * scene.host->machine.relax_ticks);
}

static void test_a_hidden_disk_that_does_not_obey_is_told(void **state)
{
	struct scene scene = new_scene(*state, 0, true);
	struct iq_record_stage stage;

	scene.disk->disobedient = true;
	scene.host->handover.flags |= IQ_HANDOVER_STOP_PORTS;
	host_crash(scene.host);
	stage = stop_stage(scene.host);
	assert_int_equal(stage.status, IQ_STILL_OPEN);
	assert_int_equal(stage.address, VMD);
	assert_refused(scene.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_root_ports_behind_a_vmd_keep_quiet(void **state)
{
	struct scene scene = new_scene(*state, 0, true);
	struct iq_record_port port;
	struct iq_record_stage stage;
	const uint8_t *payload;
	uint32_t length;

	host_crash(scene.host);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_ROOT_CONTROL), 0);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_AER + 8), 0x0010c000);
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_DPC + 4), 1);
	payload = host_section(scene.host, IQ_NO_UNIT, IQ_SECTION_PORTS, &length);
	assert_non_null(payload);
	assert_int_equal(length, sizeof(port));
	memcpy(&port, payload, sizeof(port));
	assert_int_equal(port.requester, ROOT_PORT);
	assert_int_equal(port.behind, VMD);
	assert_int_equal(port.root_control, 7);
	assert_true(host_stage(scene.host, IQ_NO_UNIT, IQ_STAGE_CONTAIN, &stage));
	assert_int_equal(stage.status, IQ_OK);
	assert_int_equal(stage.changed, 1);
}

static void test_control_what_policy_preserves_is_left_alone(void **state)
{
	struct scene scene = new_scene(*state, 0, true);

	host_preserve(scene.host, 0, VMD, VMD);
	model_pci_set(scene.vmd, 0x10, 0);
	host_crash(scene.host);
	assert_true(is_master(scene.disk));
	assert_int_equal(model_pci_word(scene.port, MODEL_PCI_ROOT_CONTROL), 7);
	assert_int_equal(stop_stage(scene.host).status, IQ_OK);
}

/* Never ok: its region is off or not set, its power is, its buses are counted in an unknown way. */
static void test_a_vmd_that_does_not_show_what_it_hides_is_told(void **state)
{
	static const struct {
		unsigned int offset;
		uint32_t value;
	} fault[] = {
		{ MODEL_PCI_COMMAND, 0x00100105 }, { 0x10, 4 }, { MODEL_VMD_CONFIG, 0x300 }, { MODEL_PCI_MSI, 0x0001 },
	};

	for (unsigned int i = 0; i < 4; i++) {
		struct amd_host *host = host_new();
		struct scene scene = new_scene(host, 0, true);
		struct iq_record_stage stage;

		model_pci_set(scene.vmd, fault[i].offset, fault[i].value);
		if (fault[i].offset == 0x10)
			model_pci_set(scene.vmd, 0x14, 0);
		if (fault[i].offset == MODEL_PCI_MSI)
			model_pci_set(scene.vmd, MODEL_PCI_MSI + 4, 3); /* D3hot */
		host_crash(host);
		assert_true(is_master(scene.disk));
		stage = stop_stage(host);
		assert_int_equal(stage.status, IQ_SKIPPED);
		assert_int_equal(stage.hidden, 1);
		assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_CONTAIN, &stage));
		assert_int_equal(stage.status, IQ_SKIPPED);
		assert_int_equal(stage.hidden, 1);
		assert_refused(scene.device, HOST_IOVA, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_a_vmd_hides_is_stopped),
		cmocka_unit_test(test_buses_behind_a_vmd_can_begin_at_another_number),
		T(test_a_scan_finds_what_a_vmd_hides),
		T(test_without_stage_contain_it_is_stopped_too),
		T(test_the_disk_is_stopped_before_its_vmd),
		T(test_hidden_disks_are_awaited),
		T(test_a_hidden_disk_that_does_not_obey_is_told),
		T(test_root_ports_behind_a_vmd_keep_quiet),
		T(test_control_what_policy_preserves_is_left_alone),
		cmocka_unit_test(test_a_vmd_that_does_not_show_what_it_hides_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
