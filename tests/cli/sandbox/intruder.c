/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes one attempt that an attacker might make after taking over a program in its sandbox. What an attacker may find there is made
 * before: a process of the same user, a file, a socket, a terminal, a name space, a mount name space of its own. Prints nothing. Exit
 * status: 0 if the attempt worked, else its errno; 77 if there is no sandbox; 78 if the attempt cannot be made here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/confine.h"
#include "base/sandbox.h"

#define NO_SANDBOX 77
#define NOT_HERE   78
#define PAGE	   4096u

/* What is there before the sandbox is entered; -1, or false: it could not be made. */
static struct {
	pid_t victim;
	int client, terminal, user_space, program;
	struct sockaddr_un server;
	bool own_mounts;
} found;

/* A process that does nothing, and ends with this one: it sees then that nobody holds the other end of its pipe. */
static pid_t start_victim(void)
{
	int ends[2];
	pid_t victim;
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	victim = fork();
	if (victim) {
		close(ends[0]);
		return victim;
	}
	close(ends[1]);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (read(ends[0], &byte, 1) < 0)
		;
	_exit(0);
}

/* A server that listens, whose name the kernel makes up, and a client that is not connected. */
static void make_sockets(void)
{
	const int server = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t size = sizeof(found.server);

	found.client = socket(AF_UNIX, SOCK_STREAM, 0);
	found.server.sun_family = AF_UNIX;
	if (bind(server, (struct sockaddr *)&found.server, sizeof(sa_family_t)) || listen(server, 1) ||
	    getsockname(server, (struct sockaddr *)&found.server, &size))
		found.client = -1;
}

static void make_terminal(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);

	found.terminal = master < 0 || grantpt(master) || unlockpt(master) ? -1 : open(ptsname(master), O_RDWR | O_NOCTTY);
}

static void prepare(void)
{
	found.victim = start_victim();
	make_sockets();
	make_terminal();
	found.user_space = open("/proc/self/ns/uts", O_RDONLY);
	found.program = open("/bin/true", O_RDONLY);
	found.own_mounts = !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int of(long result)
{
	return result < 0 ? errno : 0;
}

static int try_open(void)
{
	return of(open("precious", O_RDONLY));
}

static int try_write(void)
{
	return of(open("precious", O_WRONLY | O_TRUNC));
}

static int try_openat2(void)
{
	const struct open_how how = { .flags = O_RDONLY };

	return of(syscall(SYS_openat2, AT_FDCWD, "precious", &how, sizeof(how)));
}

static int try_rename(void)
{
	return rename("precious", "moved") || rename("moved", "precious") ? errno : 0;
}

static int try_chmod(void)
{
	return of(chmod("precious", 0666));
}

static int try_connect(void)
{
	return found.client < 0 ? NOT_HERE : of(connect(found.client, (struct sockaddr *)&found.server, sizeof(sa_family_t) + 6));
}

static int try_execveat(void)
{
	char *const none[] = { NULL };

	return of(syscall(SYS_execveat, found.program, "", none, none, AT_EMPTY_PATH));
}

static int try_clone3(void)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	const long child = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child == 0)
		_exit(0);
	return of(child);
}

static int try_attach(void)
{
	return of(ptrace(PTRACE_ATTACH, found.victim, NULL, NULL));
}

static int try_peek(void)
{
	char there, here = 1;
	struct iovec local = { &there, 1 }, remote = { &here, 1 };

	return of(process_vm_readv(found.victim, &local, 1, &remote, 1, 0));
}

static int try_kill(void)
{
	return of(kill(found.victim, SIGKILL));
}

static int try_tgkill(void)
{
	return of(syscall(SYS_tgkill, found.victim, found.victim, SIGKILL));
}

static int try_pidfd(void)
{
	return of(syscall(SYS_pidfd_open, found.victim, 0));
}

static int try_mount(void)
{
	return found.own_mounts ? of(mount("none", "/", "tmpfs", 0, NULL)) : NOT_HERE;
}

static int try_unshare(void)
{
	return of(unshare(CLONE_NEWNS));
}

static int try_setns(void)
{
	return of(setns(found.user_space, 0));
}

static int try_chroot(void)
{
	return of(chroot("."));
}

static int try_root(void)
{
	return of(setresuid(0, 0, 0));
}

static int try_uring(void)
{
	struct io_uring_params parameters = { 0 };

	return of(syscall(SYS_io_uring_setup, 1, &parameters));
}

static int try_mprotect(void)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? errno : of(mprotect(memory, PAGE, PROT_READ | PROT_EXEC));
}

/* Type a letter into a terminal, as if its user had. */
static int try_type(void)
{
	return found.terminal < 0 ? NOT_HERE : of(ioctl(found.terminal, TIOCSTI, "x"));
}

/* A system call by the numbers of another architecture, x32. */
static int try_foreign(void)
{
#ifdef __x86_64__
	return of(syscall(__X32_SYSCALL_BIT | SYS_getpid));
#else
	return NOT_HERE;
#endif
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
	{ "open", try_open },	      { "openat2", try_openat2 },   { "write", try_write },	  { "create", try_create },
	{ "unlink", try_unlink },     { "rename", try_rename },	    { "link", try_link },	  { "chmod", try_chmod },
	{ "socket", try_socket },     { "connect", try_connect },   { "exec", try_exec },	  { "execveat", try_execveat },
	{ "fork", try_fork },	      { "clone3", try_clone3 },	    { "thread", try_thread },	  { "trace", try_trace },
	{ "attach", try_attach },     { "peek", try_peek },	    { "signal", try_signal },	  { "kill", try_kill },
	{ "tgkill", try_tgkill },     { "pidfd", try_pidfd },	    { "mount", try_mount },	  { "unshare", try_unshare },
	{ "setns", try_setns },	      { "namespace", try_namespace }, { "chroot", try_chroot },	  { "root", try_root },
	{ "uring", try_uring },	      { "code", try_code },	    { "mprotect", try_mprotect }, { "type", try_type },
	{ "foreign", try_foreign },   { "work", try_work },
};

/* intruder free|sandbox|supervisor ATTEMPT */
int main(int argc, char *argv[])
{
	struct kq_reason reason;

	if (argc != 3)
		return EINVAL;
	prepare();
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
