/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the caches of all IOMMU models need: lists of entries that grow, and ranges of addresses that overlap.
 */
#ifndef MODEL_CACHE_H
#define MODEL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Room for one more than @used entries of @size bytes in @array, which has @room. Returns the array, which may have moved. */
static inline void *model_cache_grow(void *array, size_t used, size_t *room, size_t size)
{
	if (used < *room)
		return array;
	*room = *room ? *room * 2 : 64;
	return realloc(array, *room * size);
}

/* Do @a_size addresses from @a on and @b_size from @b on overlap? Last bytes are compared: a size of 0 means 2^64. */
static inline bool model_cache_overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a <= b + (b_size - 1) && b <= a + (a_size - 1);
}

#endif
