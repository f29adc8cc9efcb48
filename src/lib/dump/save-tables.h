/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of a dump as a dump of their own, with its notes, in a file that is there as a whole or not at all. For
 * iommu-inspect and iommu-reconcile.
 */
#ifndef SAVE_TABLES_H
#define SAVE_TABLES_H

#include "pages.h"
#include "source.h"

struct save {
	struct source *source; /* the dump, started */
	char *const *dump;     /* names of its files, source->files: never written to */
	struct kq_pages *pages;
	const char *path; /* of the new file */
	bool force;	  /* in place of what is there */
	/* Called for each page, may be NULL. */
	void (*progress)(struct save *save, uint64_t done, uint64_t total);
	void *context;	/* of it */
	uint64_t bytes; /* out: of the new file */
};

/* False with @reason; nothing is left behind then. */
bool save_tables(struct save *save, struct kq_reason *reason);

#endif
