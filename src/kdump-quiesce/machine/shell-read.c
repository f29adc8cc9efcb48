/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assignments, and doubts about variables, where the reader stands.
 */
#include "shell-read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


void note_more(struct reader *reader, enum kq_unclear why, unsigned int line)
{
	if (!reader->file->more.why)
		reader->file->more = (struct kq_doubt){ why, line };
}

void doubt_all(struct reader *reader, enum kq_unclear why)
{
	struct kq_shell_file *file = reader->file;
	const struct kq_doubt doubt = { why, reader->line };

	note_more(reader, why, reader->line);
	file->rest = doubt;
	for (unsigned int i = 0; i < file->variables; i++) {
		free(file->variable[i].value);
		file->variable[i].value = NULL;
		file->variable[i].doubt = doubt;
	}
}

/* What @variable holds, and behind it @text. To be freed. */
static char *join(const struct kq_variable *variable, const char *text)
{
	const char *before = variable && variable->value ? variable->value : "";
	const size_t size = strlen(before) + strlen(text) + 1;
	char *sum = malloc(size);

	if (sum)
		snprintf(sum, size, "%s%s", before, text);
	return sum;
}

void assign(struct reader *reader, const char *name, size_t length, const struct word *word, bool append, unsigned int line)
{
	const struct kq_variable *variable = kq_variable_find(reader->file, name, length);
	struct kq_doubt doubt = word->doubt;
	char *value;

	if (append && reader->file->shell == KQ_SHELL_DASH)
		doubt = (struct kq_doubt){ KQ_UNCLEAR_APPEND, line };
	else if (reader->conditional)
		doubt = (struct kq_doubt){ KQ_UNCLEAR_CONDITION, line };
	else if (reader->ended)
		doubt = reader->file->rest;
	else if (append && variable && variable->doubt.why)
		doubt = variable->doubt;
	else if (append && !variable && reader->file->rest.why)
		doubt = reader->file->rest;
	else if (append && !variable && !kq_variable_is_own(reader->file, name, length))
		doubt = (struct kq_doubt){ KQ_UNCLEAR_FOREIGN, line };
	else if (append && word->length + (variable && variable->value ? strlen(variable->value) : 0) > KQ_SHELL_VALUE)
		doubt = (struct kq_doubt){ KQ_UNCLEAR_SIZE, line };
	if (doubt.why)
		note_more(reader, doubt.why, line);
	value = word->text ? join(append ? variable : NULL, word->text) : NULL;
	reader->file->failed |= !value;
	kq_variable_set(reader->file, name, length, value, doubt, line);
	free(value);
}
