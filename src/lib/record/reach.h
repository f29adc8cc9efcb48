/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the addresses that a device puts on the bus to memory, through the windows that its entry has and the stages of each: none,
 * one or both.
 */
#ifndef REACH_H
#define REACH_H

#include "reader.h"

/* The way of one IOVA: through a window, and there through the first stage, the second, or both. */
struct reach_path {
	unsigned int window; /* that the IOVA is in; entry->windows: it is in none */
	struct iq_radix_path first, second; /* without steps: there is no such stage */
	struct iq_mapping mapping; /* the largest range around the IOVA that is mapped as one, when found */
};

/* Whether @entry lets anything through: neither blocked nor illegal nor unknown. */
bool reach_has_way(const struct iq_entry *entry);
/* The root of the first stage of @window, or of its only one; NULL: it has no tables. */
const struct iq_radix_root *reach_root(const struct iq_window *window);
/* Both stages are in use. */
bool reach_is_nested(const struct iq_window *window);
/* The same for any window of @entry. */
bool reach_has_tables(const struct iq_entry *entry);
bool reach_has_nested(const struct iq_entry *entry);
/*
 * The IOVAs of window number @number of @entry. False if it cannot be: for its root or what it leads to, or because it begins before
 * the end of one in front of it. Such windows are passed over.
 */
bool reach_range(const struct iq_entry *entry, unsigned int number, uint64_t *first, uint64_t *last);
/*
 * Whether in any window of @entry the root table of every stage has an entry that is present; with @write: one that allows
 * writing. True for a stage whose root table cannot be read.
 */
bool reach_root_lets(struct iq_memory *memory, const struct iq_entry *entry, bool write);

/*
 * Make *@past lead to what was mapped by @entry and is not any more, as far as its tables still name that (iq_radix_form.past). False if
 * they keep nothing of it.
 */
bool reach_past(const struct iq_entry *entry, struct iq_entry *past);

/*
 * All that @entry lets through, window by window, in order of IOVA; as iq_radix_walk(). A window that cannot be counts as a root
 * that cannot be, and the others are walked. Memory that a nested first stage reaches and the
 * second does not map is left out. A table of the first stage that the second does not map is an error with IQ_NOT_FOUND.
 * Pass-through of all addresses is one mapping of length 0, which stands for 2^64.
 */
enum iq_status reach_walk(struct iq_memory *memory, const struct iq_entry *entry, uint64_t max_tables,
			  struct iq_radix_visitor *visitor, struct iq_radix_totals *totals);
/* The same for IOVAs from @from on, as iq_radix_walk_from(); what leads through no table is handed over whole in any case. */
enum iq_status reach_walk_from(struct iq_memory *memory, const struct iq_entry *entry, uint64_t from,
			       uint64_t max_tables, struct iq_radix_visitor *visitor, struct iq_radix_totals *totals);
/* Translate @iova; as iq_radix_translate(). IQ_MALFORMED also if it is in no window, and there is one that cannot be. */
enum iq_status reach_translate(struct iq_memory *memory, const struct iq_entry *entry, uint64_t iova,
			       struct reach_path *path);

#endif
