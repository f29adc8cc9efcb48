/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two entries lead through the same tables in the same way, so that one walk answers for both.
 *
 * All functions compare as for qsort(): negative, 0 or positive. The order is by table first, and has no other meaning.
 */
#ifndef WAYS_H
#define WAYS_H

#include "reader.h"

/* 0: the two roots are the same tables, read in the same way at the same IOVAs. What they allow is left out of account. */
int ways_compare_roots(const struct iq_radix_root *a, const struct iq_radix_root *b);
/* The same for all stages of two windows; without any, for what they lead to. */
int ways_compare_windows(const struct iq_window *a, const struct iq_window *b);
/* 0: two windows that ways_compare_windows() does not tell apart allow the same. */
int ways_compare_rights(const struct iq_window *a, const struct iq_window *b);
/* The same as ways_compare_windows() for all windows of two entries. */
int ways_compare_tables(const struct iq_entry *a, const struct iq_entry *b);
/* 0: the two entries let through the same; their domains and the rest of their words may differ. */
int ways_compare(const struct iq_entry *a, const struct iq_entry *b);

#endif
