/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The new kernel's side of the IOMMUs: its own tables, found in /proc/kcore by its own symbols as the old ones are in the
 * dump, so that nobody has to guess which devices it attached.
 */
#ifndef LIVE_H
#define LIVE_H

#include "limits.h"
#include "reconcile.h"

struct live {
	struct iq_memory memory; /* first: this kernel's memory, and the dump's where it has none */
	const struct memory_map *map;
	struct limits *dump;
	struct source *source; /* NULL: the tables are not known */
	struct limits limits;
	struct evidence units;
	const struct evidence *evidence; /* of the old kernel */
	const struct iq_unit *registers; /* as they are now, of each of its units; NULL: they were not read */
};

/* Start with the memory of @dump only; live_open() adds this kernel's. */
void live_start(struct live *live, const struct memory_map *map, struct limits *dump);
/* Find this kernel's tables. What stands in the way goes to @reconcile->running.no_live. */
void live_open(struct live *live, struct reconcile *reconcile);
void live_close(struct live *live);
/* Whether the tables that @entry leads to are in this kernel's memory. */
bool live_owns(const struct live *live, const struct iq_entry *entry);
/*
 * The unit of this kernel that is @unit of the old kernel's evidence, with the registers that say where its tables are; its
 * status is IQ_OK or IQ_OFF. NULL: not known.
 */
const struct iq_unit *live_unit(const struct live *live, const struct evidence_unit *unit);

#endif
