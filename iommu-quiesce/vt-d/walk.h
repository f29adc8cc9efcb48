/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass of the crash path over all context entries of a VT-d unit, and which tables are needed by whom. Private to the
 * stages block, tables and verify, and to what they share.
 */
#ifndef IQ_VTD_WALK_H
#define IQ_VTD_WALK_H

#include "vtd.h"

#define VTD_NEEDED_TABLES 256u /* tables of devices of other modes than block that are remembered */
#define VTD_NO_TABLE	  UINT64_MAX

/* What the devices of all units need, found once: in run->scratch. */
struct vtd_needs {
	uint64_t table[VTD_NEEDED_TABLES]; /* with the mode in their low bits */
	unsigned int tables;
	bool full; /* more than can be remembered: touch nothing but context entries */
};

struct vtd_walk {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	enum iq_status status;
	enum iq_mode done;    /* what came of the entry at hand */
	uint64_t last_table;  /* the top-level table looked at last, with its mode: neighbours often share one */
	uint32_t pasid_pages; /* read so far */
	uint32_t highest;     /* domain id that was met */
	uint32_t words;	      /* of tables that were looked at to be edited */
	bool sink_intact;     /* the sink's tables are as they were built */
	struct vtd_needs *needs; /* NULL: there are no rules */
};

/* Start a pass. False if the root table itself is outside memory, which is noted then. */
bool vtd_walk_start(struct vtd_walk *walk);
/* The memory at @address, NULL if there is none. */
const volatile uint64_t *vtd_map(struct vtd_walk *walk, uint64_t address, size_t length);
/* Store one word of a table, so that units see it that do not snoop. */
void vtd_store(struct vtd_walk *walk, uint64_t address, uint64_t value);
/* Write down a change: of @kind, of source id or table entry @first, with the words @old0 and @old1. record.h */
void vtd_note(struct vtd_walk *walk, uint32_t first, unsigned int kind, enum iq_mode mode, uint64_t old0,
	      uint64_t old1);
/* Note that @address is outside memory. */
void vtd_unreachable(struct vtd_walk *walk, uint64_t address);
/* Do @what for each present context entry that a table of the unit holds. */
void vtd_each_context(struct vtd_walk *walk, void (*what)(struct vtd_walk *walk, iq_source_id id,
							  const uint64_t word[2], uint64_t address));
/*
 * The next present entry of the PASID directory of the context entry @context from *@index on, and the table that it
 * names. IQ_NOT_FOUND behind the last, IQ_UNREACHABLE, IQ_NO_ROOM if that is more than is read.
 */
enum iq_status vtd_next_pasid_table(struct vtd_walk *walk, uint64_t context, uint32_t *index, uint64_t *table);
/*
 * Do @what for each present PASID table entry of the context entry @context. @own: it is that of requests without PASID.
 * False if @what returned false, which ends the walk, or not all of them can be read.
 */
bool vtd_each_pasid(struct vtd_walk *walk, iq_source_id id, const uint64_t context[2],
		    bool (*what)(struct vtd_walk *walk, iq_source_id id, bool own, const volatile uint64_t *word,
				 uint64_t address));
/*
 * The top-level table whose W bits decide about all writes under the PASID table entry @word; VTD_NO_TABLE if there is none,
 * or it is not ours to edit.
 */
uint64_t vtd_writes_table(const volatile uint64_t *word, bool own);
/* Does the top-level table at @table let through no more than @mode allows? False if it is outside memory. */
bool vtd_table_is_closed(struct vtd_walk *walk, uint64_t table, enum iq_mode mode);
/* The first of a top-level table's entries from @i on that lets through more than @mode allows; TABLE_ENTRIES if none does. */
unsigned int vtd_next_open_entry(const volatile uint64_t *entry, unsigned int i, enum iq_mode mode);
/* What @mode takes out of the entries of a top-level table. */
uint64_t vtd_taken_bits(enum iq_mode mode);

/* The widest second-level table that the unit walks, as an AW value, 0: none. */
uint64_t vtd_widest_aw(const struct iq_unit *unit);
/* The root of the sink's table that is walked with the AW value @aw. 0: the policy has no sink, or the unit cannot have one. */
uint64_t vtd_sink_root(struct iq_run *run, const struct iq_unit *unit, uint64_t aw);
/* The PASID table entry's first word with the sink's table. */
uint64_t vtd_sunk_pasid(struct vtd_walk *walk, uint64_t word0);
/* Are the sink's tables as they were built? */
bool vtd_sink_intact(struct iq_run *run);

/*
 * What is done to source id @id: the policy's mode, but block where that cannot be had: there is no sink, or no free domain id
 * for entries that go on under one of their own.
 */
enum iq_mode vtd_mode(const struct vtd_walk *walk, iq_source_id id);
/*
 * Before the first edit of any unit: find out which tables the devices of other modes than block use, over all units, for
 * domains span them; and which units have domain ids to give away. Later calls find that done.
 */
void vtd_find_needs(struct vtd_walk *walk);
/*
 * May the paging structure at @table, PASID table or top-level table, be edited for @mode? It must be in memory, and of no
 * use to a device of another mode.
 */
bool vtd_may_edit(struct vtd_walk *walk, uint64_t table, enum iq_mode mode);
/* The id that an entry of @domain is given in @mode, block-writes or sink; and has it been given it? */
uint64_t vtd_own_domain(const struct vtd_walk *walk, enum iq_mode mode, uint64_t domain);
bool vtd_has_own_domain(const struct vtd_walk *walk, enum iq_mode mode, uint64_t domain);

#endif
