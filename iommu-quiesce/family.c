/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of IOMMU families: the one place that names them all.
 */
#include "family.h"

static const struct iq_family *const families[] = {
	&iq_amdvi,
	&iq_vtd,
};

const struct iq_family *iq_family_by_id(unsigned int id)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(families); i++)
		if (families[i]->id == id)
			return families[i];
	return NULL;
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
