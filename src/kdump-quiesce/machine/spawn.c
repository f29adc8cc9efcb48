/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a program to its end.
 */
#include "spawn.h"

#include <errno.h>
#include <spawn.h> /* NOLINT(readability-duplicate-include): the library's */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool kq_spawn(const char *const arguments[], int output, const char *package, struct kq_reason *reason)
{
	const char *name = arguments[0];
	posix_spawn_file_actions_t actions;
	int status, error;
	pid_t pid;

	error = posix_spawn_file_actions_init(&actions);
	if (error)
		return kq_fail(reason, "%s: %s", name, strerror(error));
	if (output >= 0)
		error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	/* posix_spawn() does not change its arguments, although their type is not const. */
	if (!error)
		error = posix_spawnp(&pid, name, &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error == ENOENT)
		return kq_fail(reason, "%s: %s (install %s)", name, strerror(error), package);
	if (error)
		return kq_fail(reason, "%s: %s", name, strerror(error));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return kq_fail(reason, "%s: %s", name, strerror(errno));
	if (WIFSIGNALED(status))
		return kq_fail(reason, "%s was ended by signal %d", name, WTERMSIG(status));
	return !WEXITSTATUS(status) || kq_fail(reason, "%s failed with exit status %d", name, WEXITSTATUS(status));
}
