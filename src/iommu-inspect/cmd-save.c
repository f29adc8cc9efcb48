/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect save: the tables of a dump as a dump of their own, a few megabytes that can be mailed and answer as the
 * whole does.
 */
#include "collect.h"
#include "inspect.h"
#include "newfile.h"
#include "notes.h"
#include "progress.h"
#include "snapshot.h"
#include "units-source.h"

#include <inttypes.h>
#include <stdlib.h>

#define RANGES_MAX 4096u /* runs of memory that are told apart */

static void on_collect(struct collect *collect, uint64_t done, uint64_t total)
{
	progress(collect->context, "reading tables", done, total);
}

static void on_write(const struct kq_snapshot *snapshot, uint64_t done, uint64_t total)
{
	progress(snapshot->context, "writing pages", done, total);
}

static bool read_notes(const struct kq_snapshot *snapshot, uint64_t offset, void *to, size_t size,
		       struct kq_reason *reason)
{
	const struct inspect *inspect = snapshot->context;

	return file_read(&inspect->source->file[0], offset, to, size, "notes", reason);
}

/* The memory that the dump knows of; what finds no room is added to the last run. */
static size_t find_ranges(const struct source *source, struct kq_snapshot_range *range)
{
	uint64_t start, length, from = 0;
	size_t count = 0;

	while (source->ops->range(source, from, &start, &length)) {
		from = start + length;
		if (count < RANGES_MAX)
			range[count++] = (struct kq_snapshot_range){ start, length };
		else
			range[count - 1].length = from - range[count - 1].start;
	}
	return count;
}

static bool write_file(struct inspect *inspect, struct kq_snapshot *snapshot, const char *path, uint64_t *bytes,
		       struct kq_reason *reason)
{
	struct kq_newfile file;

	for (unsigned int i = 0; i < inspect->files; i++)
		if (inspect->force && kq_newfile_is(path, inspect->file[i]))
			return kq_fail(reason, "%s: it is the dump itself", path);
	if (!kq_newfile_open(&file, path, inspect->force, reason))
		return false;
	if (!kq_snapshot_write(snapshot, file.fd, bytes, reason)) {
		kq_newfile_drop(&file);
		return false;
	}
	return kq_newfile_keep(&file, reason);
}

static void tell(struct inspect *inspect, const char *path, uint64_t pages, uint64_t bytes)
{
	if (!inspect->use_json) {
		kq_output_format(&inspect->out, "%s: %" PRIu64 " pages of tables, queues and logs, %" PRIu64 " bytes\n",
				 path, pages, bytes);
		return;
	}
	inspect_json(inspect, "save");
	kq_json_string(&inspect->json, "file", path);
	kq_json_number(&inspect->json, "pages", pages);
	kq_json_number(&inspect->json, "bytes", bytes);
	kq_json_end(&inspect->json);
}

static void save(struct inspect *inspect, const char *path, struct kq_pages *pages, struct kq_snapshot_range *range)
{
	struct collect collect = {
		.evidence = &inspect->evidence,
		.pages = pages,
		.max_tables = iq_min(IQ_RADIX_TABLES_MAX, inspect->source->frames),
		.progress = on_collect,
		.context = inspect,
	};
	struct kq_snapshot snapshot = {
		.pages = pages,
		.range = range,
		.read_notes = read_notes,
		.progress = on_write,
		.context = inspect,
	};
	struct kq_snapshot_notes *notes = NULL;
	struct kq_reason reason;
	uint64_t bytes;

	units_remember(inspect, &pages->memory);
	snapshot.ranges = find_ranges(inspect->source, range);
	if (!collect_tables(&collect)) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	if (!notes_segments(&inspect->source->file[0], &notes, &snapshot.notes_count, &snapshot.machine, &reason)) {
		inspect_trouble(inspect, "%s", reason.text);
		return;
	}
	snapshot.notes = notes;
	if (write_file(inspect, &snapshot, path, &bytes, &reason)) {
		progress_end(inspect);
		tell(inspect, path, pages->count, bytes);
	} else {
		inspect_trouble(inspect, "%s", reason.text);
	}
	free(notes);
	if (collect.unreadable)
		inspect_trouble(inspect,
				"%" PRIu64 " tables or entries cannot be read and are not in the snapshot either",
				collect.unreadable);
	if (collect.gave_up)
		inspect_trouble(inspect, "more tables than there is memory for: not all are in the snapshot");
}

void cmd_save(struct inspect *inspect, char **arguments)
{
	struct kq_snapshot_range *range = calloc(RANGES_MAX, sizeof(*range));
	struct kq_pages pages;

	if (!range) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	kq_pages_start(&pages, &inspect->source->memory);
	save(inspect, arguments[0], &pages, range);
	kq_pages_free(&pages);
	free(range);
}
