/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new file that appears complete or not at all: it is written beside its place and moved there at the end. Every program writes
 * the files that it is told to write in this way. Only a regular file is ever replaced.
 */
#ifndef KQ_NEWFILE_H
#define KQ_NEWFILE_H

#include "message.h"

#include <limits.h>

struct kq_newfile {
	int fd;           /* to be written to; -1: none */
	const char *path; /* where it will be */
	bool force;       /* in place of what is there */
	int keeper;	  /* who moves it, behind a socket; -1: this process */
	char name[PATH_MAX];
};

/*
 * Begin the file @path, which stays the caller's. False with @reason, also if it is there and @force is not set, or if what is there
 * is no regular file.
 */
bool kq_newfile_open(struct kq_newfile *file, const char *path, bool force, struct kq_reason *reason);
/*
 * Begin the file @path before a sandbox is entered. A child process stays outside and moves the file to its place later.
 * kq_newfile_open() of the same @path then takes this file, or reports the error that there was. At most once in a program.
 */
void kq_newfile_prepare(const char *path, bool force);
/* Leave nothing behind of a file that was prepared and that nobody has asked for. */
void kq_newfile_abandon(void);
/* Put it in its place. False with @reason; it is gone then. */
bool kq_newfile_keep(struct kq_newfile *file, struct kq_reason *reason);
/* Whether @path is the same file as @other, or would be if they were there. */
bool kq_newfile_is(const char *path, const char *other);
/* Leave nothing behind; does nothing after kq_newfile_keep(). */
void kq_newfile_drop(struct kq_newfile *file);

#endif
