/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shell files that assign variables, as the kdump scripts of distributions read them (/etc/default/kdump-tools,
 * /etc/sysconfig/kdump): what each variable holds at the end, and which values are not known, and why. shell.h reads them.
 */
#ifndef KQ_SHELL_FILE_H
#define KQ_SHELL_FILE_H

#include "base/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define KQ_NAME_MAX 64u /* of a variable, NUL included */

/* What is read of a file; what is beyond it is KQ_UNCLEAR_SIZE. */
#define KQ_SHELL_VARIABLES 256u
#define KQ_SHELL_VALUE	   16384u /* bytes of one */
#define KQ_SHELL_FUNCTIONS 32u
#define KQ_SHELL_BLOCKS	   64u	  /* if, case, loops and brackets inside of each other */
#define KQ_SHELL_ASSIGNED  32u	  /* variables in one command */
#define KQ_SHELL_DOCUMENTS 8u	  /* here-documents that begin in one line */

/* The shell that reads the file. */
enum kq_shell {
	KQ_SHELL_DASH, /* POSIX, without += and arrays */
	KQ_SHELL_BASH,
};

/* What makes a value unclear. */
enum kq_unclear {
	KQ_CLEAR,
	KQ_UNCLEAR_OUTPUT,    /* output of a command */
	KQ_UNCLEAR_EXPANSION, /* an expansion that is not read here */
	KQ_UNCLEAR_FOREIGN,   /* a variable that the file does not set */
	KQ_UNCLEAR_ARRAY,
	KQ_UNCLEAR_APPEND,    /* += in a shell without it */
	KQ_UNCLEAR_CONDITION, /* assigned under a condition, in a loop, a function or a subshell */
	KQ_UNCLEAR_ONCE,      /* assigned for one command */
	KQ_UNCLEAR_BUILTIN,   /* set by a command of the shell: read, declare -i */
	KQ_UNCLEAR_SOURCE,    /* another file is read */
	KQ_UNCLEAR_EVAL,      /* a command whose text is not in the file, or a function */
	KQ_UNCLEAR_EXIT,      /* the script may end here */
	KQ_UNCLEAR_SYNTAX,
	KQ_UNCLEAR_SIZE,      /* more than is read */
	KQ_UNCLEAR_COMMAND,   /* a command that changes no variable: for kq_shell_file.more only */
};

enum kq_setting {
	KQ_SETTING_NONE,    /* not assigned, or taken back */
	KQ_SETTING_KNOWN,
	KQ_SETTING_UNCLEAR,
};

/* Where and why something is unclear. */
struct kq_doubt {
	enum kq_unclear why;
	unsigned int line;
};

struct kq_variable {
	char name[KQ_NAME_MAX];
	char *value;	       /* NULL: not set, or in doubt */
	struct kq_doubt doubt;
	unsigned int line;     /* of the last assignment, 0: before the file was read */
};

struct kq_shell_file {
	const char *path;	     /* for messages */
	enum kq_shell shell;
	const char *own;	     /* beginnings of the names of settings, between blanks: those are empty unless assigned */
	/* Is there a file at @path? @files is handed over. NULL: nobody can tell, and what hangs on it is unclear. */
	bool (*has)(const void *files, const char *path);
	const void *files;
	struct kq_variable *variable;
	unsigned int variables;
	struct kq_doubt rest;	     /* about every variable that is not assigned behind it */
	struct kq_doubt more;	     /* the first thing that is more than an assignment */
	bool failed;		     /* out of memory: nothing is known */
};

/* Begin; @path and @own must live as long as @file. To be freed. */
void kq_shell_start(struct kq_shell_file *file, const char *path, enum kq_shell shell, const char *own);
void kq_shell_free(struct kq_shell_file *file);
/* What the script assigns before it reads the file. */
void kq_shell_preset(struct kq_shell_file *file, const char *name, const char *value);
/*
 * What @name holds: a pointer to it, valid until @file is freed, goes to *@value; an empty string unless it is known. @reason, which
 * may be NULL, is filled in if it is unclear: file, line, and what stands there.
 */
enum kq_setting kq_shell_value(const struct kq_shell_file *file, const char *name, const char **value,
			       struct kq_reason *reason);
/* In words: the first thing in the file that is more than an assignment. False if there is none. */
bool kq_shell_more(const struct kq_shell_file *file, struct kq_reason *reason);

/*
 * Write a shell file in which those variables of @file that @names (between blanks) lists hold what @filter makes of their values (to
 * be freed), or are unclear for the same reason, at the same lines.
 */
void kq_shell_write(const struct kq_shell_file *file, const char *names, FILE *out,
		    char *(*filter)(const char *name, const char *value));

/* For the reader. */
/* The variable @name, NULL if there is none. */
struct kq_variable *kq_variable_find(const struct kq_shell_file *file, const char *name, size_t length);
/* Is @name (of @length characters) a setting of the scripts, and so empty unless it is assigned? */
bool kq_variable_is_own(const struct kq_shell_file *file, const char *name, size_t length);
/* @name gets @value, or with a doubt none. */
void kq_variable_set(struct kq_shell_file *file, const char *name, size_t length, const char *value, struct kq_doubt doubt,
		  unsigned int line);

#endif
