/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages the tables of a record's units are made of, as they were at the crash and as they are: device, context
 * and PASID tables, page tables, queues and logs. What a snapshot holds.
 */
#ifndef COLLECT_H
#define COLLECT_H

#include "evidence.h"
#include "dump/pages.h"
#include "past.h"

struct collect {
	const struct evidence *evidence;
	struct page_set *pages; /* out: what was found, read through it */
	uint64_t max_tables;    /* of one device: there cannot be more */
	/* Called for each source id, with the ids below it done; may be NULL. */
	void (*progress)(struct collect *collect, uint64_t done, uint64_t total);
	/*
	 * Called for runs of mappings that reach into [@first, @last], for the way that is told below; may be NULL. A way that
	 * several source ids share is walked for the first of them.
	 */
	void (*mappings)(struct collect *collect, const struct iq_mapping *mapping, unsigned int count);
	uint64_t first, last;	    /* physical */
	const struct iq_unit *unit; /* out: whose way is being walked */
	iq_source_id id;
	bool now;	     /* out: in memory as it is in the dump, not as it was at the crash */
	void *context;	     /* of both */
	uint64_t unreadable; /* out: tables and entries that are not in the dump */
	bool gave_up;        /* out: more tables than IQ_RADIX_TABLES_MAX or too many PASIDs: not all were looked at */
};

/*
 * Find all pages. Reads with bounded time: a table that many devices share is walked once. False if memory ran out.
 */
bool collect_tables(struct collect *collect);

#endif
