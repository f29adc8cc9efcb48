/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the lines of a log to faults. A message may be cut into several lines, and several messages may tell of one fault.
 */
#ifndef EXPLAIN_COLLECT_H
#define EXPLAIN_COLLECT_H

#include "fault.h"
#include "line.h"

#define EXPLAIN_UNKNOWN 64u /* lines that are kept of those that are not understood */
#define EXPLAIN_JOINED	4u  /* lines that one message may be cut into */

struct explain_unknown {
	uint64_t line; /* its number, from 1 */
	char text[EXPLAIN_SAMPLE];
};

struct explain_collect {
	struct explain_faults faults;
	struct explain_unknown unknown[EXPLAIN_UNKNOWN]; /* the first ones */
	uint64_t unknowns;   /* lines that look like messages of an IOMMU and are not understood */
	uint64_t ordinary;   /* lines that are understood and tell of no fault */
	uint64_t suppressed; /* messages that the kernel left out, by its own count */
	uint64_t lines;	     /* all that came */
	/* The message under way. */
	struct explain_fault open; /* open.source is NULL if there is none */
	unsigned int age;	   /* lines since its last one */
	/* What may go on in the next line. */
	char joined[EXPLAIN_JOINED * (EXPLAIN_LINE + 1)];
	unsigned int joins; /* lines in it */
	bool understood;    /* in part: there may be more */
	bool replaces;	    /* that part is @open already */
	uint64_t joined_line;
};

/* The next line. */
void explain_collect_line(struct explain_collect *collect, const struct explain_line *line);
/* There are no more lines. */
void explain_collect_end(struct explain_collect *collect);
void explain_collect_free(struct explain_collect *collect);

#endif
