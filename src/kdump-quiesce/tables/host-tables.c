/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables in sysfs, one after the other. Of several with one signature the kernel numbers the files: MCFG1, MCFG2.
 */
#include "host-tables.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/acpi.h"
#include "kinds.h"
#include "machine/config-copy.h"
#include "table.h"

#define TABLES "/sys/firmware/acpi/tables"

struct reading {
	struct kq_host_tables *tables;
	const char *file;
	bool failed;
};

static void add_flaw(void *context, const char *structure, uint32_t offset, const char *text)
{
	struct kq_host_tables *tables = ((struct reading *)context)->tables;

	if (tables->flaws < KQ_FLAWS_KEPT)
		snprintf(tables->flaw[tables->flaws], sizeof(tables->flaw[0]), "%.8s: %s at offset 0x%x: %.110s",
			 ((struct reading *)context)->file, structure, offset, text);
	tables->flaws++;
}

static void add_reserved(void *context, const struct kq_reserved *reserved)
{
	struct reading *reading = context;
	struct kq_host_tables *tables = reading->tables;
	struct kq_reserved *more = realloc(tables->reserved, (tables->reserveds + 1) * sizeof(*more));

	if (!more) {
		reading->failed = true;
		return;
	}
	tables->reserved = more;
	more[tables->reserveds++] = *reserved;
}

static void read_table(struct reading *reading, const struct kq_host *host, struct iq_config *config)
{
	char path[400], *table;
	const struct kq_table_kind *kind;
	size_t length;

	snprintf(path, sizeof(path), TABLES "/%.255s", reading->file);
	table = kq_host_read(host, path, IQ_ACPI_TABLE_MAX, &length);
	if (!table)
		return;
	kq_table_flaws((const uint8_t *)table, (uint32_t)length, config, add_flaw, reading);
	kind = length >= 4 ? kq_table_kind((const uint8_t *)table) : NULL;
	if (kind && kind->reserved && length >= kind->header)
		kind->reserved((const uint8_t *)table, (uint32_t)length, config, add_reserved, reading);
	free(table);
}

/* A file called as a table that is known, perhaps with a number behind it. */
static bool is_table(const char *name)
{
	return strlen(name) >= 4 && kq_table_kind((const uint8_t *)name) &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

bool kq_host_tables_read(struct kq_host_tables *tables, const struct kq_host *host)
{
	struct reading reading = { .tables = tables };
	struct kq_config_copy copy;
	struct kq_names names;
	bool paths;

	memset(tables, 0, sizeof(*tables));
	paths = kq_config_copy_read(&copy, host);
	kq_host_list(host, TABLES, &names);
	for (size_t i = 0; i < names.count; i++) {
		reading.file = names.name[i];
		if (is_table(names.name[i]))
			read_table(&reading, host, paths ? &copy.config : NULL);
	}
	kq_names_free(&names);
	kq_config_copy_free(&copy);
	return !reading.failed;
}

void kq_host_tables_free(struct kq_host_tables *tables)
{
	free(tables->reserved);
	memset(tables, 0, sizeof(*tables));
}
