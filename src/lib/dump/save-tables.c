/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory and the notes of the snapshot come from the dump; newfile.h makes the file.
 */
#include "save-tables.h"

#include "base/cleanup.h"
#include "base/newfile.h"
#include "notes.h"
#include "snapshot.h"

#define RANGES_MAX 4096u /* runs of memory in a snapshot */

static bool read_notes(const struct snapshot *snapshot, uint64_t offset, void *to, size_t size,
		       struct kq_reason *reason)
{
	const struct save *save = snapshot->context;

	return file_read(&save->source->file[0], offset, to, size, "notes", reason);
}

/* The memory that the dump knows of. Where there are more than RANGES_MAX runs, the last one reaches to the end of them all. */
static size_t find_ranges(const struct source *source, struct snapshot_range *range)
{
	uint64_t start, length, from = 0;
	size_t count = 0;

	while (source->format->range(source, from, &start, &length)) {
		from = start + length;
		if (count < RANGES_MAX)
			range[count++] = (struct snapshot_range){ start, length };
		else
			range[count - 1].length = from - range[count - 1].start;
	}
	return count;
}

static bool write_file(struct save *save, const struct snapshot *snapshot, struct kq_reason *reason)
{
	struct kq_newfile file;

	for (unsigned int i = 0; i < save->source->files; i++)
		if (save->force && kq_newfile_is(save->path, save->dump[i]))
			return kq_fail(reason, "%s: it is the dump itself", save->path);
	if (!kq_newfile_open(&file, save->path, save->force, reason))
		return false;
	if (!snapshot_write(snapshot, file.fd, &save->bytes, reason)) {
		kq_newfile_drop(&file);
		return false;
	}
	return kq_newfile_keep(&file, reason);
}

bool save_tables(struct save *save, struct kq_reason *reason)
{
	_cleanup_free_ struct snapshot_range *range = calloc(RANGES_MAX, sizeof(*range));
	struct snapshot snapshot = {
		.arch = *source_arch(save->source),
		.pages = save->pages,
		.range = range,
		.read_notes = read_notes,
		.context = save,
	};

	if (!range)
		return kq_fail(reason, "out of memory");
	snapshot.ranges = find_ranges(save->source, range);
	return notes_spans(save->source, &snapshot.notes, &snapshot.notes_count, reason) &&
	       write_file(save, &snapshot, reason);
}
