/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which devices each policy stops: with stop = auto only if an IOMMU translates or will; no device that firmware is known to use. A
 * device that does not stop may still read. Storage and network devices that are left alone are reported.
 */
#include "stop-scene.h"

#include "unit/core/cmocka-all.h"

#define AUTO (IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO)

/* Damage the firmware table: it names no unit. */
static void hide_table(struct amd_host *host)
{
	host->ivrs.bytes[0] = 'X';
	model_acpi_seal(host->ivrs.bytes, host->ivrs.length);
}

/* Crash a host with one NIC under the policy @flags. @on: its unit is on; @table: firmware names the unit. Sets @stopped. */
static struct amd_host *crash_of_nic(uint32_t flags, bool on, bool table, bool *stopped)
{
	struct amd_host *host = host_new();
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source nic;

	if (!on)
		turn_off(unit);
	if (!table)
		hide_table(host);
	nic = new_source(host, unit, 0, 0x0100);
	host->handover.flags = flags;
	host_crash(host);
	*stopped = !is_master(nic.function);
	return host;
}

static void test_auto_stops_where_a_unit_translates_or_will(void **state)
{
	static const struct {
		uint32_t flags;
		bool on, table, stopped;
	} cases[] = {
		{ AUTO, true, true, true },
		{ AUTO | IQ_HANDOVER_SWITCHED_OFF, true, true, true },
		{ AUTO | IQ_HANDOVER_NO_BLOCK, true, true, true },
		/* Linux switches AMD's units on unless it is told not to. */
		{ AUTO, false, true, true },
		{ AUTO | IQ_HANDOVER_SWITCHED_OFF, false, true, false },
		{ AUTO, false, false, false },
		{ AUTO | IQ_HANDOVER_SWITCHED_ON, false, false, false },
		/* The controls: stop = yes stops devices in every case. */
		{ IQ_HANDOVER_STOP | IQ_HANDOVER_SWITCHED_OFF, false, true, true },
		{ IQ_HANDOVER_STOP, false, false, true },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(cases); i++) {
		bool stopped;
		struct amd_host *host = crash_of_nic(cases[i].flags, cases[i].on, cases[i].table, &stopped);

		assert_int_equal(stopped, cases[i].stopped);
		/* The record says whether devices were stopped. */
		assert_int_equal(stop_stage(host).status, stopped ? IQ_OK : IQ_NOTHING);
		assert_int_equal(stop_stage(host).examined != 0, stopped);
		host_free(host);
	}
	(void)state;
}

static void test_auto_touches_no_configuration_space_where_nothing_translates(void **state)
{
	bool stopped;
	struct amd_host *host = crash_of_nic(AUTO | IQ_HANDOVER_CONTAIN | IQ_HANDOVER_SWITCHED_OFF, false, true, &stopped);

	assert_int_equal(host->pci.writes, 0);
	host_free(host);
	(void)state;
}

/* Functions of these classes do DMA. Returns how many of them lost Bus Master. */
static unsigned int stopped_of(const uint16_t *class, unsigned int count, bool table, uint32_t vendor)
{
	struct amd_host *host = host_new();
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct model_function *function[8];
	unsigned int stopped = 0;

	turn_off(unit);
	if (!table)
		hide_table(host);
	for (unsigned int i = 0; i < count; i++) {
		function[i] = model_pci_endpoint(&host->pci, 0, (uint16_t)(0x20 + i * 8), MODEL_PCI_ENDPOINT, class[i]);
		if (vendor)
			model_pci_set(function[i], 0, 0x12340000 | vendor);
	}
	stop_start(host);
	host_crash(host);
	assert_int_equal(stop_stage(host).status, IQ_OK);
	for (unsigned int i = 0; i < count; i++)
		stopped += !is_master(function[i]);
	assert_int_equal(stop_stage(host).preserved, count - stopped);
	host_free(host);
	return stopped;
}

static void test_without_a_table_firmwares_own_devices_are_left_alone(void **state)
{
	static const uint16_t firmwares[] = { 0x0300, 0x0302, 0x0c03, 0x0c07, 0x0780, 0x0880 };
	static const uint16_t others[] = { 0x0100, 0x0108, 0x0200, 0x0280, 0x0700, 0x0c05, 0x1200 };
	const unsigned int count = IQ_ARRAY_SIZE(firmwares);

	(void)state;
	assert_int_equal(stopped_of(firmwares, count, false, 0), 0);
	assert_int_equal(stopped_of(others, IQ_ARRAY_SIZE(others), false, 0), IQ_ARRAY_SIZE(others));
	assert_int_equal(stopped_of(others, IQ_ARRAY_SIZE(others), false, 0x1a03), 0);
	/* The control: a table says what firmware uses, and names none of these. */
	assert_int_equal(stopped_of(firmwares, count, true, 0), count);
	assert_int_equal(stopped_of(others, IQ_ARRAY_SIZE(others), true, 0x1a03), IQ_ARRAY_SIZE(others));
}

static void test_a_device_that_does_not_stop_may_still_read(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct source stuck[3], rebel, obeys, blocked;
	uint32_t length = 0;

	for (unsigned int i = 0; i < 3; i++) {
		stuck[i] = new_source(host, unit, 0, (uint16_t)(0x0100 + i));
		stuck[i].function->pending = MODEL_PCI_FOREVER;
		stuck[i].device->command = NULL; /* its DMA goes on after Bus Master is off */
	}
	rebel = new_source(host, unit, 0, 0x0208);
	rebel.function->disobedient = true;
	obeys = new_source(host, unit, 0, 0x0300);
	blocked = new_source(host, unit, 0, 0x0400);
	blocked.function->pending = MODEL_PCI_FOREVER;
	blocked.device->command = NULL;
	/* A rule of the administrator overrides this. */
	host_rule(host, 0, 0x0400, 0x0400, IQ_MODE_BLOCK);
	stop_start(host);
	host_crash(host);
	for (unsigned int i = 0; i < 3; i++)
		assert_only_reads(stuck[i].device, stuck[i].iova, MODEL_NO_PASID);
	assert_only_reads(rebel.device, rebel.iova, MODEL_NO_PASID);
	assert_refused(blocked.device, blocked.iova, MODEL_NO_PASID);
	obeys.device->command = NULL;
	assert_refused(obeys.device, obeys.iova, MODEL_NO_PASID);
	assert_int_equal(stop_stage(host).status, IQ_TIMEOUT);
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_VERIFY), IQ_OK);
	/* The plan has the administrator's rule, and two rules that were added at the crash. The record has the first. */
	assert_non_null(host_section(host, IQ_NO_UNIT, IQ_SECTION_RULES, &length));
	assert_int_equal(length, sizeof(struct iq_rule));
	assert_int_equal(host->run->plan.rules, 3);
	assert_int_equal(host->run->plan.rule[1].first, 0x0100);
	assert_int_equal(host->run->plan.rule[1].last, 0x0102);
	assert_int_equal(host->run->plan.rule[1].reason, IQ_REASON_NOT_STOPPED);
	assert_int_equal(host->run->plan.rule[2].first, 0x0208);
}

/* The result of stage stop with a device of @class that is preserved: by firmware's table (@firmware), or by the administrator. */
static struct iq_record_stage stage_of_preserved(uint16_t class, bool firmware)
{
	struct amd_host *host = host_new();
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct iq_record_stage stage;

	model_pci_endpoint(&host->pci, 0, 0x0100, MODEL_PCI_ENDPOINT, class);
	host_translated(host, unit, 0x0100, 5);
	if (firmware)
		model_ivrs_memory(&host->ivrs, 0x21, 0, 0x0100, 0x0100, 0x7000000, 0x1000);
	else
		host_preserve(host, 0, 0x0100, 0x0100);
	stop_start(host);
	host_crash(host);
	stage = stop_stage(host);
	host_free(host);
	return stage;
}

static void test_storage_and_network_that_firmware_wants_left_alone_are_reported(void **state)
{
	static const uint16_t needed[] = { 0x0104, 0x0108, 0x0200, 0x0207 };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(needed); i++) {
		const struct iq_record_stage stage = stage_of_preserved(needed[i], true);

		assert_int_equal(stage.status, IQ_PRESERVED);
		assert_int_equal(stage.preserved, 1);
		assert_int_equal(stage.address, 0x0100);
		/* The controls: devices that the administrator preserves, and devices that no dump needs, are not reported. */
		assert_int_equal(stage_of_preserved(needed[i], false).status, IQ_OK);
	}
	assert_int_equal(stage_of_preserved(0x0c03, true).status, IQ_OK);
	assert_int_equal(stage_of_preserved(0x0c03, true).preserved, 1);
	(void)state;
}

#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto_stops_where_a_unit_translates_or_will),
		cmocka_unit_test(test_auto_touches_no_configuration_space_where_nothing_translates),
		cmocka_unit_test(test_without_a_table_firmwares_own_devices_are_left_alone),
		T(test_a_device_that_does_not_stop_may_still_read),
		cmocka_unit_test(test_storage_and_network_that_firmware_wants_left_alone_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
