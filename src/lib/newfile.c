/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkostemp() and renameat2(). Where a file system cannot rename without replacing, what is there is looked for just
 * before.
 */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

bool kq_newfile_is(const char *path, const char *other)
{
	struct stat a, b;

	return !stat(path, &a) && !stat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool refuse(const struct kq_newfile *file, struct kq_reason *reason)
{
	return kq_fail(reason, "%s: it is there already; --force overwrites it", file->path);
}

bool kq_newfile_open(struct kq_newfile *file, const char *path, bool force, struct kq_reason *reason)
{
	file->fd = -1;
	file->path = path;
	file->force = force;
	if (!force && is_there(path))
		return refuse(file, reason);
	if (snprintf(file->name, sizeof(file->name), "%s.XXXXXX", path) >= (int)sizeof(file->name))
		return kq_fail(reason, "%.60s...: %s", path, strerror(ENAMETOOLONG));
	file->fd = mkostemp(file->name, O_CLOEXEC);
	if (file->fd < 0)
		return kq_fail(reason, "%s: %s", path, strerror(errno));
	return true;
}

static bool move(const struct kq_newfile *file, struct kq_reason *reason)
{
	int failed;

	if (file->force)
		failed = rename(file->name, file->path);
	else if (!(failed = renameat2(AT_FDCWD, file->name, AT_FDCWD, file->path, RENAME_NOREPLACE)))
		return true;
	else if (errno == EEXIST || is_there(file->path))
		return refuse(file, reason);
	else if (errno == EINVAL || errno == ENOSYS)
		failed = rename(file->name, file->path);
	return !failed || kq_fail(reason, "%s: %s", file->path, strerror(errno));
}

bool kq_newfile_keep(struct kq_newfile *file, struct kq_reason *reason)
{
	int error = 0;

	if (fsync(file->fd) && errno != EINVAL)
		error = errno;
	if (close(file->fd) && !error)
		error = errno;
	file->fd = -1;
	if (!error && move(file, reason))
		return true;
	unlink(file->name);
	return error ? kq_fail(reason, "%s: %s", file->path, strerror(error)) : false;
}

void kq_newfile_drop(struct kq_newfile *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	unlink(file->name);
	file->fd = -1;
}
