/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a shell file: operators, brackets and blocks between commands, comments, here-documents (POSIX.1-2017, Shell Command
 * Language, 2.3 and 2.9). They say which commands are surely executed.
 */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

#include "shell-command.h"
#include "shell-guard.h"
#include "shell-word.h"

static char kind_of_block(const struct script *script)
{
	return script->blocks ? script->block[script->blocks - 1].kind : 0;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* "<", ">" and what follows them; a here-document begins at the line's end. */
static void take_redirection(struct script *script)
{
	struct reader *reader = &script->reader;
	const bool here = !strncmp(reader->at, "<<", 2) && reader->at[2] != '<';
	const bool tabs = here && reader->at[2] == '-';
	struct word word;

	script_begin_command(script);
	reader->at += strspn(reader->at, "<>&|-");
	reader->at = skip_blanks(reader->at);
	if (*reader->at == '(') {
		/* bash's <(command) */
		reader->at++;
		if (!word_skip(reader, '(', ')'))
			script_refuse(script);
		return;
	}
	word_read(reader, &word);
	if (here && script->documents < KQ_SHELL_DOCUMENTS) {
		script->tabs[script->documents] = tabs;
		script->verbatim[script->documents] = !word.plain;
		script->document[script->documents++] = word.text;
		word.text = NULL;
	} else if (here) {
		doubt_all(reader, KQ_UNCLEAR_SIZE);
		script->done = true;
	}
	word_free(&word);
}

/* ${NAME=VALUE} in the line of a here-document may assign, or not: dash and bash differ. */
static void doubt_expansions(struct script *script, const char *line, size_t length)
{
	const char *end = line + length, *name, *behind;

	while ((name = memmem(line, (size_t)(end - line), "${", 2))) {
		name += 2;
		behind = name_end(name);
		line = behind;
		behind += *behind == ':';
		if (line > name && line < end && *behind == '=')
			kq_variable_set(script->reader.file, name, (size_t)(line - name), NULL,
				     (struct kq_doubt){ KQ_UNCLEAR_CONDITION, script->reader.line }, script->reader.line);
	}
}

/* Pass over the lines of the here-documents that begin here. */
static void skip_documents(struct script *script)
{
	struct reader *reader = &script->reader;

	for (unsigned int i = 0; i < script->documents; i++) {
		const char *end = script->document[i] ? script->document[i] : "";

		for (bool ended = false; *reader->at && !ended; reader->line++) {
			const char *text = reader->at + (script->tabs[i] ? strspn(reader->at, "\t") : 0);
			const size_t length = strcspn(text, "\n");

			ended = length == strlen(end) && !strncmp(text, end, length);
			if (!script->verbatim[i])
				doubt_expansions(script, text, length);
			reader->at = text + length + (text[length] == '\n');
		}
		free(script->document[i]);
	}
	script->documents = 0;
}

static void end_line(struct script *script)
{
	script->reader.at++;
	script->reader.line++;
	skip_documents(script);
	if (script->words == WORDS_TEST)
		return;
	if (!script->continues)
		script->in_list = false;
	script_start_command(script);
}

/* bash's ((...)), which may assign. */
static void take_arithmetic(struct script *script)
{
	struct reader *reader = &script->reader;
	const char *start = reader->at;

	script_begin_command(script);
	script->words = WORDS_NONE;
	reader->at += 2;
	if (!word_skip(reader, '(', ')') || *reader->at != ')') {
		script_refuse(script);
		return;
	}
	reader->at++;
	if (memchr(start, '=', (size_t)(reader->at - start)) || memmem(start, (size_t)(reader->at - start), "++", 2) ||
	    memmem(start, (size_t)(reader->at - start), "--", 2))
		doubt_all(reader, KQ_UNCLEAR_EVAL);
}

static void take_bracket(struct script *script)
{
	const char bracket = *script->reader.at;
	struct block *block = script_block(script);

	if (bracket == '(' && script->reader.at[1] == '(' && script->reader.file->shell == KQ_SHELL_BASH && !script->begun) {
		take_arithmetic(script);
		return;
	}
	script->reader.at++;
	if (block && block->kind == 'c') {
		/* Around a pattern of "case". */
		if (bracket == ')') {
			block->kind = 'b';
			script_start_command(script);
		}
	} else if (bracket == ')') {
		script_close(script, '(');
	} else if (script->begun) {
		script_refuse(script);
	} else {
		script_open(script, '(');
	}
}

/* ";;" ends what a pattern of "case" does. */
static void end_pattern(struct script *script)
{
	if (kind_of_block(script) != 'b') {
		script_refuse(script);
		return;
	}
	script->reader.at += strspn(script->reader.at, ";&");
	script->in_list = false;
	script_block(script)->kind = 'c';
	script_start_command(script);
}

static void take_separator(struct script *script)
{
	struct reader *reader = &script->reader;
	const char first = *reader->at, second = reader->at[1];
	const bool twice = second == first;

	if (first == ';' && (twice || second == '&')) {
		end_pattern(script);
		return;
	}
	if (!script->begun) {
		script_refuse(script);
		return;
	}
	reader->at += twice || (first == '|' && second == '&') ? 2 : 1;
	/* The command before "|" or "&" runs in a subshell. */
	if (first != ';' && !twice)
		command_doubt_assigned(script, KQ_UNCLEAR_CONDITION);
	script->in_list = first == '|' || (first == '&' && twice);
	script->continues = script->in_list;
	script_start_command(script);
}

static void take_operator(struct script *script)
{
	struct reader *reader = &script->reader;

	if (script->words == WORDS_TEST || (kind_of_block(script) == 'c' && *reader->at == '|'))
		reader->at++;
	else if (strchr("()", *reader->at))
		take_bracket(script);
	else if (strchr("<>", *reader->at))
		take_redirection(script);
	else if (reader->at[0] == '&' && reader->at[1] == '>' && reader->file->shell == KQ_SHELL_BASH)
		take_redirection(script);
	else
		take_separator(script);
}

static void take_next(struct script *script)
{
	struct reader *reader = &script->reader;

	switch (*reader->at) {
	case ' ':
	case '\t':
		reader->at++;
		break;
	case '\n':
		end_line(script);
		break;
	case '#':
		reader->at += strcspn(reader->at, "\n");
		break;
	case ';':
	case '&':
	case '|':
	case '(':
	case ')':
	case '<':
	case '>':
		take_operator(script);
		break;
	case '\\':
		if (reader->at[1] == '\n') {
			reader->at += 2;
			reader->line++;
			break;
		}
		/* fall through */
	default:
		if (!guard_take(script))
			command_word(script);
	}
}

void kq_shell_read(struct kq_shell_file *file, const char *text)
{
	struct script *script = calloc(1, sizeof(*script));

	if (!script) {
		file->failed = true;
		return;
	}
	script->reader = (struct reader){ .file = file, .at = text, .line = 1 };
	script_start_command(script);
	while (*script->reader.at && !script->done && !file->failed)
		take_next(script);
	if (!script->done && (script->blocks || script->continues || script->words == WORDS_TEST))
		script_refuse(script);
	for (unsigned int i = 0; i < script->documents; i++)
		free(script->document[i]);
	free(script);
}
