/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a VMCOREINFO note. There are some hundred lines, so each question looks through all of them.
 */
#include "vmcoreinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool vmcoreinfo_text(const struct vmcoreinfo *info, const char *key, char *value, size_t size)
{
	const size_t length = strlen(key);
	const char *at = info->text, *end = info->text + info->size;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const size_t line = (size_t)((stop ? stop : end) - at);

		if (line > length && !memcmp(at, key, length) && at[length] == '=') {
			snprintf(value, size, "%.*s", (int)(line - length - 1), at + length + 1);
			return true;
		}
		at += line + 1;
	}
	return false;
}

static bool number(const struct vmcoreinfo *info, const char *key, int base, uint64_t *value)
{
	char text[32], *end;

	if (!vmcoreinfo_text(info, key, text, sizeof(text)))
		return false;
	errno = 0;
	*value = strtoull(text, &end, base);
	return end != text && !*end && !errno;
}

bool vmcoreinfo_hex(const struct vmcoreinfo *info, const char *key, uint64_t *value)
{
	return number(info, key, 16, value);
}

bool vmcoreinfo_symbol(const struct vmcoreinfo *info, const char *name, uint64_t *address)
{
	char key[64];

	snprintf(key, sizeof(key), "SYMBOL(%s)", name);
	return number(info, key, 16, address);
}

bool vmcoreinfo_number(const struct vmcoreinfo *info, const char *name, uint64_t *value)
{
	char key[64];

	snprintf(key, sizeof(key), "NUMBER(%s)", name);
	return number(info, key, 0, value);
}
