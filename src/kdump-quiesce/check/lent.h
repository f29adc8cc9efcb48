/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that the capture kernel lends to the running one (crashkernel=SIZE,cma): where it lies, and which devices could
 * be writing to it. The capture kernel takes it back without asking them. Used by `check`.
 */
#ifndef KQ_LENT_H
#define KQ_LENT_H

#include "dry-run/dry-run.h"

#define KQ_LENT_RANGES 16u /* Linux has up to 4 */

/* A source id that can write to it now. */
struct kq_writer {
	char name[24];	/* as people read it: dddd:bb:dd.f, or UNIT:0xID */
	bool all;	/* its DMA is not translated: to all of it */
	bool preserved; /* a rule says that it goes on after the crash */
	uint64_t bytes; /* of that memory, where it is translated */
};

struct kq_lent {
	bool asked;			       /* the running kernel's command line asks for it */
	bool known;			       /* the kernel says where it lies: ranges, perhaps none */
	struct kq_range range[KQ_LENT_RANGES]; /* end exclusive */
	unsigned int ranges;
	bool ranges_left_out;	 /* there are more */
	const char *source;	 /* who says so */
	bool looked;		 /* the IOMMUs' tables were read: writers, perhaps none */
	bool partial;		 /* not all of them could be */
	struct kq_reason unseen; /* why not */
	struct kq_writer *writer;
	unsigned int writers;
};

/* Where is it? @cmdline: of the running kernel. */
void kq_lent_read(struct kq_lent *lent, const struct kq_host *host, const char *cmdline);
/* Who can write to it, by the tables that @run saw before it changed its copies of them. */
void kq_lent_look(struct kq_lent *lent, struct kq_dry_run *run);
void kq_lent_free(struct kq_lent *lent);

#endif
