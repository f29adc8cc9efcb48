/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a machine below its root directory: contents, listings, links, presence. A copy of another machine can stand in
 * for this one; `kdump-quiesce check --save' makes one by watching what is looked at. Whoever made that copy: what is in it leads to
 * no place outside of it, and only its regular files and directories are opened (below.h).
 */
#ifndef KQ_SYSROOT_H
#define KQ_SYSROOT_H

#include "io.h"

#include <stdbool.h>
#include <stddef.h>

struct kq_host {
	const char *root; /* "" for this machine, else a directory */
};

/*
 * Open @path with @flags of open(2), without O_CREAT. Negative with errno; of another machine ENXIO for what is neither a regular file
 * nor a directory, which only O_PATH gets.
 */
int kq_host_open(const struct kq_host *host, const char *path, int flags);
/*
 * The first @max bytes of the file at @path, NUL-terminated, to be freed; NULL with errno set if it cannot be read, EFBIG if
 * it is longer, which is said, ENODATA if a report has its name alone. *@length may be NULL.
 */
char *kq_host_read(const struct kq_host *host, const char *path, size_t max, size_t *length);
/* The number that the file at @path holds, @otherwise if there is none. */
uint64_t kq_host_number(const struct kq_host *host, const char *path, uint64_t otherwise);
/* Configuration space through sysfs, for tables that name devices by their path behind bridges. */
struct kq_host_config {
	struct iq_config config; /* first: the core hands back a pointer to it; read is kq_host_config_read() */
	const struct kq_host *host;
};

uint32_t kq_host_config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset);

/* How a path was looked at. */
enum kq_look {
	KQ_LOOK_READ, /* its first bytes were read: a file */
	KQ_LOOK_LIST, /* its entries were listed: a directory */
	KQ_LOOK_LINK, /* where it leads: a symbolic link */
	KQ_LOOK_THERE,/* whether it is there */
};

/* The names in the directory @path, sorted, without "." and ".."; to be freed with kq_names_free(). */
struct kq_names {
	char **name;
	size_t count;
};

bool kq_host_list(const struct kq_host *host, const char *path, struct kq_names *names);
void kq_names_free(struct kq_names *names);
bool kq_host_exists(const struct kq_host *host, const char *path);
/* What the symbolic link @path leads to, as it says itself, in @target. False if it is none. */
bool kq_host_target(const struct kq_host *host, const char *path, char *target, size_t size);
/* The last component of what the symbolic link @path leads to, in @name. False if it is none. */
bool kq_host_link(const struct kq_host *host, const char *path, char *name, size_t size);
/* The first line of the file at @path without white space at its ends, in @line. False if there is none. */
bool kq_host_line(const struct kq_host *host, const char *path, char *line, size_t size);
/*
 * The absolute path that @path leads to when symbolic links are followed inside of the root; the same as @path where
 * there are none. False if it leads nowhere or in a circle.
 */
bool kq_host_resolve(const struct kq_host *host, const char *path, char *resolved, size_t size);

/* From now on call @seen for everything that is looked at below any root; NULL: no more. */
void kq_sysroot_watch(void (*seen)(void *context, enum kq_look look, const char *path), void *context);
/* Say that @path is looked at by other means. */
void kq_sysroot_seen(enum kq_look look, const char *path);

#endif
