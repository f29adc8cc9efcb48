/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words about modules, and who reads them. The kernel refuses every module of module_blacklist=. modprobe, dracut and initramfs-tools
 * read their own words from /proc/cmdline, and do not load those modules for udev.
 */
#include "words.h"

#include <string.h>

bool kq_word_next(const char **at, struct iq_word *word)
{
	if (iq_cmdline_next(at, word))
		return true;
	*word = (struct iq_word){ *at, strcspn(*at, " \t\n\v\f\r") };
	*at += word->length;
	return word->length;
}

bool kq_word_in(const char *list, const struct iq_word *word)
{
	const char *equals = memchr(word->text, '=', word->length);
	const size_t length = equals ? (size_t)(equals - word->text) : word->length;

	for (const char *at = list + strspn(list, " "); *at; at += strspn(at, " ")) {
		const size_t item = strcspn(at, " ");

		if (item == length && !memcmp(at, word->text, length))
			return true;
		at += item;
	}
	return false;
}

/* Names of modules, one of which may be written with "-". */
static bool same_module(const char *item, size_t length, const char *name, bool exact)
{
	if (strlen(name) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (item[i] != name[i] && (exact || item[i] != '-' || name[i] != '_'))
			return false;
	return true;
}

static bool is_listed(const char *list, size_t length, const char *name, bool exact)
{
	for (size_t at = 0, size; at < length; at += size + 1) {
		const char *comma = memchr(list + at, ',', length - at);

		size = comma ? (size_t)(comma - list) - at : length - at;
		if (same_module(list + at, size, name, exact))
			return true;
	}
	return false;
}

/* kernel/module/main.c: blacklisted(). Names are compared byte by byte, and the last word replaces those before it. */
static bool refused_by_kernel(const char *line, const char *name)
{
	struct iq_word word;
	const char *value;
	bool refused = false;
	size_t length;

	while (iq_cmdline_next(&line, &word))
		if (iq_cmdline_is(&word, "module_blacklist", &value, &length))
			refused = is_listed(value, length, name, true);
	return refused;
}

const char *kq_blacklisted(const char *line, const char *name)
{
	/* libkmod-config.c; dracut's parse-kernel.sh (its old name too); initramfs-tools(7). All words of a kind count. */
	static const char *const words[] = { "modprobe.blacklist=", "rd.driver.blacklist=", "rdblacklist=", "blacklist=" };
	struct iq_word word;

	if (refused_by_kernel(line, name))
		return "module_blacklist=";
	while (kq_word_next(&line, &word))
		for (size_t i = 0; i < IQ_ARRAY_SIZE(words); i++) {
			const size_t length = strlen(words[i]);

			if (word.length > length && !memcmp(word.text, words[i], length) &&
			    is_listed(word.text + length, word.length - length, name, false))
				return words[i];
		}
	return NULL;
}

bool kq_cmdline_has(const char *line, const char *name)
{
	struct iq_word word;
	const char *value;
	size_t length;

	while (iq_cmdline_next(&line, &word))
		if (iq_cmdline_is(&word, name, &value, &length))
			return true;
	return false;
}
