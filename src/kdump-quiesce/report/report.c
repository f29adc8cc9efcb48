/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recognising such trees. sos copies files to their own places and has the output of commands below sos_commands/; acpidump -b and
 * acpixtract leave a file a table, acpidump alone a text.
 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "firmware/acpi.h"
#include "host/told.h"
#include "sections.h"
#include "tables/acpidump.h"
#include "tables/kinds.h"

#define COMMANDS "/sos_commands"
#define TEXT_MAX (64u << 20)
#define CONFIG_MAX 4096u

/* sos names the file of a command after it: what is no part of a word becomes "_", and "/" becomes ".". */
static const struct {
	const char *file, *line;
} commands[] = {
	{ COMMANDS "/kernel/sysctl_-a", "sysctl -a" },
	{ COMMANDS "/kernel/uname_-a", "uname -a" },
	{ COMMANDS "/boot/mokutil_--sb-state", "mokutil --sb-state" },
	{ COMMANDS "/pci/lspci_-nnvv", "lspci -nnvv" },
};

static void tell_file(const struct kq_host *host, const char *file, const char *line)
{
	char *text = kq_host_read(host, file, TEXT_MAX, NULL);

	if (text)
		kq_report_tell_command(line, text);
	free(text);
}

/* The listings of initrds for kdump. Their names begin with the command; of lsinitramfs also the path can be told from it. */
static void tell_initrds(const struct kq_host *host)
{
	static const char directory[] = COMMANDS "/kdump", debian[] = "lsinitramfs_-l_.var.lib.kdump.";
	struct kq_names names;
	char path[400], line[400];

	kq_host_list(host, directory, &names);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.name[i];

		snprintf(path, sizeof(path), "%s/%.255s", directory, name);
		if (!strncmp(name, debian, strlen(debian)))
			snprintf(line, sizeof(line), "lsinitramfs -l /var/lib/kdump/%.255s", name + strlen(debian));
		else if (!strncmp(name, "lsinitrd_", 9))
			snprintf(line, sizeof(line), "lsinitrd");
		else
			continue;
		tell_file(host, path, line);
	}
	kq_names_free(&names);
}

/* Names of what is in /boot: "ls_-alZR_.boot", with other options in other versions. */
static void tell_boot(const struct kq_host *host)
{
	static const char directory[] = COMMANDS "/boot", tail[] = "_.boot";
	struct kq_names names;
	char path[400];

	kq_host_list(host, directory, &names);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.name[i];
		const size_t length = strlen(name);

		if (length <= strlen(tail) || strncmp(name, "ls_-", 4) != 0 || strcmp(name + length - strlen(tail), tail) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%.255s", directory, name);
		tell_file(host, path, "ls -lR /boot");
	}
	kq_names_free(&names);
}

/* Configuration space is in /proc/bus/pci/00/1f.2, with a domain that is not 0 in /proc/bus/pci/0001:00/1f.2. */
static void tell_bus(const struct kq_host *host, const char *bus)
{
	struct kq_names names;
	char from[400], to[80];

	snprintf(from, sizeof(from), "/proc/bus/pci/%.60s", bus);
	kq_host_list(host, from, &names);
	for (size_t i = 0; i < names.count; i++) {
		size_t length = 0;
		char *bytes;

		snprintf(from, sizeof(from), "/proc/bus/pci/%.60s/%.60s", bus, names.name[i]);
		snprintf(to, sizeof(to), "/sys/bus/pci/devices/%s%.16s:%.8s/config", strchr(bus, ':') ? "" : "0000:", bus, names.name[i]);
		bytes = kq_host_read(host, from, CONFIG_MAX, &length);
		if (bytes && length)
			kq_told_add(to, bytes, length);
		free(bytes);
	}
	kq_names_free(&names);
}

static void tell_buses(const struct kq_host *host)
{
	struct kq_names names;

	kq_host_list(host, "/proc/bus/pci", &names);
	for (size_t i = 0; i < names.count; i++)
		tell_bus(host, names.name[i]);
	kq_names_free(&names);
}

static void tell_sos(const struct kq_host *host)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(commands); i++)
		tell_file(host, commands[i].file, commands[i].line);
	tell_initrds(host);
	tell_boot(host);
	tell_buses(host);
}

/* A table as the kernel would show it. */
static bool tell_table(const uint8_t *bytes, size_t length)
{
	char path[64];

	if (length < IQ_ACPI_HEADER || length > IQ_ACPI_TABLE_MAX || !kq_table_kind(bytes))
		return false;
	snprintf(path, sizeof(path), "/sys/firmware/acpi/tables/%.4s", (const char *)bytes);
	kq_told_add(path, bytes, length);
	return true;
}

static bool tell_dump(const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	struct kq_acpidump_table table;
	unsigned int line = 1;
	bool told = false;

	while (kq_acpidump_next(&table, &at, end, &line)) {
		told |= !table.broken && tell_table(table.bytes, table.length);
		free(table.bytes);
	}
	return told;
}

/* Tell the tables in the files of the root, whatever they are called. */
static bool tell_tables(const struct kq_host *host)
{
	struct kq_names names;
	bool told = false;
	char path[300];

	kq_host_list(host, "/", &names);
	for (size_t i = 0; i < names.count; i++) {
		size_t length = 0;
		char *bytes;

		snprintf(path, sizeof(path), "/%.255s", names.name[i]);
		bytes = kq_host_read(host, path, TEXT_MAX, &length);
		if (!bytes)
			continue;
		told |= kq_table_file(bytes, length) == KQ_FILE_ACPIDUMP ? tell_dump(bytes, length)
									 : tell_table((const uint8_t *)bytes, length);
		free(bytes);
	}
	kq_names_free(&names);
	return told;
}

void kq_report_open(const struct kq_host *host)
{
	if (!host->root[0])
		return;
	if (kq_host_exists(host, COMMANDS)) {
		kq_told_by("a sos report");
		tell_sos(host);
	} else if (kq_host_exists(host, "/basic-environment.txt")) {
		kq_told_by("a supportconfig archive");
		kq_report_tell_topics(host);
	} else if (!kq_host_exists(host, "/proc") && !kq_host_exists(host, "/sys") && tell_tables(host)) {
		kq_told_by("an acpidump archive");
	}
	kq_report_tell_functions();
}
