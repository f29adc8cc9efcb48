/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page-table walker for every IOMMU. A paging form is data; the walker is iterative, needs no memory but its own
 * state, and yields coalesced ranges. Tables are hostile: loops, wild pointers and missing memory are reported, not followed.
 */
#ifndef IQ_RADIX_H
#define IQ_RADIX_H

#include "io.h"

#define IQ_RADIX_LEVELS 6

/* One paging form. Levels count from 1 (the table of base pages) up. */
struct iq_radix_form {
	const char *name;
	uint8_t max_levels;
	uint8_t page_shift;		   /* of a base page */
	uint8_t index_bits[IQ_RADIX_LEVELS]; /* of the table at level n + 1 */
	bool canonical;	       /* IOVAs are sign-extended from the root's topmost bit */
	uint64_t present;      /* present: any of these bits set */
	uint64_t read, write;  /* allowed: all of these bits set; 0: nothing to say at this form */
	uint64_t address;      /* where an entry holds an address */
	uint64_t leaf;	       /* set in an entry above level 1: a large page. 0: see next_level */
	uint8_t leaf_levels;   /* highest level at which a large page may stand */
	uint64_t large_ignored;/* address bits below the size of a large page that need not be zero */
	uint64_t next_level;   /* field that names the next table's level; 0: always one less */
	uint8_t encoded_level; /* value of next_level that says: page size encoded in the address; 0: no such value */
};

/* AMD I/O page tables for host translation ("v1"): level skips, any power-of-two size. AMD 48882, 2.2.3. */
extern const struct iq_radix_form iq_form_amd_v1;
/* x86-64 long-mode tables: AMD guest ("v2") tables and VT-d first-stage, 4 or 5 levels. */
extern const struct iq_radix_form iq_form_x86_64;
/* VT-d second-stage tables, 3 to 5 levels. VT-d, 9.8. */
extern const struct iq_radix_form iq_form_vtd_second;

/*
 * A run of IOVAs that map to consecutive physical addresses with the same permissions. What is present but allows neither
 * read nor write is a run too.
 */
struct iq_mapping {
	uint64_t iova;
	uint64_t physical;
	uint64_t length; /* bytes; 0 stands for 2^64 */
	bool read, write;
};

/* What is wrong with an entry of a table. */
struct iq_radix_error {
	enum iq_status status; /* IQ_UNREACHABLE: table outside memory; IQ_MALFORMED: entry; IQ_NO_ROOM: table limit */
	uint8_t level;	       /* of the table */
	uint16_t index;
	uint64_t table; /* physical address of the table */
	uint64_t entry; /* its raw value; 0 for IQ_UNREACHABLE and IQ_NO_ROOM: the table at @table was not read */
	uint64_t iova;	/* first address that the entry is about */
	bool copy;	/* IQ_MALFORMED: it is no copy of the other entries of an encoded large page */
};

struct iq_radix_visitor {
	/*
	 * @count runs in order of IOVA, several at a time: a call for each would cost more than finding it. NULL: they are
	 * only counted. Return false to end the walk.
	 */
	bool (*mappings)(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count);
	/* In order of IOVA with the runs. NULL: errors are only counted. Return false to end the walk. */
	bool (*error)(struct iq_radix_visitor *visitor, const struct iq_radix_error *error);
	/* Only pages of which some part lies in [@first, @last] are yielded and counted: passing others over is faster. */
	bool filtered;
	uint64_t first, last; /* physical */
};

/* Where a table starts: a root of @levels levels, and what the entry above it allows. */
struct iq_radix_root {
	const struct iq_radix_form *form;
	uint64_t table; /* physical address */
	uint8_t levels; /* 1 .. form->max_levels */
	bool read, write;
	uint64_t encryption; /* bit of an address in an entry that is no part of it, as SME's C-bit; 0: none */
};

struct iq_radix_totals {
	uint64_t tables;   /* tables read */
	uint64_t mappings; /* mappings yielded */
	uint64_t errors;
	uint64_t bytes;	   /* mapped, as far as it fits */
};

#define IQ_RADIX_TABLES_MAX (UINT64_C(1) << 24) /* default bound: 64 GiB of tables */

/*
 * Walk all of @root in order of IOVA. At most @max_tables tables are read (tables can share sub-tables by the thousand).
 * IQ_OK; IQ_MALFORMED if the root itself is out of range or anything was reported as an error (the rest was walked);
 * IQ_NO_ROOM if @max_tables was reached; IQ_INTERRUPTED if the visitor ended it. @totals may be NULL.
 */
enum iq_status iq_radix_walk(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t max_tables,
			     struct iq_radix_visitor *visitor, struct iq_radix_totals *totals);

/*
 * The same for what IOVAs from @from on lead to, as if the entries before were absent: the first run begins where the entry for
 * @from does. For a walk that goes on where another ended.
 */
enum iq_status iq_radix_walk_from(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t from,
				  uint64_t max_tables, struct iq_radix_visitor *visitor,
				  struct iq_radix_totals *totals);

/* The way of one IOVA through the tables, from the root down. */
struct iq_radix_path {
	struct iq_mapping mapping; /* the whole page, when found */
	unsigned int steps;
	struct {
		uint8_t level;
		uint16_t index;
		uint64_t table, entry;
	} step[IQ_RADIX_LEVELS];
};

/*
 * Translate @iova. IQ_OK with the page in @path->mapping; IQ_NOT_FOUND if an entry on the way is not present;
 * IQ_MALFORMED or IQ_UNREACHABLE as iq_radix_walk() reports them. @path->step[] holds what was read in every case.
 */
enum iq_status iq_radix_translate(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t iova,
				  struct iq_radix_path *path);

#endif
