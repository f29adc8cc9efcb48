/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is there as a whole or not at all: written beside its place and moved there at the end.
 */
#ifndef KQ_NEWFILE_H
#define KQ_NEWFILE_H

#include "message.h"

#include <limits.h>

struct kq_newfile {
	int fd;           /* to be written to; -1: none */
	const char *path; /* where it will be */
	bool force;       /* in place of what is there */
	char name[PATH_MAX];
};

/* Begin the file @path, which stays the caller's. False with @reason, also if it is there and @force is not set. */
bool kq_newfile_open(struct kq_newfile *file, const char *path, bool force, struct kq_reason *reason);
/* Put it in its place. False with @reason; it is gone then. */
bool kq_newfile_keep(struct kq_newfile *file, struct kq_reason *reason);
/* Whether @path is the same file as @other. */
bool kq_newfile_is(const char *path, const char *other);
/* Leave nothing behind; does nothing after kq_newfile_keep(). */
void kq_newfile_drop(struct kq_newfile *file);

#endif
