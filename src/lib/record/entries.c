/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the entries of a source id let through, at the crash and in the dump.
 */
#include "entries.h"

#include "reach.h"

#include <string.h>

void device_read(const struct evidence *evidence, struct iq_memory *past, struct iq_memory *now, unsigned int unit,
		 iq_source_id id, struct device *device)
{
	const struct iq_unit *u = &evidence->unit[unit].unit;

	memset(device, 0, sizeof(*device));
	device->unit = u;
	device->reader = evidence->unit[unit].reader;
	device->id = id;
	device->crash_status =
		evidence_entry(evidence, past, unit, id, &device->crash, &device->change, &device->partial);
	device->now_status = device->reader->entry(now, u, id, &device->now);
}

bool device_reads(const struct iq_entry *entry)
{
	return entry->read &&
	       (entry->translation == IQ_TRANSLATION_PASSTHROUGH || entry->translation == IQ_TRANSLATION_TABLE);
}

bool device_writes(const struct iq_entry *entry)
{
	return entry->write &&
	       (entry->translation == IQ_TRANSLATION_PASSTHROUGH || entry->translation == IQ_TRANSLATION_TABLE);
}

/* True if in each window of @entry the root table of some stage has no entry that is present and, with @write, allows writing. */
static bool root_lacks(struct iq_memory *memory, const struct iq_entry *entry, bool write)
{
	return entry->translation == IQ_TRANSLATION_TABLE && !reach_root_lets(memory, entry, write);
}

bool table_is_empty(struct iq_memory *memory, const struct iq_entry *entry)
{
	return root_lacks(memory, entry, false);
}

bool table_is_read_only(struct iq_memory *memory, const struct iq_entry *entry)
{
	return root_lacks(memory, entry, true);
}

bool device_is_open(const struct evidence *evidence, struct iq_memory *now, const struct device *device)
{
	unsigned int mode = device->change ? device->change->mode : IQ_MODE_BLOCK;

	if (!device->change && evidence_policy(evidence, device->unit, device->id) == IQ_MODE_PRESERVE)
		return false;
	if (device->now_status != IQ_OK || device->now.translation == IQ_TRANSLATION_UNKNOWN)
		return true;
	if (mode == IQ_MODE_SINK || table_is_empty(now, &device->now))
		return false;
	if (mode == IQ_MODE_BLOCK_WRITES)
		return device_writes(&device->now) && !table_is_read_only(now, &device->now);
	return device_reads(&device->now) || device_writes(&device->now);
}

unsigned int device_relevance(const struct device *device)
{
	if (device->crash_status != IQ_OK)
		return 1;
	if (device->change)
		return 4;
	if (device->crash.valid)
		return 3;
	return 2;
}
