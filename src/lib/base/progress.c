/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress line. The clock is looked at once in a while only.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#define CALLS_A_LOOK 256u
/* Milliseconds: */
#define FIRST	1000u
#define BETWEEN 200u
#define SILENT	800u

static struct {
	bool on, shown;
	uint64_t next; /* when to say something again */
	unsigned int calls;
	void (*poll)(void);
} line;

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void kq_progress_start(FILE *answers)
{
	line.on = isatty(STDERR_FILENO) && !isatty(fileno(answers));
	line.next = milliseconds() + FIRST;
}

void kq_progress_watch(void (*poll)(void))
{
	line.poll = poll;
}

/* Is it time for a new line? The last one must be older than BETWEEN and @silent milliseconds. */
static bool is_time(unsigned int silent)
{
	const uint64_t now = milliseconds();

	if (now < line.next + silent)
		return false;
	line.next = now + BETWEEN;
	line.shown = true;
	return true;
}

void kq_progress(const char *doing, uint64_t done, uint64_t total)
{
	if (line.poll)
		line.poll();
	if (!line.on || line.calls++ % CALLS_A_LOOK || !is_time(0))
		return;
	if (total)
		fprintf(stderr, "\r\033[K%s: %.0f %%", doing, 100.0 * (double)done / (double)total);
	else
		fprintf(stderr, "\r\033[K%s: %" PRIu64, doing, done);
}

void kq_progress_below(const char *doing, uint64_t done)
{
	if (line.poll)
		line.poll();
	if (line.on && is_time(SILENT))
		fprintf(stderr, "\r\033[K%s: %" PRIu64, doing, done);
}

void kq_progress_end(void)
{
	if (line.shown)
		fputs("\r\033[K", stderr);
	line.shown = false;
}
