/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8 by RFC 3629, section 4; control characters are those of Unicode's category Cc, which terminals obey in both their forms.
 */
#include "shown.h"

#include <string.h>

static bool is_tail(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* How many bytes a character has that begins with @first; 0: none does. */
static size_t length_by(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* May @second follow @first? Overlong forms, surrogates and what is above U+10FFFF are told by it. */
static bool fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

struct kq_character kq_character(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;
	const size_t bytes = length_by(*byte);

	if (!bytes || bytes > length)
		return (struct kq_character){ .bytes = 1 };
	for (size_t i = 1; i < bytes; i++)
		if (!is_tail(byte[i]) || (i == 1 && !fits(byte[0], byte[1])))
			return (struct kq_character){ .bytes = 1 };
	return (struct kq_character){
		.bytes = bytes,
		.valid = true,
		.printable = byte[0] >= ' ' && byte[0] != 0x7f && !(byte[0] == 0xc2 && byte[1] < 0xa0),
	};
}

size_t kq_shown(char *to, size_t room, const char *text, size_t length)
{
	static const char digit[] = "0123456789abcdef";
	size_t used = 0;

	while (length) {
		const struct kq_character character = kq_character(text, length);
		const size_t needed = character.printable ? character.bytes : 4 * character.bytes;

		if (used + needed >= room)
			break;
		if (character.printable)
			memcpy(to + used, text, character.bytes);
		for (size_t i = 0; !character.printable && i < character.bytes; i++) {
			const unsigned char byte = (unsigned char)text[i];
			const char number[4] = { '\\', 'x', digit[byte >> 4], digit[byte & 15] };

			memcpy(to + used + 4 * i, number, sizeof(number));
		}
		used += needed;
		text += character.bytes;
		length -= character.bytes;
	}
	to[used] = 0;
	return used;
}
