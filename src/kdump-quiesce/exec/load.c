/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kexec_load(2) system call. Everything was checked before: a call that fails has already thrown the former image away.
 */
#include "load.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TRIES	     20
#define TRY_AGAIN_NS 100000000

/* include/uapi/linux/kexec.h */
struct kexec_segment {
	const void *buffer;
	size_t size;
	uint64_t address;
	size_t memory;
};

bool kq_load_allowed(const struct kq_host *host)
{
	/* kexec_load_limit counts every attempt, also this one: ask the host instead. */
	if (kq_host_number(host, "/proc/sys/kernel/kexec_load_limit_panic", UINT64_MAX) != UINT64_MAX)
		return !kq_host_locked_down(host) && !kq_host_number(host, "/proc/sys/kernel/kexec_load_disabled", 0);
	/* kernel/kexec.c: kexec_load_check() looks at permissions first and at the number of segments last. */
	return syscall(SYS_kexec_load, 0UL, (unsigned long)KQ_SEGMENTS + 1, NULL, (unsigned long)KQ_KEXEC_ON_CRASH) == -1 &&
	       errno == EINVAL;
}

int kq_load(const struct kq_image *image)
{
	static const struct timespec pause = { 0, TRY_AGAIN_NS };
	struct kexec_segment list[KQ_SEGMENTS];

	for (unsigned int i = 0; i < image->segments; i++)
		list[i] = (struct kexec_segment){ image->segment[i].bytes, image->segment[i].size,
						  image->segment[i].address, image->segment[i].memory };
	for (int i = 0; i < TRIES; i++) {
		if (syscall(SYS_kexec_load, image->entry, (unsigned long)image->segments, list, image->flags) == 0)
			return 0;
		if (errno != EBUSY) /* another loader is at work, and nothing was changed */
			break;
		nanosleep(&pause, NULL);
	}
	return -errno;
}
