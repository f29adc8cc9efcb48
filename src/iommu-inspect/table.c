/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in columns, two spaces apart, with colors that do not disturb the widths.
 */
#include "table.h"

#include "base/shown.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct cell {
	char *text;
	enum table_style style;
};

struct table {
	unsigned int columns;
	bool color;
	bool failed; /* out of memory */
	struct cell *cell;
	size_t cells, room;
};

struct table *table_new(unsigned int columns, bool color)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	table->color = color;
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->cells; i++)
		free(table->cell[i].text);
	free(table->cell);
	free(table);
}

void table_cleanup(struct table **table)
{
	table_free(*table);
}

/* @text, which is freed, as shown.h shows it: cells may have strings out of a dump. NULL when out of memory. */
static char *show(char *text)
{
	const size_t length = strlen(text);
	char *shown = malloc(4 * length + 1);

	if (shown)
		kq_shown(shown, 4 * length + 1, text, length);
	free(text);
	return shown;
}

void table_cell(struct table *table, enum table_style style, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	if (table->cells == table->room) {
		size_t room = table->room ? 2 * table->room : 64;
		struct cell *more = reallocarray(table->cell, room, sizeof(*more));

		if (!more) {
			table->failed = true;
			return;
		}
		table->cell = more;
		table->room = room;
	}
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
		table->failed = true;
	}
	va_end(arguments);
	table->cell[table->cells].text = text ? show(text) : NULL;
	table->failed |= !table->cell[table->cells].text;
	table->cell[table->cells++].style = style;
}

void table_head(struct table *table, const char *const *headings)
{
	for (unsigned int i = 0; i < table->columns; i++)
		table_cell(table, TABLE_HEAD, "%s", headings[i]);
}

static size_t width_of(const struct table *table, unsigned int column)
{
	size_t width = 0;

	for (size_t i = column; i < table->cells; i += table->columns) {
		size_t length = table->cell[i].text ? strlen(table->cell[i].text) : 0;

		width = length > width ? length : width;
	}
	return width;
}

static void print_styled(struct kq_output *output, bool color, enum table_style style, const char *text)
{
	static const char *const start[] = {
		[TABLE_HEAD] = "\033[1m",
		[TABLE_GOOD] = "\033[32m",
		[TABLE_BAD] = "\033[31m",
	};
	const bool colored = color && start[style];

	if (colored)
		kq_output_text(output, start[style]);
	kq_output_text(output, text);
	if (colored)
		kq_output_text(output, "\033[0m");
}

void table_line(struct kq_output *output, bool color, enum table_style style, const char *text)
{
	print_styled(output, color, style, text);
	kq_output_char(output, '\n');
}

static void print_cell(const struct table *table, const struct cell *cell, size_t width, struct kq_output *output)
{
	const char *text = cell->text ? cell->text : "";

	print_styled(output, table->color, cell->style, text);
	for (size_t used = strlen(text); used < width; used++)
		kq_output_char(output, ' ');
}

/* Whether nothing but empty cells follow in the row of @cell. */
static bool last_in_row(const struct table *table, size_t cell)
{
	for (size_t i = cell + 1; i < table->cells && i % table->columns; i++)
		if (table->cell[i].text && *table->cell[i].text)
			return false;
	return true;
}

bool table_print(const struct table *table, struct kq_output *output)
{
	size_t *width = calloc(table->columns, sizeof(*width));

	if (!width)
		return false;
	for (unsigned int i = 0; i < table->columns; i++)
		width[i] = width_of(table, i);
	for (size_t row = 0; row + table->columns <= table->cells; row += table->columns) {
		for (unsigned int i = 0; i < table->columns; i++) {
			const bool last = last_in_row(table, row + i);

			print_cell(table, &table->cell[row + i], last ? 0 : width[i] + 2, output);
			if (last)
				break;
		}
		kq_output_char(output, '\n');
	}
	free(width);
	return !table->failed;
}
