/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file from mkostemp(), moved by renameat2(). In a sandbox a child, the keeper, moves it. Where a file system cannot rename
 * without replacing, whether the place is free is looked at right before.
 */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where @path is or would be: its directory, and its name in there. False if there is no such directory. */
static bool find_place(const char *path, struct stat *directory, const char **name)
{
	const char *last = strrchr(path, '/');
	char parent[PATH_MAX];

	*name = last ? last + 1 : path;
	if (snprintf(parent, sizeof(parent), "%.*s", last ? (int)(last - path) + 1 : 1, last ? path : ".") >= (int)sizeof(parent))
		return false;
	return !stat(parent, directory);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool kq_newfile_is(const char *path, const char *other)
{
	const char *name, *other_name;
	struct stat a, b;

	if (!stat(path, &a) && !stat(other, &b))
		return is_same(&a, &b);
	return find_place(path, &a, &name) && find_place(other, &b, &other_name) && is_same(&a, &b) && !strcmp(name, other_name);
}

/* What is no place for a file, NULL: @mode is that of a regular file. */
static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link: name the file that it leads to";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

/* Whether the file may come to its place: nothing is there, or a regular file that may be replaced. */
static bool may_come(const struct kq_newfile *file, struct kq_reason *reason)
{
	const char *kind;
	struct stat st;

	if (lstat(file->path, &st))
		return (errno == ENOENT && *file->path) || kq_fail(reason, "%s: %s", file->path, strerror(errno));
	kind = kind_of(st.st_mode);
	if (kind)
		return kq_fail(reason, "%s: only a regular file is replaced, and it is %s", file->path, kind);
	return file->force || kq_fail(reason, "%s: it is there already; --force overwrites it", file->path);
}

static bool begin(struct kq_newfile *file, const char *path, bool force, struct kq_reason *reason)
{
	*file = (struct kq_newfile){ .fd = -1, .path = path, .force = force, .keeper = -1 };
	if (!may_come(file, reason))
		return false;
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

	failed = renameat2(AT_FDCWD, file->name, AT_FDCWD, file->path, RENAME_NOREPLACE);
	if (failed && (errno == EEXIST || errno == EINVAL || errno == ENOSYS)) {
		if (!may_come(file, reason))
			return false;
		failed = rename(file->name, file->path);
	}
	return !failed || kq_fail(reason, "%s: %s", file->path, strerror(errno));
}

/* What a keeper says when it has moved the file, or could not. */
struct moved {
	bool moved;
	struct kq_reason reason;
};

/* A keeper's life: move the file when asked to, and leave nothing behind if nobody asks until the other end is closed. */
static void keep_for(struct kq_newfile *file, int worker)
{
	struct moved answer = { .moved = false };
	ssize_t got;
	char asked;

	/* These signals end the worker, and the keeper has to outlive it: it sees at the socket when the worker is gone. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	do
		got = read(worker, &asked, sizeof(asked));
	while (got < 0 && errno == EINTR);
	if (got == sizeof(asked)) {
		answer.moved = move(file, &answer.reason);
		(void)!write(worker, &answer, sizeof(answer));
	}
	if (!answer.moved)
		unlink(file->name);
	_exit(0);
}

static struct {
	bool is;
	struct kq_newfile file;
	struct kq_reason reason; /* why not, if it has no file */
} prepared;

void kq_newfile_prepare(const char *path, bool force)
{
	int sockets[2];
	pid_t keeper;

	prepared.is = true;
	if (!begin(&prepared.file, path, force, &prepared.reason))
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0) {
		keeper = fork();
		if (keeper == 0) {
			close(sockets[0]);
			keep_for(&prepared.file, sockets[1]);
		}
		close(sockets[1]);
		prepared.file.keeper = sockets[0];
		if (keeper > 0)
			return;
		close(sockets[0]);
	}
	kq_fail(&prepared.reason, "%s: %s", path, strerror(errno));
	prepared.file.keeper = -1;
	kq_newfile_drop(&prepared.file);
}

bool kq_newfile_open(struct kq_newfile *file, const char *path, bool force, struct kq_reason *reason)
{
	if (!prepared.is)
		return begin(file, path, force, reason);
	*file = prepared.file;
	*reason = prepared.reason;
	prepared.file.fd = -1;
	return file->fd >= 0;
}

void kq_newfile_abandon(void)
{
	if (prepared.is)
		kq_newfile_drop(&prepared.file);
}

/* The keeper's word. */
static bool ask_keeper(const struct kq_newfile *file, struct kq_reason *reason)
{
	struct moved answer;

	if (write(file->keeper, "", 1) != 1 || read(file->keeper, &answer, sizeof(answer)) != sizeof(answer))
		return kq_fail(reason, "%s: the process that moves it to its place is gone", file->path);
	*reason = answer.reason;
	return answer.moved;
}

/* Wait for the keeper to end: then it has removed what it had to remove. */
static void dismiss_keeper(struct kq_newfile *file)
{
	if (file->keeper < 0)
		return;
	close(file->keeper);
	file->keeper = -1;
	while (wait(NULL) < 0 && errno == EINTR)
		;
}

bool kq_newfile_keep(struct kq_newfile *file, struct kq_reason *reason)
{
	int error = 0;
	bool moved;

	if (fsync(file->fd) && errno != EINVAL)
		error = errno;
	if (close(file->fd) && !error)
		error = errno;
	file->fd = -1;
	if (error)
		moved = kq_fail(reason, "%s: %s", file->path, strerror(error));
	else
		moved = file->keeper < 0 ? move(file, reason) : ask_keeper(file, reason);
	if (!moved && file->keeper < 0)
		unlink(file->name);
	dismiss_keeper(file);
	return moved;
}

void kq_newfile_drop(struct kq_newfile *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	if (file->keeper < 0)
		unlink(file->name);
	dismiss_keeper(file);
}
