/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list. If the supervisor were killed, its command could load nothing. So only calls that no library makes kill it. All others
 * return ENOSYS, at which newer libcs fall back to the older call that is on the list.
 */
#include "confine.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "base/sandbox.h"

/* How ioctl(2)'s request is passed on, as int or as long, differs from libc to libc. */
#define REQUEST 0xffffffffu

/* Of Linux before 5.9, include/uapi/linux/seccomp.h */
#define NOTIF_ID_VALID_OLD SECCOMP_IOR(2, __u64)

#define NAMESPACES                                                                                                     \
	((scmp_datum_t)CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |    \
	 CLONE_NEWNET)

static const int allowed[] = {
	/* the command and its loads */
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(recvmsg),
	SCMP_SYS(waitid),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(kexec_load),
	/* what the machine looks like */
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(uname),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_getres),
	/* what `status` is told */
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(flock),
	SCMP_SYS(fchmod),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(dup),
	/* threads that read callers, and who stays for what the command left behind */
	SCMP_SYS(fork),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(setsid),
	SCMP_SYS(chdir),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(close_range),
};

bool kq_confine(pid_t command, struct kq_reason *reason)
{
	const struct kq_narrow narrow[] = {
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST, SECCOMP_IOCTL_NOTIF_RECV) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST, SECCOMP_IOCTL_NOTIF_SEND) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST, SECCOMP_IOCTL_NOTIF_ID_VALID) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST, NOTIF_ID_VALID_OLD) },
		{ SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES, 0) },
		{ SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)command) },
	};
	const struct kq_calls calls = {
		.allowed = allowed,
		.allowed_number = sizeof(allowed) / sizeof(allowed[0]),
		.narrow = narrow,
		.narrow_number = sizeof(narrow) / sizeof(narrow[0]),
		.otherwise = ENOSYS,
	};

	return kq_sandbox_calls(&calls, reason);
}
