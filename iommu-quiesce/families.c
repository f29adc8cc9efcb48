/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of IOMMU families, from families.def.
 */
#include "family.h"

#define IQ_FAMILY(name, table) extern const struct iq_family iq_##name;
#include "families.def"
#undef IQ_FAMILY

/*
 * Const tables of pointers as this are fine in the plugin too: its entry relocates them after the checksum was found
 * right.
 */
static const struct iq_family *const families[] = {
#define IQ_FAMILY(name, table) &iq_##name,
#include "families.def"
#undef IQ_FAMILY
};

const struct iq_family *iq_family(unsigned int n)
{
	return n < IQ_ARRAY_SIZE(families) ? families[n] : NULL;
}

const struct iq_family *iq_family_by_id(unsigned int id)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(families); i++)
		if (families[i]->id == id)
			return families[i];
	return NULL;
}
