/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading with a time limit. The memory of another process, and files that it has open, may be backed by anything (userfaultfd(2),
 * FUSE, a server that is gone), so a read may never return. A thread reads; if it makes no progress, it is abandoned.
 */
#ifndef KQ_ASIDE_H
#define KQ_ASIDE_H

#include <pthread.h>

#include "base/message.h"

#define KQ_ASIDE_LEFT (-1)

/* The first member of a structure on the heap that describes the reading. The reader fills it in. */
struct kq_aside {
	/* Called in the thread. Returns 0 or an errno; it must return soon when nobody waits any more. */
	int (*read)(struct kq_aside *aside);
	/* Frees all of it. */
	void (*release)(struct kq_aside *aside);
	/* Private to aside.c. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t came;
	int error;
	bool over, left_alone;
};

/*
 * Read until the end, as long as bytes keep coming. Returns 0 or an errno: the caller releases @aside then. Or KQ_ASIDE_LEFT with a
 * reason that begins with @what: then the caller must not touch @aside again.
 */
int kq_aside_read(struct kq_aside *aside, const char *what, struct kq_reason *reason);
/* For read(): @more bytes came. False if nobody waits for more. */
bool kq_aside_came(struct kq_aside *aside, size_t more);

#endif
