/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is open while a shell file is read: blocks, and the command in them. They say which commands are surely executed.
 */
#ifndef KQ_SHELL_SCRIPT_H
#define KQ_SHELL_SCRIPT_H

#include "shell-read.h"

/* What the next words of a command are. */
enum words {
	WORDS_FIRST,	/* a command, or assignments in front of it */
	WORDS_IGNORED,	/* arguments of a command that changes no variable */
	WORDS_EXPORTED,	/* of export and its like: names, or assignments */
	WORDS_DECLARED,	/* the same, with an option that changes what is assigned */
	WORDS_UNSET,
	WORDS_CHANGED,	/* names of variables that the command sets */
	WORDS_LOOP,	/* the name of the variable that a loop sets */
	WORDS_FUNCTION,	/* the name of a function that is defined */
	WORDS_TEST,	/* bash's [[, up to ]] */
	WORDS_NONE,	/* no word may follow */
};

/* What was opened, and not closed yet. */
struct block {
	char kind;   /* i f, l oop, c ase in front of a pattern, b ehind it, { or ( */
	bool filled; /* there is a command since it was opened, or since its last "then", "else" or "do" */
	bool function; /* it is the body of one, or inside of one */
};

struct script {
	struct reader reader;
	struct block block[KQ_SHELL_BLOCKS];
	unsigned int blocks;
	bool in_list;	   /* behind && or || */
	bool continues;	   /* the last operator wants a command behind it */
	bool done;	   /* nothing behind is read */
	bool begun;	   /* the command has a word */
	bool defines;	   /* the next block is the body of a function */
	enum words words;
	unsigned int line; /* of the command */
	char assigned[KQ_SHELL_ASSIGNED][KQ_NAME_MAX]; /* in front of the command */
	unsigned int assignments;
	char function[KQ_SHELL_FUNCTIONS][KQ_NAME_MAX];
	unsigned int functions;
	char *document[KQ_SHELL_DOCUMENTS]; /* ends of the here-documents that begin at the line's end */
	bool tabs[KQ_SHELL_DOCUMENTS], verbatim[KQ_SHELL_DOCUMENTS];
	unsigned int documents;
};

/* The shell would refuse the file here. What it did before depends on how much it had read. */
void script_refuse(struct script *script);
void script_start_command(struct script *script);
/* Something of a command was read. */
void script_begin_command(struct script *script);
/* The innermost block, NULL if there is none. */
struct block *script_block(struct script *script);
void script_open(struct script *script, char kind);
void script_close(struct script *script, char kind);
/* "then" and its like, inside of a block of @kind. */
void script_go_on(struct script *script, char kind);

#endif
