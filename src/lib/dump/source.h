/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where physical memory comes from: one const table of operations a kind of dump. A source serves pages; the cache above
 * it keeps what the core's readers may hold pointers to.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "file.h"
#include "io.h"
#include "base/message.h"

#define SOURCE_PAGES 64u /* cached; struct iq_memory promises that the last 8 stay */

struct source;

enum source_answer {
	SOURCE_READ,
	SOURCE_OUTSIDE,	 /* no memory there as far as the dump knows */
	SOURCE_EXCLUDED, /* memory, but left out of the dump */
	SOURCE_DAMAGED,	 /* it should be there, but cannot be read */
};

struct source_ops {
	const char *name;
	unsigned int files; /* that one dump can have at most */
	/* Whether this is a file of this kind, by its first @size bytes. Passes on to the next kind if not. */
	bool (*probe)(const uint8_t *head, size_t size);
	/* Make ready to read memory. */
	bool (*start)(struct source *source, struct kq_reason *reason);
	/* After start(), also when that failed. */
	void (*close)(struct source *source);
	/* Read the page at @address, a multiple of 4 KiB. @reason is filled in for SOURCE_DAMAGED. */
	enum source_answer (*page)(struct source *source, uint64_t address, void *to, struct kq_reason *reason);
	/*
	 * The page at @address where it lies, 8-aligned and for as long as the source is open; NULL: ask page(). May be NULL.
	 */
	const void *(*direct)(struct source *source, uint64_t address);
	/*
	 * Memory that the dump knows of from @from on, stored or not: *@start and *@length of the next run, which ends below
	 * 2^64. False: no more.
	 */
	bool (*range)(const struct source *source, uint64_t from, uint64_t *start, uint64_t *length);
};

extern const struct source_ops source_elf;
extern const struct source_ops source_kdump;
/* Every program has its own: the kinds that it reads, NULL behind the last. */
extern const struct source_ops *const source_kinds[];

struct source {
	struct iq_memory memory; /* first: readers get at the source through it */
	const struct source_ops *ops;
	void *private; /* of the operations */
	bool started, ready;
	uint64_t frames;	/* of 4 KiB that the dump knows of, set by start(): there cannot be more tables */
	struct dump_file *file; /* one, or those of a split set */
	unsigned int files;
	bool zero_excluded; /* read pages that were left out as zeros */
	bool by_page;	    /* the file is not mapped: what is held of it is the cache below. Set before source_start() */
	uint64_t clock;
	unsigned int last;	       /* page that was asked for */
	uint64_t cached[SOURCE_PAGES]; /* its address, 1: none */
	uint64_t used[SOURCE_PAGES];   /* when, by the clock */
	uint8_t page[SOURCE_PAGES][IQ_PAGE_SIZE] __attribute__((aligned(64)));
	uint64_t failed;	   /* address of the last page that could not be read */
	enum source_answer answer; /* and why */
	struct kq_reason detail;
};

/*
 * Open the dump in the @files files called @path and find out what it is. Its memory is there after source_start(). NULL with
 * @reason.
 */
struct source *source_open(char *const *path, unsigned int files, bool zero_excluded, struct kq_reason *reason);
/* May be called again: that changes nothing. */
bool source_start(struct source *source, struct kq_reason *reason);
void source_close(struct source *source);
/* In words: why the last page that could not be read could not. */
const char *source_trouble(struct source *source);

#endif
