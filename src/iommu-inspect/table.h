/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of text in columns as wide as they need to be. For listings that fit in memory; long ones are streamed.
 */
#ifndef TABLE_H
#define TABLE_H

#include "base/output.h"

enum table_style {
	TABLE_PLAIN,
	TABLE_HEAD,
	TABLE_GOOD,
	TABLE_BAD,
};

struct table;

/* One line of its own in @style, where @color is wanted. */
void table_line(struct kq_output *output, bool color, enum table_style style, const char *text);
/* A table of @columns columns; NULL without memory. */
struct table *table_new(unsigned int columns, bool color);
void table_free(struct table *table);
void table_cleanup(struct table **table);
/* The next cell, row by row. */
void table_cell(struct table *table, enum table_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A row of headings. */
void table_head(struct table *table, const char *const *headings);
/* Print all rows. False if memory ran out on the way. */
bool table_print(const struct table *table, struct kq_output *output);

#endif
