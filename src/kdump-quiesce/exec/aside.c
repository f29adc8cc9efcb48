/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A detached thread for each reading. The reader or the thread, whichever is done last, releases it.
 */
#include "aside.h"

#include <errno.h>
#include <time.h>

#define SECONDS	       5u /* without a byte */
#define LEFT_ALONE_MAX 8u

static unsigned int left_alone;

/* Tell the reader how many bytes there are so far, and whether that is all. True if it still waits. */
static bool report(struct kq_aside *aside, size_t more, int error, bool over)
{
	bool wanted;

	pthread_mutex_lock(&aside->lock);
	aside->came += more;
	aside->error = error;
	aside->over = over;
	wanted = !aside->left_alone;
	pthread_cond_signal(&aside->changed);
	pthread_mutex_unlock(&aside->lock);
	return wanted;
}

bool kq_aside_came(struct kq_aside *aside, size_t more)
{
	return report(aside, more, 0, false);
}

static void forget(struct kq_aside *aside)
{
	pthread_cond_destroy(&aside->changed);
	pthread_mutex_destroy(&aside->lock);
}

static void *run(void *argument)
{
	struct kq_aside *aside = argument;

	if (!report(aside, 0, aside->read(aside), true)) {
		forget(aside);
		aside->release(aside);
	}
	return NULL;
}

/* Wait for the end. False if no byte came for SECONDS. */
static bool await(struct kq_aside *aside)
{
	struct timespec until;
	size_t before = 0;
	bool over;

	pthread_mutex_lock(&aside->lock);
	do {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += SECONDS;
		before = aside->came;
		while (!aside->over && aside->came == before &&
		       pthread_cond_clockwait(&aside->changed, &aside->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
			;
	} while (!aside->over && aside->came != before);
	over = aside->over;
	aside->left_alone = !over;
	pthread_mutex_unlock(&aside->lock);
	return over;
}

static int start(struct kq_aside *aside)
{
	pthread_attr_t detached;
	pthread_t thread;
	int error = pthread_attr_init(&detached);

	if (error)
		return error;
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, run, aside);
	pthread_attr_destroy(&detached);
	return error;
}

int kq_aside_read(struct kq_aside *aside, const char *what, struct kq_reason *reason)
{
	int error;

	if (left_alone == LEFT_ALONE_MAX) {
		kq_fail(reason, "%s is not read: too many others could not be read to the end", what);
		aside->release(aside);
		return KQ_ASIDE_LEFT;
	}
	pthread_mutex_init(&aside->lock, NULL);
	pthread_cond_init(&aside->changed, NULL);
	error = start(aside);
	if (!error && !await(aside)) {
		left_alone++;
		kq_fail(reason, "%s cannot be read: nothing came for %u seconds", what, SECONDS);
		return KQ_ASIDE_LEFT;
	}
	if (!error)
		error = aside->error;
	forget(aside);
	return error;
}
