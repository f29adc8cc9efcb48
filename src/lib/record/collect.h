/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages the tables of a record's units are made of, as they were at the crash and as they are: device, context
 * and PASID tables, page tables, queues and logs. What a snapshot holds.
 */
#ifndef COLLECT_H
#define COLLECT_H

#include "evidence.h"
#include "dump/pages.h"
#include "dump/source.h"
#include "past.h"

struct collect {
	const struct evidence *evidence;
	struct page_set *pages; /* out: what was found, read through it */
	const struct source *source; /* the dump that @pages reads in the end: how many tables there can be */
	/*
	 * Called for runs of mappings that reach into [@first, @last], for the way that is told below; may be NULL. A way that
	 * several source ids share is walked for the first of them.
	 */
	void (*mappings)(struct collect *collect, const struct iq_mapping *mapping, unsigned int count);
	uint64_t first, last;	    /* physical */
	const struct iq_unit *unit; /* out: whose way is being walked */
	iq_source_id id;
	bool now;	     /* out: in memory as it is in the dump, not as it was at the crash */
	void *context;	     /* of mappings() */
	uint64_t unreadable; /* out: tables and entries that are not in the dump */
	struct kq_reason gave_up; /* out: why not all were looked at; empty: they were */
};

/*
 * Find all pages. Reads with bounded time: a table that many devices share is walked once. False if memory ran out.
 */
bool collect_tables(struct collect *collect);

#endif
