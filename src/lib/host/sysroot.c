/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at the files of a machine below its root directory.
 */
#include "sysroot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40u /* as the kernel's MAXSYMLINKS */

static struct {
	void (*seen)(void *context, enum kq_look look, const char *path);
	void *context;
} watch;

void kq_sysroot_watch(void (*seen)(void *context, enum kq_look look, const char *path), void *context)
{
	watch.seen = seen;
	watch.context = context;
}

void kq_sysroot_seen(enum kq_look look, const char *path)
{
	if (watch.seen)
		watch.seen(watch.context, look, path);
}

static bool full_path(const struct kq_host *host, const char *path, char full[PATH_MAX])
{
	const int length = snprintf(full, PATH_MAX, "%s%s", host->root, path);

	return length > 0 && length < PATH_MAX;
}

/* sysfs and procfs do not know their sizes: read until the end, or until one byte too many. */
static char *read_all(int file, size_t max, size_t *length)
{
	size_t size = 0, room = 0;
	char *text = NULL, *more;
	ssize_t got;

	for (;;) {
		if (size == room) {
			room = room ? room * 2 : 4096;
			if (room > max + 1)
				room = max + 1;
			more = realloc(text, room + 1);
			if (!more)
				break;
			text = more;
		}
		got = read(file, text + size, room - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		size += (size_t)got;
		if (size > max) {
			errno = EFBIG;
			break;
		}
		if (got == 0) {
			text[size] = 0;
			*length = size;
			return text;
		}
	}
	free(text);
	return NULL;
}

char *kq_host_read(const struct kq_host *host, const char *path, size_t max, size_t *length)
{
	char full[PATH_MAX], *text;
	size_t size;
	int file, error;

	kq_sysroot_seen(KQ_LOOK_READ, path);
	if (!full_path(host, path, full)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	file = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return NULL;
	text = read_all(file, max, &size);
	error = errno;
	close(file);
	errno = error;
	if (text && length)
		*length = size;
	return text;
}

uint64_t kq_host_number(const struct kq_host *host, const char *path, uint64_t otherwise)
{
	char *text = kq_host_read(host, path, 64, NULL), *end;
	uint64_t number;

	if (!text)
		return otherwise;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text)
		number = otherwise;
	free(text);
	return number;
}

uint32_t kq_host_config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	const struct kq_host *host = ((struct kq_host_config *)config)->host;
	uint32_t value = UINT32_MAX;
	char path[PATH_MAX];
	int file, length;

	length = snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%04x:%02x:%02x.%x/config", host->root, segment,
			  requester >> 8, requester >> 3 & 0x1f, requester & 7);
	file = length < PATH_MAX ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0)
		return value;
	if (pread(file, &value, sizeof(value), offset) != sizeof(value))
		value = UINT32_MAX;
	close(file);
	return value;
}

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool kq_host_list(const struct kq_host *host, const char *path, struct kq_names *names)
{
	struct dirent **entry;
	char full[PATH_MAX];
	int count;

	*names = (struct kq_names){ NULL, 0 };
	kq_sysroot_seen(KQ_LOOK_LIST, path);
	count = full_path(host, path, full) ? scandir(full, &entry, is_name, by_bytes) : -1;
	if (count < 0)
		return false;
	names->name = calloc((size_t)count + 1, sizeof(*names->name));
	for (int i = 0; i < count; i++) {
		char *name = names->name ? strdup(entry[i]->d_name) : NULL;

		if (name)
			names->name[names->count++] = name;
		free(entry[i]);
	}
	free(entry);
	return names->name != NULL;
}

void kq_names_free(struct kq_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct kq_names){ NULL, 0 };
}

bool kq_host_exists(const struct kq_host *host, const char *path)
{
	char full[PATH_MAX];

	kq_sysroot_seen(KQ_LOOK_THERE, path);
	return full_path(host, path, full) && access(full, F_OK) == 0;
}

/* Where the symbolic link @path leads to, as it says itself. */
static bool read_link(const struct kq_host *host, const char *path, char target[PATH_MAX])
{
	char full[PATH_MAX];
	ssize_t length;

	length = full_path(host, path, full) ? readlink(full, target, PATH_MAX - 1) : -1;
	if (length < 0)
		return false;
	target[length] = 0;
	return true;
}

bool kq_host_link(const struct kq_host *host, const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	const char *last;

	/* Whoever saves a machine can save the target only of a link. */
	if (!read_link(host, path, target))
		return false;
	kq_sysroot_seen(KQ_LOOK_LINK, path);
	last = strrchr(target, '/');
	snprintf(name, size, "%s", last ? last + 1 : target);
	return true;
}

bool kq_host_line(const struct kq_host *host, const char *path, char *line, size_t size)
{
	char *text = kq_host_read(host, path, PATH_MAX, NULL), *start;
	size_t length;

	if (!text)
		return false;
	start = text + strspn(text, " \t");
	length = strcspn(start, "\n");
	while (length && strchr(" \t", start[length - 1]))
		length--;
	snprintf(line, size, "%.*s", (int)length, start);
	free(text);
	return true;
}

/* @base is a directory without links in it: put @target, which may begin with "../", and @rest behind it, into @path. */
static int join(char path[PATH_MAX], char *base, const char *target, const char *rest)
{
	while (!strncmp(target, "../", 3)) {
		char *last = strrchr(base, '/');

		target += 3;
		if (last)
			*last = 0;
	}
	return snprintf(path, PATH_MAX, "%s/%s%s", base, target, rest);
}

/* Replace the first link on the way along @path by where it leads to. 1: there was one; 0: there is none; -1: too long.
 */
static int follow(const struct kq_host *host, char path[PATH_MAX])
{
	char target[PATH_MAX], rest[PATH_MAX], head[PATH_MAX];

	for (char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
		const size_t length = end ? (size_t)(end - path) : strlen(path);
		int used;

		memcpy(head, path, length);
		head[length] = 0;
		if (read_link(host, head, target)) {
			kq_sysroot_seen(KQ_LOOK_LINK, head);
			memcpy(rest, path + length, strlen(path + length) + 1);
			if (target[0] == '/') {
				used = snprintf(path, PATH_MAX, "%s%s", target, rest);
			} else {
				*strrchr(head, '/') = 0;
				used = join(path, head, target, rest);
			}
			return used < PATH_MAX ? 1 : -1;
		}
		if (!end)
			return 0;
	}
}

bool kq_host_resolve(const struct kq_host *host, const char *path, char *resolved, size_t size)
{
	char now[PATH_MAX];
	int followed = 1;

	if (path[0] != '/' || strlen(path) >= sizeof(now))
		return false;
	memcpy(now, path, strlen(path) + 1);
	for (unsigned int i = 0; followed == 1 && i < LINKS_MAX; i++)
		followed = follow(host, now);
	if (followed || strlen(now) >= size)
		return false;
	memcpy(resolved, now, strlen(now) + 1);
	return kq_host_exists(host, resolved);
}
