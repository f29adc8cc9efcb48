/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seccomp filter of the supervised command, and how its listener gets from the child to the supervisor.
 */
#ifndef KQ_FILTER_H
#define KQ_FILTER_H

#include <stdbool.h>

/* How far the child came before it executed the command. The last stage is reported only if that failed. */
enum kq_stage {
	KQ_STAGE_FILTER,
	KQ_STAGE_EXEC,
};

struct kq_progress {
	enum kq_stage stage;
	int error; /* errno, 0 if the stage succeeded */
};

/*
 * Filter this process: kexec_load and kexec_file_load, of every ABI that the machine runs, ask the listener. @unprivileged:
 * with no_new_privs. Returns the listener, or a negative errno.
 */
int kq_filter_install(bool unprivileged);
/* Send @progress, and the descriptor @file unless it is negative. */
bool kq_progress_send(int socket, const struct kq_progress *progress, int file);
/* The next message and its descriptor, -1 if there is none with it. False at the end: the command runs. */
bool kq_progress_receive(int socket, struct kq_progress *progress, int *file);

#endif
