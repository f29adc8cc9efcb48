/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables as the kernel hands them out, to root.
 */
#include "firmware.h"

#include "firmware/acpi.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tables_directory[] = "/sys/firmware/acpi/tables";

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
	kq_fail(reason, "the firmware names no IOMMU that this version knows (no IVRS or DMAR in %s)",
		tables_directory);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(plan_tables); i++) {
		snprintf(path, sizeof(path), "%s/%s", tables_directory, plan_tables[i]);
		if (kq_host_exists(host, path))
			add_table(host, plan_tables[i], plan, reason);
	}
	return plan->units > 0;
}

bool kq_host_has_tables(const struct kq_host *host)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < IQ_ARRAY_SIZE(plan_tables); i++) {
		snprintf(path, sizeof(path), "%s/%s", tables_directory, plan_tables[i]);
		if (kq_host_exists(host, path))
			return true;
	}
	return false;
}
