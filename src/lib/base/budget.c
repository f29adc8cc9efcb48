/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account of the process. A program is one run, so that nobody has to hand the account on.
 */
#include "budget.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HELP_WIDTH 100 /* columns */

static struct limit {
	const char *name, *what;
	uint64_t limit, taken;
} limits[KQ_BUDGET_ITEMS] = {
#define BUDGET(item, option, value, counted) [KQ_BUDGET_##item] = { .name = (option), .what = (counted), .limit = (value) },
#include "budget.def"
#undef BUDGET
};

static struct {
	bool set;
	unsigned int seconds;
	struct timespec end;  /* CLOCK_MONOTONIC */
} timer;

bool kq_budget_take(enum kq_budget_item item, uint64_t count, struct kq_reason *reason)
{
	if (count > kq_budget_left(item))
		return kq_budget_exceeded(item, reason);
	limits[item].taken += count;
	return true;
}

uint64_t kq_budget_left(enum kq_budget_item item)
{
	return limits[item].limit - limits[item].taken;
}

uint64_t kq_budget_limit(enum kq_budget_item item)
{
	return limits[item].limit;
}

bool(kq_budget_exceeded)(enum kq_budget_item item, struct kq_reason *reason)
{
	const struct limit *limit = &limits[item];

	return kq_fail(reason, "more %s than %" PRIu64 ": --limit %s=NUMBER allows more", limit->what, limit->limit, limit->name);
}

void kq_budget_time(unsigned int seconds)
{
	clock_gettime(CLOCK_MONOTONIC, &timer.end);
	timer.end.tv_sec += (time_t)seconds;
	timer.seconds = seconds;
	timer.set = true;
}

bool kq_budget_late(void)
{
	struct timespec now;

	if (!timer.set)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > timer.end.tv_sec || (now.tv_sec == timer.end.tv_sec && now.tv_nsec >= timer.end.tv_nsec);
}

bool kq_budget_in_time(struct kq_reason *reason)
{
	return !kq_budget_late() ||
	       kq_fail(reason, "out of time after %u s: --timeout SECONDS allows more", timer.seconds);
}

void kq_budget_set(enum kq_budget_item item, uint64_t limit)
{
	limits[item].limit = limit;
}

/* A number of at most 2^63 with K, M, G or T behind it, in powers of 1024. False if @text is none. */
static bool parse(const char *text, uint64_t *number)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return false;
	for (unsigned int i = 0; unit && i <= (unsigned int)(unit - units); i++) {
		if (*number > INT64_MAX / 1024)
			return false;
		*number *= 1024;
	}
	return *number && *number <= INT64_MAX;
}

bool kq_budget_option(const char *text)
{
	const size_t length = strcspn(text, "=");

	for (unsigned int i = 0; i < KQ_BUDGET_ITEMS; i++) {
		if (strlen(limits[i].name) != length || memcmp(limits[i].name, text, length))
			continue;
		if (text[length] && parse(text + length + 1, &limits[i].limit))
			return true;
		kq_warn("--limit %s: NAME=NUMBER is meant, where K, M, G or T may follow the number", text);
		return false;
	}
	kq_warn("--limit %s: no such limit; --help lists them", text);
	return false;
}

void kq_budget_help(int width)
{
	int used = printf("%*sNAME is", width, "");

	for (unsigned int i = 0; i < KQ_BUDGET_ITEMS; i++) {
		const char *before = i + 1 == KQ_BUDGET_ITEMS ? " or " : " ", *behind = i + 1 == KQ_BUDGET_ITEMS ? "\n" : ",";

		if (used + (int)strlen(limits[i].name) + 5 > HELP_WIDTH)
			used = printf("\n%*s", width - 1, "") - 1;
		used += printf("%s%s%s", before, limits[i].name, i + 2 == KQ_BUDGET_ITEMS ? "" : behind);
	}
}

void kq_budget_start(void)
{
	for (unsigned int i = 0; i < KQ_BUDGET_ITEMS; i++)
		limits[i].taken = 0;
	timer.set = false;
}
