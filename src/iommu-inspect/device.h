/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A requester as its unit's tables describe it: at the crash and in the dump.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "inspect.h"
#include "reach.h"
#include "requester.h"

struct device {
	const struct iq_unit *unit;
	uint16_t requester;
	enum iq_status crash_status, now_status; /* IQ_OK: the entry below was read */
	struct iq_entry crash, now;
	const struct iq_change *change; /* what the plugin changed, NULL: nothing */
	bool partial; /* the entry at the crash is known by the words in @change only */
};

/* The way from an IOVA to memory for one requester (and PASID) at the crash or, with --now, in the dump. */
struct device_root {
	struct requester requester;
	struct device device;
	struct iq_memory *memory; /* of that moment */
	struct iq_entry way; /* its entry, or what that says about the PASID */
};

/* Read the entry of @requester in the tables of unit number @unit of the evidence. */
void device_read(struct inspect *inspect, unsigned int unit, uint16_t requester, struct device *device);
/*
 * Find the device called @name, and its root. False, said on stderr, if there is none, no unit has an entry for it, or the
 * entry cannot be read.
 */
bool device_root(struct inspect *inspect, const char *name, struct device_root *to);

/* What @entry lets through, whatever the address. */
bool device_reads(const struct iq_entry *entry);
bool device_writes(const struct iq_entry *entry);
const char *translation_name(enum iq_translation translation);
/* "Read+ Write-" */
const char *permissions(bool read, bool write);
/* "3-level amd-v1 table 0x...", both stages of a nested translation; "" without a table. */
void device_root_text(const struct iq_entry *entry, char *text, size_t size);
void device_root_json(struct kq_json *json, const char *name, const struct iq_radix_root *root);
/* What an entry does, in a word or two and the permissions; @memory is that of its moment. */
void device_text(char *text, size_t size, struct iq_memory *memory, enum iq_status status, const struct iq_entry *entry);
/* Its tables: "amd-v1 0x..., 3-level", or that of its PASIDs; "" without any. */
void device_table_text(const struct iq_entry *entry, char *text, size_t size);
/* All of it, null if it could not be read. */
void device_json(struct kq_json *json, const char *name, struct iq_memory *memory, enum iq_status status,
		 const struct iq_entry *entry);
/* A run of IOVAs: where it begins and ends, where it leads, what is allowed. As members of an open JSON object. */
void mapping_text(struct kq_output *out, const struct iq_mapping *mapping);
void mapping_json(struct kq_json *json, const struct iq_mapping *mapping);
/* True if the root table of @entry has no entry that is present: nothing is let through whatever the entry says. */
bool table_is_empty(struct iq_memory *memory, const struct iq_entry *entry);
/* True if no entry of the root table of @entry lets write: nothing can be written whatever the entry says. */
bool table_is_read_only(struct iq_memory *memory, const struct iq_entry *entry);

#endif
