/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump's way: from the file system, the disk or the network that the dump is written to, along sysfs, to the PCI functions that must
 * work in the capture kernel, and the modules of their drivers. Used by `check`.
 */
#ifndef KQ_DUMP_WAY_H
#define KQ_DUMP_WAY_H

#include "distro-facts.h"
#include "host.h"

#include <stdint.h>

#define KQ_WAY_FUNCTIONS 64u
#define KQ_WAY_MODULES	 32u

struct kq_dump_way {
	struct {
		uint32_t domain;
		uint16_t id;
	} function[KQ_WAY_FUNCTIONS]; /* devices, and the bridges above them */
	unsigned int functions;
	char module[KQ_WAY_MODULES][40]; /* of the drivers on the way that are modules */
	unsigned int modules;
	bool more; /* there are more than these: the way is not known wholly */
};

/* Find it for what @distro says about its dumps. False with a reason if it is not known wholly. */
bool kq_dump_way_read(struct kq_dump_way *way, const struct kq_host *host, const struct kq_distro *distro, struct kq_reason *reason);
bool kq_dump_way_has(const struct kq_dump_way *way, uint32_t domain, uint16_t id);
/* Is the module @name on the way, or needed by one that is? */
bool kq_dump_way_needs(const struct kq_dump_way *way, const struct kq_host *host, const char *name);

#endif
