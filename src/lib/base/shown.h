/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings that somebody else made: names of files, lines of records, of firmware and of kernels. A terminal obeys control characters, so
 * these are shown as numbers. Messages, text and JSON are all written through this.
 */
#ifndef KQ_SHOWN_H
#define KQ_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

/* What stands at the start of a string. */
struct kq_character {
	size_t bytes;	/* of it, at least 1 */
	bool valid;	/* it is UTF-8: no overlong form, no surrogate */
	bool printable; /* and no control character, U+0000 to U+001F and U+007F to U+009F */
};

/* The character at @text, of which there are @length bytes, at least 1. */
struct kq_character kq_character(const char *text, size_t length);
/*
 * Write the @length bytes at @text into the @room bytes at @to, each byte of what cannot be printed as \xNN; the rest stays as it is,
 * backslashes too. What finds no room is cut off, at a character; a NUL ends it. Returns its length without the NUL.
 */
size_t kq_shown(char *to, size_t room, const char *text, size_t length);

#endif
