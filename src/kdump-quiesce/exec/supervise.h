/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a command whose kexec system calls, and those of all its descendants, ask us first (seccomp_unotify(2)).
 */
#ifndef KQ_SUPERVISE_H
#define KQ_SUPERVISE_H

#include <seccomp.h>

#include "base/message.h"

/* Our own exit statuses, the same as those of env(1) and nice(1). */
#define KQ_EXIT_OURS	      125
#define KQ_EXIT_NOT_EXECUTABLE 126
#define KQ_EXIT_NOT_FOUND     127

struct kq_supervisor {
	/* Decide on @call. @reply comes with the call's id and zeros; it says "performed, returned 0" unless changed. */
	void (*answer)(struct kq_supervisor *supervisor, const struct seccomp_notif *call, struct seccomp_notif_resp *reply);
	bool unprivileged; /* set no_new_privs instead of relying on CAP_SYS_ADMIN */
	bool require;	   /* do not run the command if it cannot be supervised */
	int listener;	   /* set by kq_supervise(); negative: the command runs without supervision */
	bool ended;	   /* set by kq_supervise(): its exit status is the command's own */
};

/* True while the process that made @call waits for its answer. Check this after reading that process: its id may have been reused. */
bool kq_call_waits(const struct kq_supervisor *supervisor, const struct seccomp_notif *call);

/*
 * Run @command (NULL-terminated, looked up in PATH) to its end and answer its calls. Returns its exit status, 128 + n if
 * signal n ended it, or one of KQ_EXIT_* after a message. Descendants that outlive it are served by a background process.
 */
int kq_supervise(struct kq_supervisor *supervisor, char *const command[]);

#endif
