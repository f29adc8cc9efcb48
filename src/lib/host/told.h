/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of a machine that are not below its root as files, but that something below it tells of: a report has them as sections of a
 * text, or has the output of a command that read them. sysroot.c takes them for files.
 */
#ifndef KQ_TOLD_H
#define KQ_TOLD_H

#include <stdbool.h>
#include <stddef.h>

struct kq_told {
	char *path;  /* absolute; or a command with its arguments, whose output this is */
	char *bytes; /* NUL-terminated; NULL: its name is told, and not what is in it */
	size_t length;
};

/* From now on the tree is @what, with an article, for messages: "a sos report". It lacks files that the machine has. */
void kq_told_by(const char *what);
/* What the tree is; NULL: a machine's own files, so that one that is not there is not on the machine either. */
const char *kq_told_whose(void);
/*
 * From now on there is a file @path with these @length bytes, or with NULL one that cannot be read. The first one of a path counts. At
 * most 8192 files are kept: it is said once that there are more.
 */
void kq_told_add(const char *path, const void *bytes, size_t length);
/* The file @path; NULL if nothing tells of it. */
const struct kq_told *kq_told_find(const char *path);
/* File number @n, from 0; NULL behind the last. */
const struct kq_told *kq_told_at(size_t n);
/* Where the name below the directory @path begins in the path of @told, NULL: it is not below it. */
const char *kq_told_below(const struct kq_told *told, const char *path);
/* Forget all of it. */
void kq_told_forget(void);
/* Why a file could not be read, in words, by what errno was. */
const char *kq_told_error(int error);
/* Is there a file @path, or one below it? */
bool kq_told_exists(const char *path);

#endif
