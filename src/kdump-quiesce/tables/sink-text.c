/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump for people: a heading a structure, a field a line, short structures a line each.
 */
#include "dump.h"

#include <string.h>

#define NAME_WIDTH 38

struct text_sink {
	struct kq_sink sink; /* first: the dump hands back a pointer to it */
	struct kq_output *output;
	unsigned int depth;
	bool line;	  /* in a structure of one line */
	bool first;	  /* no field on the line yet */
	bool tables;	  /* this is not the first table */
	char flaws[512];  /* of that line's structure, for the lines below it */
};

static void indent(struct text_sink *text)
{
	for (unsigned int i = 0; i < text->depth; i++)
		kq_output_text(text->output, "    ");
}

static void table(struct kq_sink *sink, const char *file, const struct kq_heading *heading)
{
	struct text_sink *text = (struct text_sink *)sink;

	if (text->tables)
		kq_output_char(text->output, '\n');
	text->tables = true;
	kq_output_format(text->output, "%s: %s%s%s, %u bytes\n", file, heading->name, *heading->note ? ", " : "",
			 heading->note, heading->length);
	text->depth = 1;
}

static void begin(struct kq_sink *sink, const struct kq_heading *heading)
{
	struct text_sink *text = (struct text_sink *)sink;

	if (text->line || (text->depth == 1 && !heading->brief))
		kq_output_char(text->output, '\n');
	indent(text);
	kq_output_format(text->output, "0x%03x %s", heading->offset, heading->name);
	if (*heading->note)
		kq_output_format(text->output, " (%s)", heading->note);
	if (!heading->brief)
		kq_output_format(text->output, ", %u bytes", heading->length);
	kq_output_text(text->output, ":");
	text->line = heading->brief;
	text->first = true;
	if (!text->line)
		kq_output_char(text->output, '\n');
	text->depth++;
}

static void field(struct kq_sink *sink, const struct kq_value *value)
{
	struct text_sink *text = (struct text_sink *)sink;
	const char *quote = value->form == KQ_TEXT ? "\"" : "";

	if (value->form == KQ_HEADING || (value->zero && value->form == KQ_RESERVED))
		return;
	if (text->line) {
		if (value->form == KQ_PATH || (value->zero && value->form == KQ_TEXT))
			return;
		kq_output_format(text->output, "%s%s ", text->first ? " " : ", ", value->name);
		text->first = false;
		if (*value->meaning)
			kq_output_format(text->output, "%s", value->meaning);
		else
			kq_output_format(text->output, "%s%s%s", quote, value->value, quote);
		return;
	}
	indent(text);
	kq_output_format(text->output, "%-*s%s%s%s", NAME_WIDTH, value->name, quote, value->value, quote);
	if (*value->meaning)
		kq_output_format(text->output, " (%s)", value->meaning);
	kq_output_char(text->output, '\n');
}

static void flaw(struct kq_sink *sink, const char *structure, uint32_t offset, const char *what)
{
	struct text_sink *text = (struct text_sink *)sink;
	const size_t used = strlen(text->flaws);

	(void)structure;
	(void)offset;
	if (text->line) {
		snprintf(text->flaws + used, sizeof(text->flaws) - used, "%s%s", used ? "; " : "", what);
		return;
	}
	indent(text);
	kq_output_format(text->output, "DAMAGED: %s\n", what);
}

static void end(struct kq_sink *sink)
{
	struct text_sink *text = (struct text_sink *)sink;

	if (text->line)
		kq_output_char(text->output, '\n');
	text->line = false;
	if (*text->flaws) {
		indent(text);
		kq_output_format(text->output, "DAMAGED: %s\n", text->flaws);
		*text->flaws = 0;
	}
	text->depth--;
}

static void table_end(struct kq_sink *sink)
{
	(void)sink;
}

struct kq_sink *kq_text_sink(struct kq_output *output)
{
	static struct text_sink text = { .sink = { table, begin, field, flaw, end, table_end } };

	text.output = output;
	return &text.sink;
}
