/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows from a unit's family: its registers by name, who has which source id, who shares tables.
 */
#include "family.h"

bool iq_same_tables(const struct iq_unit *a, const struct iq_unit *b)
{
	const struct iq_family *family = a->family;

	return family && family == b->family && a->segment == b->segment && a->status == IQ_OK && b->status == IQ_OK &&
	       family->tables && family->tables(a) == family->tables(b);
}

bool iq_function_of(const struct iq_functions *functions, unsigned int ranges, const struct iq_unit *unit, iq_source_id id,
		    struct iq_function *function)
{
	if (unit->family->ids_are_requesters) {
		*function = (struct iq_function){ unit->segment, (uint16_t)id };
		return id <= UINT16_MAX;
	}
	for (unsigned int i = 0; i < ranges; i++, functions++) {
		if (functions->unit != unit->index || id < functions->first || id - functions->first > functions->more)
			continue;
		*function = (struct iq_function){ functions->segment,
						  (uint16_t)(functions->requester + (id - functions->first)) };
		return true;
	}
	return false;
}

bool iq_source_id_of(const struct iq_functions *functions, unsigned int ranges, const struct iq_unit *unit,
		     const struct iq_function *function, iq_source_id *id)
{
	if (unit->family->ids_are_requesters) {
		*id = function->requester;
		return unit->segment == function->segment;
	}
	for (unsigned int i = 0; i < ranges; i++, functions++) {
		if (functions->unit != unit->index || functions->segment != function->segment ||
		    function->requester < functions->requester ||
		    function->requester - functions->requester > functions->more)
			continue;
		*id = functions->first + (function->requester - functions->requester);
		return true;
	}
	return false;
}

uint64_t iq_unit_register(const struct iq_unit *unit, const char *name)
{
	const struct iq_family *family = unit->family;

	for (unsigned int i = 0; i < family->register_count; i++) {
		const char *a = family->registers[i].name, *b = name;

		while (*a && *a == *b)
			a++, b++;
		if (*a == *b)
			return unit->value[i];
	}
	return 0;
}
