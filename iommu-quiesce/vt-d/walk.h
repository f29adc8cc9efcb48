/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass of the crash path over all context entries of a VT-d unit, and which tables are needed by whom. Private to
 * vtd-block.c, vtd-walk.c and vtd-need.c.
 */
#ifndef IQ_VTD_WALK_H
#define IQ_VTD_WALK_H

#include "vtd.h"

#define VTD_NEEDED_TABLES 256u /* tables of devices of other modes than block that are remembered */

/* What the devices of all units need, found once: in run->scratch, behind the domains. */
struct vtd_needs {
	uint64_t table[VTD_NEEDED_TABLES]; /* with the mode in their low bits */
	unsigned int tables;
	bool full;   /* more than can be remembered: touch nothing but context entries */
	bool shared; /* some device goes on with tables of the crashed kernel: its translations stay cached */
};

struct vtd_walk {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	bool edit; /* else only look */
	enum iq_status status;
	enum iq_mode done;    /* what came of the entry at hand */
	uint64_t spare;	      /* page of zeros, 0: none */
	uint64_t sink;	      /* root of the sink's table, 0: none */
	uint64_t last_table;  /* the top-level table done last, with its mode: neighbours often share one */
	uint32_t pasid_pages; /* read so far */
	struct vtd_needs *needs; /* NULL: there are no rules */
	bool domains;		 /* the domain ids that the unit's entries have are collected */
};

/* The memory at @address, NULL if there is none. */
const volatile uint64_t *vtd_map(struct vtd_walk *walk, uint64_t address, size_t length);
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

/* The widest second-level table that the unit walks, as an AW value, 0: none. An empty one is the same at any width. */
uint64_t vtd_widest_aw(const struct iq_unit *unit);
/* The root of the sink's table, of the unit's widest walk. 0: the policy has no sink, or the unit cannot have one. */
uint64_t vtd_find_sink(struct iq_run *run, const struct iq_unit *unit);
/* Does @unit have entries that lead to the sink, and are the sink's tables as they were built? */
bool vtd_sink_intact(struct iq_run *run, const struct iq_unit *unit);
/* What is done to source id @id: the policy's mode, but block where there is no sink. */
enum iq_mode vtd_mode(const struct vtd_walk *walk, iq_source_id id);
/*
 * Find out which tables the devices of other modes than block use, over all units, for domains span them: by the first unit
 * that asks. And a domain id for the sink, if the policy has one.
 */
void vtd_find_needs(struct vtd_walk *walk);
/*
 * The mode in which the paging structure, PASID table or top-level table at @table must stay of use: that of the most
 * permissive device that uses it. Nothing else may be done to it.
 */
enum iq_mode vtd_needed(const struct vtd_walk *walk, uint64_t table);

#endif
