/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All tables of one machine at once: what is wrong with them, and which memory they reserve for whom. Used by `check`.
 */
#ifndef KQ_HOST_TABLES_H
#define KQ_HOST_TABLES_H

#include "dump.h"
#include "host/sysroot.h"

#define KQ_FLAWS_KEPT 4u

struct kq_host_tables {
	char flaw[KQ_FLAWS_KEPT][160]; /* "DMAR: RMRR at offset 0x60: ...", the first ones */
	unsigned int flaws;	       /* in all */
	struct kq_reserved *reserved;
	unsigned int reserveds;
};

/* Read them from @host. False when out of memory; @tables is to be freed in both cases. */
bool kq_host_tables_read(struct kq_host_tables *tables, const struct kq_host *host);
void kq_host_tables_free(struct kq_host_tables *tables);

#endif
