/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source id as its unit's tables describe it: at the crash and in the dump. For iommu-inspect and iommu-reconcile.
 */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "evidence.h"
#include "translation.h"

struct device {
	const struct iq_unit *unit;
	const struct iq_reader *reader;
	iq_source_id id;
	enum iq_status crash_status, now_status; /* IQ_OK: the entry below was read */
	struct iq_entry crash, now;
	const struct iq_change *change; /* what the plugin changed, NULL: nothing */
	bool partial;			/* the entry at the crash is known by the words in @change only */
};

/* Read the entry of source id @id in the tables of unit number @unit, from memory at the crash and in the dump. */
void device_read(const struct evidence *evidence, struct iq_memory *past, struct iq_memory *now, unsigned int unit,
		 iq_source_id id, struct device *device);
/* How much a unit has to say about a device, from 1 on. Where several units could have its entry, the highest counts. */
unsigned int device_relevance(const struct device *device);
/* Whether the entry in the dump, read from @now, lets through more than the mode allows that the plugin applied to it. */
bool device_is_open(const struct evidence *evidence, struct iq_memory *now, const struct device *device);

/* What @entry lets through, whatever the address. */
bool device_reads(const struct iq_entry *entry);
bool device_writes(const struct iq_entry *entry);
/* True if no root table of @entry has an entry that is present: nothing is let through whatever the entry says. */
bool table_is_empty(struct iq_memory *memory, const struct iq_entry *entry);
/* True if no entry of any root table of @entry lets write: nothing can be written whatever the entry says. */
bool table_is_read_only(struct iq_memory *memory, const struct iq_entry *entry);

#endif
