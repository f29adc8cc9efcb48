/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the reader of shell files is made of, shared by its files: shell.c (lines, operators, blocks), shell-command.c (words of
 * commands), shell-word.c (quotes and expansions), shell-value.c (variables).
 */
#ifndef KQ_SHELL_READ_H
#define KQ_SHELL_READ_H

#include "shell.h"

#define KQ_SHELL_NESTING   16u /* expansions inside of expansions */
#define KQ_SHELL_BLOCKS	   64u /* if, case, loops and brackets inside of each other */
#define KQ_SHELL_ASSIGNED  32u /* variables in one command */
#define KQ_SHELL_FUNCTIONS 32u
#define KQ_SHELL_DOCUMENTS 8u  /* here-documents that begin in one line */

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

/* shell-word.c */
void word_start(struct word *word);
void word_free(struct word *word);
/* Read the word at @reader->at: up to a blank, the line's end or an operator. */
void word_read(struct reader *reader, struct word *word);
/* Pass over the text of a bracket that was opened before @reader->at, nested ones and quotes included. False: it is not closed. */
bool word_skip(struct reader *reader, char open, char close);
/* The end of the name at @text, @text itself if there is none. */
const char *name_end(const char *text);

/* shell-value.c */
/* The variable @name, NULL if there is none. */
struct kq_variable *variable_find(const struct kq_shell_file *file, const char *name, size_t length);
/* Is @name (of @length characters) a setting of the scripts, and so empty unless it is assigned? */
bool variable_is_own(const struct kq_shell_file *file, const char *name, size_t length);
/* @name gets @value, or with a doubt none. */
void variable_set(struct kq_shell_file *file, const char *name, size_t length, const char *value, struct kq_doubt doubt,
		  unsigned int line);
/* All variables are in doubt from here on. */
void doubt_all(struct reader *reader, enum kq_unclear why);
/* Take note of what is more than an assignment. */
void note_more(struct reader *reader, enum kq_unclear why, unsigned int line);
/* Assign as the shell would where @reader is: to @name, behind what it holds if @append. */
void assign(struct reader *reader, const char *name, size_t length, const struct word *word, bool append, unsigned int line);

/* shell-command.c */
/* Read one word and what it means for the command that it is in. */
void command_word(struct script *script);
/* What was assigned in front of the command counts only there, or in a subshell. */
void command_doubt_assigned(struct script *script, enum kq_unclear why);

/* shell.c */
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
