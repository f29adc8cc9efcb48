/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables of a shell file: their values, doubts about them, and writing a file with the same values and doubts.
 */
#include "shell-file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For each doubt the words for it, and the shortest shell text that raises it again; %s stands for the variable's name. */
static const struct {
	const char *text, *again;
} doubts[] = {
	[KQ_UNCLEAR_OUTPUT] = { "holds the output of a command", "%s=$(:)" },
	[KQ_UNCLEAR_EXPANSION] = { "holds an expansion that is not followed", "%s=$$" },
	[KQ_UNCLEAR_FOREIGN] = { "holds a variable that the file does not set", "%s=$HOME" },
	[KQ_UNCLEAR_ARRAY] = { "is an array", "%s=()" },
	[KQ_UNCLEAR_APPEND] = { "is extended by +=, which /bin/sh need not know", "%s+=" },
	[KQ_UNCLEAR_CONDITION] = { "is assigned under a condition, or in a loop, a function or a subshell", ": && %s=" },
	[KQ_UNCLEAR_ONCE] = { "is assigned for one command only", "%s= :" },
	[KQ_UNCLEAR_BUILTIN] = { "is set by a command of the shell", "read %s" },
	[KQ_UNCLEAR_SOURCE] = { "may be set by another file, which is read there", ". /dev/null" },
	[KQ_UNCLEAR_EVAL] = { "may be set by a command that is put together there, or by a function", "eval :" },
	[KQ_UNCLEAR_EXIT] = { "is not set if the script ends there", ": && exit" },
	[KQ_UNCLEAR_SYNTAX] = { "is not known: a quote, a bracket or a word of the shell is out of place", "fi" },
	[KQ_UNCLEAR_SIZE] = { NULL, NULL }, /* the limits */
	[KQ_UNCLEAR_COMMAND] = { "is followed by a command", "test" },
};

void kq_shell_start(struct kq_shell_file *file, const char *path, enum kq_shell shell, const char *own)
{
	*file = (struct kq_shell_file){ .path = path, .shell = shell, .own = own };
}

void kq_shell_free(struct kq_shell_file *file)
{
	for (unsigned int i = 0; i < file->variables; i++)
		free(file->variable[i].value);
	free(file->variable);
	file->variable = NULL;
	file->variables = 0;
}

struct kq_variable *kq_variable_find(const struct kq_shell_file *file, const char *name, size_t length)
{
	for (unsigned int i = 0; i < file->variables; i++)
		if (strlen(file->variable[i].name) == length && !memcmp(file->variable[i].name, name, length))
			return &file->variable[i];
	return NULL;
}

bool kq_variable_is_own(const struct kq_shell_file *file, const char *name, size_t length)
{
	for (const char *at = file->own + strspn(file->own, " "); *at; at += strspn(at, " ")) {
		const size_t beginning = strcspn(at, " ");

		if (beginning <= length && !memcmp(at, name, beginning))
			return true;
		at += beginning;
	}
	return false;
}

/* A new variable. NULL if there are too many. */
static struct kq_variable *variable_add(struct kq_shell_file *file, const char *name, size_t length)
{
	struct kq_variable *more;

	if (file->variables == KQ_SHELL_VARIABLES)
		return NULL;
	if (!(file->variables & (file->variables - 1))) {
		more = realloc(file->variable, (file->variables ? 2 * file->variables : 1) * sizeof(*more));
		if (!more) {
			file->failed = true;
			return NULL;
		}
		file->variable = more;
	}
	more = &file->variable[file->variables++];
	memset(more, 0, sizeof(*more));
	memcpy(more->name, name, length);
	return more;
}

void kq_variable_set(struct kq_shell_file *file, const char *name, size_t length, const char *value, struct kq_doubt doubt,
		  unsigned int line)
{
	struct kq_variable *variable = kq_variable_find(file, name, length);

	/* No script reads a variable with such a name. */
	if (!length || length >= KQ_NAME_MAX)
		return;
	if (!variable)
		variable = variable_add(file, name, length);
	if (!variable) {
		if (!file->rest.why)
			file->rest = (struct kq_doubt){ KQ_UNCLEAR_SIZE, line };
		return;
	}
	free(variable->value);
	variable->value = value && !doubt.why ? strdup(value) : NULL;
	variable->doubt = doubt;
	variable->line = line;
	if (value && !doubt.why && !variable->value)
		file->failed = true;
}

void kq_shell_preset(struct kq_shell_file *file, const char *name, const char *value)
{
	kq_variable_set(file, name, strlen(name), value, (struct kq_doubt){ 0 }, 0);
}

/* Why it is in doubt, in words; good until the next call. */
static const char *doubt_text(const struct kq_doubt *doubt)
{
	static char limits[200];

	if (doubt->why != KQ_UNCLEAR_SIZE)
		return doubts[doubt->why].text;
	snprintf(limits, sizeof(limits), "is beyond what is read: %u variables with %u bytes each, %u in one command, %u functions, "
		 "%u blocks inside of each other, %u here-documents in one line", KQ_SHELL_VARIABLES, KQ_SHELL_VALUE, KQ_SHELL_ASSIGNED,
		 KQ_SHELL_FUNCTIONS, KQ_SHELL_BLOCKS, KQ_SHELL_DOCUMENTS);
	return limits;
}

enum kq_setting kq_shell_value(const struct kq_shell_file *file, const char *name, const char **value,
			       struct kq_reason *reason)
{
	const struct kq_variable *variable = kq_variable_find(file, name, strlen(name));
	const struct kq_doubt *doubt = variable ? &variable->doubt : &file->rest;
	struct kq_reason unused = { "" };

	reason = reason ? reason : &unused;
	*value = "";
	if (file->failed) {
		kq_fail(reason, "%s: out of memory", file->path);
		return KQ_SETTING_UNCLEAR;
	}
	if (doubt->why) {
		kq_fail(reason, "%s:%u: %s %s", file->path, doubt->line, name, doubt_text(doubt));
		return KQ_SETTING_UNCLEAR;
	}
	if (!variable || !variable->value)
		return KQ_SETTING_NONE;
	*value = variable->value;
	return KQ_SETTING_KNOWN;
}

bool kq_shell_more(const struct kq_shell_file *file, struct kq_reason *reason)
{
	if (!file->more.why)
		return false;
	kq_fail(reason, "%s:%u: this is more than an assignment", file->path, file->more.line);
	return true;
}

struct output {
	FILE *file;
	unsigned int line;
	bool begun; /* this line is not empty */
};

static void go_to(struct output *output, unsigned int line)
{
	for (; output->line < line; output->line++) {
		fputc('\n', output->file);
		output->begun = false;
	}
	if (output->begun)
		fputs("; ", output->file);
	output->begun = true;
}

static bool is_named(const char *names, const char *name)
{
	char key[KQ_NAME_MAX + 2];

	return snprintf(key, sizeof(key), " %s ", name) > 0 && strstr(names, key);
}

/* Write text that raises @doubt again, at the same line. */
static void write_doubt(struct output *output, const struct kq_doubt *doubt, const char *name)
{
	static const char form[] = "%s";
	const char *again = doubts[doubt->why].again, *place;

	if (!again)
		return;
	go_to(output, doubt->line);
	place = strstr(again, form);
	if (place)
		fprintf(output->file, "%.*s%s%s", (int)(place - again), again, name, place + strlen(form));
	else
		fputs(again, output->file);
}

static unsigned int line_of(const struct kq_variable *variable)
{
	return variable->doubt.why ? variable->doubt.line : variable->line;
}

static int by_line(const void *a, const void *b)
{
	const unsigned int left = line_of(*(const struct kq_variable *const *)a);
	const unsigned int right = line_of(*(const struct kq_variable *const *)b);

	return left < right ? -1 : left > right;
}

/* In single quotes, between which only a single quote is special. */
static void write_quoted(FILE *file, const char *text)
{
	fputc('\'', file);
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", file);
		else
			fputc(*text, file);
	fputc('\'', file);
}

static void write_variable(struct output *output, const struct kq_variable *variable,
			   char *(*filter)(const char *name, const char *value))
{
	char *value;

	if (variable->doubt.why) {
		write_doubt(output, &variable->doubt, variable->name);
		return;
	}
	go_to(output, variable->line);
	if (!variable->value) {
		fprintf(output->file, "unset %s", variable->name);
		return;
	}
	value = filter(variable->name, variable->value);
	fprintf(output->file, "%s=", variable->name);
	write_quoted(output->file, value ? value : "");
	free(value);
}

void kq_shell_write(const struct kq_shell_file *file, const char *names, FILE *out,
		    char *(*filter)(const char *name, const char *value))
{
	const struct kq_variable more = { .name = "_", .doubt = file->more };
	const struct kq_variable **list = calloc(file->variables + 2u, sizeof(struct kq_variable *));
	struct output output = { .file = out, .line = 1 };
	bool rest = !file->rest.why;
	unsigned int count = 0;

	if (!list)
		return;
	if (more.doubt.why)
		list[count++] = &more;
	for (unsigned int i = 0; i < file->variables; i++)
		if (file->variable[i].line && is_named(names, file->variable[i].name))
			list[count++] = &file->variable[i];
	qsort(list, count, sizeof(struct kq_variable *), by_line);
	for (unsigned int i = 0; i < count; i++) {
		const struct kq_variable *variable = list[i];

		if (file->rest.why && variable->doubt.why == file->rest.why && variable->doubt.line == file->rest.line)
			continue;
		/* The doubt about all variables comes before what was assigned behind it. */
		if (!rest && line_of(variable) >= file->rest.line) {
			write_doubt(&output, &file->rest, "");
			rest = true;
		}
		write_variable(&output, variable, filter);
	}
	if (!rest)
		write_doubt(&output, &file->rest, "");
	fputc('\n', out);
	free(list);
}
