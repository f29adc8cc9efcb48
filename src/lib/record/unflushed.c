/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges are in order and apart, so that a binary search finds the one that is about an IOVA.
 */
#include "unflushed.h"

#include <stdlib.h>

static int by_first(const void *left, const void *right)
{
	const struct evidence_range *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

void unflushed_order(struct evidence_unflushed *unflushed)
{
	struct evidence_range *range = unflushed->range;
	uint32_t kept = 0;

	qsort(range, unflushed->count, sizeof(*range), by_first);
	for (uint32_t i = 0; i < unflushed->count; i++) {
		struct evidence_range *last = kept ? &range[kept - 1] : NULL;

		if (last && (range[i].first <= last->last || range[i].first - last->last == 1))
			last->last = range[i].last > last->last ? range[i].last : last->last;
		else
			range[kept++] = range[i];
	}
	unflushed->count = kept;
}

/* The first range that does not end before @iova, NULL if there is none. */
static const struct evidence_range *first_from(const struct evidence_unflushed *unflushed, uint64_t iova)
{
	uint32_t low = 0, high = unflushed ? unflushed->count : 0;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (unflushed->range[middle].last < iova)
			low = middle + 1;
		else
			high = middle;
	}
	return unflushed && low < unflushed->count ? &unflushed->range[low] : NULL;
}

bool unflushed_cut(const struct evidence_unflushed *unflushed, struct iq_mapping *rest, struct iq_mapping *part)
{
	const struct evidence_range *range = first_from(unflushed, rest->iova);
	const bool is = range && range->first <= rest->iova;

	*part = *rest;
	if (is)
		part->length = iq_min(rest->length - 1, range->last - rest->iova) + 1;
	else if (range)
		part->length = iq_min(rest->length - 1, range->first - 1 - rest->iova) + 1;
	rest->iova += part->length;
	rest->physical += part->length;
	rest->length -= part->length;
	return is;
}
