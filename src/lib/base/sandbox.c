/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities by capset(2), system calls by libseccomp. The lists of allowed calls come from what libc and the libraries do
 * today. Other calls get an error instead of ending the program, since later versions of these may make them.
 */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

static const int allowed[] = {
	/* what is open */
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(preadv),
	SCMP_SYS(write),
	SCMP_SYS(pwrite64),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(close),
	SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fcntl),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(sysinfo),
	/* time, locks, signals, the end */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(futex),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(wait4),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static const int deadly[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat),	 SCMP_SYS(socket),	 SCMP_SYS(ptrace), SCMP_SYS(process_vm_writev),
	SCMP_SYS(mount),  SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(bpf),
};

static int add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t number)
{
	int error = 0;

	for (size_t i = 0; !error && i < number; i++)
		error = seccomp_rule_add(filter, action, calls[i], 0);
	return error;
}

static int add_narrow(scmp_filter_ctx filter, const struct kq_narrow *narrow, size_t number)
{
	int error = 0;

	for (size_t i = 0; !error && i < number; i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, narrow[i].call, 1, &narrow[i].argument);
	return error;
}

/* Libraries look whether they write to a terminal, and how wide it is; memory may be had, but not to run code from. */
static int add_common(scmp_filter_ctx filter)
{
	const struct kq_narrow narrow[] = {
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ) },
		{ SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		{ SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		/* abort() */
		{ SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()) },
	};
	int error = add(filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(allowed[0]));

	if (!error)
		error = add(filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof(deadly) / sizeof(deadly[0]));
	return error ? error : add_narrow(filter, narrow, sizeof(narrow) / sizeof(narrow[0]));
}

static int install(const struct kq_calls *calls)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO((uint32_t)calls->otherwise));
	int error = filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;

	if (!error)
		error = add_common(filter);
	if (!error)
		error = add(filter, SCMP_ACT_ALLOW, calls->allowed, calls->allowed_number);
	if (!error)
		error = add(filter, SCMP_ACT_KILL_PROCESS, calls->deadly, calls->deadly_number);
	if (!error)
		error = add_narrow(filter, calls->narrow, calls->narrow_number);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

/* Sanitizers and their leak check do in a process what the lists do not have. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static bool possible(struct kq_reason *reason)
{
	return !SANITIZED || kq_fail(reason, "built with sanitizers");
}

bool kq_sandbox_calls(const struct kq_calls *calls, struct kq_reason *reason)
{
	int error;

	if (!possible(reason))
		return false;
	error = install(calls);
	return !error || kq_fail(reason, "%s", strerror(-error));
}

void kq_privileges_keep(uint64_t mask)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* Done first: it needs CAP_SETPCAP, which is given up below. */
	for (unsigned long capability = 0; capability < 64; capability++)
		if (!(mask >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) && errno == EINVAL)
			break;
	if (syscall(SYS_capget, &header, data))
		return;
	for (unsigned int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(mask >> 32 * i);
		data[i].effective &= data[i].permitted;
		data[i].inheritable = 0;
	}
	syscall(SYS_capset, &header, data);
}

/*
 * Become nobody: root owns files, and can open these without any capability. In a user namespace that has no nobody it stays
 * root.
 */
static void become_nobody(void)
{
	if (geteuid() == 0 && !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY))
		(void)!setresuid(NOBODY, NOBODY, NOBODY);
}

bool kq_sandbox_enter(struct kq_reason *reason)
{
	static const int intrusion[] = { SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(kexec_load) };
	static const struct kq_calls calls = {
		.deadly = intrusion,
		.deadly_number = sizeof(intrusion) / sizeof(intrusion[0]),
		.otherwise = EPERM,
	};

	if (!possible(reason))
		return false;
	become_nobody();
	kq_privileges_keep(0);
	return kq_sandbox_calls(&calls, reason);
}
