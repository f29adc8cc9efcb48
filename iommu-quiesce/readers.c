/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readers of all families, from families.def.
 */
#include "reader.h"

#define IQ_FAMILY(name, table) extern const struct iq_reader iq_##name##_reader;
#include "families.def"
#undef IQ_FAMILY

static const struct iq_reader *const readers[] = {
#define IQ_FAMILY(name, table) &iq_##name##_reader,
#include "families.def"
#undef IQ_FAMILY
};

const struct iq_reader *iq_reader_of(const struct iq_family *family)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(readers); i++)
		if (readers[i]->family == family)
			return readers[i];
	return NULL;
}
