/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core reads command lines as the capture kernel does.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "boot/cmdline.h"

static void the_last_word_on_pass_through_wins(void **state)
{
	static const struct {
		const char *line;
		enum iq_passthrough expected;
	} cases[] = {
		{ "", IQ_PASSTHROUGH_UNSAID },
		{ "root=/dev/sda quiet", IQ_PASSTHROUGH_UNSAID },
		{ "iommu=pt", IQ_PASSTHROUGH_ON },
		{ "iommu=soft,pt", IQ_PASSTHROUGH_ON },
		{ "iommu=pt,nopt", IQ_PASSTHROUGH_OFF },
		{ "iommu=pt iommu.passthrough=0", IQ_PASSTHROUGH_OFF },
		{ "iommu.passthrough=0 iommu=pt", IQ_PASSTHROUGH_ON },
		{ "iommu.passthrough=0\tiommu.passthrough=on", IQ_PASSTHROUGH_ON },
		{ "iommu.passthrough=1 iommu.passthrough=off", IQ_PASSTHROUGH_OFF },
		{ "iommu.passthrough=maybe", IQ_PASSTHROUGH_UNSAID },
		{ "iommu.passthrough=", IQ_PASSTHROUGH_UNSAID },
		{ "iommu.passthrough", IQ_PASSTHROUGH_UNSAID },
		{ "\"iommu=pt\"", IQ_PASSTHROUGH_ON },
		{ "iommu=\"pt\" quiet", IQ_PASSTHROUGH_ON },
		{ "\"iommu.passthrough=1 quiet", IQ_PASSTHROUGH_ON },
		{ "iommu=\"pt", IQ_PASSTHROUGH_ON },
		{ "\"iommu\"=pt", IQ_PASSTHROUGH_UNSAID },
		{ "\"", IQ_PASSTHROUGH_UNSAID },
		{ "iommu=\"", IQ_PASSTHROUGH_UNSAID },
		{ "xiommu=pt iommux=pt iommu=xpt", IQ_PASSTHROUGH_UNSAID },
		{ "iommu=ptx", IQ_PASSTHROUGH_ON },
		{ "iommu=usedac,pt", IQ_PASSTHROUGH_UNSAID },
		{ "a=\"x iommu=pt\"", IQ_PASSTHROUGH_UNSAID },
		{ "quiet -- iommu=pt", IQ_PASSTHROUGH_UNSAID },
		{ "quiet \"--\" iommu=pt", IQ_PASSTHROUGH_UNSAID },
		{ "quiet \"-- iommu=pt", IQ_PASSTHROUGH_UNSAID },
		{ "quiet --x --=1 iommu=pt", IQ_PASSTHROUGH_ON },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (iq_cmdline_passthrough(cases[i].line) != cases[i].expected)
			fail_msg("\"%s\": %d", cases[i].line, iq_cmdline_passthrough(cases[i].line));
}

static void elfcorehdr_in_every_spelling(void **state)
{
	uint64_t address = 0;

	(void)state;
	assert_true(iq_cmdline_elfcorehdr("a elfcorehdr=2063732K b", &address));
	assert_int_equal(address, 2063732ull << 10);
	assert_true(iq_cmdline_elfcorehdr("elfcorehdr=1M elfcorehdr=0x6f000000", &address));
	assert_int_equal(address, 0x6f000000);
	assert_true(iq_cmdline_elfcorehdr("elfcorehdr=16K@4G", &address));
	assert_int_equal(address, 4ull << 30);
	assert_true(iq_cmdline_elfcorehdr("\"elfcorehdr=2M\" elfcorehdr=\"3M\"", &address));
	assert_int_equal(address, 3u << 20);
	assert_false(iq_cmdline_elfcorehdr("elfcorehdr=1x", &address));
	assert_false(iq_cmdline_elfcorehdr("elfcorehdr=", &address));
	assert_false(iq_cmdline_elfcorehdr("xelfcorehdr=1 -- elfcorehdr=1", &address));
}

static void words_that_switch_the_driver_off(void **state)
{
	(void)state;
	assert_null(iq_cmdline_iommu_off("iommu=pt amd_iommu=fullflush intel_iommu=off"));
	assert_string_equal(iq_cmdline_iommu_off("x amd_iommu=off"), "amd_iommu=off");
	assert_string_equal(iq_cmdline_iommu_off("amd_iommu=fullflush,off"), "amd_iommu=off");
	assert_string_equal(iq_cmdline_iommu_off("iommu=noagp,off"), "iommu=off");
	assert_string_equal(iq_cmdline_iommu_off("amd-iommu=off"), "amd_iommu=off");
	assert_string_equal(iq_cmdline_iommu_off("iommu=off iommu=force"), "iommu=off");
	assert_string_equal(iq_cmdline_iommu_off("iommu=offx"), "iommu=off");
	assert_null(iq_cmdline_iommu_off("iommu=xoff iommu=usedac,off -- iommu=off"));
}

static void the_last_word_on_translation_counts(void **state)
{
	(void)state;
	assert_int_equal(iq_cmdline_translation("intel_iommu=sm_off intel_iommu=off"), IQ_SWITCH_OFF);
	assert_int_equal(iq_cmdline_translation("intel_iommu=on intel-iommu=off"), IQ_SWITCH_OFF);
	assert_int_equal(iq_cmdline_translation("intel_iommu=on,off,sm_on"), IQ_SWITCH_OFF);
	assert_int_equal(iq_cmdline_translation("intel_iommu=on amd_iommu=off"), IQ_SWITCH_ON);
	assert_int_equal(iq_cmdline_translation("amd_iommu=off"), IQ_SWITCH_UNSAID);
	assert_int_equal(iq_cmdline_translation("intel_iommu=off intel_iommu=on,sm_off"), IQ_SWITCH_ON);
	assert_int_equal(iq_cmdline_translation("intel_iommu=igfx_off"), IQ_SWITCH_UNSAID);
	assert_int_equal(iq_cmdline_translation("intel_iommu=on -- intel_iommu=off"), IQ_SWITCH_ON);
}

static void dash_and_underscore_are_one_in_names(void **state)
{
	const char *line = "a_b-c=1", *value;
	struct iq_word word;
	size_t length;

	(void)state;
	assert_true(iq_cmdline_next(&line, &word));
	assert_true(iq_cmdline_is(&word, "a-b_c", &value, &length));
	assert_int_equal(length, 1);
	assert_false(iq_cmdline_is(&word, "a.b-c", &value, &length));
}

static void exactmap_is_seen(void **state)
{
	(void)state;
	assert_true(iq_cmdline_exactmap("memmap=exactmap memmap=640K@0"));
	assert_true(iq_cmdline_exactmap("memmap=640K@0,exactmap"));
	assert_false(iq_cmdline_exactmap("memmap=640K@0 exactmap"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_word_on_pass_through_wins),
		cmocka_unit_test(elfcorehdr_in_every_spelling),
		cmocka_unit_test(words_that_switch_the_driver_off),
		cmocka_unit_test(the_last_word_on_translation_counts),
		cmocka_unit_test(dash_and_underscore_are_one_in_names),
		cmocka_unit_test(exactmap_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
