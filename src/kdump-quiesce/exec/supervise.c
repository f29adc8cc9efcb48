/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervision loop: it answers calls, passes signals on, and waits for the child. It waits for the command only. It must not die:
 * the kernel would answer pending and later calls with ENOSYS.
 */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <linux/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "filter.h"
#include "base/sandbox.h"

#define LISTENER_ALONE 3 /* the descriptor behind stdin, stdout and stderr */

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

/*
 * What the supervisor itself needs: to load (SYS_BOOT), to read its callers (SYS_PTRACE) and what /proc/iomem and
 * configuration space show to administrators only (SYS_ADMIN), and to pass signals on to a command that changed its user.
 */
#define CAPABILITIES                                                                                                   \
	(UINT64_C(1) << CAP_SYS_BOOT | UINT64_C(1) << CAP_SYS_PTRACE | UINT64_C(1) << CAP_SYS_ADMIN |                  \
	 UINT64_C(1) << CAP_KILL)

/* One command being run. */
struct run {
	struct kq_supervisor *supervisor;
	struct seccomp_notif *call; /* NULL: the kernel cannot notify user space of system calls */
	struct seccomp_notif_resp *reply;
	sigset_t before; /* the signal mask that the command gets */
	pid_t child;
	int progress, signals;
	int exec_error; /* errno with which the command could not be started */
};

bool kq_call_waits(const struct kq_supervisor *supervisor, const struct seccomp_notif *call)
{
	return seccomp_notify_id_valid(supervisor->listener, call->id) == 0;
}

/* Never returns. */
static void become(const struct run *run, int socket, char *const command[])
{
	struct kq_progress progress = { KQ_STAGE_FILTER, 0 };
	int listener;
	ssize_t got;
	char go;

	/* The supervisor gives up privileges before anybody can look at it. */
	do
		got = read(socket, &go, sizeof(go));
	while (got < 0 && errno == EINTR);
	if (got != sizeof(go))
		_exit(KQ_EXIT_OURS);
	sigprocmask(SIG_SETMASK, &run->before, NULL);
	listener = run->call ? kq_filter_install(run->supervisor->unprivileged) : -ENOSYS;
	progress.error = listener < 0 ? -listener : 0;
	if (!kq_progress_send(socket, &progress, listener) || (listener < 0 && run->supervisor->require))
		_exit(KQ_EXIT_OURS);
	if (listener >= 0)
		close(listener);
	execvp(command[0], command);
	progress = (struct kq_progress){ KQ_STAGE_EXEC, errno };
	kq_progress_send(socket, &progress, -1);
	_exit(progress.error == ENOENT ? KQ_EXIT_NOT_FOUND : KQ_EXIT_NOT_EXECUTABLE);
}

/* Read the child's report on its filter. If it has no filter, the command runs without, unless --require is given. */
static bool await_listener(struct run *run, const char *command)
{
	struct kq_supervisor *supervisor = run->supervisor;
	struct kq_progress progress = { KQ_STAGE_FILTER, 0 };

	if (!kq_progress_receive(run->progress, &progress, &supervisor->listener)) {
		kq_warn("%s: ended before it was started", command);
		return false;
	}
	if (!progress.error && supervisor->listener >= 0)
		return true;
	/* Do not print libseccomp's errno: it is often that of one of its own probes. */
	kq_warn("%s: no seccomp filter can be set up (that takes Linux 5.5 or later, and no other supervisor above)",
		supervisor->require ? "the command is not run (--require)" :
				      "the command runs unsupervised, nothing will stop DMA at a crash");
	return !supervisor->require;
}

static bool start(struct run *run, char *const command[])
{
	struct kq_reason reason;
	int sockets[2], error;
	sigset_t ours;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		kq_warn("socketpair: %s", strerror(errno));
		return false;
	}
	/* An ignored SIGCHLD, inherited from whoever started us, would take the exit status away. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&ours);
	sigaddset(&ours, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&ours, passed_on[i]);
	sigprocmask(SIG_BLOCK, &ours, &run->before);
	run->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	run->child = run->signals < 0 ? -1 : fork();
	if (run->child == 0) {
		close(sockets[0]);
		become(run, sockets[1], command);
	}
	error = errno;
	close(sockets[1]);
	run->progress = sockets[0];
	if (run->child < 0) {
		kq_warn("%s: cannot be started: %s", command[0], strerror(error));
		return false;
	}
	/* A write of a message must neither end the supervisor (SIGPIPE) nor stop it (SIGTTOU). */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	/* The command keeps all privileges. The supervisor drops those that it does not need. */
	kq_privileges_keep(CAPABILITIES);
	if (!kq_confine(run->child, &reason))
		kq_detail("the supervisor's own system calls are not limited: %s", reason.text);
	if (write(run->progress, "", 1) != 1)
		kq_warn("%s: %s", command[0], strerror(errno));
	return await_listener(run, command[0]);
}

/* Receive and answer one call. Its process may end at any time. */
static void serve(struct run *run)
{
	struct kq_supervisor *supervisor = run->supervisor;

	memset(run->call, 0, sizeof(*run->call));
	if (seccomp_notify_receive(supervisor->listener, run->call))
		return;
	memset(run->reply, 0, sizeof(*run->reply));
	run->reply->id = run->call->id;
	supervisor->answer(supervisor, run->call, run->reply);
	if (!seccomp_notify_respond(supervisor->listener, run->reply) || !kq_call_waits(supervisor, run->call))
		return;
	/* Linux before 5.5 cannot let a call through: the caller must not wait for ever. */
	kq_warn("process %u cannot be let through: its call is answered with ENOSYS", run->call->pid);
	run->reply->flags = 0;
	run->reply->error = -ENOSYS;
	seccomp_notify_respond(supervisor->listener, run->reply);
}

/* Pass on signals that kill(2) sent to us. Those of the terminal have reached the command already. */
static void pass_signals(const struct run *run)
{
	struct signalfd_siginfo signal;

	while (read(run->signals, &signal, sizeof(signal)) == sizeof(signal))
		if (signal.ssi_signo != SIGCHLD && signal.ssi_code <= 0)
			kill(run->child, (int)signal.ssi_signo);
}

/* Serve until no process with the filter is left. */
static void serve_rest(struct run *run)
{
	struct pollfd listener = { run->supervisor->listener, POLLIN, 0 };

	while (poll(&listener, 1, -1) > 0 || errno == EINTR) {
		if (listener.revents & POLLIN)
			serve(run);
		else if (listener.revents)
			return;
	}
}

/*
 * Loads of descendants that outlive the command would fail with ENOSYS without a supervisor. A child of this process stays for them,
 * so that whoever waits for us does not wait for it.
 */
static void leave_server(struct run *run)
{
	struct pollfd listener = { run->supervisor->listener, POLLIN, 0 };
	int null, log;

	if (listener.fd < 0 || (poll(&listener, 1, 0) > 0 && !(listener.revents & POLLIN)))
		return;
	if (fork())
		return;
	setsid();
	sigprocmask(SIG_SETMASK, &run->before, NULL);
	/* The process that started us may wait for the end of inherited files, or unmount our current directory. */
	dup2(listener.fd, LISTENER_ALONE);
	close_range(LISTENER_ALONE + 1, ~0u, 0);
	run->supervisor->listener = LISTENER_ALONE;
	if (chdir("/"))
		kq_detail("/: %s", strerror(errno));
	/* A reader of our output waits for its end. So close it; further messages go to the kernel log. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log >= 0 ? log : null, STDERR_FILENO);
	serve_rest(run);
	_exit(0);
}

/* Serve until the command has ended. Returns its wait status. */
static int attend(struct run *run)
{
	struct pollfd poll_for[3] = {
		{ run->supervisor->listener, POLLIN, 0 },
		{ run->signals, POLLIN, 0 },
		{ run->progress, POLLIN, 0 },
	};
	struct kq_progress progress;
	int status, file;

	for (;;) {
		if (poll(poll_for, 3, -1) < 0 && errno != EINTR)
			kq_warn("poll: %s", strerror(errno));
		if (poll_for[2].revents) {
			if (kq_progress_receive(run->progress, &progress, &file))
				run->exec_error = progress.error;
			poll_for[2].fd = -1;
		}
		if (poll_for[0].revents & POLLIN)
			serve(run);
		else if (poll_for[0].revents)
			poll_for[0].fd = -1; /* no process is left that could call */
		pass_signals(run);
		if (waitpid(run->child, &status, WNOHANG) == run->child)
			break;
	}
	/* The child may have reported and ended after the last poll. Its end of the socket is closed now. */
	if (poll_for[2].fd >= 0 && kq_progress_receive(run->progress, &progress, &file))
		run->exec_error = progress.error;
	return status;
}

static int finish(struct run *run, const char *command)
{
	int status = attend(run);

	if (run->exec_error) {
		kq_warn("%s: %s", command, strerror(run->exec_error));
		return run->exec_error == ENOENT ? KQ_EXIT_NOT_FOUND : KQ_EXIT_NOT_EXECUTABLE;
	}
	leave_server(run);
	run->supervisor->ended = true;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int kq_supervise(struct kq_supervisor *supervisor, char *const command[])
{
	struct run run = { .supervisor = supervisor };
	int status = KQ_EXIT_OURS;

	supervisor->listener = -1;
	if (seccomp_notify_alloc(&run.call, &run.reply))
		run.call = NULL;
	if (start(&run, command))
		status = finish(&run, command[0]);
	if (supervisor->listener >= 0)
		close(supervisor->listener);
	if (run.call)
		seccomp_notify_free(run.call, run.reply);
	return status;
}
