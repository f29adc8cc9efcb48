/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What commands print, as the files that they read.
 */
#include "commands.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/told.h"
#include "machine/initrd.h"
#include "machine/lspci.h"

#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define PATH_SIZE   400u

/* "kernel.yama.ptrace_scope = 1": files below /proc/sys. */
static void tell_sysctl(const char *text)
{
	char name[PATH_SIZE - 16], path[PATH_SIZE], value[256];

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (sscanf(text, "%383[^ =\n] = %254[^\n]", name, value) != 2 || strncmp(name, "kernel.", 7) != 0)
			continue;
		for (char *at = name; *at; at++)
			*at = *at == '.' ? '/' : *at;
		snprintf(path, sizeof(path), "/proc/sys/%s", name);
		kq_told_add(path, value, strlen(value));
	}
}

/* "Linux NAME 6.4.0-150600.23-default #1 SMP ... x86_64 x86_64 x86_64 GNU/Linux" */
static void tell_uname(const char *text)
{
	char release[128];

	if (sscanf(text, "Linux %*s %127s", release) == 1)
		kq_told_add("/proc/sys/kernel/osrelease", release, strlen(release));
}

/* The variable that it read: four bytes of attributes, then the value. UEFI 2.10, 3.3 */
static void tell_secure_boot(const char *text)
{
	char variable[5] = { 6, 0, 0, 0, 0 };

	if (!strstr(text, "SecureBoot enabled") && !strstr(text, "SecureBoot disabled"))
		return;
	variable[4] = strstr(text, "SecureBoot enabled") != NULL;
	kq_told_add(SECURE_BOOT, variable, sizeof(variable));
}

/* An archive with the same members as the one that was listed. */
static void tell_initrd(const char *path, char *listing)
{
	struct kq_initrd initrd;
	char *archive;
	size_t length;

	kq_initrd_list(&initrd, listing);
	if (initrd.many.text[0])
		kq_warn("%s: %s: the others are left out", path, initrd.many.text);
	archive = kq_initrd_extract(&initrd, &length);
	if (archive)
		kq_told_add(path, archive, length);
	free(archive);
	kq_initrd_free(&initrd);
}

/* lsinitrd(1) says first what it read: "Image: /boot/initramfs-6.12.0kdump.img: 33M". */
static void tell_lsinitrd(char *text)
{
	char path[PATH_SIZE];

	if (sscanf(text, "Image: %399[^: \n]", path) == 1 && path[0] == '/')
		tell_initrd(path, text);
}

/*
 * "ls -lR /boot": the names of files and links, which scripts look for. A line "/boot/loader:" is in front of those in that directory.
 */
static void tell_names(char *listing)
{
	char directory[PATH_SIZE / 2] = "", path[PATH_SIZE], *next = listing, *line;

	while ((line = strsep(&next, "\n"))) {
		const size_t length = strlen(line);
		const char *name;

		if (line[0] == '/' && length > 1 && line[length - 1] == ':') {
			snprintf(directory, sizeof(directory), "%.*s", (int)(length - 1 - (line[length - 2] == '/')), line);
			continue;
		}
		if (!directory[0] || !strchr("-l", line[0]) || !length)
			continue;
		name = kq_listed_path(line);
		if (snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path))
			kq_told_add(path, NULL, 0);
	}
}

void kq_report_tell_command(const char *line, char *text)
{
	const size_t program = strcspn(line, " ");
	const char *slash = memrchr(line, '/', program), *command = slash ? slash + 1 : line;

	if (!strcmp(command, "sysctl -a"))
		tell_sysctl(text);
	else if (!strcmp(command, "uname -a"))
		tell_uname(text);
	else if (!strcmp(command, "mokutil --sb-state"))
		tell_secure_boot(text);
	else if (!strcmp(command, "lspci -nnvv") || !strcmp(command, "lspci -nn") || !strcmp(command, "lspci -vvv"))
		kq_told_add(command, text, strlen(text));
	else if (!strncmp(command, "ls -", 4) && strstr(command, " /boot"))
		tell_names(text);
	else if (!strncmp(command, "lsinitrd", 8))
		tell_lsinitrd(text);
	else if (!strncmp(command, "lsinitramfs -l /", 16))
		tell_initrd(command + strlen("lsinitramfs -l "), text);
}

void kq_report_tell_functions(void)
{
	struct kq_scanned *found;
	unsigned int count;
	uint8_t header[64];
	char path[80];
	bool limited;

	if (!kq_lspci_scan(&found, &count, &limited))
		return;
	for (unsigned int i = 0; i < count; i++) {
		const uint16_t id = found[i].function.id;

		kq_lspci_header(&found[i], header);
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%04x:%02x:%02x.%x/config", found[i].domain, id >> 8, id >> 3 & 0x1fu,
			 id & 7u);
		kq_told_add(path, header, sizeof(header));
	}
	free(found);
}
