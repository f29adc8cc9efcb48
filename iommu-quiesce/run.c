/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deadlines and waits. All waits together end within the total time, whatever goes wrong: after the deadline each wait
 * gets a fixed share of a reserve.
 */
#include "run.h"

/* Polls in which a clock must move; later waits on a clock that did not get a sixteenth of them. */
#define STILL_POLLS (1u << 20)

/* What each of @waits waits may take after the deadline. A unit that works answers in the least of it, too. */
static uint64_t shortest_wait(const struct iq_run *run, uint32_t waits)
{
	const uint64_t share = run->time.reserve / waits;

	return iq_min(share > iq_ticks(run->io, 100) ? share : iq_ticks(run->io, 100), iq_ticks(run->io, 1000));
}

void iq_time_start(struct iq_run *run, uint32_t total_us, uint32_t wait_us, uint64_t entered)
{
	const uint64_t total = iq_ticks(run->io, total_us);

	run->time.reserve = total / 8;
	run->time.deadline = entered + total - run->time.reserve;
	run->time.quarter = entered + total / 4;
	run->time.half = entered + total / 2;
	run->time.wait = iq_ticks(run->io, wait_us);
	run->time.talk = total;
	iq_time_share(run);
}

void iq_time_share(struct iq_run *run)
{
	uint32_t waits = IQ_WAITS_OF_UNIT;

	for (unsigned int i = 0; i < run->plan.units; i++)
		waits += run->plan.unit[i].family->crash ? run->plan.unit[i].family->crash->waits : 0;
	run->time.shortest = shortest_wait(run, waits);
}

void iq_time_logged(struct iq_run *run, uint64_t ticks)
{
	run->time.deadline += ticks;
	run->time.quarter += ticks;
	run->time.half += ticks;
	run->time.talk -= iq_min(run->time.talk, ticks);
}

static uint64_t wait_until(const struct iq_run *run)
{
	struct iq_io *io = run->io;
	const uint64_t now = io->now(io);
	const uint64_t shortest = now + run->time.shortest;
	const uint64_t wanted = now + run->time.wait;

	if (wanted <= run->time.deadline)
		return wanted;
	return run->time.deadline > shortest ? run->time.deadline : iq_min(shortest, wanted);
}

uint64_t iq_wait_until(struct iq_run *run)
{
	run->time.waits++;
	return wait_until(run);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool others_follow(const struct iq_run *run, const struct iq_unit *unit)
{
	for (unsigned int i = unit->index + 1u; i < run->plan.units; i++)
		if (run->plan.unit[i].status == IQ_OK)
			return true;
	return false;
}

uint64_t iq_long_wait_until(struct iq_run *run, const struct iq_unit *unit, uint64_t us)
{
	const uint64_t now = run->io->now(run->io);
	const uint64_t left = run->time.deadline > now ? run->time.deadline - now : 0;
	const uint64_t share = others_follow(run, unit) ? left / 2 : left;

	return later(iq_wait_until(run), now + iq_min(share, iq_ticks(run->io, us)));
}

uint64_t iq_ports_until(const struct iq_run *run)
{
	return later(run->time.quarter, wait_until(run));
}

uint64_t iq_devices_until(const struct iq_run *run)
{
	return later(run->time.half, wait_until(run));
}

uint64_t iq_room_until(struct iq_run *run)
{
	const uint64_t shortest = run->io->now(run->io) + run->time.shortest;

	run->time.waits++;
	return run->time.deadline > shortest ? run->time.deadline : shortest;
}

uint64_t iq_room_wait_until(const struct iq_run *run, uint64_t limit)
{
	return iq_min(wait_until(run), limit);
}

bool iq_in_time(const struct iq_run *run, uint64_t until)
{
	return run->io->now(run->io) < until;
}

bool iq_wait_more(struct iq_run *run, uint64_t until)
{
	struct iq_time *time = &run->time;
	const uint64_t now = run->io->now(run->io), before = time->polled;

	time->still = now == before ? time->still + 1 : 0;
	time->polled = now;
	if (time->still >= STILL_POLLS) {
		time->still -= STILL_POLLS / 16;
		return false;
	}
	if (before >= until)
		return false;
	run->io->relax(run->io);
	return true;
}
