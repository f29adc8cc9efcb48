/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernel modules an initramfs brings: any number of cpio archives behind each other, each compressed or not, as
 * the kernel takes them (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef KQ_INITRD_H
#define KQ_INITRD_H

#include "host.h"

struct kq_initrd {
	char **module; /* names as in /proc/modules, sorted */
	size_t modules;
	uint64_t packed, unpacked; /* bytes of the file, and of what is in it */
	unsigned int archives;
	bool squashed; /* modules may be in a file system image inside (dracut's squash module): not looked into */
	struct kq_reason unsquashed; /* why not */
};

/* Read the initramfs @path of @host. False with a reason; @initrd is to be freed in both cases. */
bool kq_initrd_read(struct kq_initrd *initrd, const struct kq_host *host, const char *path, struct kq_reason *reason);
void kq_initrd_free(struct kq_initrd *initrd);
/* True if it brings the module @name. */
bool kq_initrd_has(const struct kq_initrd *initrd, const char *name);
/*
 * The same as a file: one archive of empty files with the same modules, that kq_initrd_read() reads the same out of. To
 * be freed; NULL when out of memory.
 */
char *kq_initrd_extract(const struct kq_initrd *initrd, size_t *length);

#endif
