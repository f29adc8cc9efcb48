/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock over a counter of the processor that is not trusted: it never goes back and never stands still for one who waits.
 * Used by each architecture's machine.c.
 */
#ifndef PURGATORY_CLOCK_H
#define PURGATORY_CLOCK_H

#include "bits.h"

struct clock {
	uint64_t time; /* ticks */
	uint64_t raw;  /* counter when it was last read */
	uint64_t step; /* ticks that a wait moves on at least, each time that it polls */
	uint64_t stall;/* the same if the counter did not move forward at all */
};

/* Start at the counter value @raw, of @khz ticks per millisecond. */
static inline void clock_start(struct clock *clock, uint64_t raw, uint32_t khz)
{
	clock->time = raw;
	clock->raw = raw;
	clock->step = khz / 64000 + 1;
	clock->stall = khz / 1000 + 1;
}

/* The time, now that the counter is at @raw. A counter that jumped back counts on from there. */
static inline uint64_t clock_now(struct clock *clock, uint64_t raw)
{
	if (raw > clock->raw)
		clock->time += raw - clock->raw;
	clock->raw = raw;
	return clock->time;
}

/*
 * A wait polled once more. One poll takes longer than 1/64 us on any processor, so that a running counter is never
 * hurried; one that stands still moves 1 us a poll: a wait of N us ends after N polls, and with one that merely
 * crawls after 64 N.
 */
static inline void clock_poll(struct clock *clock, uint64_t raw)
{
	const uint64_t moved = raw > clock->raw ? raw - clock->raw : 0;
	const uint64_t least = moved ? clock->step : clock->stall;

	clock->time += moved > least ? moved : least;
	clock->raw = raw;
}

#endif
