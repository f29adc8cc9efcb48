/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that are left to the supervisor of `kdump-quiesce exec`.
 */
#ifndef KQ_CONFINE_H
#define KQ_CONFINE_H

#include <sys/types.h>

#include "base/message.h"

/*
 * Limit this process, with the threads and processes that it starts, to the system calls of a supervisor. It can then signal no
 * process but @command, run no program, and load no more code. False with a reason if the limit cannot be set.
 */
bool kq_confine(pid_t command, struct kq_reason *reason);

#endif
