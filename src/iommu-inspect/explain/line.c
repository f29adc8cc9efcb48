/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forms of lines: dmesg (also -T, -x, -r), journalctl and syslog, serial consoles, mails that quote them.
 */
#include "line.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* How many bytes at @text, of @length, an escape sequence takes that a terminal obeys; 0: none is there. ECMA-48, 5.4 */
static size_t escape(const char *text, size_t length)
{
	size_t at = 2;

	if (length < 2 || text[0] != '\033')
		return 0;
	if (text[1] != '[')
		return 2;
	while (at < length && !(text[at] >= '@' && text[at] <= '~'))
		at++;
	return at < length ? at + 1 : length;
}

/* Copy without colors, carriage returns and NULs. */
static void clean(char *to, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		const size_t colors = escape(bytes + i, length - i);

		if (!colors && bytes[i] && bytes[i] != '\r')
			*to++ = bytes[i] == '\n' ? ' ' : bytes[i];
		i += colors ? colors : 1;
	}
	*to = 0;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* Behind "> > " and "| ". */
static const char *skip_quotes(const char *text)
{
	const char *at = skip_blanks(text);

	while (*at == '>' || (*at == '|' && at[1] == ' '))
		at = skip_blanks(at + 1);
	return at;
}

/* Does @text begin as @form says: 9 is a digit, A a letter, the rest itself? */
static bool looks(const char *text, const char *form)
{
	for (; *form; form++, text++) {
		const bool fits = *form == '9'	 ? isdigit((unsigned char)*text) != 0
				  : *form == 'A' ? isalpha((unsigned char)*text) != 0
						 : *text == *form;

		if (!fits)
			return false;
	}
	return true;
}

static void keep_time(struct explain_line *line, const char *from, size_t length)
{
	if (*line->time || length >= sizeof(line->time))
		return;
	memcpy(line->time, from, length);
	line->time[length] = 0;
}

/* Behind the name of the host and of who wrote it: "HOST kernel: ", "HOST kernel[12]: ", "HOST ". */
static const char *skip_host(const char *text)
{
	const char *blank = strchr(text, ' ');
	const char *kernel = blank ? skip_blanks(blank) : NULL;

	return kernel && !strncmp(kernel, "kernel", 6) ? kernel : text;
}

/* Behind "kernel: ", with the level that dmesg -x and syslog put there, "kern  :err   : ", "<3>". */
static const char *skip_writer(const char *text)
{
	if (*text == '<' && isdigit((unsigned char)text[1])) {
		const char *end = strchr(text, '>');

		if (end && end - text <= 5)
			return skip_blanks(end + 1);
	}
	if (!strncmp(text, "kernel", 6)) {
		const size_t number = text[6] == '[' ? strcspn(text + 6, ":") : 0;

		if (text[6 + number] == ':')
			return skip_blanks(text + 7 + number);
	}
	if (!strncmp(text, "kern ", 5) || !strncmp(text, "kern:", 5)) {
		const char *colon = strchr(text, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;

		if (second && second - text <= 16)
			return skip_blanks(second + 1);
	}
	return text;
}

/* Behind a time in brackets: seconds since boot, dmesg -T, dmesg -d, with a CPU or thread in it. */
static const char *skip_brackets(struct explain_line *line, const char *text)
{
	const char *end = strchr(text, ']'), *from = skip_blanks(text + 1);
	size_t length;

	if (*text != '[' || !end || end - from >= (long)sizeof(line->time) || end <= from)
		return text;
	/* printk's caller: a thread or a CPU */
	if (looks(from, "T9") || looks(from, "C9"))
		return skip_blanks(end + 1);
	if (!isdigit((unsigned char)*from) && *from != '+' && !looks(from, "AAA AAA") && !looks(from, "AAA9") && !looks(from, "AAA 9"))
		return text;
	/* [14] and [00:02.0] are no times. */
	if (isdigit((unsigned char)*from) && !memchr(from, '.', (size_t)(end - from)) && !looks(from, "9999-99"))
		return text;
	if (memchr(from, ':', (size_t)(end - from)) && isdigit((unsigned char)*from) && !looks(from, "9999-99"))
		return text;
	length = (size_t)(end - from);
	if (isdigit((unsigned char)*from) && !looks(from, "9999-99"))
		length = strspn(from, "0123456789.");
	keep_time(line, from, length);
	return skip_blanks(end + 1);
}

/* Behind a date: "Jan 01 00:00:00 ", "2024-01-01T00:00:00+0000 ". */
static const char *skip_date(struct explain_line *line, const char *text)
{
	size_t length = 0;

	if (looks(text, "AAA 99 99:99:99") || looks(text, "AAA  9 99:99:99"))
		length = 15;
	else if (looks(text, "9999-99-99T99:99:99") || looks(text, "9999-99-99 99:99:99"))
		length = 19 + strspn(text + 19, "0123456789.,:+-Z");
	if (!length || (text[length] && text[length] != ' '))
		return text;
	keep_time(line, text, length);
	return skip_host(skip_blanks(text + length));
}

void explain_line(struct explain_line *line, const char *bytes, size_t length)
{
	char copy[EXPLAIN_LINE + 1];
	const char *text = copy, *before;

	line->time[0] = 0;
	clean(copy, bytes, length < EXPLAIN_LINE ? length : EXPLAIN_LINE);
	/* Each puts something around what the others did: as many as there are. */
	for (unsigned int i = 0; i < 8; i++) {
		before = text;
		text = skip_quotes(text);
		text = skip_date(line, text);
		text = skip_writer(text);
		text = skip_brackets(line, text);
		if (text == before)
			break;
	}
	memcpy(line->text, text, strlen(text) + 1);
}
