/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a snapshot: an ELF core with some pages of a machine's memory and all of its notes, which also says what other
 * memory there was. It is read as any other dump. For save-tables.c.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "base/message.h"
#include "pages.h"
#include "source.h"

/* Memory that the dump knows of, whether the snapshot holds it or not. */
struct snapshot_range {
	uint64_t start, length; /* length is not 0 */
};

struct snapshot {
	struct dump_arch arch;  /* of the dump that it is taken of: the snapshot has its byte order too */
	struct page_set *pages; /* to be written; they are read from @pages->below */
	const struct notes_span *notes; /* of that dump */
	size_t notes_count;
	const struct snapshot_range *range;
	size_t ranges;
	/* Read @size bytes of notes at @offset of the dump. False with @reason. */
	bool (*read_notes)(const struct snapshot *snapshot, uint64_t offset, void *to, size_t size,
	                   struct kq_reason *reason);
	void *context; /* for read_notes() */
};

/*
 * Write @snapshot to @fd in one go, without seeking; it takes 64 KiB of memory besides the list of pages. How many bytes it
 * wrote goes to *@written. False with @reason; the file is of no use then.
 */
bool snapshot_write(const struct snapshot *snapshot, int fd, uint64_t *written, struct kq_reason *reason);

#endif
