/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All who write such messages: the families of this build, from families.def, and those that are no family of it (others.h).
 */
#include "facts.h"
#include "others.h"

#include <string.h>

#define IQ_FAMILY(name, table) extern const struct explain_source explain_##name;
#include "families.def"
#undef IQ_FAMILY

static const struct explain_source *const sources[] = {
#define IQ_FAMILY(name, table) &explain_##name,
#include "families.def"
#undef IQ_FAMILY
	&explain_smmuv3, &explain_eeh, &explain_aer, &explain_iommu,
};

const struct explain_source *explain_source(unsigned int n)
{
	return n < IQ_ARRAY_SIZE(sources) ? sources[n] : NULL;
}

const struct explain_source *explain_source_by_name(const char *name)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(sources); i++)
		if (!strcmp(sources[i]->name, name))
			return sources[i];
	return NULL;
}

const struct explain_reason *explain_reason(const struct explain_source *source, uint32_t code)
{
	for (const struct explain_reason *reason = source->reasons; reason->plain; reason++)
		if (reason->code == code)
			return reason;
	return NULL;
}

const char *explain_reason_name(const struct explain_source *source, uint32_t code)
{
	const struct explain_reason *reason = explain_reason(source, code);

	if (reason && reason->name)
		return reason->name;
	return source->reader ? source->reader->event_name(code) : NULL;
}
