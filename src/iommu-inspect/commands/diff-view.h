/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both parts of `diff' work with: two views of tables, of one dump or of two; and how a line that differs looks.
 */
#ifndef DIFF_VIEW_H
#define DIFF_VIEW_H

#include "compare.h"
#include "device.h"

/* The tables of a dump at some moment. */
struct view {
	struct inspect *inspect;
	bool now; /* as they are in the dump, else as they were at the crash */
	struct iq_memory *memory;
};

/* One source id's way on both sides, at most one of them without a table. */
struct pair {
	const struct iq_unit *unit; /* of the old view */
	iq_source_id id;
	uint32_t pasid;
	struct iq_entry way[2];
};

struct diff {
	struct compare compare;	 /* first */
	struct inspect *inspect; /* that prints */
	struct view view[2];	 /* by enum compare_which */
	struct pair *pair;
	size_t pairs, room;
	size_t first, alike; /* pairs that are compared at the moment */
	bool headed;	     /* they have been named */
	bool left_out;	     /* pairs found no room */
	unsigned int errors;
	uint64_t differences;
};

/* "-" or "+" in front of a line, and its color. */
void diff_mark(struct diff *diff, enum compare_which which);
/* End a line that diff_mark() began. */
void diff_line_end(struct diff *diff);

#endif
