/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How `check` derives its verdict from its findings, and the list of capture kernels with known bugs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "machine-root.h"

#define AMDVI 1 /* ids of families in records */
#define VTD   2

static struct kq_examination *examination;
static struct kq_answer answer;

static int start(void **state)
{
	if (machine_make(state))
		return -1;
	machine_text("/proc/cmdline", "quiet\n");
	machine_text("/proc/cpuinfo", "flags\t\t: fpu\n");
	machine_text("/sys/kernel/kexec_crash_loaded", "1\n");
	examination = calloc(1, sizeof(*examination));
	examination->host = machine;
	kq_machine_look(&examination->machine, &machine);
	examination->privileged = examination->planned = true;
	examination->groups = 3;
	return 0;
}

static int end(void **state)
{
	free(examination);
	return machine_remove(state);
}

static const struct kq_check reboot = { "reboot", NULL, NULL, NULL, KQ_STEP_REBOOT, 0 };
static const struct kq_check setting = { "setting", NULL, NULL, NULL, KQ_STEP_SETTING, 0 };
static const struct kq_check load = { "load", NULL, NULL, NULL, KQ_STEP_LOAD, 0 };
static const struct kq_check aside = { "aside", NULL, NULL, NULL, KQ_STEP_REBOOT, KQ_CHECK_ASIDE };

static void judge(const struct kq_result *results, unsigned int count)
{
	kq_answer_make(&answer, examination, results, count);
}

static void test_everything_passed(void **state)
{
	const struct kq_result results[] = { { &load, { KQ_PASS, "loaded", "" } }, { &aside, { KQ_UNKNOWN, "?", "" } } };

	(void)state;
	judge(results, 2);
	assert_int_equal(answer.survival, KQ_SURVIVES);
	assert_string_equal(answer.text, "a dump of this host would survive its own DMA");
	assert_int_equal(answer.to_dos, 0);
}

static void test_the_first_thing_to_do_is_the_reason(void **state)
{
	const struct kq_result results[] = {
		{ &load, { KQ_FAIL, "not loaded", "load" } },
		{ &setting, { KQ_FAIL, "a mistake", "correct it" } },
		{ &setting, { KQ_WARN, "a risk", "avoid it" } },
		{ &load, { KQ_FAIL, "no plugin", "load" } },
		{ &reboot, { KQ_FAIL, "no memory", "reserve it" } },
	};

	(void)state;
	judge(results, 5);
	assert_int_equal(answer.survival, KQ_DOES_NOT);
	assert_string_equal(answer.text, "a dump of this host would not survive its own DMA: no memory");
	assert_int_equal(answer.to_dos, 3);
	assert_string_equal(answer.to_do[0], "reserve it");
	assert_string_equal(answer.to_do[1], "correct it");
	assert_string_equal(answer.to_do[2], "load");
}

static void test_no_more_than_three_things_to_do(void **state)
{
	const struct kq_result results[] = {
		{ &load, { KQ_FAIL, "1", "one" } }, { &load, { KQ_FAIL, "2", "two" } },
		{ &load, { KQ_FAIL, "3", "three" } }, { &load, { KQ_FAIL, "4", "four" } },
	};

	(void)state;
	judge(results, 4);
	assert_int_equal(answer.to_dos, 3);
	assert_string_equal(answer.to_do[2], "three");
}

static void test_unknown_facts_leave_the_verdict_open(void **state)
{
	const struct kq_result results[] = { { &load, { KQ_PASS, "loaded", "" } },
					     { &setting, { KQ_UNKNOWN, "not root", "be root" } },
					     { &aside, { KQ_WARN, "a risk", "avoid it" } } };

	(void)state;
	judge(results, 3);
	assert_int_equal(answer.survival, KQ_CANNOT_BE_KNOWN);
	assert_string_equal(answer.text,
			    "it cannot be known whether a dump of this host would survive its own DMA: not root");
	assert_int_equal(answer.to_dos, 2);
	assert_string_equal(answer.to_do[0], "be root");
}

static void test_without_an_iommu_there_is_nothing_to_take_over(void **state)
{
	const struct kq_result results[] = { { &load, { KQ_WARN, "no plugin", "load" } } };

	(void)state;
	examination->groups = 0;
	judge(results, 1);
	assert_int_equal(answer.survival, KQ_SURVIVES);
	assert_non_null(strstr(answer.text, "survive its own DMA: no IOMMU translates"));
	assert_non_null(strstr(answer.text, "has nothing to do here"));
}

static void test_a_machine_without_a_plugin_says_why(void **state)
{
	const struct kq_result results[] = { { &load, { KQ_PASS, "loaded", "" } }, { &load, { KQ_FAIL, "not loaded", "" } } };

	(void)state;
	machine_text("/proc/sys/kernel/arch", "s390x\n");
	kq_machine_look(&examination->machine, &machine);
	assert_string_equal(examination->machine.kind->key, "s390");
	judge(results, 1);
	assert_int_equal(answer.survival, KQ_SURVIVES);
	assert_non_null(strstr(answer.text, "subsystem reset"));
	judge(results, 2);
	assert_int_equal(answer.survival, KQ_DOES_NOT);
}

static struct kq_finding version_finding(const char *version)
{
	struct kq_finding finding = { .fact = "" };

	examination->image.read = true;
	strcpy(examination->image.version, version);
	kq_check_version(examination, &finding);
	return finding;
}

static void use_family(unsigned int family)
{
	examination->plan.units = 1;
	examination->plan.unit[0].family = iq_family_by_id(family);
}

static void test_ranges_of_bad_versions_have_a_first_and_a_good_one(void **state)
{
	(void)state;
	use_family(AMDVI);
	assert_int_equal(version_finding("6.12.57 (a@b) #1").verdict, KQ_PASS);
	assert_int_equal(version_finding("6.12.58 (a@b) #1").verdict, KQ_WARN);
	assert_int_equal(version_finding("6.12.64-1-default (a@b) #1").verdict, KQ_WARN);
	assert_int_equal(version_finding("6.12.65 (a@b) #1").verdict, KQ_PASS);
	assert_string_equal(version_finding("6.1.159").fix, "use a capture kernel of 6.1.160 or later");
	use_family(VTD);
	assert_int_equal(version_finding("6.12.58 (a@b) #1").verdict, KQ_PASS);
}

static void test_debians_version_is_behind_its_name(void **state)
{
	(void)state;
	use_family(AMDVI);
	assert_int_equal(version_finding("6.1.0-41-amd64 (k@d.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.159-1 (2025-12-30)").verdict,
			 KQ_WARN);
	assert_int_equal(version_finding("6.1.0-56-amd64 (k@d.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-02)").verdict,
			 KQ_PASS);
}

static void test_a_vendors_kernel_does_not_say_what_is_in_it(void **state)
{
	(void)state;
	use_family(AMDVI);
	assert_int_equal(version_finding("5.14.0-503.el9.x86_64 (m@r) #1 SMP").verdict, KQ_UNKNOWN);
	assert_int_equal(version_finding("").verdict, KQ_UNKNOWN);
	assert_int_equal(version_finding("nonsense").verdict, KQ_UNKNOWN);
}

/* This bug needs both: a bus whose devices all have numbers from 0x10 on, and scalable mode. */
static void test_upper_half_of_a_bus_in_scalable_mode(void **state)
{
	static struct kq_function functions[] = { { .id = 0x0000 }, { .id = 0x80a0 } };

	(void)state;
	use_family(VTD);
	examination->topology.function = functions;
	examination->topology.functions = 2;
	assert_int_equal(version_finding("6.12.109").verdict, KQ_PASS);
	machine_text("/sys/class/iommu/dmar0/intel-iommu/ecap", "80000f0000f\n");
	strcpy(examination->first_cmdline, "intel_iommu=on,sm_on");
	assert_int_equal(version_finding("6.12.109").verdict, KQ_WARN);
	assert_int_equal(version_finding("6.12.110").verdict, KQ_PASS);
	functions[1].id = 0x0098;
	assert_int_equal(version_finding("6.12.109").verdict, KQ_PASS);
	strcpy(examination->first_cmdline, "intel_iommu=on,sm_off");
	functions[1].id = 0x80a0;
	assert_int_equal(version_finding("6.12.109").verdict, KQ_PASS);
}

static void test_bugs_seen_under_emulation_only_are_reported_to_guests_only(void **state)
{
	(void)state;
	use_family(AMDVI);
	assert_int_equal(version_finding("7.2.13").verdict, KQ_PASS);
	examination->machine.guest = true;
	assert_int_equal(version_finding("7.2.13").verdict, KQ_WARN);
	assert_int_equal(version_finding("7.3.0-rc4").verdict, KQ_UNKNOWN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
		TEST(test_everything_passed),
		TEST(test_the_first_thing_to_do_is_the_reason),
		TEST(test_no_more_than_three_things_to_do),
		TEST(test_unknown_facts_leave_the_verdict_open),
		TEST(test_without_an_iommu_there_is_nothing_to_take_over),
		TEST(test_a_machine_without_a_plugin_says_why),
		TEST(test_ranges_of_bad_versions_have_a_first_and_a_good_one),
		TEST(test_debians_version_is_behind_its_name),
		TEST(test_a_vendors_kernel_does_not_say_what_is_in_it),
		TEST(test_upper_half_of_a_bus_in_scalable_mode),
		TEST(test_bugs_seen_under_emulation_only_are_reported_to_guests_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
