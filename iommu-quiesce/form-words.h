/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries by the names of their fields, those of page tables above all. For those who read dumps; no part of the plugin.
 */
#ifndef IQ_FORM_WORDS_H
#define IQ_FORM_WORDS_H

#include "form.h"

/* A field of an entry, in the specification's words. */
struct iq_named_field {
	const char *name;
	uint8_t word;  /* of 64 bits */
	uint64_t mask; /* one bit: a flag */
};

/* The fields of one kind of entry. */
struct iq_fields {
	const struct iq_named_field *field;
	unsigned int count;
};

#define IQ_FIELDS(array) { (array), IQ_ARRAY_SIZE(array) }

/* Entries of page tables of one form in words. */
struct iq_form_words {
	const struct iq_radix_form *form;
	struct iq_fields lowest, large, table; /* pages at level 1, pages above it, tables */
};

/*
 * Fields of @entry in a table of @form at @level, as a page or a table, by the one of @forms that is about it; NULL stands
 * behind the last. NULL with a count of 0 if there is none.
 */
const struct iq_named_field *iq_form_fields(const struct iq_form_words *const *forms, const struct iq_radix_form *form,
					    unsigned int level, uint64_t entry, unsigned int *count);

extern const struct iq_form_words iq_x86_64_form_words;

#endif
