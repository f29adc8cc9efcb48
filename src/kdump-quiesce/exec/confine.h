/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that are left to the supervisor of `kdump-quiesce exec`.
 */
#ifndef KQ_CONFINE_H
#define KQ_CONFINE_H

#include <sys/types.h>

#include "base/message.h"

/*
 * From here on this process, with the threads and processes that it starts, makes no system call but those of a supervisor;
 * it signals @command only, runs no program and no code that it has not loaded yet. False with a reason if that cannot be.
 */
bool kq_confine(pid_t command, struct kq_reason *reason);

#endif
