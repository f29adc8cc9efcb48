/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A binary search among the entries that a unit was given.
 */
#include "given.h"

/* The first entry of @unit whose id is not below @id, NULL if there is none. */
static const struct iq_entry *first_from(const struct iq_unit *unit, iq_source_id id)
{
	const struct iq_given *given = unit->given;
	uint32_t low = 0, high = given ? given->count : 0;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (given->entry[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return given && low < given->count ? &given->entry[low] : NULL;
}

uint64_t iq_given_ids(const struct iq_unit *unit)
{
	const struct iq_given *given = unit->given;

	return given && given->count ? (uint64_t)given->entry[given->count - 1].id + 1 : 0;
}

bool iq_given_next(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id)
{
	const struct iq_entry *found = first_from(unit, *id);

	(void)memory;
	if (found)
		*id = found->id;
	return found;
}

enum iq_status iq_given_entry(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id,
			      struct iq_entry *entry)
{
	const struct iq_entry *found = first_from(unit, id);

	(void)memory;
	if (!found || found->id != id)
		return IQ_NOT_FOUND;
	*entry = *found;
	return IQ_OK;
}
