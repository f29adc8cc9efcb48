/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections hold one item or many; what is behind the last whole one is passed over.
 */
#include "items.h"

#include <string.h>

void kq_items_start(struct kq_items *items, const struct iq_record_view *view, enum iq_section_type type)
{
	memset(items, 0, sizeof(*items));
	items->view = view;
	items->type = type;
}

bool kq_items_next(struct kq_items *items, void *item, uint32_t size)
{
	while (items->section.type != items->type || items->section.length - items->offset < size) {
		if (!iq_record_next(items->view, &items->at, &items->section, &items->payload))
			return false;
		items->offset = 0;
	}
	memcpy(item, items->payload + items->offset, size);
	items->offset += size;
	return true;
}
