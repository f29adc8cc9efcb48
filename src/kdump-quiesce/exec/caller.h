/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that called kexec_load(2): its privileges, its command line, and its segments, copied once. It may be any program,
 * its threads may rewrite its memory, and it may have ended.
 */
#ifndef KQ_CALLER_H
#define KQ_CALLER_H

#include <sys/types.h>

#include "carry/image.h"

/* True if @pid has CAP_SYS_BOOT in our user namespace, so that it could load without us. It must not gain privileges from us. */
bool kq_caller_may_load(pid_t pid, struct kq_reason *reason);
/*
 * True if @pid is a kexec(8) that tries kexec_load(2) after kexec_file_load(2) returned ENOSYS: one without -s. False with a reason.
 */
bool kq_caller_falls_back(pid_t pid, struct kq_reason *reason);
/*
 * The bytes of the regular file that it has open as @descriptor, to be freed. NULL with a reason. This function and those below fail
 * if reading takes too long (aside.h).
 */
uint8_t *kq_caller_file(pid_t pid, int descriptor, size_t *size, struct kq_reason *reason);

/* Its image. The list of segments is read first, and says how many bytes to copy. */
struct kq_caller_image {
	struct kq_image image;
	uint64_t buffer[KQ_SEGMENTS]; /* where the bytes are in the caller */
	void *copy;
	size_t size;
};

/* Copy the list of @number segments at @address. The sizes in it are not trusted: check the image before its bytes are copied. */
bool kq_caller_list(pid_t pid, uint64_t address, unsigned int number, struct kq_caller_image *caller,
		    struct kq_reason *reason);
/* Copy the bytes of all segments. */
bool kq_caller_fetch(pid_t pid, struct kq_caller_image *caller, struct kq_reason *reason);
void kq_caller_free(struct kq_caller_image *caller);

#endif
