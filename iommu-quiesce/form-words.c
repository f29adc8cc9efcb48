/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page table entries in words, for iommu-inspect: those of forms that several families use, and how an entry finds its fields.
 */
#include "form-words.h"

#define PAGE_ADDRESS IQ_MASK(51, 12)

/* Intel SDM vol. 3, 4.5; VT-d 4.1, 9.7 */
static const struct iq_named_field x86_page[] = {
	{ "P", 0, IQ_BIT(0) },   { "R/W", 0, IQ_BIT(1) }, { "U/S", 0, IQ_BIT(2) }, { "PWT", 0, IQ_BIT(3) },
	{ "PCD", 0, IQ_BIT(4) }, { "A", 0, IQ_BIT(5) },   { "D", 0, IQ_BIT(6) },   { "PAT", 0, IQ_BIT(7) },
	{ "G", 0, IQ_BIT(8) },   { "EA", 0, IQ_BIT(10) }, { "Address", 0, PAGE_ADDRESS }, { "XD", 0, IQ_BIT(63) },
};
static const struct iq_named_field x86_large[] = {
	{ "P", 0, IQ_BIT(0) },   { "R/W", 0, IQ_BIT(1) }, { "U/S", 0, IQ_BIT(2) },   { "PWT", 0, IQ_BIT(3) },
	{ "PCD", 0, IQ_BIT(4) }, { "A", 0, IQ_BIT(5) },   { "D", 0, IQ_BIT(6) },     { "PS", 0, IQ_BIT(7) },
	{ "G", 0, IQ_BIT(8) },   { "EA", 0, IQ_BIT(10) }, { "PAT", 0, IQ_BIT(12) },  { "Address", 0, IQ_MASK(51, 13) },
	{ "XD", 0, IQ_BIT(63) },
};
static const struct iq_named_field x86_table[] = {
	{ "P", 0, IQ_BIT(0) },   { "R/W", 0, IQ_BIT(1) }, { "U/S", 0, IQ_BIT(2) }, { "PWT", 0, IQ_BIT(3) },
	{ "PCD", 0, IQ_BIT(4) }, { "A", 0, IQ_BIT(5) },   { "PS", 0, IQ_BIT(7) },  { "EA", 0, IQ_BIT(10) },
	{ "Address", 0, PAGE_ADDRESS }, { "XD", 0, IQ_BIT(63) },
};

const struct iq_form_words iq_x86_64_form_words = {
	.form = &iq_form_x86_64,
	.lowest = IQ_FIELDS(x86_page),
	.large = IQ_FIELDS(x86_large),
	.table = IQ_FIELDS(x86_table),
};

const struct iq_named_field *iq_form_fields(const struct iq_form_words *const *forms, const struct iq_radix_form *form,
					    unsigned int level, uint64_t entry, unsigned int *count)
{
	const struct iq_fields *fields;

	for (const struct iq_form_words *const *of = forms; *of; of++) {
		if ((*of)->form != form)
			continue;
		if (iq_radix_is_page(form, level, entry))
			fields = level == 1 ? &(*of)->lowest : &(*of)->large;
		else
			fields = &(*of)->table;
		*count = fields->count;
		return fields->field;
	}
	*count = 0;
	return NULL;
}
