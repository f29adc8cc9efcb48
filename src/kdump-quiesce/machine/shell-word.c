/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of shell files: quotes, backslashes, values of variables (POSIX.1-2017, Shell Command Language, 2.2 and 2.6). An expansion
 * that runs a command, or that is not implemented here, leaves the word in doubt.
 */
#include "shell-word.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define KQ_SHELL_NESTING   16u /* expansions inside of expansions */

void word_start(struct word *word)
{
	*word = (struct word){ .text = calloc(1, 64), .room = 64, .plain = true };
}

void word_free(struct word *word)
{
	free(word->text);
	word->text = NULL;
}

static void doubt(struct reader *reader, struct word *word, enum kq_unclear why)
{
	if (!word->doubt.why)
		word->doubt = (struct kq_doubt){ why, reader->line };
}

/* A quote or a bracket is not closed: the file ends inside of this word. */
static void doubt_unclosed(struct reader *reader, struct word *word)
{
	doubt(reader, word, KQ_UNCLEAR_SYNTAX);
	doubt_all(reader, KQ_UNCLEAR_SYNTAX);
}

static void put(struct reader *reader, struct word *word, const char *text, size_t length)
{
	char *more;

	if (word->length + length > KQ_SHELL_VALUE) {
		doubt(reader, word, KQ_UNCLEAR_SIZE);
		return;
	}
	while (word->text && word->length + length >= word->room) {
		word->room *= 2;
		more = realloc(word->text, word->room);
		if (!more)
			free(word->text);
		word->text = more;
	}
	if (!word->text)
		return;
	memcpy(word->text + word->length, text, length);
	word->length += length;
	word->text[word->length] = 0;
}

/* Append the character at @reader->at to the word. */
static void put_next(struct reader *reader, struct word *word)
{
	put(reader, word, reader->at, 1);
	reader->line += *reader->at == '\n';
	reader->at++;
}

const char *name_end(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '_')
		return text;
	while (isalnum((unsigned char)*text) || *text == '_')
		text++;
	return text;
}

/* Pass over a quoted text whose quote is at @reader->at. False: it is not closed. */
static bool skip_quoted(struct reader *reader)
{
	const char quote = *reader->at++;

	for (; *reader->at && *reader->at != quote; reader->at++) {
		if (quote != '\'' && *reader->at == '\\' && reader->at[1])
			reader->at++;
		reader->line += *reader->at == '\n';
	}
	if (!*reader->at)
		return false;
	reader->at++;
	return true;
}

bool word_skip(struct reader *reader, char open, char close)
{
	unsigned int depth = 1;

	while (depth && *reader->at) {
		const char c = *reader->at;

		if (strchr("'\"`", c)) {
			if (!skip_quoted(reader))
				return false;
			continue;
		}
		if (c == '\\' && reader->at[1])
			reader->at++;
		else if (c == open)
			depth++;
		else if (c == close)
			depth--;
		reader->line += *reader->at == '\n';
		reader->at++;
	}
	return !depth;
}

/* Append the value of the variable @name, or doubt the word. */
static void put_variable(struct reader *reader, struct word *word, const char *name, size_t length)
{
	const struct kq_variable *variable = kq_variable_find(reader->file, name, length);

	if (variable && variable->doubt.why) {
		if (!word->doubt.why)
			word->doubt = variable->doubt;
	} else if (variable && variable->value) {
		put(reader, word, variable->value, strlen(variable->value));
	} else if (!variable && reader->file->rest.why) {
		if (!word->doubt.why)
			word->doubt = reader->file->rest;
	} else if (!variable && !kq_variable_is_own(reader->file, name, length)) {
		doubt(reader, word, KQ_UNCLEAR_FOREIGN);
	}
}

/* A bracket may stand in a bracket, up to KQ_SHELL_NESTING deep. NOLINTBEGIN(misc-no-recursion) */
static void read_piece(struct reader *reader, struct word *word);

/* What stands in ${NAME:-...} behind the "-", up to the bracket. */
static void read_alternative(struct reader *reader, struct word *word)
{
	word_start(word);
	while (*reader->at && *reader->at != '}')
		read_piece(reader, word);
}

/* ${NAME-WORD} and its like; @reader->at is at the operator. */
static void put_alternative(struct reader *reader, struct word *word, const char *name, size_t length)
{
	const bool colon = *reader->at == ':';
	const char operation = reader->at[colon];
	const struct kq_variable *variable;
	struct word other, value;
	bool filled;

	word_start(&value);
	put_variable(reader, &value, name, length);
	variable = kq_variable_find(reader->file, name, length);
	filled = variable && variable->value && (!colon || variable->value[0]);
	reader->at += colon + 1;
	read_alternative(reader, &other);
	if (value.doubt.why) {
		doubt(reader, word, value.doubt.why);
		word->doubt.line = value.doubt.line;
	} else if (operation == '?' && !filled) {
		doubt(reader, word, KQ_UNCLEAR_EXIT);
	} else if (operation == '+' ? filled : !filled) {
		if (other.doubt.why && !word->doubt.why)
			word->doubt = other.doubt;
		else if (other.text)
			put(reader, word, other.text, other.length);
	} else if (operation != '+' && value.text) {
		put(reader, word, value.text, value.length);
	}
	if (operation == '=' && !filled && !value.doubt.why)
		assign(reader, name, length, &other, false, reader->line);
	word_free(&other);
	word_free(&value);
}

/* What stands behind "${". */
static void read_braces(struct reader *reader, struct word *word)
{
	const char *name = reader->at, *end = name_end(name);
	const size_t length = (size_t)(end - name);
	bool closed;

	if (length && *end == '}') {
		put_variable(reader, word, name, length);
		reader->at = end + 1;
		return;
	}
	if (length && end[*end == ':'] && strchr("-=+?", end[*end == ':']) && reader->nesting < KQ_SHELL_NESTING) {
		reader->nesting++;
		reader->at = end;
		put_alternative(reader, word, name, length);
		reader->nesting--;
		closed = *reader->at == '}';
		reader->at += closed;
	} else {
		doubt(reader, word, KQ_UNCLEAR_EXPANSION);
		closed = word_skip(reader, '{', '}');
	}
	if (!closed)
		doubt_unclosed(reader, word);
}

/* An expansion, its "$" at @reader->at. */
static void read_dollar(struct reader *reader, struct word *word, bool quoted)
{
	const char *name = ++reader->at, *end = name_end(name);
	const bool bash = reader->file->shell == KQ_SHELL_BASH;
	bool closed = true;

	word->plain = false;
	word->expanded = true;
	/* Lines are joined before the shell looks where a name ends. */
	if (end[0] == '\\' && end[1] == '\n')
		doubt(reader, word, KQ_UNCLEAR_EXPANSION);
	if (end > name) {
		reader->at = end;
		put_variable(reader, word, name, (size_t)(end - name));
	} else if (*name == '{') {
		reader->at++;
		read_braces(reader, word);
	} else if (*name == '(') {
		reader->at++;
		doubt(reader, word, KQ_UNCLEAR_OUTPUT);
		closed = word_skip(reader, '(', ')');
	} else if (*name && (isdigit((unsigned char)*name) || strchr("@*#?-$!", *name))) {
		reader->at++;
		doubt(reader, word, KQ_UNCLEAR_EXPANSION);
	} else if (bash && !quoted && *name && strchr("'\"", *name)) {
		doubt(reader, word, KQ_UNCLEAR_EXPANSION);
		closed = skip_quoted(reader);
	} else if (bash && *name == '[') {
		reader->at++;
		doubt(reader, word, KQ_UNCLEAR_EXPANSION);
		closed = word_skip(reader, '[', ']');
	} else {
		put(reader, word, "$", 1);
	}
	if (!closed)
		doubt_unclosed(reader, word);
}

static void read_backquote(struct reader *reader, struct word *word)
{
	word->plain = false;
	word->expanded = true;
	doubt(reader, word, KQ_UNCLEAR_OUTPUT);
	if (!skip_quoted(reader))
		doubt_unclosed(reader, word);
}

static void read_single(struct reader *reader, struct word *word)
{
	reader->at++;
	while (*reader->at && *reader->at != '\'')
		put_next(reader, word);
	if (*reader->at)
		reader->at++;
	else
		doubt_unclosed(reader, word);
}

static void read_double(struct reader *reader, struct word *word)
{
	reader->at++;
	while (*reader->at && *reader->at != '"') {
		if (*reader->at == '$') {
			read_dollar(reader, word, true);
		} else if (*reader->at == '`') {
			read_backquote(reader, word);
		} else if (*reader->at == '\\' && reader->at[1] == '\n') {
			reader->at += 2;
			reader->line++;
		} else {
			reader->at += *reader->at == '\\' && reader->at[1] && strchr("$`\"\\", reader->at[1]);
			put_next(reader, word);
		}
	}
	if (*reader->at)
		reader->at++;
	else
		doubt_unclosed(reader, word);
}

/* One character, or what a quote, an expansion or a backslash makes of several. */
static void read_piece(struct reader *reader, struct word *word)
{
	switch (*reader->at) {
	case '\\':
		reader->at++;
		if (*reader->at == '\n') {
			reader->at++;
			reader->line++;
		} else if (*reader->at) {
			word->plain = false;
			put_next(reader, word);
		}
		break;
	case '\'':
		word->plain = false;
		read_single(reader, word);
		break;
	case '"':
		word->plain = false;
		read_double(reader, word);
		break;
	case '$':
		read_dollar(reader, word, false);
		break;
	case '`':
		read_backquote(reader, word);
		break;
	case '~':
		/* The home directory of the user who runs the script. POSIX, 2.6.1 */
		if (!word->length || (word->text && word->text[word->length - 1] == ':'))
			doubt(reader, word, KQ_UNCLEAR_FOREIGN);
		put_next(reader, word);
		break;
	default:
		put_next(reader, word);
	}
}

/* NOLINTEND(misc-no-recursion) */

void word_read(struct reader *reader, struct word *word)
{
	word_start(word);
	while (*reader->at && !strchr(" \t\n;&|<>()", *reader->at))
		read_piece(reader, word);
}
