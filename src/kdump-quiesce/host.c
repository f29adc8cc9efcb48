/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading /proc and /sys. Every read is bounded; what is missing or strange is a reason or a default, never an end.
 */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX   (4u << 20)
#define RSDP_FIELD 0x70u /* acpi_rsdp_addr in struct boot_params */

static const char tables_directory[] = "/sys/firmware/acpi/tables";

static bool path_of(const struct kq_host *host, const char *path, char full[PATH_MAX])
{
	int length = snprintf(full, PATH_MAX, "%s%s", host->root, path);

	return length > 0 && length < PATH_MAX;
}

bool kq_host_crash_range(const struct kq_host *host, uint64_t address, struct kq_range *range, struct kq_reason *reason)
{
	char *text = kq_host_read(host, "/proc/iomem", TEXT_MAX, NULL), *line, *next = NULL;
	unsigned int seen = 0;
	bool found = false;

	if (!text)
		return kq_fail(reason, "/proc/iomem: %s", strerror(errno));
	for (line = strtok_r(text, "\n", &next); line && !found; line = strtok_r(NULL, "\n", &next)) {
		uint64_t first, last;
		int name = 0;

		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &name) != 2 || !name ||
		    strcmp(line + name, "Crash kernel"))
			continue;
		seen++;
		if (first > address || address > last || last == UINT64_MAX)
			continue;
		*range = (struct kq_range){ first, last + 1 };
		found = true;
	}
	free(text);
	if (found)
		return true;
	if (!seen)
		return kq_fail(reason, "no memory is reserved for a crash kernel (crashkernel= on the command line)");
	return kq_fail(reason, "the image at 0x%" PRIx64 " is not in the memory reserved for the crash kernel", address);
}

uint64_t kq_host_rsdp(const struct kq_host *host)
{
	char *text = kq_host_read(host, "/sys/firmware/efi/systab", 4096, NULL), *at;
	uint64_t address = 0;
	size_t length = 0;

	at = text ? strstr(text, "ACPI20=") : NULL;
	if (!at)
		at = text ? strstr(text, "ACPI=") : NULL;
	if (at)
		address = strtoull(strchr(at, '=') + 1, NULL, 0);
	free(text);
	if (address)
		return address;
	text = kq_host_read(host, "/sys/kernel/boot_params/data", 4096, &length);
	if (text && length >= RSDP_FIELD + sizeof(uint64_t))
		address = iq_le64(text + RSDP_FIELD);
	free(text);
	return address;
}

/* Add what one table says; tables that name no IOMMUs (IQ_UNSUPPORTED) are passed over. */
static void add_table(const struct kq_host *host, const char *name, struct iq_plan *plan, struct kq_reason *reason)
{
	struct kq_host_config config = { { kq_host_config_read, NULL }, host };
	char path[sizeof(tables_directory) + NAME_MAX + 1], *table;
	enum iq_status status;
	uint32_t offset;
	size_t length;

	snprintf(path, sizeof(path), "%s/%.*s", tables_directory, NAME_MAX, name);
	table = kq_host_read(host, path, IQ_ACPI_TABLE_MAX, &length);
	if (!table) {
		kq_fail(reason, "%s: %s", path, strerror(errno));
		return;
	}
	status = iq_plan_from_table(plan, (const uint8_t *)table, (uint32_t)length, &config.config, &offset);
	if (status != IQ_OK && status != IQ_UNSUPPORTED)
		kq_fail(reason, "%s: %s at offset 0x%x", path, iq_status_name(status), offset);
	free(table);
}

/* The firmware tables that name IOMMUs. */
static const char *const plan_tables[] = { "IVRS", "DMAR" };

bool kq_host_plan(const struct kq_host *host, struct iq_plan *plan, struct kq_reason *reason)
{
	char path[PATH_MAX];

	iq_plan_start(plan);
	kq_fail(reason, "the firmware names no IOMMU that this version knows (no IVRS or DMAR in %s)", tables_directory);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(plan_tables); i++) {
		snprintf(path, sizeof(path), "%s%s/%s", host->root, tables_directory, plan_tables[i]);
		if (access(path, F_OK) == 0)
			add_table(host, plan_tables[i], plan, reason);
	}
	return plan->units > 0;
}

bool kq_host_has_tables(const struct kq_host *host)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < IQ_ARRAY_SIZE(plan_tables); i++) {
		snprintf(path, sizeof(path), "%s%s/%s", host->root, tables_directory, plan_tables[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

unsigned int kq_host_pci_functions(const struct kq_host *host)
{
	unsigned int number = 0;
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *directory;

	directory = path_of(host, "/sys/bus/pci/devices", path) ? opendir(path) : NULL;
	if (!directory)
		return 0;
	while (number < 65536 && (entry = readdir(directory)))
		number += entry->d_name[0] != '.';
	closedir(directory);
	return number;
}

bool kq_host_processor_has(const struct kq_host *host, const char *flag)
{
	char *text = kq_host_read(host, "/proc/cpuinfo", TEXT_MAX, NULL), *at = text ? strstr(text, "\nflags") : NULL;
	const size_t length = strlen(flag);
	bool found = false;

	if (text && !strncmp(text, "flags", 5))
		at = text;
	at = at ? strchr(at, ':') : NULL;
	while (at && !found && *at && *at != '\n') {
		size_t word;

		at += strspn(at, ": ");
		word = strcspn(at, " \n");
		found = word == length && !memcmp(at, flag, word);
		at += word;
	}
	free(text);
	return found;
}

bool kq_host_invariant_clock(const struct kq_host *host)
{
	return kq_host_processor_has(host, "constant_tsc") && kq_host_processor_has(host, "nonstop_tsc");
}

bool kq_host_locked_down(const struct kq_host *host)
{
	char *text = kq_host_read(host, "/sys/kernel/security/lockdown", 256, NULL);
	bool locked = text && !strstr(text, "[none]");

	free(text);
	return locked;
}

const char *kq_host_refusal(const struct kq_host *host)
{
	if (kq_host_locked_down(host))
		return "the kernel is locked down (/sys/kernel/security/lockdown)";
	if (kq_host_number(host, "/proc/sys/kernel/kexec_load_disabled", 0))
		return "/proc/sys/kernel/kexec_load_disabled is 1";
	return "a security policy refuses it";
}
