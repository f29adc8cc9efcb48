/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An overlay over a dump's memory. Only pages with changed words are copied.
 */
#include "past.h"

#include <string.h>

/* The first patch of @page, evidence->patches if there is none. */
static unsigned int first_patch(const struct evidence *evidence, uint64_t page)
{
	unsigned int low = 0, high = evidence->patches;

	while (low < high) {
		const unsigned int middle = low + (high - low) / 2;

		if (evidence->patch[middle].page < page)
			low = middle + 1;
		else
			high = middle;
	}
	return low < evidence->patches && evidence->patch[low].page == page ? low : evidence->patches;
}

static void undo(const struct evidence_patch *patch, uint8_t *page)
{
	for (unsigned int i = patch->first; i <= patch->last; i++) {
		uint64_t word = patch->bits | (patch->whole ? 0 : iq_le64(page + 8 * i));

		for (unsigned int byte = 0; byte < 8; byte++)
			page[8 * i + byte] = (uint8_t)(word >> (8 * byte));
	}
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct past *past = (struct past *)memory;
	const struct evidence *evidence = past->evidence;
	const uint64_t page = address & IQ_PAGE_MASK;
	unsigned int patch = first_patch(evidence, page);
	const void *found;
	uint8_t *copy;

	if (patch == evidence->patches)
		return past->now->map(past->now, address, length);
	found = past->now->map(past->now, page, IQ_PAGE_SIZE);
	if (!found)
		return NULL;
	copy = past->page[past->next++ % PAST_PAGES];
	memcpy(copy, found, IQ_PAGE_SIZE);
	for (; patch < evidence->patches && evidence->patch[patch].page == page; patch++)
		undo(&evidence->patch[patch], copy);
	return copy + (address & ~IQ_PAGE_MASK);
}

void past_start(struct past *past, struct iq_memory *now, const struct evidence *evidence)
{
	past->memory.map = map;
	past->now = now;
	past->evidence = evidence;
	past->next = 0;
}
