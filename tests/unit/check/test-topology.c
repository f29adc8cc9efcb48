/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which requester ids a function uses, on machines made of files: bridges of each kind, firmware's aliases, ids that belong to no
 * function.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "machine/conf-rules.h"
#include "machine-root.h"

#define PORT_ENDPOINT 0
#define PORT_ROOT     4
#define PORT_TO_PCI   7

static struct iq_plan plan;
static struct kq_topology topology;
static struct kq_reason reason;

static void read_topology(void)
{
	kq_host_plan(&machine, &plan, &reason);
	if (!kq_topology_read(&topology, &machine, &plan, &reason))
		fail_msg("%s", reason.text);
}

/* Function @id uses exactly these ids; the first is its own. */
static void assert_ids(uint16_t id, unsigned int count, ...)
{
	const struct kq_function *function = kq_topology_function(&topology, 0, id);
	va_list ids;

	assert_non_null(function);
	assert_int_equal(function->count, count);
	va_start(ids, count);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(topology.requester[function->first + i].id, va_arg(ids, int));
	va_end(ids);
}

static void put_function(uint16_t id, int port, uint8_t secondary)
{
	machine_function(&(struct machine_function){ .id = id, .vendor = 0x8086, .device = 0x10d3, .class = 0x020000,
						     .port = port, .secondary = secondary, .subordinate = secondary });
}

static int free_topology(void **state)
{
	kq_topology_free(&topology);
	return machine_remove(state);
}

static void test_function_alone_uses_its_own_id(void **state)
{
	(void)state;
	machine_ivrs(NULL, 0);
	put_function(0x0010, PORT_ENDPOINT, 0);
	read_topology();
	assert_ids(0x0010, 1, 0x0010);
	assert_int_equal(topology.requester[0].unit, 0);
	assert_int_equal(topology.requester[0].origin, KQ_ORIGIN_OWN);
}

static void test_root_port_changes_no_id(void **state)
{
	(void)state;
	put_function(0x0008, PORT_ROOT, 1);
	put_function(0x0100, PORT_ENDPOINT, 0);
	read_topology();
	assert_ids(0x0100, 1, 0x0100);
	assert_int_equal(topology.requester[0].unit, IQ_NO_UNIT);
}

static void test_conventional_bridge_lends_its_own_id(void **state)
{
	(void)state;
	put_function(0x0030, -1, 1);
	put_function(0x0108, -1, 0);
	read_topology();
	assert_ids(0x0108, 2, 0x0108, 0x0030);
}

static void test_bridge_from_express_lends_the_id_of_its_bus(void **state)
{
	(void)state;
	put_function(0x0008, PORT_ROOT, 1);
	put_function(0x0100, PORT_TO_PCI, 2);
	put_function(0x0210, -1, 0);
	read_topology();
	assert_ids(0x0210, 2, 0x0210, 0x0200);
}

static void test_bridges_behind_each_other_add_up(void **state)
{
	(void)state;
	put_function(0x0100, PORT_TO_PCI, 2);
	put_function(0x0220, -1, 3);
	put_function(0x0308, -1, 0);
	read_topology();
	assert_ids(0x0308, 3, 0x0308, 0x0220, 0x0200);
}

static void test_buses_in_a_circle_end(void **state)
{
	(void)state;
	put_function(0x0108, -1, 2);
	put_function(0x0208, -1, 1);
	read_topology();
	assert_ids(0x0108, 2, 0x0108, 0x0208);
}

static void test_firmware_alias_needs_no_function(void **state)
{
	/* 48882, table 58: 04:00.0 reaches the IOMMU as 03:00.1 */
	static const uint8_t entry[] = { 0x42, 0x00, 0x04, 0, 0, 0x01, 0x03, 0 };

	(void)state;
	machine_ivrs(entry, sizeof(entry));
	put_function(0x0400, PORT_ENDPOINT, 0);
	read_topology();
	assert_ids(0x0400, 2, 0x0400, 0x0301);
	assert_int_equal(topology.requester[1].origin, KQ_ORIGIN_TABLE);
	assert_int_equal(topology.requester[1].unit, 0);
}

static void test_the_last_alias_that_firmware_names_counts(void **state)
{
	/* 48882, tables 56 and 58: 04:00.0, as 03:00.1, then as 03:00.2; an entry without an alias takes none away */
	static const uint8_t entries[] = { 0x02, 0x00, 0x04, 0, 0x42, 0x00, 0x04, 0, 0, 0x01, 0x03, 0,
					   0x42, 0x00, 0x04, 0, 0,    0x02, 0x03, 0, 0x02, 0x00, 0x04, 0 };

	(void)state;
	machine_ivrs(entries, sizeof(entries));
	put_function(0x0400, PORT_ENDPOINT, 0);
	read_topology();
	assert_ids(0x0400, 2, 0x0400, 0x0302);
}

static void test_phantom_functions_are_counted(void **state)
{
	(void)state;
	machine_function(&(struct machine_function){ .id = 0x0011, .vendor = 1, .device = 1, .phantom = 2 });
	read_topology();
	assert_ids(0x0011, 4, 0x0011, 0x0013, 0x0015, 0x0017);
}

static void test_virtual_functions_without_a_function(void **state)
{
	(void)state;
	machine_function(&(struct machine_function){ .id = 0x0200, .vendor = 1, .device = 1, .vfs = 3,
						     .vf_offset = 0x80, .vf_stride = 2 });
	put_function(0x0282, PORT_ENDPOINT, 0);
	read_topology();
	assert_ids(0x0200, 3, 0x0200, 0x0280, 0x0284);
}

static void test_known_device_uses_another_function(void **state)
{
	(void)state;
	machine_function(&(struct machine_function){ .id = 0x0500, .vendor = 0x1b4b, .device = 0x9230 });
	read_topology();
	assert_ids(0x0500, 2, 0x0500, 0x0501);
}

static void test_short_configuration_space_is_no_ground_for_aliases(void **state)
{
	uint8_t config[64] = { 0x86, 0x80, 1, 0 };

	(void)state;
	config[0x0e] = 1;
	config[0x19] = config[0x1a] = 1;
	machine_put("/sys/bus/pci/devices/0000:00:01.0/config", config, sizeof(config));
	put_function(0x0100, PORT_ENDPOINT, 0);
	read_topology();
	assert_true(topology.limited);
	assert_ids(0x0100, 1, 0x0100);
}

/* Intel's VMD at 00:0e.0 shows the disks behind it on buses in a domain of their own. */
static void put_vmd(bool linked)
{
	machine_ivrs(NULL, 0);
	put_function(0x0070, PORT_ENDPOINT, 0);
	machine_function(&(struct machine_function){ .domain = 0x10000,
						     .id = 0xe030,
						     .vendor = 0x8086,
						     .device = 2,
						     .class = 0x060400,
						     .port = PORT_ROOT,
						     .secondary = 0xe1,
						     .subordinate = 0xe1 });
	machine_function(&(struct machine_function){ .domain = 0x10000,
						     .id = 0xe100,
						     .vendor = 0x144d,
						     .device = 0xa808,
						     .class = 0x010802,
						     .port = PORT_ENDPOINT,
						     .master = true });
	if (linked)
		machine_link("/sys/bus/pci/devices/0000:00:0e.0/domain", "pci10000:e0/pci_bus/10000:e0");
	read_topology();
}

static void test_functions_behind_vmd_use_its_id(void **state)
{
	(void)state;
	put_vmd(true);
	assert_int_equal(topology.functions, 1);
	assert_int_equal(topology.hiddens, 2);
	assert_true(topology.hidden[1].known);
	assert_string_equal(kq_hidden_name(&topology.hidden[1]), "10000:e1:00.0");
	assert_int_equal(topology.hidden[1].function.id, 0x0070);
	assert_int_equal(topology.hidden[1].function.count, 1);
	assert_int_equal(topology.requester[topology.hidden[1].function.first].id, 0x0070);
	/* Segment 0 has no such function. */
	assert_null(kq_topology_function(&topology, 0, 0xe100));
}

static void test_functions_behind_nothing_known_have_no_id(void **state)
{
	(void)state;
	put_vmd(false);
	assert_int_equal(topology.hiddens, 2);
	assert_false(topology.hidden[1].known);
	assert_int_equal(topology.hidden[1].function.count, 0);
}

/* The rules that result from the configuration @text on this machine, each as "first-last mode". */
static void assert_rules(const char *text, unsigned int count, const struct iq_rule *wanted)
{
	struct kq_rules rules;
	struct kq_conf conf;
	char copy[256];

	strcpy(copy, text);
	kq_conf_start(&conf);
	assert_true(kq_conf_parse(&conf, copy, &reason));
	assert_true(kq_conf_rules(&rules, &conf, &topology, &plan, &reason));
	assert_int_equal(rules.rules, count);
	for (unsigned int i = 0; i < count; i++)
		assert_memory_equal(&rules.rule[i], &wanted[i], sizeof(*wanted));
}

static void test_policy_reaches_every_id_of_a_device(void **state)
{
	static const struct iq_rule wanted[] = {
		{ .segment = 0, .first = 0x0030, .last = 0x0030, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_POLICY },
		{ .segment = 0, .first = 0x0108, .last = 0x0108, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_POLICY },
	};

	(void)state;
	machine_ivrs(NULL, 0);
	put_function(0x0030, -1, 1);
	put_function(0x0108, -1, 0);
	read_topology();
	assert_rules("device 01:01.0 = preserve", 2, wanted);
	assert_rules("device 0000:01:01.* = block\nid 8086:10d3 = preserve", 2, (const struct iq_rule[]){
		{ .segment = 0, .first = 0x0030, .last = 0x0030, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_POLICY },
		{ .segment = 0, .first = 0x0108, .last = 0x010f, .mode = IQ_MODE_BLOCK, .reason = IQ_REASON_POLICY },
	});
}

static void test_policy_for_what_is_behind_vmd_is_for_vmd(void **state)
{
	(void)state;
	put_vmd(true);
	assert_rules("class 0108 = preserve", 1,
		     (const struct iq_rule[]){
			     { .segment = 0, .first = 0x0070, .last = 0x0070, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_POLICY },
		     });
	/* They share one id: the more permissive mode wins. */
	assert_rules("id 8086:10d3 = block\nid 144d:* = preserve", 1,
		     (const struct iq_rule[]){
			     { .segment = 0, .first = 0x0070, .last = 0x0070, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_POLICY },
		     });
	assert_rules("class 0c03 = preserve", 0, NULL);
	assert_rules("device 10000:e1:00.0 = preserve", 1,
		     (const struct iq_rule[]){
			     { .segment = 0, .first = 0x0070, .last = 0x0070, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_POLICY },
		     });
	assert_rules("device 10000:e2:00.0 = preserve", 0, NULL);
	kq_topology_free(&topology);
	machine_remove(state);
	machine_make(state);
	put_vmd(false);
	assert_rules("class 0108 = preserve", 0, NULL);
}

static void test_pasid_device_in_pass_through_is_exempt(void **state)
{
	static const struct iq_rule wanted = { .segment = 0, .first = 0x0010, .last = 0x0010, .mode = IQ_MODE_PRESERVE, .reason = IQ_REASON_IDENTITY };

	(void)state;
	machine_ivrs(NULL, 0);
	machine_function(&(struct machine_function){ .id = 0x0010, .vendor = 0x1002, .device = 1, .pasid = true });
	machine_function(&(struct machine_function){ .id = 0x0018, .vendor = 0x1002, .device = 1, .pasid = true });
	machine_link("/sys/bus/pci/devices/0000:00:02.0/iommu_group", "../../../../kernel/iommu_groups/3");
	machine_link("/sys/bus/pci/devices/0000:00:03.0/iommu_group", "../../../../kernel/iommu_groups/4");
	machine_text("/sys/kernel/iommu_groups/3/type", "identity\n");
	machine_text("/sys/kernel/iommu_groups/4/type", "DMA-FQ\n");
	read_topology();
	assert_rules("", 1, &wanted);
	assert_rules("identity = block", 0, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_make, free_topology)
	const struct CMUnitTest tests[] = {
		TEST(test_function_alone_uses_its_own_id),
		TEST(test_root_port_changes_no_id),
		TEST(test_conventional_bridge_lends_its_own_id),
		TEST(test_bridge_from_express_lends_the_id_of_its_bus),
		TEST(test_bridges_behind_each_other_add_up),
		TEST(test_buses_in_a_circle_end),
		TEST(test_firmware_alias_needs_no_function),
		TEST(test_the_last_alias_that_firmware_names_counts),
		TEST(test_phantom_functions_are_counted),
		TEST(test_virtual_functions_without_a_function),
		TEST(test_known_device_uses_another_function),
		TEST(test_short_configuration_space_is_no_ground_for_aliases),
		TEST(test_functions_behind_vmd_use_its_id),
		TEST(test_functions_behind_nothing_known_have_no_id),
		TEST(test_policy_for_what_is_behind_vmd_is_for_vmd),
		TEST(test_policy_reaches_every_id_of_a_device),
		TEST(test_pasid_device_in_pass_through_is_exempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
