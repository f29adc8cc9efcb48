/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about the host are read below the root that the caller names. A missing or broken file gives a reason.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/host.h"

static char root[64];
static struct kq_host host = { root };
static struct kq_reason reason;

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/kdump-quiesce-test-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

/* Write a file below the root, and make its directories. */
static void put(const char *path, const void *bytes, size_t length)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(full, 0777);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static void text(const char *path, const char *line)
{
	put(path, line, strlen(line));
}

static void crash_range_is_the_one_that_holds_the_image(void **state)
{
	struct kq_range range;

	(void)state;
	assert_false(kq_host_crash_range(&host, 0x6e000000, &range, &reason));
	assert_non_null(strstr(reason.text, "/proc/iomem: No such file"));
	text("/proc/iomem", "00001000-0009fbff : System RAM\n");
	assert_false(kq_host_crash_range(&host, 0x6e000000, &range, &reason));
	assert_non_null(strstr(reason.text, "no memory is reserved"));
	text("/proc/iomem", "00100000-7fffffff : System RAM\n  6e000000-7dffffff : Crash kernel\n"
			    "100000000-1ffffffff : System RAM\n  15f000000-17effffff : Crash kernel\n");
	assert_true(kq_host_crash_range(&host, 0x6e000000, &range, &reason));
	assert_int_equal(range.first, 0x6e000000);
	assert_int_equal(range.end, 0x7e000000);
	assert_true(kq_host_crash_range(&host, 0x160000000, &range, &reason));
	assert_int_equal(range.end, 0x17f000000);
	assert_false(kq_host_crash_range(&host, 0x7e000000, &range, &reason));
	assert_non_null(strstr(reason.text, "is not in the memory reserved"));
	/* As an unprivileged process sees it. */
	text("/proc/iomem", "00000000-00000000 : Crash kernel\n");
	assert_false(kq_host_crash_range(&host, 0x6e000000, &range, &reason));
}

static void root_pointer_comes_from_efi_or_from_the_boot_loader(void **state)
{
	uint8_t params[4096] = { 0 };

	(void)state;
	assert_int_equal(kq_host_rsdp(&host), 0);
	params[0x70] = 0xe0;
	params[0x72] = 0x0f;
	put("/sys/kernel/boot_params/data", params, sizeof(params));
	assert_int_equal(kq_host_rsdp(&host), 0xf00e0);
	text("/sys/firmware/efi/systab", "SMBIOS=0xf0000\nACPI=0x7e77d000\n");
	assert_int_equal(kq_host_rsdp(&host), 0x7e77d000);
	text("/sys/firmware/efi/systab", "ACPI20=0x7e77d014\nACPI=0x7e77d000\n");
	assert_int_equal(kq_host_rsdp(&host), 0x7e77d014);
}

/* IVRS with one IVHD of type 10h and no device entries. AMD I/O Virtualization 3.08, 5.2 */
static size_t ivrs(uint8_t *table, uint64_t base)
{
	uint8_t sum = 0;

	memset(table, 0, 48 + 24);
	memcpy(table, "IVRS", 4);
	table[4] = 48 + 24;
	table[8] = 2;
	table[48] = 0x10;
	table[50] = 24;
	table[52] = 0x08;
	memcpy(table + 56, &base, sizeof(base));
	for (int i = 0; i < 48 + 24; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
	return 48 + 24;
}

static void plan_comes_from_the_firmwares_tables(void **state)
{
	struct iq_plan *plan = malloc(sizeof(*plan));
	uint8_t table[128];
	size_t length;

	(void)state;
	assert_false(kq_host_plan(&host, plan, &reason));
	assert_non_null(strstr(reason.text, "names no IOMMU"));
	length = ivrs(table, 0xfed80000);
	put("/sys/firmware/acpi/tables/IVRS", table, length);
	assert_true(kq_host_plan(&host, plan, &reason));
	assert_int_equal(plan->units, 1);
	assert_int_equal(plan->unit[0].base, 0xfed80000);
	put("/sys/firmware/acpi/tables/IVRS", table, 40);
	assert_false(kq_host_plan(&host, plan, &reason));
	assert_non_null(strstr(reason.text, "/sys/firmware/acpi/tables/IVRS: "));
	length = ivrs(table, 0);
	put("/sys/firmware/acpi/tables/IVRS", table, length);
	assert_false(kq_host_plan(&host, plan, &reason));
	free(plan);
}

static void files_that_never_end_are_not_read(void **state)
{
	(void)state;
	text("/file", "1234567890");
	assert_null(kq_host_read(&host, "/file", 9, NULL));
	assert_int_equal(kq_host_number(&host, "/file", 7), 1234567890);
	assert_int_equal(kq_host_number(&host, "/none", 7), 7);
	text("/file", "none");
	assert_int_equal(kq_host_number(&host, "/file", 7), 7);
}

static void lockdown_and_clock(void **state)
{
	(void)state;
	assert_false(kq_host_locked_down(&host));
	assert_false(kq_host_invariant_clock(&host));
	text("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_false(kq_host_locked_down(&host));
	text("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_true(kq_host_locked_down(&host));
	text("/proc/cpuinfo", "flags\t\t: fpu constant_tsc rep_good nonstop_tsc cpuid\n");
	assert_true(kq_host_invariant_clock(&host));
}

static void root_buses_come_from_host_bridges(void **state)
{
	struct iq_root_buses roots[IQ_ROOT_SEGMENTS];

	(void)state;
	assert_int_equal(kq_host_roots(&host, roots, IQ_ROOT_SEGMENTS), 0);
	text("/sys/devices/pci0000:00/uevent", "");
	text("/sys/devices/pci0000:9f/uevent", "");
	text("/sys/devices/pci0003:10/uevent", "");
	/* VMD's, and what is none. */
	text("/sys/devices/pci10000:00/uevent", "");
	text("/sys/devices/pci0000/uevent", "");
	text("/sys/devices/pci0000:123/uevent", "");
	text("/sys/devices/pci0:1/uevent", "");
	text("/sys/devices/system/uevent", "");
	assert_int_equal(kq_host_roots(&host, roots, IQ_ROOT_SEGMENTS), 2);
	assert_int_equal(roots[0].segment + roots[1].segment, 3);
	for (unsigned int i = 0; i < 2; i++)
		for (unsigned int bus = 0; bus < 256; bus++)
			assert_int_equal(roots[i].bus[bus / 8] >> bus % 8 & 1,
					 roots[i].segment ? bus == 0x10 : bus == 0 || bus == 0x9f);
	/* Half of a list would say that there is no more. */
	assert_int_equal(kq_host_roots(&host, roots, 1), 0);
}

static void functions_are_counted(void **state)
{
	(void)state;
	assert_int_equal(kq_host_pci_functions(&host), 0);
	text("/sys/bus/pci/devices/0000:00:00.0/config", "");
	text("/sys/bus/pci/devices/0000:00:1f.2/config", "");
	assert_int_equal(kq_host_pci_functions(&host), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(crash_range_is_the_one_that_holds_the_image, make_root, remove_root),
		cmocka_unit_test_setup_teardown(root_pointer_comes_from_efi_or_from_the_boot_loader, make_root, remove_root),
		cmocka_unit_test_setup_teardown(plan_comes_from_the_firmwares_tables, make_root, remove_root),
		cmocka_unit_test_setup_teardown(files_that_never_end_are_not_read, make_root, remove_root),
		cmocka_unit_test_setup_teardown(lockdown_and_clock, make_root, remove_root),
		cmocka_unit_test_setup_teardown(root_buses_come_from_host_bridges, make_root, remove_root),
		cmocka_unit_test_setup_teardown(functions_are_counted, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
