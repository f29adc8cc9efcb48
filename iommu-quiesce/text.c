/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console lines without a libc: append strings and numbers, cut off at the end.
 */
#include "text.h"

void iq_text_start(struct iq_text *text)
{
	text->used = 0;
	text->line[0] = '\0';
}

static void put(struct iq_text *text, char c)
{
	if (text->used + 1 >= sizeof(text->line))
		return;
	text->line[text->used++] = c;
	text->line[text->used] = '\0';
}

void iq_text_string(struct iq_text *text, const char *string)
{
	while (*string)
		put(text, *string++);
}

void iq_text_number(struct iq_text *text, uint64_t number)
{
	char digit[20];
	unsigned int n = 0;

	/* Bound: no number has more than 20 digits. */
	do {
		digit[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (n)
		put(text, digit[--n]);
}

void iq_text_hex(struct iq_text *text, uint64_t number, unsigned int digits)
{
	unsigned int n = 16;

	while (n > 1 && n > digits && !(number >> (4 * (n - 1))))
		n--;
	while (n--)
		put(text, "0123456789abcdef"[number >> (4 * n) & 0xf]);
}
