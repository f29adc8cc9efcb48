/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump that is open. What its format has of its own is one const table of operations; the format serves pages, and the
 * cache above it keeps what the core's readers may hold pointers to.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "file.h"
#include "io.h"
#include "base/message.h"
#include "pages.h"

#define SOURCE_PAGES 64u /* cached; struct iq_memory promises that the last 8 stay */

struct source;

enum source_answer {
	SOURCE_READ,
	SOURCE_OUTSIDE,	 /* no memory there as far as the dump knows */
	SOURCE_EXCLUDED, /* memory, but left out of the dump */
	SOURCE_DAMAGED,	 /* it should be there, but cannot be read */
};

enum probe_answer {
	PROBE_OTHER,   /* not of this format: the next one is asked */
	PROBE_TAKEN,   /* of this format; file->arch is filled in */
	PROBE_REFUSED, /* of this format, but a kind of it that cannot be read */
};

/* Where notes lie in the file. */
struct notes_span {
	uint64_t offset, size;
};

/* The same of all notes, once they were looked for. */
struct notes_places {
	bool known;
	struct notes_span *span;
	size_t count;
};

/* A format of dumps. */
struct source_format {
	const char *name;   /* for messages */
	unsigned int files; /* that one dump can have at most */
	/* Look at the first @size bytes of @file, at @head. @reason is filled in for PROBE_REFUSED. */
	enum probe_answer (*probe)(struct dump_file *file, const uint8_t *head, size_t size, struct kq_reason *reason);
	/*
	 * Whether @other, which the probe took too, is of one dump with @first. False with @reason, which ends a sentence that
	 * begins with its name. NULL: a dump has one file.
	 */
	bool (*same)(const struct dump_file *first, const struct dump_file *other, struct kq_reason *reason);
	/*
	 * Find where @file, that the probe took, has ELF notes: *@span (freed by the caller, also after a failure) are *@count
	 * places. Before start() too. False with @reason.
	 */
	bool (*notes)(const struct dump_file *file, struct notes_span **span, size_t *count, struct kq_reason *reason);
	/* Make ready to read memory; @source->frames, @source->stored and @source->missing are filled in. */
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

/* The format that every program reads, */
extern const struct source_format source_elf;
/* and the formats of a program that reads no other. */
extern const struct source_format *const source_only_elf[];

struct source {
	struct iq_memory memory; /* first: readers get at the source through it */
	const struct source_format *format;
	void *private; /* of the format */
	bool started, ready;
	uint64_t frames; /* of 4 KiB that the dump knows of, set by start(); after source_start() as many as can be tables */
	uint64_t stored; /* how many of them have bytes of their own in the files, set by start() */
	struct kq_reason missing;   /* which files of the dump were not given, in words; empty: none */
	struct notes_places notes;  /* @see notes.h */
	struct dump_file *file; /* one, or those of a split set; all of one format and one kind of machine */
	unsigned int files;
	struct source *snapshot; /* has pages that the dump lacks; NULL: none, @see source_fill() */
	struct page_set filled;	 /* those that were read from there */
	bool zero_excluded; /* pages that were left out read as zeros */
	bool by_page;	    /* the file is not mapped: only the cache below holds parts of it. Set before source_start() */
	unsigned int reads; /* that may be done before the budget is asked again */
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
 * Open the dump in the @files files called @path: the first of @formats (NULL behind the last) that takes it is its format. Its
 * memory can be read after source_start(). NULL with @reason.
 */
struct source *source_open(const struct source_format *const *formats, char *const *path, unsigned int files,
			   bool zero_excluded, struct kq_reason *reason);
/*
 * From now on, pages that the dump @source lacks are read from @snapshot: dumps of one crash. @snapshot belongs to @source then. To be
 * called before source_start() of @source. False with @reason: the memory of @snapshot cannot be read, and it was closed.
 */
bool source_fill(struct source *source, struct source *snapshot, struct kq_reason *reason);
/* Make its memory ready to be read. May be called again: that changes nothing. */
bool source_start(struct source *source, struct kq_reason *reason);
void source_close(struct source *source);
/* How many page tables one walk may read: no more than there are pages of the dump, and than the budget has left. */
uint64_t source_tables(const struct source *source);
/* Which of the two it is that a walk has come to. Fills in @reason; always false. */
bool source_tables_exceeded(const struct source *source, struct kq_reason *reason);
/* Why the last page that could not be read could not, in words. */
const char *source_trouble(struct source *source);

/* What kind of machine the dump is of. */
static inline const struct dump_arch *source_arch(const struct source *source)
{
	return &source->file[0].arch;
}

#endif
