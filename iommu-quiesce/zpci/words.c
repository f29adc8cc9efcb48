/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOTA and the entries of zPCI tables in words.
 */
#include "tables.h"
#include "form-words.h"
#include "form-z.h"
#include "zpci.h"

static const struct iq_named_field page[] = {
	{ "Address", 0, IQ_MASK(63, 12) },
	{ "Invalid", 0, IQ_Z_PAGE_INVALID },
	{ "Protected", 0, IQ_Z_PROTECTED },
};
static const struct iq_named_field table[] = {
	{ "Origin", 0, IQ_MASK(63, 11) },     { "Protected", 0, IQ_Z_PROTECTED }, { "Offset", 0, IQ_Z_OFFSET },
	{ "Invalid", 0, IQ_Z_INVALID },	      { "Type", 0, IQ_Z_TYPE },		  { "Length", 0, IQ_Z_LENGTH },
};

const struct iq_form_words iq_zpci_form_words = {
	.form = &iq_form_zpci,
	.lowest = IQ_FIELDS(page),
	.table = IQ_FIELDS(table),
};

static const struct iq_named_field iota[] = {
	{ "Origin", 0, IOTA_ORIGIN }, { "Enabled", 0, IOTA_ENABLED }, { "Key", 0, IOTA_KEY },
	{ "Type", 0, IOTA_TYPE },     { "Frames", 0, IOTA_FRAMES },
};

const struct iq_named_field *zpci_entry_fields(const struct iq_unit *unit, unsigned int *count)
{
	(void)unit;
	*count = IQ_ARRAY_SIZE(iota);
	return iota;
}
