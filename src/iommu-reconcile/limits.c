/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page that is refused looks like one that cannot be read, and so every walk comes to its end by itself.
 */
#include "limits.h"

#include "base/budget.h"

#include <stdio.h>
#include <string.h>

#define READS_A_LOOK 256u /* between two looks at the clock */

bool limits_reached(struct limits *limits)
{
	limits->late = limits->late || kq_budget_late();
	return limits->late || limits->many;
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct limits *limits = (struct limits *)memory;
	const void *found;

	if (!limits->off) {
		if (!limits->late && limits->reads++ % READS_A_LOOK == 0)
			limits->late = kq_budget_late();
		if (limits->pages && limits->pages->count >= kq_budget_limit(KQ_BUDGET_PAGES))
			limits->many = true;
		if (limits->late || limits->many)
			return NULL;
	}
	found = limits->source->memory.map(&limits->source->memory, address, length);
	if (!found && limits->source->answer != SOURCE_OUTSIDE && !limits->damaged++)
		snprintf(limits->why.text, sizeof(limits->why.text), "%s", source_trouble(limits->source));
	return found;
}

void limits_start(struct limits *limits, struct source *source)
{
	memset(limits, 0, sizeof(*limits));
	limits->memory.map = map;
	limits->source = source;
}

void limits_why(const struct limits *limits, struct kq_reason *reason)
{
	if (limits->late)
		kq_budget_in_time(reason);
	else
		kq_budget_exceeded(KQ_BUDGET_PAGES, reason);
}
