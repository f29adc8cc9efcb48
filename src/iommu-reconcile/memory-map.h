/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that the new kernel lives in: what old translations must not reach.
 */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include "base/message.h"
#include "host/sysroot.h"

#define MEMORY_RANGES 64u

struct memory_range {
	uint64_t first, last;
};

struct memory_map {
	bool reserved; /* ranges are those named "Crash kernel", as the kernel before the crash has them */
	struct memory_range range[MEMORY_RANGES];
	unsigned int ranges;
};

/*
 * Read /proc/iomem below @host: the ranges called "Crash kernel" if there are any, else all "System RAM", since a capture
 * kernel is told of no RAM but its own. False with @reason; also if addresses are hidden from us.
 */
bool memory_map_read(struct memory_map *map, const struct kq_host *host, struct kq_reason *reason);
/* The range that the @length bytes from @start on reach into, NULL: none. */
const struct memory_range *memory_map_hit(const struct memory_map *map, uint64_t start, uint64_t length);

#endif
