/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of printers: a family's is named by its line in the core's families.def.
 */
#include "kinds.h"

#include <stdio.h>
#include <string.h>

/* Of families whose units no firmware table names. */
const struct kq_table_kind kq_no_table = { .signature = "" };

#define IQ_FAMILY(name, table) extern const struct kq_table_kind kq_##table##_table;
#include "families.def"
#undef IQ_FAMILY
extern const struct kq_table_kind kq_mcfg_table, kq_iort_table;

static const struct kq_table_kind *const kinds[] = {
#define IQ_FAMILY(name, table) &kq_##table##_table,
#include "families.def"
#undef IQ_FAMILY
	&kq_mcfg_table,
	&kq_iort_table,
};

const struct kq_table_kind *kq_table_kind(const uint8_t *signature)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++)
		if (*kinds[i]->signature && !memcmp(signature, kinds[i]->signature, 4))
			return kinds[i];
	return NULL;
}

const char *kq_table_signatures(void)
{
	static char text[6 * IQ_ARRAY_SIZE(kinds) + 1];
	size_t used = 0;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++)
		if (*kinds[i]->signature)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "", kinds[i]->signature);
	return text;
}
