/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernel modules an initramfs has. It is a sequence of cpio archives, each compressed or not
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef KQ_INITRD_H
#define KQ_INITRD_H

#include "host.h"

struct kq_initrd {
	char **module; /* names as in /proc/modules, sorted */
	size_t modules;
	uint64_t packed, unpacked; /* bytes of the file, and of what is in it */
	unsigned int archives;
	bool squashed; /* modules may be in a file system image inside (dracut's squash module), which could not be read */
	struct kq_reason unsquashed; /* why not */
	struct kq_reason many;	     /* which limit it is beyond, "": none */
};

/* Read the initramfs @path of @host. False with a reason; @initrd is to be freed in both cases. */
bool kq_initrd_read(struct kq_initrd *initrd, const struct kq_host *host, const char *path, struct kq_reason *reason);
/* The same from what lsinitrd(1) or lsinitramfs(8) printed of one, a path a line; @listing is written to. Its sizes are not known: 0. */
void kq_initrd_list(struct kq_initrd *initrd, char *listing);
/* The path in a line that ls(1) or such a command printed: its last word, or the one in front of a link's target. @line is written to. */
const char *kq_listed_path(char *line);
void kq_initrd_free(struct kq_initrd *initrd);
/* True if it has the module @name. */
bool kq_initrd_has(const struct kq_initrd *initrd, const char *name);
/*
 * A file from which kq_initrd_read() reads the same: one archive of empty files with the same modules. To be freed; NULL when out of
 * memory.
 */
char *kq_initrd_extract(const struct kq_initrd *initrd, size_t *length);

#endif
