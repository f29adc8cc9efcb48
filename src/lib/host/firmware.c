/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables as the kernel hands them out, to root.
 */
#include "firmware.h"

#include "firmware/acpi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tables_directory[] = "/sys/firmware/acpi/tables";

bool kq_host_table_path(const struct iq_family *family, char path[KQ_TABLE_PATH])
{
	snprintf(path, KQ_TABLE_PATH, "%s/%s", tables_directory, family->signature);
	return family->signature[0];
}

/* The signatures of all families' tables: "IVRS or DMAR". */
static const char *signatures(void)
{
	static char text[80];
	const struct iq_family *family;
	size_t used = 0;

	for (unsigned int n = 0; (family = iq_family(n)); n++)
		if (family->signature[0] && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " or " : "", family->signature);
	return text;
}

/* Add what the table at @path says; one that names no IOMMUs (IQ_UNSUPPORTED) adds nothing. */
static void add_table(const struct kq_host *host, const char *path, struct iq_plan *plan, struct kq_reason *reason)
{
	struct kq_host_config config = { { kq_host_config_read, NULL }, host };
	enum iq_status status;
	uint32_t offset;
	size_t length;
	char *table;

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

bool kq_host_plan(const struct kq_host *host, struct iq_plan *plan, struct kq_reason *reason)
{
	const struct iq_family *family;
	char path[KQ_TABLE_PATH];

	iq_plan_start(plan);
	kq_fail(reason, "the firmware names no IOMMU that this version knows (no %s in %s)", signatures(), tables_directory);
	for (unsigned int n = 0; (family = iq_family(n)); n++)
		if (kq_host_table_path(family, path) && kq_host_exists(host, path))
			add_table(host, path, plan, reason);
	return plan->units > 0;
}

bool kq_host_has_tables(const struct kq_host *host)
{
	const struct iq_family *family;
	char path[KQ_TABLE_PATH];

	for (unsigned int n = 0; (family = iq_family(n)); n++)
		if (kq_host_table_path(family, path) && kq_host_exists(host, path))
			return true;
	return false;
}
