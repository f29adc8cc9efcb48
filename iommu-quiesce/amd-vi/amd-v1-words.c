/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of AMD's host translation ("v1") tables in words, for iommu-inspect.
 */
#include "amd-v1.h"
#include "form-words.h"

#define PAGE_ADDRESS IQ_MASK(51, 12)

/* AMD 48882, 2.2.3 */
static const struct iq_named_field amd_page[] = {
	{ "PR", 0, IQ_BIT(0) },   { "A", 0, IQ_BIT(5) },   { "D", 0, IQ_BIT(6) },   { "NextLevel", 0, IQ_MASK(11, 9) },
	{ "Address", 0, PAGE_ADDRESS }, { "U", 0, IQ_BIT(59) }, { "FC", 0, IQ_BIT(60) }, { "IR", 0, IQ_BIT(61) },
	{ "IW", 0, IQ_BIT(62) },
};
static const struct iq_named_field amd_table[] = {
	{ "PR", 0, IQ_BIT(0) },    { "A", 0, IQ_BIT(5) },   { "NextLevel", 0, IQ_MASK(11, 9) },
	{ "Address", 0, PAGE_ADDRESS }, { "IR", 0, IQ_BIT(61) }, { "IW", 0, IQ_BIT(62) },
};

const struct iq_form_words iq_amd_v1_form_words = {
	.form = &iq_form_amd_v1,
	.lowest = IQ_FIELDS(amd_page),
	.large = IQ_FIELDS(amd_page),
	.table = IQ_FIELDS(amd_table),
};
