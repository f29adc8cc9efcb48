/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions can do DMA and are stopped, in any segment, and which are left alone.
 */
#include "pci/pci.h"
#include "stop-scene.h"

#include "unit/core/cmocka-all.h"

static void test_a_function_in_a_reset_is_asked_for_its_vendor_only(void **state)
{
	for (unsigned int off = 0; off < 2; off++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source resets, other;

		if (off)
			turn_off(unit);
		resets = new_source(host, unit, 0, 0x0010);
		other = new_source(host, unit, 0, 0x0011);
		resets.function->in_reset = true;
		resets.function->space[0x0e] = 0x80;
		host->handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
		host_crash(host);
		assert_int_equal(stop_stage(host).status, IQ_OK);
		assert_int_equal(resets.function->hung, 0);
		assert_false(is_master(other.function));
		host_free(host);
	}
	(void)state;
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
		stop_start(host);
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
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 2);
}

static void test_other_segments_are_reached_through_memory(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 1, 512);
	struct source source = new_source(host, unit, 1, 0x0100);

	host->mcfg_length = model_pci_ecam(&host->pci, 1, ECAM, host->mcfg);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 1);
	assert_false(is_master(source.function));
}

static void test_a_segment_that_cannot_be_reached_is_told(void **state)
{
	struct amd_host *host = *state;
	struct source near = new_source(host, host_unit(host, 0, 512), 0, 0x0100);
	struct source far = new_source(host, host_unit(host, 1, 512), 1, 0x0100);

	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_UNREACHABLE);
	assert_int_equal(stop_stage(host).changed, 1);
	assert_false(is_master(near.function));
	assert_refused(far.device, far.iova, MODEL_NO_PASID);
}

static void test_without_any_way_to_configuration_space_the_iommu_still_blocks(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);

	model_pci_start(&host->pci, &host->machine, false);
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_UNREACHABLE);
	assert_true(is_master(source.function));
	assert_refused(source.device, source.iova, MODEL_NO_PASID);
}

static void test_memory_that_is_not_configuration_space_is_left_alone(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source parent = new_source(host, unit, 0, 0x0010);

	/* The MCFG is wrong: the functions in its space are not those that the I/O ports show. */
	turn_off(unit);
	host->mcfg_length = model_pci_ecam(&host->pci, 0, ECAM, host->mcfg);
	model_pci_virtual(&host->pci, parent.function, 2, 4, 2);
	host->pci.shift = 0x100;
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).changed, 1);
	assert_int_equal(host->pci.window_writes, 0);
}

static void test_where_firmware_was_not_understood_no_device_is_stopped(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);

	host->ivrs.bytes[9]++;
	stop_start(host);
	host_crash(host);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_DAMAGED);
	assert_true(is_master(source.function));
}

/* Firmware tables that were not found may name devices that the platform needs. */
static void test_where_firmware_was_not_found_no_device_is_stopped(void **state)
{
	struct amd_host *host = *state;
	struct source source = new_source(host, host_unit(host, 0, 512), 0, 0x0100);

	stop_start(host);
	host_crash_at(host, 0);
	assert_true(is_master(source.function));
}

static void test_the_platforms_own_functions_keep_their_bus_master(void **state)
{
	static const uint16_t classes[] = { 0x0600, 0x0601, 0x0800, 0x0806, 0x0807 };

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
		stop_start(host);
		host_crash(host);
		assert_int_equal(stop_stage(host).changed, 0);
		assert_true(is_master(port));
		for (unsigned int i = 0; i < IQ_ARRAY_SIZE(classes); i++)
			assert_true(is_master(function[i]));
		host_free(host);
	}
	(void)state;
}

/* A non-transparent bridge has an endpoint's header. Another machine reads and writes memory through it. */
static void test_a_non_transparent_bridge_is_a_device(void **state)
{
	for (unsigned int off = 0; off < 2; off++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct source source;

		if (off)
			turn_off(unit);
		source = new_source(host, unit, 0, 0x0010);
		model_pci_set(source.function, 0x08, 0x06800000);
		stop_start(host);
		host_crash(host);
		assert_int_equal(stop_status(host, 0x0010), IQ_OK);
		assert_false(is_master(source.function));
		host_free(host);
	}
	(void)state;
}

static void test_entries_of_nobody_cost_three_slow_answers(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source source = new_source(host, unit, 0, 0x0100);
	struct iq_record_stage stage;

	for (unsigned int i = 1; i < 80; i++)
		host_translated(host, unit, (uint16_t)(0x0100 + i), 7);
	host->pci.absence = iq_ticks(&host->machine.io, 50000);
	stop_start(host);
	host->handover.flags |= IQ_HANDOVER_CONTAIN;
	host_crash(host);
	stage = stop_stage(host);
	assert_int_equal(stage.status, IQ_SKIPPED);
	assert_int_equal(stage.skipped, 2);
	assert_true(stage.end - stage.start < iq_ticks(&host->machine.io, 4 * 50000));
	assert_false(is_master(source.function));
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
	assert_true(host->took < iq_ticks(&host->machine.io, host->handover.total_us));
}

/* Where no more slow buses can be counted, none gets a second chance: it would get one for each question. */
static void test_a_second_chance_costs_one_answer_a_bus(void **state)
{
	struct amd_host *host = *state;
	struct iq_pci pci;
	uint32_t ids;

	host->pci.absence = iq_ticks(&host->machine.io, 50000);
	iq_pci_start(&pci, &host->machine.io);
	for (uint16_t bus = 1; bus <= IQ_PCI_SLOW + 8; bus++) {
		const unsigned int before = host->pci.accesses;

		assert_false(iq_pci_ids(&pci, 0, (uint16_t)(bus << 8), &ids));
		assert_int_equal(host->pci.accesses - before, bus <= IQ_PCI_SLOW ? 2 : 1);
	}
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
	stop_start(host);
	host_crash(host);
	assert_true(host->completed);
	assert_int_equal(stop_status(host, 0x0010), IQ_OK);
	assert_false(is_master(source.function));
}

#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_function_in_a_reset_is_asked_for_its_vendor_only),
		T(test_control_without_an_iommu_dma_goes_on),
		T(test_virtual_functions_without_a_stride_are_one),
		T(test_other_segments_are_reached_through_memory),
		T(test_a_segment_that_cannot_be_reached_is_told),
		T(test_without_any_way_to_configuration_space_the_iommu_still_blocks),
		T(test_memory_that_is_not_configuration_space_is_left_alone),
		T(test_where_firmware_was_not_understood_no_device_is_stopped),
		T(test_where_firmware_was_not_found_no_device_is_stopped),
		T(test_entries_of_nobody_cost_three_slow_answers),
		T(test_a_second_chance_costs_one_answer_a_bus),
		T(test_capability_lists_that_lead_in_circles),
		cmocka_unit_test(test_virtual_functions_are_found_with_and_without_an_iommu),
		cmocka_unit_test(test_the_platforms_own_functions_keep_their_bus_master),
		cmocka_unit_test(test_a_non_transparent_bridge_is_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
