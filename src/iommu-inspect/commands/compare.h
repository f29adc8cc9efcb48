/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two tables map, side by side in order of IOVA, in memory that does not grow with the number of mappings.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "record/reach.h"

/* One of the two. What its entry allows is ignored: only tables are compared. */
struct compare_side {
	struct iq_memory *memory;
	struct iq_entry way;
	uint64_t max_tables; /* as in iq_radix_walk() */
};

enum compare_which {
	COMPARE_OLD,
	COMPARE_NEW,
};

struct compare {
	struct compare_side side[2]; /* by enum compare_which */
	/*
	 * @which maps the run @run, and the other side maps these IOVAs to nothing or to something else. Return false to end.
	 */
	bool (*differs)(struct compare *compare, enum compare_which which, const struct iq_mapping *run);
	/* Something is wrong with the tables of @which. */
	void (*error)(struct compare *compare, enum compare_which which, const struct iq_radix_error *error);
	uint64_t done; /* out, while it goes on: runs that were looked at */
	bool refused[2]; /* out, by enum compare_which: it has a root table that is malformed, which counts as empty */
};

/* Whether what @entry leads to can be compared: it has windows. */
bool compare_can(const struct iq_entry *entry);
/* Compare both sides. False if memory ran out or differs() wanted no more. */
bool compare_ways(struct compare *compare);

#endif
