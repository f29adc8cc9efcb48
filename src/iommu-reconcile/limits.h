/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Old memory within the budget: when time is over or too many pages were read, it cannot be read any more. The dump waits for us, and
 * tables are hostile.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "dump/pages.h"
#include "dump/source.h"

#define LIMITS_PAGES (UINT64_C(1) << 16) /* for a snapshot, at 16 bytes each: 1 MiB of ours for 256 MiB of them */

struct limits {
	struct iq_memory memory; /* first: reads through to @source */
	struct source *source;
	const struct page_set *pages; /* that were read already, NULL: not counted */
	unsigned int reads;
	bool off;	      /* the limits do not hold any more */
	bool late, many;      /* why it ended; both false: it did not */
	uint64_t damaged;     /* reads of pages that should be in the dump and could not be had */
	struct kq_reason why; /* the first of them, in words */
};

/* @limits->memory reads @source, which was started. */
void limits_start(struct limits *limits, struct source *source);
/* Whether reading has ended, by the clock of this moment. */
bool limits_reached(struct limits *limits);
/* Why it ended, in words. To be called when it did. */
void limits_why(const struct limits *limits, struct kq_reason *reason);

#endif
