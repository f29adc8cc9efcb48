/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up what is not needed any more: for programs that read files which somebody else made, and for the supervisor of
 * `kdump-quiesce exec`.
 */
#ifndef KQ_SANDBOX_H
#define KQ_SANDBOX_H

#include "message.h"

#include <stdint.h>

/*
 * From here on this process can read and write what it has open and ask for memory, and little else: no file can be opened,
 * no capability and no user but nobody is left, no program or process can be started. What a library might try and do
 * without gets EPERM; what only an intruder does ends the process (SIGSYS). False with a reason if the kernel or this build
 * cannot do that: then nothing is promised, and the work goes on.
 */
bool kq_sandbox_enter(struct kq_reason *reason);

/*
 * Keep no capability but those in @mask (bits 1 << CAP_*), for good; programs that are started get none back. Nobody with
 * the same user id can trace or read this process any more. Does what it can.
 */
void kq_privileges_keep(uint64_t mask);

#endif
