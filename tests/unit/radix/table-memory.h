/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small physical memory for page tables, and a visitor that records the walker's runs and errors.
 */
#ifndef TABLE_MEMORY_H
#define TABLE_MEMORY_H

#include "radix.h"

#define MEMORY_BASE  UINT64_C(0x100000)
#define MEMORY_PAGES 64u
#define SEEN_MAX     4096u
#define COPIES	     8u

struct table_memory {
	struct iq_memory memory; /* first */
	uint64_t used;		 /* bytes */
	unsigned int pages;
	uint64_t hole, hole_length; /* the part that cannot be read */
	unsigned int maps;	    /* calls of map() */
	uint8_t *copy[COPIES];
	uint64_t page[][512];
};

/* Zeroed memory of MEMORY_PAGES pages, or of the given number. */
struct table_memory *table_memory_new(void);
struct table_memory *table_memory_of(unsigned int pages);
void table_memory_free(struct table_memory *m);
/* The physical address of a new zeroed page. */
uint64_t table_new(struct table_memory *m);
/* The same for @bytes, a power of two; aligned to @bytes. */
uint64_t table_new_of(struct table_memory *m, uint64_t bytes);
/* The entries from @address on. */
uint64_t *table_at(struct table_memory *m, uint64_t address);

/* A root without restrictions. */
struct iq_radix_root root_of(const struct iq_radix_form *form, uint64_t table, unsigned int levels);

struct seen {
	struct iq_radix_visitor visitor;
	struct iq_mapping mapping[SEEN_MAX];
	unsigned int mappings;
	struct iq_radix_error error[SEEN_MAX];
	unsigned int errors;
	unsigned int stop_after; /* number of runs; 0: never */
	struct iq_radix_totals totals;
	enum iq_status status;
};

/* An empty record with its visitor. The caller frees it. */
struct seen *seen_new(void);
/* Walk @root, over @max_tables tables at most (0: no limit). The caller frees the result. */
struct seen *walk(struct table_memory *m, const struct iq_radix_root *root, uint64_t max_tables);
/* The same, but the visitor ends the walk after @runs runs. */
struct seen *walk_until(struct table_memory *m, const struct iq_radix_root *root, unsigned int runs);
/* Fail unless run @index is this one. */
void assert_run(const struct seen *seen, unsigned int index, uint64_t iova, uint64_t physical, uint64_t length,
		const char *flags);
void assert_error(const struct seen *seen, unsigned int index, enum iq_status status, unsigned int level,
		  unsigned int entry_index, uint64_t table, uint64_t entry, uint64_t iova);

/* A random number below @below. The sequence is the same in each run of a test. */
uint64_t random_below(uint64_t below);
/*
 * Fail unless translating single addresses agrees with @seen: addresses in a run have the run's translation, addresses between runs
 * have none.
 */
void check_by_translation(struct table_memory *m, const struct iq_radix_root *root, const struct seen *seen);

/* AMD v1 entries. @next: 0 for a page of the level's size, 7 for an encoded one, else the level of the next table. */
uint64_t amd(uint64_t address, unsigned int next, const char *flags);
/* The address field of an encoded page of @size bytes at @address. */
uint64_t amd_encoded(uint64_t address, uint64_t size, const char *flags);
/* x86-64 entries with U/S set. */
uint64_t x86(uint64_t address, const char *flags);
/* VT-d second-stage entries. */
uint64_t vtd(uint64_t address, const char *flags);

#endif
