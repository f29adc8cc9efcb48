/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child makes the write, because a process that sleeps in the kernel cannot be interrupted; it reports the result through a
 * pipe. The child closes all our other files, so that nobody waits for them because of it.
 */
#include "poke.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define ANSWER (STDERR_FILENO + 1) /* the child's only file */

/* Is something there? A link that leads nowhere is. */
static bool is_there(const struct kq_host *host, const char *path)
{
	_cleanup_close_ int place = kq_host_open(host, path, O_PATH | O_NOFOLLOW);

	return place >= 0;
}

static void write_and_exit(const struct kq_host *host, const char *path, const char *unless, long offset, const void *bytes,
			   size_t size, int answer)
{
	int file, error = 0;

	answer = dup2(fcntl(answer, F_DUPFD, ANSWER), ANSWER);
	close_range(ANSWER + 1, ~0u, 0);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
	file = kq_host_open(host, path, O_WRONLY);
	if (file >= 0 && unless && is_there(host, unless))
		error = EBUSY;
	else if (file < 0 || pwrite(file, bytes, size, offset) != (ssize_t)size)
		error = errno ? errno : EIO;
	while (write(answer, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Whether @fd can be read within @seconds. */
static bool wait_for(int fd, unsigned int seconds)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };
	struct timespec now, end;
	int left;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)seconds;
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = (int)((end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1000000);
		if (left < 0)
			left = 0;
		if (poll(&wanted, 1, left) > 0)
			return true;
		if (!left)
			return false;
	}
}

bool poke(const struct kq_host *host, const char *path, const char *unless, long offset, const void *bytes, size_t size,
	  unsigned int seconds, struct kq_reason *reason)
{
	_cleanup_close_ int from = -1, to = -1;
	int pair[2], error;
	pid_t child;

	if (pipe2(pair, O_CLOEXEC))
		return kq_fail(reason, "%s", strerror(errno));
	from = pair[0];
	to = pair[1];
	child = fork();
	if (child < 0)
		return kq_fail(reason, "%s", strerror(errno));
	if (!child)
		write_and_exit(host, path, unless, offset, bytes, size, to);
	close(to);
	to = -1; /* NOLINT(clang-analyzer-deadcode.DeadStores): for what closes it at the end */
	if (!wait_for(from, seconds)) {
		kill(child, SIGKILL);
		errno = ETIMEDOUT;
		return kq_fail(reason, "not over after %u s", seconds);
	}
	if (read(from, &error, sizeof(error)) != sizeof(error))
		error = EIO;
	waitpid(child, NULL, 0);
	errno = error;
	return !error || kq_fail(reason, "%s", strerror(error));
}
