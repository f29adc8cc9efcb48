/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `diff' works with: two views of tables, of one dump or of two, and what they differ in.
 */
#ifndef DIFF_H
#define DIFF_H

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

/* Note that the tables of source id @id and of its PASIDs, as these two entries have them, are to be compared. */
void diff_pair(struct diff *diff, const struct iq_unit *old, const struct iq_unit *new, iq_source_id id,
	       const struct iq_entry *old_entry, const struct iq_entry *new_entry);
/* Compare all of them, each pair of tables once, and print what differs. */
void diff_mappings(struct diff *diff);
/* "- " or "+ " in front of a line. */
void diff_mark(struct diff *diff, enum compare_which which);
/* End a line that diff_mark() began. */
void diff_line_end(struct diff *diff);

#endif
