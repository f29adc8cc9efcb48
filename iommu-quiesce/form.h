/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paging forms: what page tables of one kind look like, as data. Families define their forms in their own folders, and fill
 * in the roots; radix-walk.c walks any form.
 */
#ifndef IQ_FORM_H
#define IQ_FORM_H

#include "bits.h"

#define IQ_RADIX_LEVELS	    6
#define IQ_RADIX_ENTRY_SIZE 8u /* bytes of an entry */
#define IQ_RADIX_INDEX_BITS 31 /* at most, of one table */

/* Bits of an entry and the value that they must have. A mask of zero matches every entry. */
struct iq_radix_match {
	uint64_t mask, value;
};

#define IQ_ALL_SET(bits)   { (bits), (bits) }
#define IQ_ALL_CLEAR(bits) { (bits), 0 }

static inline bool iq_radix_matches(uint64_t entry, const struct iq_radix_match *match)
{
	return (entry & match->mask) == match->value;
}

/*
 * How tables lie in memory. Levels count from 1 (the table of base pages) up. A table of 4 KiB or more begins at a page of
 * 4 KiB, a smaller one at a multiple of its own size.
 */
struct iq_radix_layout {
	/*
	 * log2 of the bytes that one entry at level n + 1 covers, [0] so that of a base page; behind the root's level that of
	 * the bytes that its whole table covers. The difference to the next is log2 of the entries of a table.
	 */
	uint8_t shift[IQ_RADIX_LEVELS + 1];
	bool big_endian;
};

enum iq_radix_kind {
	IQ_RADIX_ABSENT,    /* leads nowhere */
	IQ_RADIX_PAGE,
	IQ_RADIX_TABLE,
	IQ_RADIX_MALFORMED, /* forbidden by the specification */
};

/* Where an entry leads. */
struct iq_radix_target {
	uint64_t address;    /* of the page or the table */
	uint64_t size;	     /* of a page: a power of two, at least what an entry at its level covers */
	uint32_t first, end; /* of a table: entries from @first on and below @end exist */
	uint8_t level;	     /* of a table: lower than that of the entry */
	bool read, write;    /* allowed by this entry */
};

struct iq_radix_root;

/* One paging form. A form that contradicts itself is refused by every function that is given a root. */
struct iq_radix_form {
	const char *name;
	uint8_t max_levels;
	uint8_t page_levels; /* highest level at which an entry may be a page */
	uint8_t encoded_level; /* @next_level of a page whose size is encoded in its address; 0: there are none */
	uint8_t high_left;     /* bits that @high is shifted left by */
	uint8_t step_level;    /* lowest level at whose entries @step looks, at least 1 */
	bool canonical;	       /* IOVAs are sign-extended from the root's topmost bit */
	struct iq_radix_layout layout;
	uint8_t address_bit[IQ_RADIX_LEVELS]; /* lowest bit of @address in an entry at level n + 1, where there are more */

	/* What an entry is. Above level 1, what is present and leads to no table is a large page. */
	struct iq_radix_match absent, table;
	/* At level 1, what is present and does not fit @lowest_page is malformed. */
	struct iq_radix_match lowest_absent, lowest_page;
	uint64_t next_level; /* field with the level of the next table, in place of @table; 0 in it: a page */

	/* Where it leads. */
	uint64_t address;
	uint64_t high;	  /* second field of an address; 0: there is none */
	uint64_t ignored; /* address bits below the size of a page that need not be zero */

	/* What it allows. */
	struct iq_radix_match read, write;	       /* a page */
	struct iq_radix_match table_read, table_write; /* everything below an entry that leads to a table */

	/*
	 * For what the fields above cannot express: called for each page and table that they found at @step_level and above,
	 * with @target filled in. It may change @target, and returns what the entry is. NULL: not needed. With a @step_level of
	 * 1 the tables of base pages are read entry by entry, which is slower.
	 */
	enum iq_radix_kind (*step)(const struct iq_radix_root *root, unsigned int level, uint64_t entry,
				   enum iq_radix_kind kind, struct iq_radix_target *target);
	/*
	 * The same tables by what they say of the past: its pages are those that are not mapped any more and that an entry still
	 * names. NULL: entries keep nothing.
	 */
	const struct iq_radix_form *past;
};

/*
 * The root of one stage of translation: a table of @levels levels, the IOVAs that it is about, and what the entry above it
 * allows.
 */
struct iq_radix_root {
	const struct iq_radix_form *form;
	uint64_t table; /* physical address */
	uint8_t levels; /* 1 .. form->max_levels */
	bool read, write;
	uint64_t encryption; /* bit of an address in an entry that is no part of it, as SME's C-bit; 0: none */
	struct iq_radix_layout layout; /* shift[0] 0: the form's */
	uint64_t base;	     /* IOVA that the first entry of the table is about, a multiple of a base page */
	uint64_t first, last;/* the IOVAs in use, in whole base pages, where they are fewer than the table reaches; last 0: all of them */
};

/* The layout of the tables of @root, whose form is not NULL. */
static inline const struct iq_radix_layout *iq_radix_layout(const struct iq_radix_root *root)
{
	return root->layout.shift[0] ? &root->layout : &root->form->layout;
}

/* Is @entry of a table of @form at @level, if it is present, a page rather than a table? */
static inline bool iq_radix_is_page(const struct iq_radix_form *form, unsigned int level, uint64_t entry)
{
	uint64_t next;

	if (!form->next_level)
		return level == 1 || !iq_radix_matches(entry, &form->table);
	next = iq_field(entry, form->next_level);
	return !next || (form->encoded_level && next == form->encoded_level);
}

/* x86-64 long-mode tables, 4 or 5 levels: those of CPUs, AMD guest ("v2") tables, VT-d first stage. */
extern const struct iq_radix_form iq_form_x86_64;

#endif
