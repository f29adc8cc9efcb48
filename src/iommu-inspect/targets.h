/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that could do DMA: each source id, and each of its PASIDs, that has a way to memory. Those with the same way are
 * neighbours in the list, so that a table that a thousand devices share is walked once.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include "device.h"

struct target {
	const struct iq_unit *unit;
	iq_source_id id;
	uint32_t pasid; /* NO_PASID: requests without one */
	struct iq_entry way;
};

struct targets {
	struct target *target; /* sorted by their way */
	size_t count, room;
	bool left_out;	  /* more PASIDs than the budget allows: not all are among the targets, which was said */
	uint32_t passing; /* requesters without an entry, whose DMA passes untranslated; not among the targets */
};

/*
 * Find all of them, at the crash or with --now in the dump. False if memory ran out; what cannot be read is said on stderr and
 * left out.
 */
bool targets_find(struct inspect *inspect, struct targets *targets);
void targets_free(struct targets *targets);
/* How many targets from number @first on have the same way as that one, itself included. */
size_t targets_alike(const struct targets *targets, size_t first);
/*
 * Turn to what was mapped and is not any more: targets whose tables keep nothing of that are dropped. False if none is left.
 */
bool targets_turn_back(struct targets *targets);
/* dddd:bb:dd.f, and :pasid if there is one. */
void target_name(struct inspect *inspect, const struct target *target, char *name, size_t size);
/* The memory that the targets' ways lead through. */
struct iq_memory *targets_memory(struct inspect *inspect);

/*
 * Walk each way once. @visit is called with the @alike targets from @target on that have this way, and with mappings as
 * iq_radix_visitor.mappings() gets them; false ends all walks. Errors are said on stderr. More tables than the
 * budget allows end it with a message.
 */
struct targets_visitor {
	bool (*visit)(struct targets_visitor *visitor, const struct target *target, size_t alike,
		      const struct iq_mapping *mapping, unsigned int count);
	bool filtered; /* only mappings that lead to @first..@last are wanted; others may come all the same */
	uint64_t first, last;
	bool quiet;	 /* errors were said before */
	uint64_t tables; /* out: that were read */
};
void targets_walk(struct inspect *inspect, const struct targets *targets, struct targets_visitor *visitor);

#endif
