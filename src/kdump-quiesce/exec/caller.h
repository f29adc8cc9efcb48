/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that called kexec_load(2): what it may do, how it was started, and its segments, copied once. It may be
 * another program than the administrator meant, run threads that rewrite its memory, or be gone.
 */
#ifndef KQ_CALLER_H
#define KQ_CALLER_H

#include <sys/types.h>

#include "carry/image.h"

/* True if @pid could do this without us: CAP_SYS_BOOT in our user namespace. We must not lend it our privileges. */
bool kq_caller_may_load(pid_t pid, struct kq_reason *reason);
/*
 * True if @pid is a kexec(8) that goes on with kexec_load(2) when kexec_file_load(2) is not there: not one that was told -s.
 * If not, there is a reason.
 */
bool kq_caller_falls_back(pid_t pid, struct kq_reason *reason);
/*
 * What it has open as @descriptor, if that is a regular file: its bytes, to be freed. NULL with a reason. What cannot be read
 * to the end in good time, here as below, is not read.
 */
uint8_t *kq_caller_file(pid_t pid, int descriptor, size_t *size, struct kq_reason *reason);

/* Its image: first the list, which says how much to copy, then the bytes. */
struct kq_caller_image {
	struct kq_image image;
	uint64_t buffer[KQ_SEGMENTS]; /* where the bytes are in the caller */
	void *copy;
	size_t size;
};

/* Copy the list of @number segments at @address. Their sizes are the caller's word: check the image before fetching it. */
bool kq_caller_list(pid_t pid, uint64_t address, unsigned int number, struct kq_caller_image *caller,
		    struct kq_reason *reason);
/* Copy the bytes of all segments. */
bool kq_caller_fetch(pid_t pid, struct kq_caller_image *caller, struct kq_reason *reason);
void kq_caller_free(struct kq_caller_image *caller);

#endif
