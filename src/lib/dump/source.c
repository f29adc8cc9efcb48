/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a dump of any of a program's formats, and the page cache between it and the core's readers.
 */
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/foreign.h"
#include "base/progress.h"

#define LIVE_HOST "/proc/kcore"
#define NO_PAGE	  UINT64_C(1)
#define READS	  4096u /* that are taken out of the budget at a time */
#define ENTRIES	  (IQ_PAGE_SIZE / sizeof(uint64_t)) /* of a table */
#define NOT_STORED 65536u

static unsigned int oldest(const struct source *source)
{
	unsigned int page = 0;

	for (unsigned int i = 1; i < SOURCE_PAGES; i++)
		if (source->used[i] < source->used[page])
			page = i;
	return page;
}

/* Read the page at @address, which the dump lacks, from the snapshot. */
static bool fill(struct source *source, uint64_t address, void *to)
{
	struct source *snapshot = source->snapshot;
	struct kq_reason unused;

	if (!snapshot || snapshot->format->page(snapshot, address, to, &unused) != SOURCE_READ)
		return false;
	page_set_add(&source->filled, address);
	return true;
}

/* Read the page at @address into the cache, in place of the one that was used longest ago. False if it cannot be read. */
static bool fetch(struct source *source, uint64_t address)
{
	const unsigned int page = oldest(source);
	enum source_answer answer;

	source->cached[page] = NO_PAGE;
	answer = source->format->page(source, address, source->page[page], &source->detail);
	if (answer != SOURCE_READ && fill(source, address, source->page[page]))
		answer = SOURCE_READ;
	if (answer == SOURCE_EXCLUDED && source->zero_excluded) {
		memset(source->page[page], 0, IQ_PAGE_SIZE);
		answer = SOURCE_READ;
	}
	if (answer != SOURCE_READ) {
		source->failed = address;
		source->answer = answer;
		return false;
	}
	source->cached[page] = address;
	source->last = page;
	return true;
}

static bool find(struct source *source, uint64_t address)
{
	if (source->cached[source->last] == address)
		return true;
	for (unsigned int i = 0; i < SOURCE_PAGES; i++) {
		if (source->cached[i] == address) {
			source->last = i;
			return true;
		}
	}
	return fetch(source, address);
}

/* Ask the budget for the next reads, of which one is for @address. */
static bool may_read(struct source *source, uint64_t address)
{
	const bool may = kq_budget_take(KQ_BUDGET_READS, READS, &source->detail);

	kq_progress_below("reads of memory", kq_budget_limit(KQ_BUDGET_READS) - kq_budget_left(KQ_BUDGET_READS));
	source->reads = may ? READS - 1 : 0;
	if (!may) {
		source->failed = address;
		source->answer = SOURCE_DAMAGED;
	}
	return may;
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct source *source = (struct source *)memory;
	const uint8_t *page;

	(void)length; /* the range lies in one page (io.h) */
	if (!source->reads-- && !may_read(source, address))
		return NULL;
	page = source->format->direct ? source->format->direct(source, address & IQ_PAGE_MASK) : NULL;
	if (page)
		return page + (address & ~IQ_PAGE_MASK);
	if (!find(source, address & IQ_PAGE_MASK))
		return NULL;
	source->used[source->last] = ++source->clock;
	return source->page[source->last] + (address & ~IQ_PAGE_MASK);
}

/* Whether the address that failed would be one of memory if one of its high bits were clear. */
static bool looks_encrypted(const struct source *source)
{
	const uint64_t high = source->failed & IQ_MASK(51, 43), low = source->failed & ~high;
	uint64_t start, length;

	return high && !(high & (high - 1)) && source->format->range(source, low, &start, &length) && start == low;
}

const char *source_trouble(struct source *source)
{
	static char text[512];
	const uint64_t frame = source->failed / IQ_PAGE_SIZE;

	switch (source->answer) {
	case SOURCE_READ:
		return "no trouble";
	case SOURCE_OUTSIDE:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " is outside the memory that the dump describes%s", frame,
			 looks_encrypted(source) ? ", but not without its topmost bit: see --c-bit" : "");
		break;
	case SOURCE_EXCLUDED:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " was excluded from the dump", frame);
		break;
	case SOURCE_DAMAGED:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " cannot be read: %s", frame, source->detail.text);
		break;
	}
	return text;
}

uint64_t source_tables(const struct source *source)
{
	return iq_min(source->frames, kq_budget_left(KQ_BUDGET_TABLES));
}

bool source_tables_exceeded(const struct source *source, struct kq_reason *reason)
{
	if (kq_budget_left(KQ_BUDGET_TABLES) < source->frames)
		return kq_budget_exceeded(KQ_BUDGET_TABLES, reason);
	return kq_fail(reason, "more tables than the %" PRIu64 " that there is memory for, so that they must be shared",
		       source->frames);
}

/* What a program reads, in words. */
static const char *names_of(const struct source_format *const *formats, char text[128])
{
	size_t used = 0;

	for (size_t i = 0; formats[i] && used < 128; i++)
		used += (size_t)snprintf(text + used, 128 - used, "%s%s", i ? " or " : "", formats[i]->name);
	return text;
}

/* The format of @file, and what kind of machine it is of in file->arch. NULL with @reason. */
static const struct source_format *probe(const struct source_format *const *formats, struct dump_file *file,
					 struct kq_reason *reason)
{
	uint8_t head[4096] = { 0 };
	size_t size = file_head(file, head, sizeof(head));
	char text[128];

	if (!size) {
		kq_fail(reason, "the file is empty or cannot be read");
		return NULL;
	}
	if (kq_foreign_look(head, size, KQ_WANTED_DUMP, reason) != KQ_FOREIGN_UNKNOWN)
		return NULL;
	for (size_t i = 0; formats[i]; i++) {
		switch (formats[i]->probe(file, head, size, reason)) {
		case PROBE_OTHER:
			continue;
		case PROBE_TAKEN:
			return formats[i];
		case PROBE_REFUSED:
			return NULL;
		}
	}
	kq_fail(reason, "not a dump: it is not %s", names_of(formats, text));
	return NULL;
}

/* Open the next file and find its format. */
static const struct source_format *open_file(struct source *source, const struct source_format *const *formats,
					     const char *path, struct kq_reason *reason)
{
	if (!file_open(path, &source->file[source->files], reason)) {
		if (!strcmp(path, LIVE_HOST) && access(path, R_OK))
			kq_fail(reason,
				"%s: only root can read the running host's memory, its kernel needs CONFIG_PROC_KCORE, "
				"and lockdown=confidentiality forbids it to everybody",
				strerror(errno));
		return NULL;
	}
	return probe(formats, &source->file[source->files++], reason);
}

/* Whether file @i, of @format, can be of one dump with the first. */
static bool fits(const struct source *source, unsigned int i, const struct source_format *format, const char *path,
		 struct kq_reason *reason)
{
	const struct dump_arch *first = source_arch(source), *other = &source->file[i].arch;
	struct kq_reason why;

	if (format != source->format)
		return kq_fail(reason, "%s is no dump of the same kind", path);
	if (!dump_arch_same(first, other))
		return kq_fail(reason, "%.100s is a dump of %s, the first file is one of %s", path, other->name, first->name);
	return !i || !format->same || format->same(&source->file[0], &source->file[i], &why) ||
	       kq_fail(reason, "%.60s %.180s", path, why.text);
}

/* Open all files; the format of the first is that of all. */
static bool open_files(struct source *source, const struct source_format *const *formats, char *const *path,
		       unsigned int files, struct kq_reason *reason)
{
	source->file = calloc(files, sizeof(*source->file));
	if (!source->file)
		return kq_fail(reason, "out of memory");
	for (unsigned int i = 0; i < files; i++) {
		const struct source_format *format;
		struct kq_reason why;

		format = open_file(source, formats, path[i], &why);
		if (!format)
			return i ? kq_fail(reason, "%.60s: %.180s", path[i], why.text)
				 : kq_fail(reason, "%s", why.text);
		if (!i)
			source->format = format;
		if (!fits(source, i, format, path[i], reason))
			return false;
	}
	if (files > source->format->files)
		return kq_fail(reason, "%u files, but a dump of this kind has one", files);
	return true;
}

struct source *source_open(const struct source_format *const *formats, char *const *path, unsigned int files,
			   bool zero_excluded, struct kq_reason *reason)
{
	struct source *source = aligned_alloc(64, sizeof(*source));

	if (!source) {
		kq_fail(reason, "out of memory");
		return NULL;
	}
	memset(source, 0, sizeof(*source));
	source->memory.map = map;
	page_set_start(&source->filled, NULL);
	source->zero_excluded = zero_excluded;
	for (unsigned int i = 0; i < SOURCE_PAGES; i++)
		source->cached[i] = NO_PAGE;
	if (open_files(source, formats, path, files, reason))
		return source;
	source_close(source);
	return NULL;
}

/*
 * A file may claim to have any amount of memory. What is not stored reads as zeros at most, and such a page leads to no other: it is
 * named by one that is stored. Some are allowed for in any case: copies have pages of zeros as holes, and a snapshot has a table once
 * that is met often.
 */
static uint64_t can_be_tables(const struct source *source)
{
	return (source->zero_excluded ? ENTRIES : 1) * source->stored + NOT_STORED;
}

bool source_fill(struct source *source, struct source *snapshot, struct kq_reason *reason)
{
	if (!source_start(snapshot, reason)) {
		source_close(snapshot);
		return false;
	}
	source->snapshot = snapshot;
	return true;
}

bool source_start(struct source *source, struct kq_reason *reason)
{
	if (source->started)
		return source->ready || kq_fail(reason, "its memory cannot be read");
	source->started = true;
	source->ready = source->format->start(source, reason);
	if (source->snapshot) {
		source->frames += source->snapshot->stored;
		source->stored += source->snapshot->stored;
	}
	source->frames = iq_min(source->frames, can_be_tables(source));
	return source->ready;
}

static void close_one(struct source *source)
{
	if (source->started)
		source->format->close(source);
	for (unsigned int i = 0; i < source->files; i++)
		file_close(&source->file[i]);
	page_set_free(&source->filled);
	free(source->file);
	free(source->notes.span);
	free(source);
}

void source_close(struct source *source)
{
	if (!source)
		return;
	/* A snapshot has none of its own. */
	if (source->snapshot)
		close_one(source->snapshot);
	close_one(source);
}
