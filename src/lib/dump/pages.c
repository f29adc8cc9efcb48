/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of page addresses as a hash table without deletion.
 */
#include "pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define SLOTS_MIN 1024u
#define TAKEN     UINT64_C(1)

/* Multiplicative hashing. A hostile dump cannot know the multiplier, so it cannot make its pages collide. */
static size_t place(const struct page_set *pages, uint64_t key, size_t slots)
{
	return (size_t)((key / IQ_PAGE_SIZE * pages->multiplier) >> (64 - (unsigned int)__builtin_ctzll(slots)));
}

/* The slot of @key, or the free slot where it belongs. There is always a free one. */
static uint64_t *find(const struct page_set *pages, uint64_t *slot, size_t slots, uint64_t key)
{
	size_t at = place(pages, key, slots);

	while (slot[at] && slot[at] != key)
		at = (at + 1) & (slots - 1);
	return &slot[at];
}

static bool grow(struct page_set *pages)
{
	const size_t slots = pages->slots ? 2 * pages->slots : SLOTS_MIN;
	uint64_t *slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return false;
	for (size_t i = 0; i < pages->slots; i++)
		if (pages->slot[i])
			*find(pages, slot, slots, pages->slot[i]) = pages->slot[i];
	free(pages->slot);
	pages->slot = slot;
	pages->slots = slots;
	return true;
}

bool page_set_add(struct page_set *pages, uint64_t address)
{
	const uint64_t key = (address & IQ_PAGE_MASK) | TAKEN;
	uint64_t *recent = &pages->recent[key / IQ_PAGE_SIZE % PAGE_SET_RECENT], *slot;

	if (*recent == key)
		return false;
	if (2 * (pages->count + 1) > pages->slots && !grow(pages)) {
		pages->failed = true;
		return false;
	}
	*recent = key;
	slot = find(pages, pages->slot, pages->slots, key);
	if (*slot)
		return false;
	*slot = key;
	pages->count++;
	return true;
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct page_set *pages = (struct page_set *)memory;
	const void *found = pages->below->map(pages->below, address, length);

	if (found)
		page_set_add(pages, address);
	return found;
}

void page_set_start(struct page_set *pages, struct iq_memory *below)
{
	const void *chance = (const void *)(uintptr_t)getauxval(AT_RANDOM);

	memset(pages, 0, sizeof(*pages));
	pages->multiplier = UINT64_C(0x9e3779b97f4a7c15);
	if (chance)
		pages->multiplier ^= iq_le64(chance) & ~UINT64_C(1); /* it stays odd */
	pages->memory.map = map;
	pages->below = below;
}

void page_set_free(struct page_set *pages)
{
	free(pages->slot);
	pages->slot = NULL;
	pages->count = pages->slots = 0;
}

static int by_address(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

void page_set_sort(struct page_set *pages)
{
	size_t kept = 0;

	for (size_t i = 0; i < pages->slots; i++)
		if (pages->slot[i])
			pages->slot[kept++] = pages->slot[i] & ~TAKEN;
	if (kept)
		qsort(pages->slot, kept, sizeof(*pages->slot), by_address);
}
