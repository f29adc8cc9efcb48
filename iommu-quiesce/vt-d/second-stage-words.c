/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of VT-d's second-stage tables in words, for iommu-inspect.
 */
#include "second-stage.h"
#include "form-words.h"

#define PAGE_ADDRESS IQ_MASK(51, 12)

/* VT-d 4.1, 9.8 */
static const struct iq_named_field vtd_page[] = {
	{ "R", 0, IQ_BIT(0) },     { "W", 0, IQ_BIT(1) },   { "X", 0, IQ_BIT(2) },     { "EMT", 0, IQ_MASK(5, 3) },
	{ "IPAT", 0, IQ_BIT(6) },  { "PS", 0, IQ_BIT(7) },  { "A", 0, IQ_BIT(8) },     { "D", 0, IQ_BIT(9) },
	{ "SNP", 0, IQ_BIT(11) },  { "Address", 0, PAGE_ADDRESS }, { "TM", 0, IQ_BIT(62) },
};
static const struct iq_named_field vtd_table[] = {
	{ "R", 0, IQ_BIT(0) },  { "W", 0, IQ_BIT(1) }, { "X", 0, IQ_BIT(2) },
	{ "PS", 0, IQ_BIT(7) }, { "A", 0, IQ_BIT(8) }, { "Address", 0, PAGE_ADDRESS },
};

const struct iq_form_words iq_vtd_second_form_words = {
	.form = &iq_form_vtd_second,
	.lowest = IQ_FIELDS(vtd_page),
	.large = IQ_FIELDS(vtd_page),
	.table = IQ_FIELDS(vtd_table),
};
