/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a snapshot: an ELF core that holds some pages of a machine's memory and its notes, and says which memory
 * there was besides. For iommu-inspect and for iommu-reconcile; read again as any other dump.
 */
#ifndef KQ_SNAPSHOT_H
#define KQ_SNAPSHOT_H

#include "base/message.h"
#include "pages.h"
#include "source.h"

/* Memory that the dump knows of, whether the snapshot holds it or not. */
struct kq_snapshot_range {
	uint64_t start, length; /* length is not 0 */
};

struct kq_snapshot {
	struct dump_arch arch;  /* of the dump that it is taken of: the snapshot has its byte order too */
	struct kq_pages *pages; /* to be written; read through @pages->below */
	const struct notes_span *notes; /* of that dump */
	size_t notes_count;
	const struct kq_snapshot_range *range;
	size_t ranges;
	/* Read @size bytes of notes at @offset of the dump. False with @reason. */
	bool (*read_notes)(const struct kq_snapshot *snapshot, uint64_t offset, void *to, size_t size,
	                   struct kq_reason *reason);
	/* Called for each page, may be NULL. */
	void (*progress)(const struct kq_snapshot *snapshot, uint64_t done, uint64_t total);
	void *context; /* of these two */
};

/*
 * Write @snapshot to @fd from its start to its end: nothing is sought, and no more than 64 KiB are held besides the
 * list of pages. False with @reason; what is in the file then is of no use. Bytes that were written go to *@written.
 */
bool kq_snapshot_write(const struct kq_snapshot *snapshot, int fd, uint64_t *written, struct kq_reason *reason);

#endif
