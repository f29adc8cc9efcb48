/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of acpidump(8). ACPICA, source/components/utilities/utbuffer.c: AcpiUtDumpBuffer(), source/tools/acpidump/apdump.c.
 */
#include "acpidump.h"

#include "bits.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_A_LINE 16u
#define MARK_LENGTH  5u
#define DIGITS_MAX   8u /* of an offset */

static const char mark[] = " @ 0x"; /* behind the signature */

static int digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	character |= 0x20;
	return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* Blanks, and what mail programs put in front of what they quote. */
static const char *skip(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '>'))
		at++;
	return at;
}

static const char *line_end(const char *at, const char *end)
{
	const char *found = memchr(at, '\n', (size_t)(end - at));

	return found ? found : end;
}

static const char *next_line(const char *at, const char *end)
{
	at = line_end(at, end);
	return at < end ? at + 1 : end;
}

/* Is the line that ends at @end a table's heading? */
static bool is_heading(const char *at, const char *end, char signature[5])
{
	at = skip(at, end);
	if ((size_t)(end - at) <= 4 + MARK_LENGTH || memcmp(at + 4, mark, MARK_LENGTH) || digit(at[4 + MARK_LENGTH]) < 0)
		return false;
	for (unsigned int i = 0; i < 4; i++)
		if (at[i] <= ' ' || at[i] > '~')
			return false;
	memcpy(signature, at, 4);
	signature[4] = 0;
	return true;
}

/* Offset and bytes of a line; behind them stand the same bytes as characters, after more than one blank. */
static bool read_line(const char *at, const char *end, uint32_t *offset, uint8_t bytes[BYTES_A_LINE], unsigned int *count)
{
	unsigned int digits = 0;

	at = skip(at, end);
	*offset = 0;
	*count = 0;
	for (; at < end && digit(*at) >= 0 && digits < DIGITS_MAX; at++, digits++)
		*offset = *offset << 4 | (uint32_t)digit(*at);
	if (!digits || at == end || *at++ != ':')
		return false;
	while (*count < BYTES_A_LINE && end - at >= 3 && *at == ' ' && digit(at[1]) >= 0 && digit(at[2]) >= 0) {
		bytes[(*count)++] = (uint8_t)(digit(at[1]) << 4 | digit(at[2]));
		at += 3;
		/* "00000000" is a word of another dump. */
		if (at < end && *at != ' ' && *at != '\r')
			return false;
	}
	return *count;
}

static bool append(struct kq_acpidump_table *table, size_t *room, const uint8_t *bytes, unsigned int count)
{
	uint8_t *more;

	if (table->length + count > *room) {
		*room = *room * 2 + 256;
		more = realloc(table->bytes, *room);
		if (!more)
			return false;
		table->bytes = more;
	}
	memcpy(table->bytes + table->length, bytes, count);
	table->length += count;
	return true;
}

bool kq_acpidump_next(struct kq_acpidump_table *table, const char **at, const char *end, unsigned int *line)
{
	uint8_t bytes[BYTES_A_LINE];
	unsigned int count;
	uint32_t offset;
	size_t room = 0;

	memset(table, 0, sizeof(*table));
	for (;; *at = next_line(*at, end), (*line)++) {
		if (*at >= end)
			return false;
		if (is_heading(*at, line_end(*at, end), table->signature))
			break;
	}
	table->line = *line;
	do {
		*at = next_line(*at, end);
		(*line)++;
		if (*at >= end || !read_line(*at, line_end(*at, end), &offset, bytes, &count))
			break;
		if (offset != table->length && !table->broken)
			table->broken = *line;
	} while (table->broken || append(table, &room, bytes, count));
	/* malloc(1) where nothing came: whoever frees it need not ask. */
	if (!table->bytes)
		table->bytes = malloc(1);
	return table->bytes;
}

/* Text has no control characters but white space; what is not ASCII may be UTF-8. */
static bool is_text(const char *bytes, size_t length)
{
	static const char white[] = { '\t', '\n', '\v', '\f', '\r', '\033' };

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)bytes[i] < ' ' && !memchr(white, bytes[i], sizeof(white)))
			return false;
	return length;
}

enum kq_table_file kq_table_file(const char *bytes, size_t length)
{
	static const char *const of_iasl[] = { "Intel ACPI Component Architecture", "DefinitionBlock", "Signature : \"" };
	const char *end = bytes + length;
	char signature[5];

	if (!is_text(bytes, length))
		return KQ_FILE_BINARY;
	for (const char *at = bytes; at < end; at = next_line(at, end))
		if (is_heading(at, line_end(at, end), signature))
			return KQ_FILE_ACPIDUMP;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(of_iasl); i++)
		if (memmem(bytes, length, of_iasl[i], strlen(of_iasl[i])))
			return KQ_FILE_SOURCE;
	return KQ_FILE_TEXT;
}
