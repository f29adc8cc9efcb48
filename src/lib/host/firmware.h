/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firmware's tables say of IOMMUs and of the memory that it reserved for devices.
 */
#ifndef KQ_FIRMWARE_H
#define KQ_FIRMWARE_H

#include "base/message.h"
#include "family.h"
#include "plan.h"
#include "sysroot.h"

#define KQ_TABLE_PATH 64u /* bytes of a path, NUL included */

/* Where the kernel shows the firmware table that names @family's units. False if the family has none. */
bool kq_host_table_path(const struct iq_family *family, char path[KQ_TABLE_PATH]);
/* The plan that the plugin will make at the crash. False with a reason if it would find no IOMMU. */
bool kq_host_plan(const struct kq_host *host, struct iq_plan *plan, struct kq_reason *reason);
/* Does firmware have a table that names IOMMUs? */
bool kq_host_has_tables(const struct kq_host *host);

#endif
