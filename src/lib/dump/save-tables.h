/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing pages and notes of a dump as a small dump of their own. The file appears when it is complete, or not at all. For
 * iommu-inspect and iommu-reconcile.
 */
#ifndef SAVE_TABLES_H
#define SAVE_TABLES_H

#include "pages.h"
#include "source.h"

struct save {
	struct source *source; /* the dump, started */
	char *const *dump;     /* names of its source->files files, which are never written to */
	struct page_set *pages;
	const char *path; /* of the new file */
	bool force;	  /* replace a file that is there */
	uint64_t bytes; /* out: of the new file */
};

/* Write the file. False with @reason; no file is left then. */
bool save_tables(struct save *save, struct kq_reason *reason);

#endif
