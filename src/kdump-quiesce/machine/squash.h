/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File system images inside of an initramfs, as dracut's squash module makes them. Used by initrd.c.
 */
#ifndef KQ_SQUASH_H
#define KQ_SQUASH_H

#include "host.h"

/* Is the file @name such an image? */
bool kq_squash_is_image(const char *name);
/* Make an empty file in memory for an image. Its descriptor; negative with errno set if that failed. */
int kq_squash_file(void);
/*
 * Call @found(@context, path) for each file in the squashfs image that @file holds, until it returns false. Runs
 * unsquashfs(1). False with a reason if that failed, or @found returned false.
 */
bool kq_squash_list(int file, bool (*found)(void *context, const char *path), void *context, struct kq_reason *reason);

#endif
