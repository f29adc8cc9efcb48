/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes one attempt that an attacker might make after taking over a program in its sandbox. Prints nothing. Exit status: 0 if the
 * attempt worked, else its errno; 77 if there is no sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/confine.h"
#include "base/sandbox.h"

#define NO_SANDBOX 77

static int try_open(void)
{
	return open("/dev/null", O_RDONLY) < 0 ? errno : 0;
}

static int try_create(void)
{
	return open("intruded", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

static int try_unlink(void)
{
	return unlink("precious") ? errno : 0;
}

static int try_exec(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int try_fork(void)
{
	const pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child < 0 || wait(NULL) != child ? errno : 0;
}

static int try_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int try_trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? errno
		       : 0;
}

static int try_link(void)
{
	return symlink("precious", "linked") || unlink("linked") ? errno : 0;
}

static int try_signal(void)
{
	return kill(getppid(), 0) ? errno : 0;
}

static int try_namespace(void)
{
	const long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0ul);

	if (child == 0)
		_exit(0);
	return child < 0 || waitpid((pid_t)child, NULL, 0) != child ? errno : 0;
}

static void *idle(void *argument)
{
	return argument;
}

static int try_thread(void)
{
	pthread_t thread;
	const int error = pthread_create(&thread, NULL, idle, NULL);

	return error ? error : pthread_join(thread, NULL);
}

/* The calls that a reader of dumps needs. */
static int try_work(void)
{
	void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return errno;
	memset(memory, 1, 1 << 20);
	return write(STDOUT_FILENO, "", 0) ? errno : 0;
}

static const struct {
	const char *name;
	int (*attempt)(void);
} attempts[] = {
	{ "open", try_open }, { "create", try_create }, { "unlink", try_unlink },	{ "exec", try_exec },
	{ "fork", try_fork }, { "socket", try_socket }, { "trace", try_trace },		{ "code", try_code },
	{ "link", try_link }, { "signal", try_signal }, { "namespace", try_namespace }, { "thread", try_thread },
	{ "work", try_work },
};

/* intruder free|sandbox|supervisor ATTEMPT */
int main(int argc, char *argv[])
{
	struct kq_reason reason;

	if (argc != 3)
		return EINVAL;
	if ((!strcmp(argv[1], "sandbox") && !kq_sandbox_enter(&reason)) ||
	    (!strcmp(argv[1], "supervisor") && !kq_confine(getpid(), &reason))) {
		printf("no sandbox: %s\n", reason.text);
		return NO_SANDBOX;
	}
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (!strcmp(argv[2], attempts[i].name))
			return attempts[i].attempt();
	return EINVAL;
}
