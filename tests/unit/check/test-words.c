/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of the capture kernel's command line, as the programs in its initrd read them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "machine/words.h"

static void modules_are_barred_by_whoever_reads_the_word(void **state)
{
	static const struct {
		const char *line, *expected;
	} cases[] = {
		{ "", NULL },
		{ "module_blacklist=snd,snd_pci_ps", "module_blacklist=" },
		{ "module-blacklist=snd_pci_ps", "module_blacklist=" },
		{ "module_blacklist=snd_pci_psx,xsnd_pci_ps,snd_pci", NULL },
		{ "module_blacklist=snd-pci-ps", NULL },
		{ "module_blacklist=snd_pci_ps module_blacklist=snd", NULL },
		{ "module_blacklist=snd module_blacklist=snd_pci_ps", "module_blacklist=" },
		{ "-- module_blacklist=snd_pci_ps", NULL },
		{ "modprobe.blacklist=snd,snd-pci-ps", "modprobe.blacklist=" },
		{ "modprobe.blacklist=snd_pci_ps modprobe.blacklist=snd", "modprobe.blacklist=" },
		{ "-- modprobe.blacklist=snd_pci_ps", "modprobe.blacklist=" },
		{ "rd.driver.blacklist=snd_pci_ps", "rd.driver.blacklist=" },
		{ "rdblacklist=snd_pci_ps", "rdblacklist=" },
		{ "blacklist=snd_pci_ps", "blacklist=" },
		{ "modprobe.blacklist= modprobe.blacklist=,, modprobe_blacklist=snd_pci_ps", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *word = kq_blacklisted(cases[i].line, "snd_pci_ps");

		if (cases[i].expected ? !word || strcmp(word, cases[i].expected) : word != NULL)
			fail_msg("\"%s\": %s", cases[i].line, word ? word : "nothing");
	}
}

static void scripts_know_nothing_of_the_end(void **state)
{
	const char *line = "a=1 -- b", *const expected[] = { "a=1", "--", "b" };
	struct iq_word word;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(kq_word_next(&line, &word));
		assert_int_equal(word.length, strlen(expected[i]));
		assert_memory_equal(word.text, expected[i], word.length);
	}
	assert_false(kq_word_next(&line, &word));
	assert_true(kq_cmdline_has("quiet reset-devices", "reset_devices"));
	assert_false(kq_cmdline_has("quiet -- reset_devices", "reset_devices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_barred_by_whoever_reads_the_word),
		cmocka_unit_test(scripts_know_nothing_of_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
