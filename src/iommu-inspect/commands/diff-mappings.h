/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of `diff' that looks into page tables.
 */
#ifndef DIFF_MAPPINGS_H
#define DIFF_MAPPINGS_H

#include "diff-view.h"

/* Note that the tables of source id @id and of its PASIDs, as these two entries have them, are to be compared. */
void diff_pair(struct diff *diff, const struct iq_unit *old, const struct iq_unit *new, iq_source_id id,
	       const struct iq_entry *old_entry, const struct iq_entry *new_entry);
/* Compare all of them, each pair of tables once, and print what differs. */
void diff_mappings(struct diff *diff);

#endif
