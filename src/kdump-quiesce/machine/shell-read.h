/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the reader of a shell file stands, the word that it reads, and what an assignment there does. Lowest part of the reader; above
 * it are shell-word.h (quotes and expansions), shell-script.h (blocks), shell-command.h (words of commands) and shell.c (lines and
 * operators).
 */
#ifndef KQ_SHELL_READ_H
#define KQ_SHELL_READ_H

#include "shell-file.h"

struct reader {
	struct kq_shell_file *file;
	const char *at;
	unsigned int line;    /* of @at */
	unsigned int nesting; /* of the expansion that is read */
	bool conditional;     /* what stands here may not be executed */
	bool ended;	      /* the script may have ended before */
};

/* A word as the shell leaves it when quotes are taken off and variables are put in. */
struct word {
	char *text; /* to be freed, NULL: out of memory */
	size_t length, room;
	struct kq_doubt doubt;
	bool plain;    /* neither quoted nor expanded: it may be a word of the language */
	bool expanded; /* a variable or a command was put in */
};

/* All variables are in doubt from here on. */
void doubt_all(struct reader *reader, enum kq_unclear why);
/* Take note of what is more than an assignment. */
void note_more(struct reader *reader, enum kq_unclear why, unsigned int line);
/* Assign as the shell would where @reader is: to @name, behind what it holds if @append. */
void assign(struct reader *reader, const char *name, size_t length, const struct word *word, bool append, unsigned int line);

#endif
