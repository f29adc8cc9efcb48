/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving a machine: all that was looked at below its root, in an archive that unpacks to a root for --sysroot. Nothing
 * else is in it, and of what may hold secrets only what was of use.
 */
#ifndef KQ_SAVE_H
#define KQ_SAVE_H

#include "check.h"
#include "machine/corefile.h"

/* Whether the archive @path is not the configuration file @conf; else false, and said so. Both may be NULL. */
bool kq_save_is_apart(const char *path, const char *conf);
/* From now on remember what is looked at. */
void kq_save_start(void);
/*
 * Write the archive @path, its compression by its name. @examination may be NULL; @pieces are @count pieces of memory
 * that become its /proc/kcore. False with a reason, and no archive.
 */
bool kq_save_write(const char *path, const struct kq_host *host, const struct kq_examination *examination,
		   const struct kq_piece *pieces, unsigned int count, struct kq_reason *reason);
/* The same with the pieces that an examination looks at. */
bool kq_save_finish(const char *path, const struct kq_examination *examination, struct kq_reason *reason);

#endif
