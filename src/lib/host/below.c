/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openat2(2) with RESOLVE_IN_ROOT, or the same by hand. What a path leads to is looked at before it is opened: opening a FIFO waits for
 * its other end, and opening a device can have effects.
 */
#include "below.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LINKS_MAX 40u /* as the kernel's MAXSYMLINKS */
#define TRIES	  8u  /* the kernel gives up when directories are moved meanwhile */

/* A path that is being resolved. */
struct way {
	char done[PATH_MAX]; /* below the root: no links, no "..", no slash at its end */
	char rest[PATH_MAX]; /* what comes behind it */
};

/* Take the next name off the rest, and put it behind what is done. False with errno if it finds no room. */
static bool step(struct way *way)
{
	const char *name = way->rest + strspn(way->rest, "/");
	const size_t length = strcspn(name, "/"), used = strlen(way->done);
	char *last = strrchr(way->done, '/');

	if (length == 2 && !strncmp(name, "..", 2)) {
		if (last)
			*last = 0;
	} else if (length && !(length == 1 && *name == '.')) {
		if (used + 1 + length >= sizeof(way->done)) {
			errno = ENAMETOOLONG;
			return false;
		}
		way->done[used] = '/';
		memcpy(way->done + used + 1, name, length);
		way->done[used + 1 + length] = 0;
	}
	memmove(way->rest, name + length, strlen(name + length) + 1);
	return true;
}

static bool is_over(const struct way *way)
{
	return !way->rest[strspn(way->rest, "/")];
}

/* Is what is done to be a directory: do a slash alone, "." or ".." come behind it? */
static bool wants_directory(const struct way *way)
{
	const char *name = way->rest + strspn(way->rest, "/");
	const size_t length = strcspn(name, "/");

	return *way->done && *way->rest == '/' && length == strspn(name, ".") && length <= 2;
}

/* Go where the link at the end of what is done leads to, @target. False with errno if it finds no room. */
static bool follow(struct way *way, const char *target)
{
	char rest[PATH_MAX];

	if (snprintf(rest, sizeof(rest), "%s%s", target, way->rest) >= (int)sizeof(rest)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(way->rest, rest, strlen(rest) + 1);
	*(*target == '/' ? way->done : strrchr(way->done, '/')) = 0;
	return true;
}

static bool full_path(const char *root, const char *below, char full[PATH_MAX])
{
	if (snprintf(full, PATH_MAX, "%s%s", root, below) < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* False with errno if there is none at @path, which is no link. */
static bool is_directory(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return false;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
}

bool kq_below_resolve(const char *root, const char *path, bool last, char resolved[PATH_MAX], void (*seen)(const char *link))
{
	char full[PATH_MAX], target[PATH_MAX];
	struct way way = { .done = "" };
	unsigned int links = 0;
	ssize_t length;

	if (!full_path("", path, way.rest))
		return false;
	while (!is_over(&way)) {
		const size_t before = strlen(way.done);

		if (!step(&way) || !full_path(root, way.done, full))
			return false;
		/* Only a name that was added can be a link. */
		length = strlen(way.done) > before && (last || !is_over(&way)) ? readlink(full, target, sizeof(target) - 1) : -1;
		if (length < 0 && wants_directory(&way) && !is_directory(full))
			return false;
		if (length < 0)
			continue;
		target[length] = 0;
		if (++links > LINKS_MAX) {
			errno = ELOOP;
			return false;
		}
		if (seen)
			seen(way.done);
		if (!follow(&way, target))
			return false;
	}
	snprintf(resolved, PATH_MAX, "%s", *way.done ? way.done : "/");
	return true;
}

static int place_by_hand(const char *root, const char *path, int flags)
{
	char resolved[PATH_MAX], full[PATH_MAX];

	if (!kq_below_resolve(root, path, !(flags & O_NOFOLLOW), resolved, NULL) || !full_path(root, resolved, full))
		return -1;
	return open(full, flags | O_NOFOLLOW);
}

/* Does the kernel, or what filters this process's system calls, not know the call? */
static bool is_unknown(int error)
{
	return error == ENOSYS || error == EPERM;
}

static int place_by_kernel(const char *root, const char *path, int flags)
{
	const struct open_how how = { .flags = (unsigned int)flags, .resolve = RESOLVE_IN_ROOT };
	_cleanup_close_ int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file;

	if (directory < 0)
		return -1;
	for (unsigned int i = 0; i < TRIES; i++) {
		file = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (file >= 0 || errno != EAGAIN)
			break;
	}
	return file < 0 && is_unknown(errno) ? place_by_hand(root, path, flags) : file;
}

static int open_place(int (*place)(const char *root, const char *path, int flags), const char *root, const char *path, int flags)
{
	struct stat first, second;
	int file = place(root, path, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));

	if (file < 0 || flags & O_PATH)
		return file;
	if (fstat(file, &first))
		first.st_mode = 0;
	close(file);
	errno = ENXIO;
	if (!S_ISREG(first.st_mode) && !S_ISDIR(first.st_mode))
		return -1;
	file = place(root, path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file < 0 || (!fstat(file, &second) && first.st_dev == second.st_dev && first.st_ino == second.st_ino))
		return file;
	close(file);
	errno = ENXIO;
	return -1;
}

int kq_below_open(const char *root, const char *path, int flags)
{
	return open_place(place_by_kernel, root, path, flags);
}

int kq_below_open_by_hand(const char *root, const char *path, int flags)
{
	return open_place(place_by_hand, root, path, flags);
}
