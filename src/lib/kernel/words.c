/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words are taken by their keys, so that their order does not matter.
 */
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool unit_words_parse(char *text, struct unit_words *words, struct kq_reason *reason)
{
	char *state;

	memset(words, 0, sizeof(*words));
	for (char *word = strtok_r(text, ",", &state); word; word = strtok_r(NULL, ",", &state)) {
		char *equals = strchr(word, '=');

		if (words->count == UNIT_WORDS_MAX)
			return kq_fail(reason, "more than %u words", UNIT_WORDS_MAX);
		if (equals)
			*equals++ = '\0';
		words->word[words->count].key = word;
		words->word[words->count++].value = equals;
	}
	return true;
}

static bool hexadecimal(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 16);
	return *text && *text != '-' && *text != '+' && *text != ' ' && !*end && !errno && *value <= max;
}

bool unit_words_number(struct unit_words *words, const char *key, uint64_t max, uint64_t *value,
		       struct kq_reason *reason)
{
	for (unsigned int i = 0; i < words->count; i++) {
		const char *text = words->word[i].value;

		if (!text || strcmp(words->word[i].key, key))
			continue;
		if (!hexadecimal(text, max, value))
			return kq_fail(reason, "%s=%.60s: not a hexadecimal number in range", key, text);
		words->word[i].taken = true;
	}
	return true;
}

bool unit_words_flag(struct unit_words *words, const char *key)
{
	bool found = false;

	for (unsigned int i = 0; i < words->count; i++) {
		if (words->word[i].value || strcmp(words->word[i].key, key))
			continue;
		words->word[i].taken = true;
		found = true;
	}
	return found;
}

const char *unit_words_left(const struct unit_words *words)
{
	for (unsigned int i = 0; i < words->count; i++)
		if (!words->word[i].taken)
			return words->word[i].key;
	return NULL;
}
