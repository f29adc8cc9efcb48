/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up what is not needed any more: for programs that read files which somebody else made, and for the supervisor of
 * `kdump-quiesce exec`.
 */
#ifndef KQ_SANDBOX_H
#define KQ_SANDBOX_H

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* A call that is allowed with such an argument only. */
struct kq_narrow {
	int call;
	struct scmp_arg_cmp argument;
};

/* System calls of a process, by the numbers of SCMP_SYS(), on top of those that are the same for all. */
struct kq_calls {
	const int *allowed, *deadly; /* calls that only an intruder makes: they end the process */
	const struct kq_narrow *narrow;
	size_t allowed_number, deadly_number, narrow_number;
	int otherwise; /* errno that all others get */
};

/*
 * From here on this process makes @calls only, and those that every program makes with what it has open, memory, threads'
 * locks, time and signals. False with a reason if the kernel or this build cannot do that: then nothing is promised.
 */
bool kq_sandbox_calls(const struct kq_calls *calls, struct kq_reason *reason);

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
