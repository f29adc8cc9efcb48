/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of families that have words.
 */
#include "words.h"

const struct iq_words *iq_words_of(const struct iq_family *family)
{
	static const struct iq_words *const words[] = { &iq_amdvi_words, &iq_vtd_words };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(words); i++)
		if (words[i]->id == family->id)
			return words[i];
	return NULL;
}
