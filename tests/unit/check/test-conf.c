/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce.conf(5): valid lines have their effect, and every mistake is reported with its line and column.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/console.h"
#include "machine/conf-rules.h"
#include "machine-root.h"

static struct kq_conf conf;
static struct kq_reason reason;

static bool parse(const char *text)
{
	char copy[4096];

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	kq_conf_start(&conf);
	strcpy(conf.path, "CONF");
	return kq_conf_parse(&conf, copy, &reason);
}

static void assert_wrong(const char *text, const char *message)
{
	assert_false(parse(text));
	assert_string_equal(reason.text, message);
}

static void test_everything_that_can_be_said(void **state)
{
	(void)state;
	assert_true(parse("# a comment\n\n  wait-ms = 50\ntotal-ms=1000 # behind\nconsole = ttyS1\n"
			  "reserved-memory = block\nidentity = block\n"
			  "device 3b:00.0 = preserve\ndevice 0001:3b:00.* = preserve\nid 8086:1572 = preserve\n"
			  "id 8086:* = block\nclass 0c03 = preserve\nclass 02 = block\n"));
	assert_int_equal(conf.wait_us, 50000);
	assert_int_equal(conf.total_us, 1000000);
	assert_int_equal(conf.console.address, 0x2f8);
	assert_int_equal(conf.reserved, IQ_MODE_BLOCK);
	assert_int_equal(conf.identity, IQ_MODE_BLOCK);
	assert_int_equal(conf.selectors, 6);
	assert_int_equal(conf.selector[0].value, 0x3b00);
	assert_int_equal(conf.selector[1].domain, 1);
	assert_int_equal(conf.selector[1].mask, 0xfff8);
	assert_int_equal(conf.selector[2].value, 0x80861572);
	assert_int_equal(conf.selector[3].mask, 0xffff0000);
	assert_int_equal(conf.selector[4].value, 0x0c0300);
	assert_int_equal(conf.selector[4].mask, 0xffff00);
	assert_int_equal(conf.selector[5].mask, 0xff0000);
}

static void test_first_line_about_a_device_decides(void **state)
{
	const struct kq_function network = { .id = 0x3b00, .vendor = 0x8086, .device = 0x1572, .class = 0x020000 };
	const struct kq_function other = { .id = 0x3b01, .vendor = 0x15b3, .device = 0x1017, .class = 0x020000 };

	(void)state;
	assert_true(parse("id 8086:1572 = preserve\nclass 02 = block"));
	assert_int_equal(kq_conf_select(&conf, &network)->line, 1);
	assert_int_equal(kq_conf_select(&conf, &other)->line, 2);
	assert_true(parse("device 3b:00.1 = block"));
	assert_null(kq_conf_select(&conf, &network));
	assert_non_null(kq_conf_select(&conf, &other));
}

static void test_lines_about_nothing_here_are_told(void **state)
{
	struct kq_function functions[] = {
		{ .id = 0x3b00, .vendor = 0x8086, .device = 0x1572, .class = 0x020000 },
		{ .id = 0x3b01, .vendor = 0x15b3, .device = 0x1017, .class = 0x020000 },
	};
	const struct kq_topology topology = { .function = functions, .functions = 2 };
	const struct kq_selector *unused;

	(void)state;
	assert_true(parse("id 15b3:* = preserve\ndevice 41:00.0 = preserve\nid 15b3:1018 = preserve\nclass 02 = block\n"
			  "class 0c03 = block"));
	unused = kq_conf_unused(&conf, &topology, 0);
	assert_int_equal(unused->line, 3);
	unused = kq_conf_unused(&conf, &topology, 3);
	assert_int_equal(unused->line, 5);
	assert_null(kq_conf_unused(&conf, &topology, 5));
}

static void test_mistakes_have_a_place(void **state)
{
	(void)state;
	assert_wrong(
		"wait-ms = 50\n  colour = red",
		"CONF:2:3: 'colour' is no key: device, id, class, reserved-memory, "
		"identity, stop, block, stop-ports, contain, repair-groups, repair-devices, wait-ms, total-ms or console");
	assert_wrong("wait-ms", "CONF:1:8: '=' is missing");
	assert_wrong("\n\n = 5", "CONF:3:2: there is no key before '='");
	assert_wrong("wait-ms =", "CONF:1:10: there is no value after '='");
	assert_wrong("wait-ms = 0", "CONF:1:11: '0' is not a number from 1 to 60000");
	assert_wrong("total-ms = 1s", "CONF:1:12: '1s' is not a number from 1 to 60000");
	assert_wrong("stop = maybe", "CONF:1:8: 'maybe' is neither auto nor yes nor no");
	assert_wrong("console = tty0", "CONF:1:11: 'tty0' is " KQ_CONSOLE_WANTED);
	assert_wrong("device = block",
		     "CONF:1:1: 'device' needs to say which: [DOMAIN:]BB:DD.F, or .* for all functions");
	assert_wrong("device 3b:00 = block", "CONF:1:8: '3b:00' is not [DOMAIN:]BB:DD.F, or .* for all functions");
	assert_wrong("id 8086:15 = block",
		     "CONF:1:4: '8086:15' is not VVVV:DDDD, four hexadecimal digits each, or VVVV:*");
	assert_wrong("class 0c0 = block", "CONF:1:7: '0c0' is not two, four or six hexadecimal digits");
	assert_wrong("class 0c03 = leave", "CONF:1:14: 'leave' is no mode: block or block-writes or sink or preserve");
	assert_wrong("wait-ms 5 = 6", "CONF:1:9: '=' is expected behind 'wait-ms'");
	assert_wrong("wait-ms = 3000", "CONF: wait-ms is longer than total-ms");
}

static void test_every_mistake_is_told(void **state)
{
	(void)state;
	assert_wrong("stop = maybe\nclass 02 = block\nid 8086 = block\nwait-ms = 3000\n", "CONF: 3 mistakes");
	assert_int_equal(conf.mistakes, 3);
	assert_string_equal(conf.mistake[0].text, "CONF:1:8: 'maybe' is neither auto nor yes nor no");
	assert_string_equal(conf.mistake[1].text,
			    "CONF:3:4: '8086' is not VVVV:DDDD, four hexadecimal digits each, or VVVV:*");
	assert_string_equal(conf.mistake[2].text, "CONF: wait-ms is longer than total-ms");
	assert_true(parse("class 02 = block\n"));
	assert_int_equal(conf.mistakes, 0);
}

static void test_more_mistakes_than_are_kept_are_counted(void **state)
{
	char text[4096] = "";

	(void)state;
	for (unsigned int i = 0; i < 2 * KQ_CONF_MISTAKES; i++)
		strcat(text, "wait-ms\n");
	assert_wrong(text, "CONF: 32 mistakes");
	assert_string_equal(conf.mistake[0].text, "CONF:1:8: '=' is missing");
	assert_string_equal(conf.mistake[KQ_CONF_MISTAKES - 1].text, "CONF:32:8: '=' is missing");
}

/* Intel VMD gives the disks behind it a domain of their own, 10000 and up. */
static void test_device_in_a_domain_that_a_driver_made_up(void **state)
{
	struct kq_function functions[] = { { .id = 0x0070, .vendor = 0x8086, .device = 0x467f } };
	struct kq_hidden hidden[] = { { functions[0], 0x10000, 0x0100, true } };
	const struct kq_topology topology = { .function = functions, .functions = 1, .hidden = hidden, .hiddens = 1 };

	(void)state;
	assert_true(parse("device 10000:01:00.0 = preserve\ndevice 10000:02:00.* = preserve\n"));
	assert_int_equal(conf.selector[0].domain, 0x10000);
	assert_int_equal(conf.selector[0].value, 0x0100);
	assert_null(kq_conf_select(&conf, &functions[0]));
	/* The machine has the device of line 1, and none with the address of line 2. */
	assert_int_equal(kq_conf_unused(&conf, &topology, 0)->line, 2);
	assert_wrong("device 1234567890:01:00.0 = block",
		     "CONF:1:8: '1234567890:01:00.0' is not [DOMAIN:]BB:DD.F, or .* for all functions");
	assert_wrong("device :01:00.0 = block",
		     "CONF:1:8: ':01:00.0' is not [DOMAIN:]BB:DD.F, or .* for all functions");
	assert_wrong("device 0000:01:00:00.0 = block",
		     "CONF:1:8: '0000:01:00:00.0' is not [DOMAIN:]BB:DD.F, or .* for all functions");
}

static void test_file_need_not_be_there_unless_named(void **state)
{
	(void)state;
	assert_true(kq_conf_read(&conf, &machine, NULL, &reason));
	assert_string_equal(conf.path, "");
	assert_false(kq_conf_read(&conf, &machine, "/nowhere/conf", &reason));
	assert_string_equal(reason.text, "/nowhere/conf: No such file or directory");
}

static void test_default_file_is_below_the_root(void **state)
{
	(void)state;
	machine_text(KQ_SYSCONFDIR "/kdump-quiesce.conf", "wait-ms = 7\n");
	assert_true(kq_conf_read(&conf, &machine, NULL, &reason));
	assert_int_equal(conf.wait_us, 7000);
	machine_put(KQ_SYSCONFDIR "/kdump-quiesce.conf", "wait-ms\0= 7\n", 12);
	assert_false(kq_conf_read(&conf, &machine, NULL, &reason));
}

static void test_devices_are_stopped_and_ports_contained_unless_it_says_no(void **state)
{
	struct kq_settings settings = { 0 };

	(void)state;
	assert_true(parse(""));
	kq_conf_apply(&conf, &settings, false);
	assert_int_equal(settings.policy, IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO | IQ_HANDOVER_CONTAIN);
	assert_true(parse("stop = no\nstop-ports = yes\ncontain = no\n"));
	kq_conf_apply(&conf, &settings, false);
	assert_int_equal(settings.policy, IQ_HANDOVER_STOP_PORTS);
	assert_true(parse("stop = yes\n"));
	assert_int_equal(conf.policy, IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN);
	assert_true(parse("stop = no\nstop = auto\n"));
	assert_int_equal(conf.policy, IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO | IQ_HANDOVER_CONTAIN);
	assert_wrong("contain = auto", "CONF:1:11: 'auto' is neither yes nor no");
}

static void test_iommus_are_left_alone_in_pass_through_mode_or_with_block_no(void **state)
{
	static const struct {
		const char *text;
		bool translating, passing; /* is the IOMMU left alone? */
	} cases[] = {
		{ "", false, true },
		{ "block = auto\n", false, true },
		{ "block = yes\n", false, false },
		{ "block = no\n", true, true },
		{ "block = no\nblock = auto\n", false, true },
	};
	struct kq_topology topology = { .passed_through = false };

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(cases); i++) {
		assert_true(parse(cases[i].text));
		topology.passed_through = false;
		assert_int_equal(!!(kq_conf_policy(&conf, &topology) & IQ_HANDOVER_NO_BLOCK), cases[i].translating);
		topology.passed_through = true;
		assert_int_equal(!!(kq_conf_policy(&conf, &topology) & IQ_HANDOVER_NO_BLOCK), cases[i].passing);
	}
	assert_wrong("block = pt", "CONF:1:9: 'pt' is neither auto nor yes nor no");
}

static void test_repairs_are_made_unless_it_says_no(void **state)
{
	(void)state;
	assert_true(parse(""));
	assert_int_equal(conf.repair, KQ_REPAIR_GROUPS | KQ_REPAIR_DEVICES);
	assert_true(parse("repair-groups = no\n"));
	assert_int_equal(conf.repair, KQ_REPAIR_DEVICES);
	assert_true(parse("repair-groups = yes\nrepair-devices = no\n"));
	assert_int_equal(conf.repair, KQ_REPAIR_GROUPS);
	assert_int_equal(conf.policy, IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO | IQ_HANDOVER_CONTAIN);
	assert_wrong("repair-groups = sure", "CONF:1:17: 'sure' is neither yes nor no");
}

static void test_consoles_are_shown_as_they_are_given(void **state)
{
	static const struct {
		const char *given, *shown;
		struct iq_console console;
	} cases[] = {
		{ "none", "none", { .kind = IQ_CONSOLE_NONE } },
		{ "ttyS0", "io,0x3f8", { .kind = IQ_CONSOLE_8250_PORT, .address = 0x3f8 } },
		{ "io,0x2e8", "io,0x2e8", { .kind = IQ_CONSOLE_8250_PORT, .address = 0x2e8 } },
		{ "1016", "io,0x3f8", { .kind = IQ_CONSOLE_8250_PORT, .address = 0x3f8 } },
		{ "mmio,0x1fe040003", "mmio,0x1fe040003",
		  { .kind = IQ_CONSOLE_8250_MEMORY, .address = 0x1fe040003, .width = 1, .shift = 0 } },
		{ "mmio16,0xfe040000", "mmio16,0xfe040000",
		  { .kind = IQ_CONSOLE_8250_MEMORY, .address = 0xfe040000, .width = 2, .shift = 1 } },
		{ "mmio32,0xfe040000", "mmio32,0xfe040000",
		  { .kind = IQ_CONSOLE_8250_MEMORY, .address = 0xfe040000, .width = 4, .shift = 2 } },
	};
	static const char *const wrong[] = { "",	    "tty0",	    "io,",	 "io,0x10000", "0",	  "0xfffa",
					     "mmio32,0",    "mmio32,0x1002", "mmio,-1",	 "mmio,1z",    "mmio64,8", "uart,0x3f8",
					     "mmio,0xfffffffffffffffe", "mmio,0x10000000000000000" };
	struct iq_console console = { .kind = UINT16_MAX };

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(cases); i++) {
		assert_true(kq_parse_console(cases[i].given, &console));
		assert_memory_equal(&console, &cases[i].console, sizeof(console));
		assert_string_equal(kq_console_text(&console), cases[i].shown);
	}
	for (size_t i = 0; i < IQ_ARRAY_SIZE(wrong); i++)
		if (kq_parse_console(wrong[i], &console))
			fail_msg("\"%s\" is taken for a console", wrong[i]);
	console = (struct iq_console){ .kind = IQ_CONSOLE_PL011, .address = 0x9000000, .width = 4 };
	assert_string_equal(kq_console_text(&console), "unknown");
}

static void test_command_line_comes_first(void **state)
{
	struct kq_settings settings = { .total_us = 500000 };

	(void)state;
	assert_true(parse("wait-ms = 900\nconsole = ttyS0\n"));
	kq_conf_apply(&conf, &settings, true);
	assert_int_equal(settings.wait_us, 500000);
	assert_int_equal(settings.total_us, 500000);
	assert_int_equal(settings.console.kind, IQ_CONSOLE_NONE);
	kq_conf_apply(&conf, &settings, false);
	assert_int_equal(settings.console.address, 0x3f8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_that_can_be_said),
		cmocka_unit_test(test_first_line_about_a_device_decides),
		cmocka_unit_test(test_lines_about_nothing_here_are_told),
		cmocka_unit_test(test_mistakes_have_a_place),
		cmocka_unit_test(test_every_mistake_is_told),
		cmocka_unit_test(test_more_mistakes_than_are_kept_are_counted),
		cmocka_unit_test(test_device_in_a_domain_that_a_driver_made_up),
		cmocka_unit_test_setup_teardown(test_file_need_not_be_there_unless_named, machine_make, machine_remove),
		cmocka_unit_test_setup_teardown(test_default_file_is_below_the_root, machine_make, machine_remove),
		cmocka_unit_test(test_devices_are_stopped_and_ports_contained_unless_it_says_no),
		cmocka_unit_test(test_iommus_are_left_alone_in_pass_through_mode_or_with_block_no),
		cmocka_unit_test(test_repairs_are_made_unless_it_says_no),
		cmocka_unit_test(test_consoles_are_shown_as_they_are_given),
		cmocka_unit_test(test_command_line_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
