/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a snapshot of any dump has the pages that were read and the notes as they are, and can be read again.
 */
#include "fuzz.h"

#include "base/budget.h"
#include "dump/formats.h"
#include "dump/notes.h"
#include "dump/snapshot.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RANGES_MAX 64u
#define PAGES_MAX  4u /* of a range */
#define NOTE_BYTES (UINT64_C(1) << 20)

static bool read_notes(const struct snapshot *snapshot, uint64_t offset, void *to, size_t size, struct kq_reason *reason)
{
	const struct source *source = snapshot->context;

	return file_read(&source->file[0], offset, to, size, "notes", reason);
}

/* The memory that the dump knows of, of which the first pages are read. */
static size_t read_pages(struct source *source, struct page_set *pages, struct snapshot_range *range)
{
	uint64_t start, length, from = 0;
	size_t count = 0;

	while (count < RANGES_MAX && source->format->range(source, from, &start, &length)) {
		from = start + length;
		range[count++] = (struct snapshot_range){ start, length };
		for (uint64_t i = 0; i < PAGES_MAX; i++)
			if (i * IQ_PAGE_SIZE < length)
				pages->memory.map(&pages->memory, (start & IQ_PAGE_MASK) + i * IQ_PAGE_SIZE, IQ_PAGE_SIZE);
	}
	return count;
}

/* The notes of both, one place behind the other, are the same bytes. */
static void compare_notes(struct source *dump, struct source *snapshot)
{
	const struct notes_span *from, *to;
	struct kq_reason reason;
	size_t count, copies;
	uint64_t at = 0;

	require(notes_spans(dump, &from, &count, &reason) && notes_spans(snapshot, &to, &copies, &reason));
	require(copies == count);
	for (size_t i = 0; i < count; i++) {
		require(to[i].size == from[i].size && (!i || to[i].offset == at));
		at = to[i].offset + to[i].size;
		for (uint64_t done = 0; done < from[i].size; done += 256) {
			const size_t size = (size_t)iq_min(256, from[i].size - done);
			uint8_t a[256], b[256];

			require(file_read(&dump->file[0], from[i].offset + done, a, size, "notes", &reason) &&
				file_read(&snapshot->file[0], to[i].offset + done, b, size, "notes", &reason));
			require(!memcmp(a, b, size));
		}
	}
}

static void compare_pages(struct source *dump, struct source *snapshot, const struct page_set *pages)
{
	for (size_t i = 0; i < pages->count; i++) {
		const uint8_t *a = dump->memory.map(&dump->memory, pages->slot[i], IQ_PAGE_SIZE);
		const uint8_t *b = snapshot->memory.map(&snapshot->memory, pages->slot[i], IQ_PAGE_SIZE);

		require(a && b && !memcmp(a, b, IQ_PAGE_SIZE));
	}
}

static void read_again(struct source *dump, int fd, const struct page_set *pages, const struct snapshot *written)
{
	char path[32], *paths[] = { path };
	struct kq_reason reason;
	struct source *snapshot;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	snapshot = source_open(source_only_elf, paths, 1, false, &reason);
	require(snapshot && dump_arch_same(source_arch(dump), source_arch(snapshot)));
	compare_notes(dump, snapshot);
	require(source_start(snapshot, &reason) || !written->ranges);
	if (snapshot->ready)
		compare_pages(dump, snapshot, pages);
	source_close(snapshot);
}

static void save(struct source *source)
{
	struct snapshot_range range[RANGES_MAX];
	struct page_set pages;
	struct snapshot snapshot = { .arch = *source_arch(source), .pages = &pages, .range = range,
				     .read_notes = read_notes, .context = source };
	struct kq_reason reason;
	uint64_t written, bytes = 0;
	const int fd = memfd_create("snapshot", MFD_CLOEXEC);

	page_set_start(&pages, &source->memory);
	snapshot.ranges = read_pages(source, &pages, range);
	if (notes_spans(source, &snapshot.notes, &snapshot.notes_count, &reason) &&
	    snapshot_write(&snapshot, fd, &written, &reason)) {
		for (size_t i = 0; i < snapshot.notes_count; i++)
			bytes += snapshot.notes[i].size;
		require(bytes <= NOTE_BYTES && written >= bytes + pages.count * IQ_PAGE_SIZE);
		read_again(source, fd, &pages, &snapshot);
	}
	page_set_free(&pages);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[32], *paths[] = { path };
	struct kq_reason reason;
	struct source *source;
	int fd;

	fd = fuzz_file(bytes, size, path);
	kq_budget_set(KQ_BUDGET_NOTE_BYTES, 2 * NOTE_BYTES); /* those of the dump, and of the snapshot again */
	source = source_open(inspect_formats, paths, 1, size & 1, &reason);
	if (source && source_start(source, &reason) && source_arch(source)->machine)
		save(source);
	source_close(source);
	close(fd);
	return 0;
}
