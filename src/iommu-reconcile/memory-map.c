/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/iomem is a tree by indentation; to those who are not root all its addresses are 0.
 */
#include "memory-map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IOMEM_MAX (1u << 20)

static bool add(struct memory_map *map, uint64_t first, uint64_t last)
{
	if (map->ranges == MEMORY_RANGES)
		return false;
	map->range[map->ranges++] = (struct memory_range){ first, last };
	return true;
}

/* Take the ranges called @name. False with @reason if there are too many, or their addresses are hidden. */
static bool take(struct memory_map *map, const char *text, const char *name, struct kq_reason *reason)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const size_t length = strcspn(line, "\n");
		uint64_t first, last;
		int at = 0;

		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &at) != 2 || !at ||
		    (size_t)at > length || length - (size_t)at != strlen(name) ||
		    memcmp(line + at, name, strlen(name)) || first > last)
			continue;
		if (!last)
			return kq_fail(reason, "/proc/iomem hides its addresses (not root?)");
		if (!add(map, first, last))
			return kq_fail(reason, "/proc/iomem: more than %u ranges of %s", MEMORY_RANGES, name);
	}
	return true;
}

bool memory_map_read(struct memory_map *map, const struct kq_host *host, struct kq_reason *reason)
{
	char *text = kq_host_read(host, "/proc/iomem", IOMEM_MAX, NULL);
	bool taken;

	memset(map, 0, sizeof(*map));
	if (!text)
		return kq_fail(reason, "/proc/iomem: %s", strerror(errno));
	taken = take(map, text, "Crash kernel", reason);
	map->reserved = map->ranges > 0;
	if (taken && !map->ranges)
		taken = take(map, text, "System RAM", reason);
	free(text);
	if (!taken)
		map->ranges = 0;
	return taken && (map->ranges || kq_fail(reason, "/proc/iomem names no memory"));
}

const struct memory_range *memory_map_hit(const struct memory_map *map, uint64_t start, uint64_t length)
{
	const uint64_t last = length ? start + (length - 1) : UINT64_MAX;

	for (unsigned int i = 0; i < map->ranges; i++)
		if (map->range[i].first <= last && start <= map->range[i].last)
			return &map->range[i];
	return NULL;
}
