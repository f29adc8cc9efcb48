/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests for a file in front of an assignment. Only their plainest form is read: literal paths, one blank between words, and a value that
 * ends with its line. Any other is a condition like all others.
 */
#include "shell-guard.h"

#include <stdio.h>
#include <string.h>

#include "shell-word.h"

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-"

struct guard {
	const char *path; /* @length characters of it */
	size_t length;
	bool negated;	  /* "!" */
	bool otherwise;	  /* "||" */
	const char *then; /* the assignment */
};

/* If @text begins with @word, move it behind. */
static bool pass(const char **text, const char *word)
{
	const size_t length = strlen(word);

	if (strncmp(*text, word, length))
		return false;
	*text += length;
	return true;
}

/* Is the rest of the line one assignment? */
static bool is_assignment(const char *text)
{
	const char *end = name_end(text);
	bool quoted = false;

	if (end == text || *end != '=')
		return false;
	for (end++; *end && *end != '\n'; end++) {
		if (strchr("\\'`", *end) || (!quoted && strchr(" \t;&|<>()", *end)))
			return false;
		quoted ^= *end == '"';
	}
	return !quoted;
}

static bool read_guard(const char *at, struct guard *guard)
{
	if (!pass(&at, "[ "))
		return false;
	guard->negated = pass(&at, "! ");
	if (!pass(&at, "-x ") && !pass(&at, "-e "))
		return false;
	guard->path = at;
	guard->length = strspn(at, PLAIN);
	at += guard->length;
	if (*guard->path != '/' || !pass(&at, " ] "))
		return false;
	guard->otherwise = pass(&at, "|| ");
	guard->then = at;
	if (!guard->otherwise && !pass(&guard->then, "&& "))
		return false;
	return is_assignment(guard->then);
}

bool guard_take(struct script *script)
{
	const struct kq_shell_file *file = script->reader.file;
	struct guard guard;
	char path[512];
	bool holds;

	if (!file->has || script->words != WORDS_FIRST || script->assignments || script->reader.conditional ||
	    !read_guard(script->reader.at, &guard) || guard.length >= sizeof(path))
		return false;
	snprintf(path, sizeof(path), "%.*s", (int)guard.length, guard.path);
	holds = file->has(file->files, path) != guard.negated;
	script->reader.at = holds != guard.otherwise ? guard.then : guard.then + strcspn(guard.then, "\n");
	return true;
}
