/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command in a shell file. Assignments are carried out, commands are not: here is decided which variables a command may
 * change (POSIX.1-2017, Shell Command Language, 2.4, 2.9.1 and 2.14).
 */
#include "shell-command.h"

#include <ctype.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "shell-word.h"

static void doubt_name(struct script *script, const char *name, size_t length, enum kq_unclear why)
{
	const struct kq_doubt doubt = { why, script->line };

	note_more(&script->reader, why, script->line);
	kq_variable_set(script->reader.file, name, length, NULL, doubt, script->line);
}

void command_doubt_assigned(struct script *script, enum kq_unclear why)
{
	for (unsigned int i = 0; i < script->assignments; i++)
		doubt_name(script, script->assigned[i], strlen(script->assigned[i]), why);
	script->assignments = 0;
}

static bool is_one_of(const char *word, const char *list)
{
	char key[KQ_NAME_MAX + 2];
	const size_t length = strlen(word);

	if (!length || length >= KQ_NAME_MAX || strchr(word, ' '))
		return false;
	snprintf(key, sizeof(key), " %s ", word);
	return strstr(list, key) != NULL;
}

/* The words of the language: what they open, go on with, and close (kinds of struct block), and what follows them. */
static const struct reserved {
	const char *word;
	char open, inside, close;
	bool of_bash;
	enum words then;
} reserved[] = {
	{ "if", 'i', 0, 0, false, WORDS_FIRST },      { "then", 0, 'i', 0, false, WORDS_FIRST },
	{ "elif", 0, 'i', 0, false, WORDS_FIRST },    { "else", 0, 'i', 0, false, WORDS_FIRST },
	{ "fi", 0, 0, 'i', false, WORDS_NONE },	      { "case", 'c', 0, 0, false, WORDS_IGNORED },
	{ "esac", 0, 0, 'c', false, WORDS_NONE },     { "while", 'l', 0, 0, false, WORDS_FIRST },
	{ "until", 'l', 0, 0, false, WORDS_FIRST },   { "for", 'l', 0, 0, false, WORDS_LOOP },
	{ "do", 0, 'l', 0, false, WORDS_FIRST },      { "done", 0, 0, 'l', false, WORDS_NONE },
	{ "{", '{', 0, 0, false, WORDS_FIRST },	      { "}", 0, 0, '{', false, WORDS_NONE },
	{ "!", 0, 0, 0, false, WORDS_FIRST },	      { "select", 'l', 0, 0, true, WORDS_LOOP },
	{ "time", 0, 0, 0, true, WORDS_FIRST },	      { "function", 0, 0, 0, true, WORDS_FUNCTION },
	{ "[[", 0, 0, 0, true, WORDS_TEST },
};

static const struct reserved *find_reserved(const struct script *script, const char *word)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!strcmp(word, reserved[i].word) && (!reserved[i].of_bash || script->reader.file->shell == KQ_SHELL_BASH))
			return &reserved[i];
	return NULL;
}

static void take_reserved(struct script *script, const struct reserved *word)
{
	if (word->inside) {
		script_go_on(script, word->inside);
		return;
	}
	if (word->close) {
		script_close(script, word->close);
		return;
	}
	if (word->open)
		script_open(script, word->open);
	else
		note_more(&script->reader, KQ_UNCLEAR_CONDITION, script->reader.line);
	/* A loop over words needs no command in front of its "do". */
	if (word->then != WORDS_FIRST)
		script_begin_command(script);
	script->words = word->then;
}

/* Commands that end the file, or the script that reads it. In a function, which is not called, they end nothing. */
static void take_end(struct script *script, const char *word)
{
	const struct block *block = script_block(script);

	if (block && block->function)
		return;
	if (script->reader.conditional || strcmp(word, "return")) {
		doubt_all(&script->reader, KQ_UNCLEAR_EXIT);
		script->reader.ended = true;
	}
	script->done = !script->reader.conditional;
}

static bool is_function(const struct script *script, const char *word)
{
	for (unsigned int i = 0; i < script->functions; i++)
		if (!strcmp(script->function[i], word))
			return true;
	return false;
}

static void define_function(struct script *script, const char *name)
{
	note_more(&script->reader, KQ_UNCLEAR_CONDITION, script->reader.line);
	if (script->functions == KQ_SHELL_FUNCTIONS || strlen(name) >= KQ_NAME_MAX)
		doubt_all(&script->reader, KQ_UNCLEAR_SIZE);
	else
		memcpy(script->function[script->functions++], name, strlen(name) + 1);
	script_start_command(script);
	script->continues = true;
	script->defines = true;
}

/* The name of a command. */
static void take_command(struct script *script, const struct word *word)
{
	const bool bash = script->reader.file->shell == KQ_SHELL_BASH;

	command_doubt_assigned(script, KQ_UNCLEAR_ONCE);
	script->words = WORDS_IGNORED;
	if (word->expanded || is_function(script, word->text)) {
		doubt_all(&script->reader, KQ_UNCLEAR_EVAL);
	} else if (is_one_of(word->text, " . source ")) {
		doubt_all(&script->reader, KQ_UNCLEAR_SOURCE);
	} else if (!strcmp(word->text, "eval")) {
		doubt_all(&script->reader, KQ_UNCLEAR_EVAL);
	} else if (is_one_of(word->text, " exit return exec ")) {
		take_end(script, word->text);
	} else if (is_one_of(word->text, bash ? " export readonly declare typeset " : " export readonly ")) {
		script->words = WORDS_EXPORTED;
		return;
	} else if (!strcmp(word->text, "unset")) {
		script->words = WORDS_UNSET;
		return;
	} else if (is_one_of(word->text, " read getopts mapfile readarray let printf wait local declare typeset ")) {
		script->words = WORDS_CHANGED;
	}
	if (!is_one_of(word->text, " : true false "))
		note_more(&script->reader, KQ_UNCLEAR_COMMAND, script->line);
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* The end of "()" at @at, NULL if it is none. */
static const char *empty_brackets(const char *at)
{
	at = skip_blanks(at);
	if (*at != '(')
		return NULL;
	at = skip_blanks(at + 1);
	return *at == ')' ? at + 1 : NULL;
}

/* An argument of a command that sets variables. */
static void take_argument(struct script *script, const char *text)
{
	const size_t length = (size_t)(name_end(text) - text);

	if (script->words == WORDS_FUNCTION) {
		const char *brackets = empty_brackets(script->reader.at);

		script->reader.at = brackets ? brackets : script->reader.at;
		define_function(script, text);
	} else if (script->words == WORDS_TEST) {
		if (!strcmp(text, "]]"))
			script->words = WORDS_NONE;
	} else if (script->words == WORDS_EXPORTED && *text == '-') {
		if (!is_one_of(text, " -x -r -g -gx -xg -rx -- "))
			script->words = WORDS_DECLARED;
	} else if (script->words == WORDS_UNSET && length && !text[length]) {
		if (script->reader.conditional)
			doubt_name(script, text, length, KQ_UNCLEAR_CONDITION);
		else
			kq_variable_set(script->reader.file, text, length, NULL, (struct kq_doubt){ 0 }, script->line);
	} else if (script->words == WORDS_LOOP) {
		doubt_name(script, text, length, KQ_UNCLEAR_CONDITION);
		script->words = WORDS_IGNORED;
	} else if (script->words == WORDS_CHANGED && length && (!text[length] || strchr("=[+-*/", text[length]))) {
		doubt_name(script, text, length, KQ_UNCLEAR_BUILTIN);
	}
}

/* An array, or an element of one; the reader is behind "=". */
static void take_array(struct script *script, const char *name, size_t length, bool element)
{
	struct word word;

	doubt_name(script, name, length, KQ_UNCLEAR_ARRAY);
	if (!element && script->reader.file->shell == KQ_SHELL_DASH) {
		script_refuse(script);
		return;
	}
	if (!element) {
		script->reader.at++;
		if (!word_skip(&script->reader, '(', ')'))
			script_refuse(script);
		return;
	}
	word_read(&script->reader, &word);
	word_free(&word);
}

static void remember_assigned(struct script *script, const char *name, size_t length)
{
	if (script->words != WORDS_FIRST || length >= KQ_NAME_MAX)
		return;
	if (script->assignments == KQ_SHELL_ASSIGNED) {
		doubt_all(&script->reader, KQ_UNCLEAR_SIZE);
		return;
	}
	memcpy(script->assigned[script->assignments], name, length);
	script->assigned[script->assignments++][length] = 0;
}

/* NAME= or NAME+= at the reader, with the value behind it. False if there is none. */
static bool take_assignment(struct script *script)
{
	struct reader *reader = &script->reader;
	const char *name = reader->at, *end = name_end(name);
	const size_t length = (size_t)(end - name);
	const bool append = length && end[0] == '+' && end[1] == '=', element = length && *end == '[';
	const unsigned int line = reader->line;
	struct word word;

	if (!length || (*end != '=' && !append && !element))
		return false;
	reader->at = end + append + 1;
	if (element && (!word_skip(reader, '[', ']') || *reader->at != '=')) {
		reader->at = name;
		reader->line = line;
		return false;
	}
	reader->at += element;
	if (*reader->at == '(' || element) {
		take_array(script, name, length, element);
		return true;
	}
	word_read(reader, &word);
	reader->file->failed |= !word.text;
	if (script->words == WORDS_DECLARED)
		doubt_name(script, name, length, KQ_UNCLEAR_BUILTIN);
	else
		assign(reader, name, length, &word, append, line);
	word_free(&word);
	remember_assigned(script, name, length);
	return true;
}

/* A word where a command begins. */
static void take_first(struct script *script, const struct word *word)
{
	const char *brackets = script->assignments ? NULL : empty_brackets(script->reader.at);
	const struct reserved *known = script->assignments || !word->plain ? NULL : find_reserved(script, word->text);

	if (known) {
		take_reserved(script, known);
	} else if (brackets) {
		script->reader.at = brackets;
		define_function(script, word->text);
	} else {
		script_begin_command(script);
		take_command(script, word);
	}
}

void command_word(struct script *script)
{
	struct reader *reader = &script->reader;
	const struct block *block = script_block(script);
	struct word word;

	if (script->words == WORDS_NONE) {
		script_refuse(script);
		return;
	}
	if (script->words == WORDS_FIRST && !script->assignments)
		script->line = reader->line;
	if ((script->words == WORDS_FIRST || script->words == WORDS_EXPORTED || script->words == WORDS_DECLARED) &&
	    !(block && block->kind == 'c') && take_assignment(script)) {
		script_begin_command(script);
		return;
	}
	word_read(reader, &word);
	if (!word.text) {
		reader->file->failed = true;
	} else if (block && block->kind == 'c') {
		/* A pattern, or the word that patterns are compared with. */
		if (script->words == WORDS_FIRST && word.plain && !strcmp(word.text, "esac"))
			script_close(script, 'c');
	} else if (*reader->at && strchr("<>", *reader->at) && word.plain && strspn(word.text, "0123456789") == word.length) {
		/* The number of a file descriptor that is redirected. */
	} else if (script->words == WORDS_FIRST) {
		take_first(script, &word);
	} else {
		take_argument(script, word.text);
	}
	word_free(&word);
}
