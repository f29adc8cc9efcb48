/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress line. The clock is looked at once in a while only.
 */
#include "progress.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#define CALLS_A_LOOK 256u

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress(struct progress *progress, const char *doing, uint64_t done, uint64_t total)
{
	uint64_t now;

	if (progress->calls++ % CALLS_A_LOOK || progress->off)
		return;
	if (!progress->next) {
		progress->off = !isatty(STDERR_FILENO) || !progress->answers || isatty(fileno(progress->answers));
		progress->next = milliseconds() + 1000;
		return;
	}
	now = milliseconds();
	if (now < progress->next)
		return;
	progress->next = now + 200;
	progress->shown = true;
	if (total)
		fprintf(stderr, "\r\033[K%s: %" PRIu64 " %%", doing, 100 * done / total);
	else
		fprintf(stderr, "\r\033[K%s: %" PRIu64, doing, done);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
