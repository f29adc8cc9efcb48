/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page table entries of every form in the words of their specifications, for iommu-inspect.
 */
#include "reader.h"

#define ADDRESS IQ_MASK(51, 12)

/* AMD 48882, 2.2.3 */
static const struct iq_named_field amd_page[] = {
	{ "PR", 0, IQ_BIT(0) },   { "A", 0, IQ_BIT(5) },   { "D", 0, IQ_BIT(6) },   { "NextLevel", 0, IQ_MASK(11, 9) },
	{ "Address", 0, ADDRESS }, { "U", 0, IQ_BIT(59) }, { "FC", 0, IQ_BIT(60) }, { "IR", 0, IQ_BIT(61) },
	{ "IW", 0, IQ_BIT(62) },
};
static const struct iq_named_field amd_table[] = {
	{ "PR", 0, IQ_BIT(0) },    { "A", 0, IQ_BIT(5) },   { "NextLevel", 0, IQ_MASK(11, 9) },
	{ "Address", 0, ADDRESS }, { "IR", 0, IQ_BIT(61) }, { "IW", 0, IQ_BIT(62) },
};

/* Intel SDM vol. 3, 4.5; VT-d 4.1, 9.7 */
static const struct iq_named_field x86_page[] = {
	{ "P", 0, IQ_BIT(0) },   { "R/W", 0, IQ_BIT(1) }, { "U/S", 0, IQ_BIT(2) }, { "PWT", 0, IQ_BIT(3) },
	{ "PCD", 0, IQ_BIT(4) }, { "A", 0, IQ_BIT(5) },   { "D", 0, IQ_BIT(6) },   { "PAT", 0, IQ_BIT(7) },
	{ "G", 0, IQ_BIT(8) },   { "EA", 0, IQ_BIT(10) }, { "Address", 0, ADDRESS }, { "XD", 0, IQ_BIT(63) },
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
	{ "Address", 0, ADDRESS }, { "XD", 0, IQ_BIT(63) },
};

/* VT-d 4.1, 9.8 */
static const struct iq_named_field vtd_page[] = {
	{ "R", 0, IQ_BIT(0) },     { "W", 0, IQ_BIT(1) },   { "X", 0, IQ_BIT(2) },     { "EMT", 0, IQ_MASK(5, 3) },
	{ "IPAT", 0, IQ_BIT(6) },  { "PS", 0, IQ_BIT(7) },  { "A", 0, IQ_BIT(8) },     { "D", 0, IQ_BIT(9) },
	{ "SNP", 0, IQ_BIT(11) },  { "Address", 0, ADDRESS }, { "TM", 0, IQ_BIT(62) },
};
static const struct iq_named_field vtd_table[] = {
	{ "R", 0, IQ_BIT(0) },  { "W", 0, IQ_BIT(1) }, { "X", 0, IQ_BIT(2) },
	{ "PS", 0, IQ_BIT(7) }, { "A", 0, IQ_BIT(8) }, { "Address", 0, ADDRESS },
};

#define FORM(form, page, large, table) \
	{ &(form), { page, IQ_ARRAY_SIZE(page) }, { large, IQ_ARRAY_SIZE(large) }, { table, IQ_ARRAY_SIZE(table) } }

const struct iq_named_field *iq_form_fields(const struct iq_radix_form *form, unsigned int level, uint64_t entry,
					    unsigned int *count)
{
	static const struct {
		const struct iq_radix_form *form;
		struct {
			const struct iq_named_field *fields;
			unsigned int count;
		} page, large, table;
	} known[] = {
		FORM(iq_form_amd_v1, amd_page, amd_page, amd_table),
		FORM(iq_form_x86_64, x86_page, x86_large, x86_table),
		FORM(iq_form_vtd_second, vtd_page, vtd_page, vtd_table),
	};
	const uint64_t next = form->next_level ? iq_field(entry, form->next_level) : 0;
	/* The level that AMD's entries name says what they are; others say it by a bit above the lowest level. */
	const bool page = form->next_level ? !next || next == form->encoded_level : level == 1;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++) {
		if (known[i].form != form)
			continue;
		if (page) {
			*count = known[i].page.count;
			return known[i].page.fields;
		}
		*count = entry & form->leaf ? known[i].large.count : known[i].table.count;
		return entry & form->leaf ? known[i].large.fields : known[i].table.fields;
	}
	*count = 0;
	return NULL;
}
