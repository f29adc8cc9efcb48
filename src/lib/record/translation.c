/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translations and permissions by name.
 */
#include "translation.h"

const char *translation_name(enum iq_translation translation)
{
	switch (translation) {
	case IQ_TRANSLATION_BLOCKED:
		return "blocked";
	case IQ_TRANSLATION_PASSTHROUGH:
		return "pass-through";
	case IQ_TRANSLATION_TABLE:
		return "table";
	case IQ_TRANSLATION_ILLEGAL:
		return "illegal";
	case IQ_TRANSLATION_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

const char *permissions(bool read, bool write)
{
	static const char *const text[] = { "Read- Write-", "Read- Write+", "Read+ Write-", "Read+ Write+" };

	return text[2 * read + write];
}
