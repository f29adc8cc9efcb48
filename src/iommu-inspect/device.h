/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requesters as the verbs name, read and show them.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "record/entries.h"
#include "inspect.h"
#include "record/reach.h"
#include "host/requester.h"

/* How one requester, or one PASID of it, reaches memory: at the crash or, with --now, in the dump. */
struct device_root {
	struct requester requester;
	struct device device;
	struct iq_memory *memory; /* of that moment */
	struct iq_entry way; /* its entry, or what that says about the PASID */
};

/* Read the entry of source id @id in the tables of unit number @unit of the evidence. */
void device_look(struct inspect *inspect, unsigned int unit, iq_source_id id, struct device *device);
/*
 * Find the device called @name, and its root. False, said on stderr, if there is none, no unit has an entry for it, or the
 * entry cannot be read.
 */
bool device_root(struct inspect *inspect, const char *name, struct device_root *to);

/* Source id @id of @unit, with a PASID unless that is NO_PASID: as the arguments of commands name it. */
void device_name(struct inspect *inspect, const struct iq_unit *unit, iq_source_id id, uint32_t pasid, char *name,
		 size_t size);
#define DEVICE_TABLES 512u /* bytes that the text of all windows has room in */

/* "3-level amd-v1 table 0x...", both stages of a nested translation, all windows with their IOVAs; "" without any. */
void device_root_text(const struct iq_entry *entry, char text[DEVICE_TABLES]);
/*
 * The stages of the first window as "first" and "second"; and where there are several windows, or one without a stage, all of them
 * as "windows".
 */
void device_windows_json(struct kq_json *json, const struct iq_entry *entry);
/* What an entry does, in a word or two, and its permissions; @memory is memory as it was when the entry was there. */
void device_text(char *text, size_t size, struct iq_memory *memory, enum iq_status status, const struct iq_entry *entry);
/* The same in the order of a table's column: "amd-v1 0x..., 3-level", or the table of its PASIDs; "" without any. */
void device_table_text(const struct iq_entry *entry, char text[DEVICE_TABLES]);
/* The whole entry as an object called @name, null if it could not be read. */
void device_json(struct kq_json *json, const char *name, struct iq_memory *memory, enum iq_status status,
		 const struct iq_entry *entry);
/* Why reach_translate() found no page on @path from @way, in words; @status is what it returned. */
const char *device_obstacle(const struct iq_entry *way, const struct reach_path *path, enum iq_status status);
/* A run of IOVAs: where it begins and ends, where it leads, what is allowed. As members of an open JSON object. */
void mapping_text(struct kq_output *out, const struct iq_mapping *mapping);
void mapping_json(struct kq_json *json, const struct iq_mapping *mapping);

#endif
