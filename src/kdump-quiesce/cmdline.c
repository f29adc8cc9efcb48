/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a Linux command line as the kernel does (lib/cmdline.c: next_arg; kernel/params.c: parse_args).
 */
#include "cmdline.h"

#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool kq_cmdline_next(const char **at, struct kq_word *word)
{
	const char *c = *at;
	bool quoted = false;

	while (is_space(*c))
		c++;
	word->text = c;
	for (; *c && (quoted || !is_space(*c)); c++)
		if (*c == '"')
			quoted = !quoted;
	word->length = (size_t)(c - word->text);
	*at = c;
	return word->length && !(word->length == 2 && !memcmp(word->text, "--", 2));
}

bool kq_cmdline_is(const struct kq_word *word, const char *name, const char **value, size_t *length)
{
	size_t n = strlen(name);

	if (word->length < n || memcmp(word->text, name, n) || (word->length > n && word->text[n] != '='))
		return false;
	*value = word->text + n + (word->length > n);
	*length = (size_t)(word->text + word->length - *value);
	return true;
}

/* The item of a comma-separated list behind *@list, which is moved on. False at the end. */
static bool next_item(const char **list, size_t *left, struct kq_word *item)
{
	const char *comma;

	if (!*left)
		return false;
	comma = memchr(*list, ',', *left);
	item->text = *list;
	item->length = comma ? (size_t)(comma - *list) : *left;
	*left -= item->length + (comma ? 1 : 0);
	*list += item->length + (comma ? 1 : 0);
	return true;
}

static bool same(const struct kq_word *item, const char *text)
{
	return item->length == strlen(text) && !memcmp(item->text, text, item->length);
}

/* lib/kstrtox.c: kstrtobool; other values change nothing. */
static enum kq_passthrough boolean(const char *value, size_t length, enum kq_passthrough before)
{
	if (!length)
		return before;
	if (strchr("yYtT1", value[0]))
		return KQ_PASSTHROUGH_ON;
	if (strchr("nNfF0", value[0]))
		return KQ_PASSTHROUGH_OFF;
	if ((value[0] == 'o' || value[0] == 'O') && length > 1) {
		if (value[1] == 'n' || value[1] == 'N')
			return KQ_PASSTHROUGH_ON;
		if (value[1] == 'f' || value[1] == 'F')
			return KQ_PASSTHROUGH_OFF;
	}
	return before;
}

enum kq_passthrough kq_cmdline_passthrough(const char *line)
{
	enum kq_passthrough result = KQ_PASSTHROUGH_UNSAID;
	struct kq_word word, item;
	const char *value;
	size_t length;

	while (kq_cmdline_next(&line, &word)) {
		if (kq_cmdline_is(&word, "iommu.passthrough", &value, &length))
			result = boolean(value, length, result);
		if (!kq_cmdline_is(&word, "iommu", &value, &length))
			continue;
		while (next_item(&value, &length, &item)) {
			if (same(&item, "pt"))
				result = KQ_PASSTHROUGH_ON;
			else if (same(&item, "nopt"))
				result = KQ_PASSTHROUGH_OFF;
		}
	}
	return result;
}

/* lib/cmdline.c: memparse. Digits are read by strtoull, which stops at the word's end. */
static uint64_t size_of(const char *text, const char **end)
{
	static const char units[] = "kmgtpe";
	const char *unit;
	uint64_t value;
	char *after;

	if (*text < '0' || *text > '9') {
		*end = text;
		return 0;
	}
	value = strtoull(text, &after, 0);
	unit = *after ? strchr(units, *after | 0x20) : NULL;
	if (unit) {
		value <<= 10 * (unit - units + 1);
		after++;
	}
	*end = after;
	return value;
}

bool kq_cmdline_elfcorehdr(const char *line, uint64_t *address)
{
	struct kq_word word;
	const char *value;
	bool found = false;
	size_t length;

	while (kq_cmdline_next(&line, &word)) {
		if (!kq_cmdline_is(&word, "elfcorehdr", &value, &length) || !length)
			continue;
		*address = size_of(value, &value);
		if (*value == '@')
			*address = size_of(value + 1, &value);
		found = value == word.text + word.length;
	}
	return found;
}

bool kq_cmdline_exactmap(const char *line)
{
	struct kq_word word, item;
	const char *value;
	size_t length;

	while (kq_cmdline_next(&line, &word)) {
		if (!kq_cmdline_is(&word, "memmap", &value, &length))
			continue;
		while (next_item(&value, &length, &item))
			if (same(&item, "exactmap"))
				return true;
	}
	return false;
}

/* True if @word is @name=LIST with "off" in the list. */
static bool says_off(const struct kq_word *word, const char *name)
{
	struct kq_word item;
	const char *value;
	size_t length;

	if (!kq_cmdline_is(word, name, &value, &length))
		return false;
	while (next_item(&value, &length, &item))
		if (same(&item, "off"))
			return true;
	return false;
}

const char *kq_cmdline_iommu_off(const char *line)
{
	struct kq_word word;

	while (kq_cmdline_next(&line, &word)) {
		if (says_off(&word, "iommu"))
			return "iommu=off";
		if (says_off(&word, "amd_iommu"))
			return "amd_iommu=off";
	}
	return NULL;
}

bool kq_cmdline_translation_off(const char *line)
{
	struct kq_word word;

	while (kq_cmdline_next(&line, &word))
		if (says_off(&word, "intel_iommu"))
			return true;
	return false;
}
