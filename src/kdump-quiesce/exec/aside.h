/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what may never come: memory of another process, and files that it has open, may be backed by anything
 * (userfaultfd(2), FUSE, a server that is gone). A thread reads it, and is left alone with it if it makes no progress.
 */
#ifndef KQ_ASIDE_H
#define KQ_ASIDE_H

#include <pthread.h>

#include "base/message.h"

#define KQ_ASIDE_LEFT (-1)

/* The first member of what is read; set by whoever reads, from the heap. */
struct kq_aside {
	/* In the thread. Returns 0 or an errno, as soon as nobody waits for it any more. */
	int (*read)(struct kq_aside *aside);
	/* Frees all of it. */
	void (*release)(struct kq_aside *aside);
	/* Ours. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t came;
	int error;
	bool over, left_alone;
};

/*
 * Read, for as long as something comes. Returns 0 or an errno, and @aside is the caller's to release; or KQ_ASIDE_LEFT with a
 * reason that begins with @what, and it is not.
 */
int kq_aside_read(struct kq_aside *aside, const char *what, struct kq_reason *reason);
/* For read(): @more bytes came. False if nobody waits for more. */
bool kq_aside_came(struct kq_aside *aside, size_t more);

#endif
