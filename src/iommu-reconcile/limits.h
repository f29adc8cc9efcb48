/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Old memory with a limit of time and of pages, behind which it cannot be read any more: the dump waits for us, and tables are
 * hostile.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "dump/pages.h"
#include "dump/source.h"

#include <time.h>

#define LIMITS_PAGES (UINT64_C(1) << 16) /* of tables, at 16 bytes each: 1 MiB of ours for 256 MiB of them */

struct limits {
	struct iq_memory memory; /* first: reads through to @source */
	struct source *source;
	const struct page_set *pages; /* that were read already, NULL: not counted */
	struct timespec end;	      /* CLOCK_MONOTONIC */
	unsigned int reads;
	bool off;	      /* the limits do not hold any more */
	bool late, many;      /* why it ended; both false: it did not */
	uint64_t damaged;     /* reads of pages that should be in the dump and could not be had */
	struct kq_reason why; /* the first of them, in words */
};

/* @limits->memory reads @source, which was started, for @seconds from now on. */
void limits_start(struct limits *limits, struct source *source, unsigned int seconds);
/* Whether reading has ended, by the clock of this moment. */
bool limits_reached(struct limits *limits);

#endif
