/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading /proc and /sys. Every read is bounded. A file that is missing or malformed gives a reason or a default, and never ends the
 * program.
 */
#include "host.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX   (4u << 20)
#define RSDP_FIELD 0x70u /* acpi_rsdp_addr in struct boot_params */

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

unsigned int kq_host_ranges(const struct kq_host *host, const char *name, struct kq_range *ranges, unsigned int max)
{
	char *text = kq_host_read(host, "/proc/iomem", TEXT_MAX, NULL), *line, *next = NULL;
	unsigned int count = 0;

	for (line = text ? strtok_r(text, "\n", &next) : NULL; line && count < max; line = strtok_r(NULL, "\n", &next)) {
		uint64_t first, last;
		int at = 0;

		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &at) == 2 && at &&
		    !strcmp(line + at, name) && first < last && last < UINT64_MAX)
			ranges[count++] = (struct kq_range){ first, last + 1 };
	}
	free(text);
	return count;
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

unsigned int kq_host_pci_functions(const struct kq_host *host)
{
	struct kq_names names;
	unsigned int number;

	kq_host_list(host, "/sys/bus/pci/devices", &names);
	number = (unsigned int)iq_min(names.count, 65536);
	kq_names_free(&names);
	return number;
}

/* "pciSSSS:BB" is a host bridge's folder. Segments of more than 16 bits are the kernel's own, behind a device (VMD). */
static bool is_root(const char *name, unsigned int *segment, unsigned int *bus)
{
	int end = 0;

	return sscanf(name, "pci%4x:%2x%n", segment, bus, &end) == 2 && !name[end] && end == (int)strlen("pci0000:00");
}

/* Add a root bus to the segment's. False if there is no room for the segment. */
static bool add_root(struct iq_root_buses *roots, unsigned int *number, unsigned int max, unsigned int segment, unsigned int bus)
{
	unsigned int i;

	for (i = 0; i < *number && roots[i].segment != segment; i++)
		;
	if (i == max)
		return false;
	if (i == *number)
		roots[(*number)++] = (struct iq_root_buses){ .segment = (uint16_t)segment };
	roots[i].bus[bus / 8] = (uint8_t)(roots[i].bus[bus / 8] | 1u << bus % 8);
	return true;
}

unsigned int kq_host_roots(const struct kq_host *host, struct iq_root_buses *roots, unsigned int max)
{
	unsigned int number = 0, segment, bus;
	struct kq_names names;
	bool room = true;

	kq_host_list(host, "/sys/devices", &names);
	for (size_t i = 0; room && i < names.count; i++)
		if (is_root(names.name[i], &segment, &bus))
			room = add_root(roots, &number, max, segment, bus);
	kq_names_free(&names);
	return room ? number : 0;
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
	char *text = kq_host_read(host, "/sys/kernel/security/lockdown", 4096, NULL);
	bool locked = text && !strstr(text, "[none]");

	free(text);
	return locked;
}

/* A variable of firmware that is one byte, behind 4 bytes of attributes. UEFI 2.10, 3.3 */
static bool efi_byte(const struct kq_host *host, const char *name)
{
	char path[128], *bytes;
	size_t length = 0;
	bool set;

	snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s-8be4df61-93ca-11d2-aa0d-00e098032b8c", name);
	bytes = kq_host_read(host, path, 64, &length);
	set = bytes && length == 5 && bytes[4] == 1;
	free(bytes);
	return set;
}

bool kq_host_secure_boot(const struct kq_host *host)
{
	return efi_byte(host, "SecureBoot") && !efi_byte(host, "SetupMode");
}

int kq_host_built_with(const struct kq_host *host, const char *release, const char *option)
{
	char path[256], line[80], *text;
	int found = -1;

	if (!release[0])
		return -1;
	snprintf(path, sizeof(path), "/boot/config-%.200s", release);
	snprintf(line, sizeof(line), "\n%s=y\n", option);
	text = kq_host_read(host, path, 1u << 20, NULL);
	if (text)
		found = strstr(text, line) != NULL;
	free(text);
	return found;
}

/* The same of the running kernel. */
static int running_built_with(const struct kq_host *host, const char *option)
{
	char release[128] = "";

	kq_host_line(host, "/proc/sys/kernel/osrelease", release, sizeof(release));
	return kq_host_built_with(host, release, option);
}

/* Linux, drivers/iommu/intel/Kconfig; INTGPU_OFF leaves out integrated graphics alone. */
bool kq_host_translates_by_default(const struct kq_host *host)
{
	return running_built_with(host, "CONFIG_INTEL_IOMMU_DEFAULT_ON") > 0 ||
	       running_built_with(host, "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF") > 0;
}

bool kq_host_file_load_only(const struct kq_host *host)
{
	return running_built_with(host, "CONFIG_KEXEC_FILE") > 0 && !running_built_with(host, "CONFIG_KEXEC");
}

/* Linux, kernel/crash_dump_dm_crypt.c; arch/x86/kernel/kexec-bzimage64.c adds dmcryptkeys= to the command line. */
uint64_t kq_host_dump_keys(const struct kq_host *host)
{
	return kq_host_number(host, "/sys/kernel/config/crash_dm_crypt_keys/count", 0);
}

const char *kq_host_refusal(const struct kq_host *host)
{
	if (kq_host_locked_down(host))
		return "the kernel is locked down (/sys/kernel/security/lockdown)";
	if (kq_host_number(host, "/proc/sys/kernel/kexec_load_disabled", 0))
		return "/proc/sys/kernel/kexec_load_disabled is 1";
	if (kq_host_file_load_only(host))
		return "this kernel was built without it (CONFIG_KEXEC)";
	return "a security policy refuses it, or this kernel was built without it (CONFIG_KEXEC)";
}
