/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the addresses that a device puts on the bus to memory, through the stages that its entry names: none, one or both.
 */
#ifndef REACH_H
#define REACH_H

#include "reader.h"

/* The way of one IOVA: through the first stage, the second, or both. */
struct reach_path {
	struct iq_radix_path first, second; /* without steps: there is no such stage */
	struct iq_mapping mapping; /* the largest range around the IOVA that is mapped as one, when found */
};

/* Whether @entry lets anything through: neither blocked nor illegal nor unknown. */
bool reach_has_way(const struct iq_entry *entry);
/* The root of the first stage of @entry, or of its only one; NULL: there are no tables. */
const struct iq_radix_root *reach_root(const struct iq_entry *entry);
/* Both stages are in use: the second translates what the first yields, and the addresses of the first stage's tables. */
bool reach_is_nested(const struct iq_entry *entry);
/*
 * Whether the root table of every stage of @entry has an entry that is present; with @write: one that allows writing. True for
 * a stage whose root table cannot be read.
 */
bool reach_root_lets(struct iq_memory *memory, const struct iq_entry *entry, bool write);

/*
 * All that @entry lets through, in order of IOVA; as iq_radix_walk(). Memory that a nested first stage reaches and the
 * second does not map is left out. A table of the first stage that the second does not map is an error with IQ_NOT_FOUND.
 * Pass-through is one mapping of length 0, which stands for 2^64.
 */
enum iq_status reach_walk(struct iq_memory *memory, const struct iq_entry *entry, uint64_t max_tables,
			  struct iq_radix_visitor *visitor, struct iq_radix_totals *totals);
/* The same for IOVAs from @from on, as iq_radix_walk_from(); pass-through is all of it in any case. */
enum iq_status reach_walk_from(struct iq_memory *memory, const struct iq_entry *entry, uint64_t from,
			       uint64_t max_tables, struct iq_radix_visitor *visitor, struct iq_radix_totals *totals);
/* Translate @iova; as iq_radix_translate(). */
enum iq_status reach_translate(struct iq_memory *memory, const struct iq_entry *entry, uint64_t iova,
			       struct reach_path *path);

#endif
