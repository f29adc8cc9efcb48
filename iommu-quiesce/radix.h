/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page-table walker for every IOMMU. It goes by a paging form (form.h), is iterative, needs no memory but its own state,
 * and yields coalesced runs. Tables are hostile: loops, wild pointers and missing memory are reported, not followed.
 */
#ifndef IQ_RADIX_H
#define IQ_RADIX_H

#include "form.h"
#include "io.h"

/*
 * A root that was checked together with its form, and what decoding needs of both. It points into the root, which has to stay.
 */
struct iq_radix_view {
	const struct iq_radix_form *form;
	const struct iq_radix_root *root;
	const uint8_t *shift; /* the layout's */
	bool big_endian;
	uint64_t low[IQ_RADIX_LEVELS + 1]; /* the bits below each of them: those of an IOVA within what an entry covers */
	uint64_t address[IQ_RADIX_LEVELS]; /* bits of an entry at level n + 1 that are an address */
	uint64_t first, last; /* IOVAs that the root is about */
	uint64_t canonical;   /* topmost bit of an IOVA that is extended into those above, else 0 */
};

/* Check @root and fill in @view. False if the root or its form contradicts itself. */
bool iq_radix_view(const struct iq_radix_root *root, struct iq_radix_view *view);

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
	uint32_t index;	       /* of the entry; of a large table that cannot be read: of the first entry that cannot */
	uint64_t table; /* physical address of the table's first entry */
	uint64_t entry; /* its raw value; 0 for IQ_UNREACHABLE and IQ_NO_ROOM: the table at @table was not read */
	uint64_t iova;	/* first address that the entry is about */
	bool copy;	/* IQ_MALFORMED: the entry differs from the other copies of one encoded large page */
};

/* Neither function may call map() of the memory that is walked: the walker goes on with what it mapped before. */
struct iq_radix_visitor {
	/*
	 * @count runs in order of IOVA, several at a time: a call for each would cost more than finding it. NULL: they are
	 * only counted. Return false to end the walk.
	 */
	bool (*mappings)(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count);
	/* In order of IOVA with the runs. NULL: errors are only counted. Return false to end the walk. */
	bool (*error)(struct iq_radix_visitor *visitor, const struct iq_radix_error *error);
	/* Yield and count only pages of which some part lies in [@first, @last], which is faster than a whole walk. */
	bool filtered;
	uint64_t first, last; /* physical */
};

struct iq_radix_totals {
	uint64_t tables;   /* tables read, in whole or in part */
	uint64_t mappings; /* runs yielded */
	uint64_t errors;
	uint64_t bytes;	   /* mapped, as far as it fits */
	unsigned int refused; /* roots that were refused by iq_radix_view(): nothing of them was read */
};

#define IQ_RADIX_TABLES_MAX (UINT64_C(1) << 24) /* default bound: 64 GiB of tables */

/*
 * Walk all of @root in order of IOVA. At most @max_tables tables are read, of a table larger than 4 KiB each 4 KiB counts as
 * one (tables can share sub-tables by the thousand).
 * IQ_OK; IQ_MALFORMED if the root or its form cannot be, or if anything was reported as an error (the rest was walked);
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
	/* When found, the whole page. Else @iova and @length say of a range around the IOVA that nothing is mapped there. */
	struct iq_mapping mapping;
	unsigned int steps;
	struct {
		uint8_t level;
		uint32_t index;
		uint64_t table, entry;
	} step[IQ_RADIX_LEVELS];
};

/*
 * Translate @iova. IQ_OK with the page in @path->mapping; IQ_NOT_FOUND if an entry on the way is not present or @iova is
 * outside the window; IQ_MALFORMED or IQ_UNREACHABLE as iq_radix_walk() reports them. @path->step[] holds what was read in
 * every case.
 */
enum iq_status iq_radix_translate(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t iova,
				  struct iq_radix_path *path);
/* The same by a root that was checked before, for callers that translate many IOVAs by one root. */
enum iq_status iq_radix_translate_by(struct iq_memory *memory, const struct iq_radix_view *view, uint64_t iova,
				     struct iq_radix_path *path);

/*
 * Whether any entry of the root's own table is present; with @write: whether any allows writing. True also if the table cannot
 * be read or the root is refused.
 */
bool iq_radix_root_lets(struct iq_memory *memory, const struct iq_radix_root *root, bool write);

#endif
