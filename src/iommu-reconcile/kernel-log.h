/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the new kernel's IOMMU drivers said since it booted: whether they took the old tables over, and what was refused.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include "base/message.h"
#include "host/sysroot.h"

#define KERNEL_LOG_LINES 32u
#define KERNEL_LOG_WIDTH 192u

struct kernel_log {
	bool known;
	char line[KERNEL_LOG_LINES][KERNEL_LOG_WIDTH]; /* without time and level; cut off where they are longer */
	unsigned int lines;
	uint64_t more;	 /* that found no room */
	uint64_t faults; /* of all, those about a request that was refused */
};

/* Read /dev/kmsg below @host as far as it goes. False with @reason if it cannot be read. */
bool kernel_log_read(struct kernel_log *log, const struct kq_host *host, struct kq_reason *reason);

#endif
