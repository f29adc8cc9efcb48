/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reader operations for families whose units have neither registers nor tables of entries: firmware or a hypervisor keeps the
 * entries, and the operating system's own structures say what they are. iq_unit.given has them.
 */
#ifndef IQ_GIVEN_H
#define IQ_GIVEN_H

#include "reader.h"

/* In order of id. */
struct iq_given {
	uint32_t count;
	struct iq_entry entry[];
};

/* iq_reader.ids(): one more than the largest id that has an entry. */
uint64_t iq_given_ids(const struct iq_unit *unit);
/* iq_reader.next() */
bool iq_given_next(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id);
/* iq_reader.entry(): IQ_NOT_FOUND for an id that has none. */
enum iq_status iq_given_entry(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id,
			      struct iq_entry *entry);

#endif
