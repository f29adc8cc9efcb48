/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The items of a record, one after the other: stages, changes, devices, rules. For whoever shows them.
 */
#ifndef KQ_ITEMS_H
#define KQ_ITEMS_H

#include "record.h"

struct kq_items {
	const struct iq_record_view *view;
	enum iq_section_type type;
	struct iq_section section; /* that holds the item returned last */
	const uint8_t *payload;
	uint32_t at, offset; /* of the next section in the record, of the next item in the section */
};

/* Start a walk over the items in all sections of @type. */
void kq_items_start(struct kq_items *items, const struct iq_record_view *view, enum iq_section_type type);
/* Copy the next item of @size bytes to @item. False behind the last that is whole. */
bool kq_items_next(struct kq_items *items, void *item, uint32_t size);

#endif
