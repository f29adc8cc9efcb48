/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calibration. Each measurement takes the tightest of several readings at both ends of a window: readings between which this
 * program was preempted do not count. It ends when three measurements agree.
 */
#include "clock.h"

#include <inttypes.h>
#include <time.h>

/* The counter that the plugin reads on this machine. */
#ifdef __x86_64__
#define COUNTER	  IQ_CLOCK_TSC
#define counter() __builtin_ia32_rdtsc()
#else
#error "the plugin is not written for this machine"
#endif

#define WINDOW_NS    10000000
#define READINGS     8
#define MEASUREMENTS 12
#define AGREE	     3
#define TOLERANCE    1000 /* one part in */

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* One moment on both clocks. */
static void reading(int64_t *ns, uint64_t *ticks)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < READINGS; i++) {
		uint64_t before = counter();
		int64_t middle = now();
		uint64_t after = counter();

		if (after - before >= best)
			continue;
		best = after - before;
		*ns = middle;
		*ticks = before + best / 2;
	}
}

static uint64_t measure(void)
{
	const struct timespec window = { 0, WINDOW_NS };
	uint64_t from_ticks = 0, to_ticks = 0;
	int64_t from = 0, to = 0;

	reading(&from, &from_ticks);
	nanosleep(&window, NULL);
	reading(&to, &to_ticks);
	if (to <= from || to_ticks <= from_ticks)
		return 0;
	return (uint64_t)((double)(to_ticks - from_ticks) * 1e6 / (double)(to - from));
}

bool kq_clock_calibrate(struct iq_clock *clock, struct kq_reason *reason)
{
	uint64_t khz[MEASUREMENTS];

	for (int i = 0; i < MEASUREMENTS; i++) {
		int agree = 0;

		khz[i] = measure();
		for (int k = 0; k <= i; k++) {
			uint64_t apart = khz[i] > khz[k] ? khz[i] - khz[k] : khz[k] - khz[i];

			agree += apart <= khz[i] / TOLERANCE;
		}
		/* Slower than 1 MHz or faster than 100 GHz is no time-stamp counter. */
		if (agree >= AGREE && khz[i] >= 1000 && khz[i] <= 100000000) {
			*clock = (struct iq_clock){ .kind = COUNTER, .khz = (uint32_t)khz[i] };
			return true;
		}
	}
	return kq_fail(reason, "the time-stamp counter cannot be calibrated: %" PRIu64 " .. %" PRIu64
			       " ticks per millisecond", khz[0], khz[MEASUREMENTS - 1]);
}
