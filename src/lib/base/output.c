/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write buffer with the few conversions that long listings need.
 */
#include "output.h"

#include "shown.h"

#include <stdarg.h>
#include <string.h>

#define FORMATTED 1024u /* bytes of a formatted piece, with its NUL */

void kq_output_start(struct kq_output *output, FILE *file)
{
	output->file = file;
	output->used = 0;
	output->failed = false;
}

bool kq_output_flush(struct kq_output *output)
{
	if (output->used && !output->failed && fwrite(output->buffer, output->used, 1, output->file) != 1)
		output->failed = true;
	output->used = 0;
	if (!output->failed && fflush(output->file))
		output->failed = true;
	return !output->failed;
}

/* Make room for @length bytes, fewer than the buffer has. */
static char *reserve(struct kq_output *output, size_t length)
{
	if (KQ_OUTPUT_BUFFER - output->used < length)
		kq_output_flush(output);
	return output->buffer + output->used;
}

void kq_output_char(struct kq_output *output, char c)
{
	*reserve(output, 1) = c;
	output->used++;
}

void kq_output_bytes(struct kq_output *output, const char *bytes, size_t length)
{
	while (length) {
		size_t piece = length < KQ_OUTPUT_BUFFER / 2 ? length : KQ_OUTPUT_BUFFER / 2;

		memcpy(reserve(output, piece), bytes, piece);
		output->used += piece;
		bytes += piece;
		length -= piece;
	}
}

void kq_output_text(struct kq_output *output, const char *text)
{
	kq_output_bytes(output, text, strlen(text));
}

void kq_output_number(struct kq_output *output, uint64_t number)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	kq_output_bytes(output, digits + first, sizeof(digits) - first);
}

void kq_output_hex(struct kq_output *output, uint64_t number, unsigned int digits)
{
	static const char digit[] = "0123456789abcdef";
	char *to = reserve(output, 2 + digits);

	*to++ = '0';
	*to++ = 'x';
	for (unsigned int shift = 4 * digits; shift;) {
		shift -= 4;
		*to++ = digit[number >> shift & 15];
	}
	output->used += 2 + digits;
}

static void put_shown(struct kq_output *output, const char *text, size_t length)
{
	char shown[4 * FORMATTED];
	const size_t used = kq_shown(shown, sizeof(shown), text, length);

	kq_output_bytes(output, shown, used);
}

/* How many line feeds @text ends in. */
static size_t feeds_behind(const char *text, size_t length)
{
	size_t feeds = 0;

	while (feeds < length && text[length - feeds - 1] == '\n')
		feeds++;
	return feeds;
}

void kq_output_format(struct kq_output *output, const char *format, ...)
{
	const size_t before = strspn(format, "\n"), behind = feeds_behind(format + before, strlen(format + before));
	char text[FORMATTED];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = strlen(text);
	kq_output_bytes(output, format, before);
	/* Of a text that was cut off, the line feeds at its end are lost. */
	if (length < sizeof(text) - 1)
		length -= behind;
	put_shown(output, text + before, length - before);
	kq_output_bytes(output, format + strlen(format) - behind, behind);
}

const char *kq_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}
