/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: text with firmware tables in it. What was read, written as acpidump writes it and read again, is the same.
 */
#include "fuzz.h"

#include "tables/acpidump.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 65536u

/* As acpidump prints @table. To be freed. */
static char *write_table(const struct kq_acpidump_table *table, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	require(out);
	fprintf(out, "%s @ 0x0000000000000000\n", table->signature);
	for (size_t i = 0; i < table->length; i++) {
		if (i % 16 == 0)
			fprintf(out, "%s    %04zX:", i ? "\n" : "", i);
		fprintf(out, " %02X", table->bytes[i]);
	}
	fputc('\n', out);
	fclose(out);
	return text;
}

static void check_again(const struct kq_acpidump_table *table)
{
	struct kq_acpidump_table again;
	unsigned int line = 1;
	size_t length;
	char *text = write_table(table, &length);
	const char *at = text;

	require(kq_table_file(text, length) == KQ_FILE_ACPIDUMP);
	require(kq_acpidump_next(&again, &at, text + length, &line));
	require(again.line == 1 && !again.broken && again.length == table->length);
	require(!memcmp(again.bytes, table->bytes, table->length) && !strcmp(again.signature, table->signature));
	free(again.bytes);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct kq_acpidump_table table;
	unsigned int line = 1, before = 0;
	char *text = malloc(size + 1);
	const char *at = text;

	require(text);
	memcpy(text, bytes, size);
	for (unsigned int tables = 0; size <= TEXT_MAX && kq_acpidump_next(&table, &at, text + size, &line); tables++) {
		require(at <= text + size && table.line > before && line > table.line);
		require(!table.broken || (table.broken > table.line && table.broken <= line));
		before = table.line;
		check_again(&table);
		free(table.bytes);
	}
	kq_table_file(text, size);
	free(text);
	return 0;
}
