/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File system images inside of an initramfs, as dracut's squash module makes them. Used by initrd.c.
 */
#ifndef KQ_SQUASH_H
#define KQ_SQUASH_H

#include "host.h"

/* Is the file @name such an image? */
bool kq_squash_is_image(const char *name);
/* An empty file in memory to put an image in, negative with errno set if there can be none. */
int kq_squash_file(void);
/*
 * Call @found(@context, path) for each file in the squashfs image that @file holds, until it returns false. By
 * unsquashfs(1). False with a reason if that cannot look into it, or @found returned false.
 */
bool kq_squash_list(int file, bool (*found)(void *context, const char *path), void *context, struct kq_reason *reason);

#endif
