/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock made from a counter of the processor, which is not trusted. The clock never goes back, and every poll of a wait moves it
 * on. Used by each architecture's machine.c.
 */
#ifndef PURGATORY_CLOCK_H
#define PURGATORY_CLOCK_H

#include "bits.h"

struct clock {
	uint64_t time; /* ticks */
	uint64_t raw;  /* counter when it was last read */
	uint64_t step; /* ticks by which each poll moves the clock on at least */
	uint64_t stall;/* the same, if the counter did not move forward since the last poll */
};

/* Start at the counter value @raw, of @khz ticks per millisecond. */
static inline void clock_start(struct clock *clock, uint64_t raw, uint32_t khz)
{
	clock->time = raw;
	clock->raw = raw;
	clock->step = khz / 64000 + 1;
	clock->stall = khz / 1000 + 1;
}

/* The time; @raw is the counter now. If the counter jumped back, it counts from its new value. */
static inline uint64_t clock_now(struct clock *clock, uint64_t raw)
{
	if (raw > clock->raw)
		clock->time += raw - clock->raw;
	clock->raw = raw;
	return clock->time;
}

/*
 * Move the clock on for one poll of a wait. On any processor a poll takes longer than 1/64 us, so a counter that runs at its rate
 * is never exceeded. If the counter stands still, each poll counts as 1 us: a wait of N us ends after N polls. If it moves too
 * slowly, the wait ends after 64 N polls.
 */
static inline void clock_poll(struct clock *clock, uint64_t raw)
{
	const uint64_t moved = raw > clock->raw ? raw - clock->raw : 0;
	const uint64_t least = moved ? clock->step : clock->stall;

	clock->time += moved > least ? moved : least;
	clock->raw = raw;
}

#endif
