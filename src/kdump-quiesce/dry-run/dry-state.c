/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages by address, in a hash table that doubles, and the list of writes.
 */
#include "dry-state.h"

#include <stdlib.h>
#include <string.h>

#define COST_PAGE 300 /* nanoseconds; first touch of 4 KiB */

static size_t slot_of(const struct kq_dry *dry, uint64_t page)
{
	size_t slot = (size_t)((page >> 12) * UINT64_C(0x9e3779b97f4a7c15)) & (dry->page_room - 1);

	while (dry->page[slot] && dry->page[slot]->address != page)
		slot = (slot + 1) & (dry->page_room - 1);
	return slot;
}

static bool make_room(struct kq_dry *dry)
{
	struct kq_dry_page **old = dry->page;
	const size_t room = dry->page_room;

	if (dry->pages * 2 < room)
		return true;
	dry->page_room = room ? room * 2 : 1024;
	dry->page = calloc(dry->page_room, sizeof(struct kq_dry_page *));
	if (!dry->page) {
		dry->page = old;
		dry->page_room = room;
		return false;
	}
	for (size_t i = 0; i < room; i++)
		if (old[i])
			dry->page[slot_of(dry, old[i]->address)] = old[i];
	free(old);
	return true;
}

/* An empty page of the dry run's own, NULL when out of memory. */
static struct kq_dry_page *new_page(struct kq_dry *dry, uint64_t address)
{
	struct kq_dry_page *page = make_room(dry) ? calloc(1, sizeof(*page)) : NULL;

	if (!page)
		return NULL;
	page->address = address;
	page->own = true;
	dry->page[slot_of(dry, address)] = page;
	dry->pages++;
	return page;
}

uint8_t *kq_dry_find_page(const struct kq_dry *dry, uint64_t address)
{
	return dry->page_room && dry->page[slot_of(dry, address)] ? dry->page[slot_of(dry, address)]->now : NULL;
}

uint8_t *kq_dry_own_page(struct kq_dry *dry, uint64_t address)
{
	uint8_t *found = kq_dry_find_page(dry, address);
	struct kq_dry_page *page = found ? NULL : new_page(dry, address);

	return page ? page->now : found;
}

struct kq_dry_page *kq_dry_page_at(struct kq_dry *dry, uint64_t address)
{
	struct kq_dry_page *page = dry->page_room ? dry->page[slot_of(dry, address)] : NULL;
	uint8_t bytes[IQ_PAGE_SIZE];

	if (page)
		return page;
	dry->clock += COST_PAGE;
	if (!kq_physical_read(dry->physical, address, bytes, sizeof(bytes))) {
		if (!dry->unseen)
			dry->unseen = address;
		return NULL;
	}
	page = new_page(dry, address);
	if (!page)
		return NULL;
	page->own = false;
	memcpy(page->now, bytes, sizeof(bytes));
	return page;
}

void kq_dry_list(struct kq_dry *dry, enum kq_dry_kind kind, unsigned int width, uint64_t address, uint64_t old,
		 uint64_t value)
{
	if (dry->writes < KQ_DRY_WRITES)
		dry->write[dry->writes++] = (struct kq_dry_write){ (uint8_t)kind, (uint8_t)dry->run->stage,
								   (uint8_t)width, address, old, value };
}
