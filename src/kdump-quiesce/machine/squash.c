/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files in squashfs images. No library reads them. unsquashfs is in the same package as mksquashfs, by which dracut made them.
 */
#include "squash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spawn.h"

bool kq_squash_is_image(const char *name)
{
	/* Names in dracut's modules 99squash, 99squash-squashfs and 99squash-erofs, and in older versions. */
	static const char *const names[] = { "squash-root.img", "squashfs-root.img", "erofs-root.img", "root.img" };
	const char *last = strrchr(name, '/');

	last = last ? last + 1 : name;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(names); i++)
		if (!strcmp(last, names[i]))
			return strcmp(last, "root.img") || strstr(name, "squash/root.img");
	return false;
}

int kq_squash_file(void)
{
	/* Inherited by the program that reads it. */
	return memfd_create("initramfs", 0);
}

bool kq_squash_list(int file, bool (*found)(void *context, const char *path), void *context, struct kq_reason *reason)
{
	char path[40];
	const char *const arguments[] = { "unsquashfs", "-no-progress", "-l", path, NULL };
	char *line = NULL, magic[4];
	size_t room = 0;
	FILE *list;
	bool done;
	int output;

	if (pread(file, magic, sizeof(magic), 0) != sizeof(magic) || memcmp(magic, "hsqs", sizeof(magic)))
		return kq_fail(reason, "it is no squashfs");
	output = memfd_create("list", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (output < 0)
		return kq_fail(reason, "%s", strerror(errno));
	done = kq_spawn(arguments, output, "squashfs-tools", reason);
	list = fdopen(output, "r");
	if (!list) {
		close(output);
		return kq_fail(reason, "out of memory");
	}
	rewind(list);
	while (done && getline(&line, &room, list) > 0) {
		line[strcspn(line, "\n")] = 0;
		done = found(context, line) || kq_fail(reason, "out of memory");
	}
	free(line);
	fclose(list);
	return done;
}
