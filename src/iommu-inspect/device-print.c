/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What entries say, as text and as JSON, for `devices' and `diff'.
 */
#include "device.h"

#include <inttypes.h>

void device_text(char *text, size_t size, struct iq_memory *memory, enum iq_status status, const struct iq_entry *entry)
{
	if (status != IQ_OK)
		snprintf(text, size, status == IQ_NOT_FOUND ? "beyond the table" : "unreadable");
	else if (entry->translation == IQ_TRANSLATION_UNKNOWN)
		snprintf(text, size, "unknown");
	else if (!device_reads(entry) && !device_writes(entry))
		snprintf(text, size, "%s", entry->translation == IQ_TRANSLATION_ILLEGAL ? "illegal entry" : "blocked");
	else if (table_is_empty(memory, entry))
		snprintf(text, size, "table, empty");
	else
		snprintf(text, size, "%s %s%s", translation_name(entry->translation),
			 permissions(device_reads(entry), device_writes(entry) && !table_is_read_only(memory, entry)),
			 entry->valid ? "" : ", no entry");
}

static size_t add_root(char text[DEVICE_TABLES], size_t used, const struct iq_radix_root *root, bool column, const char *before)
{
	if (!root->form || used >= DEVICE_TABLES)
		return used;
	if (column)
		return used + (size_t)snprintf(text + used, DEVICE_TABLES - used, "%s%s 0x%016" PRIx64 ", %u-level", before,
					       root->form->name, root->table, root->levels);
	return used + (size_t)snprintf(text + used, DEVICE_TABLES - used, "%s%u-level %s table 0x%016" PRIx64, before,
				       root->levels, root->form->name, root->table);
}

/* " at IOVA 0x...-0x..." */
static size_t add_range(char text[DEVICE_TABLES], size_t used, const struct iq_entry *entry, unsigned int number)
{
	uint64_t first, last;

	if (used >= DEVICE_TABLES)
		return used;
	if (reach_range(entry, number, &first, &last))
		return used + (size_t)snprintf(text + used, DEVICE_TABLES - used, " at IOVA 0x%016" PRIx64 "-0x%016" PRIx64,
					       first, last);
	return used + (size_t)snprintf(text + used, DEVICE_TABLES - used, ", malformed");
}

/* Is there one window only, with tables? Then its IOVAs are not worth saying. */
static bool is_plain(const struct iq_entry *entry)
{
	return entry->windows == 1 && reach_root(&entry->window[0]);
}

static size_t add_windows(char text[DEVICE_TABLES], const struct iq_entry *entry, bool column)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < entry->windows; i++) {
		const struct iq_window *window = &entry->window[i];
		const char *before = used ? "; " : "";

		if (!reach_root(window) && used < DEVICE_TABLES)
			used += (size_t)snprintf(text + used, DEVICE_TABLES - used, "%s0x%016" PRIx64 " directly", before,
						 window->direct.physical);
		used = add_root(text, used, &window->first, column, before);
		used = add_root(text, used, &window->second, column, window->first.form ? " over " : before);
		if (!is_plain(entry))
			used = add_range(text, used, entry, i);
	}
	return used;
}

void device_root_text(const struct iq_entry *entry, char text[DEVICE_TABLES])
{
	add_windows(text, entry, false);
}

void device_table_text(const struct iq_entry *entry, char text[DEVICE_TABLES])
{
	if (!add_windows(text, entry, true) && entry->pasid_table)
		snprintf(text, DEVICE_TABLES, "PASID table 0x%016" PRIx64, entry->pasid_table);
}

static void root_json(struct kq_json *json, const char *name, const struct iq_radix_root *root)
{
	if (!root || !root->form) {
		kq_json_null(json, name);
		return;
	}
	kq_json_object(json, name);
	kq_json_string(json, "form", root->form->name);
	kq_json_hex(json, "table", root->table);
	kq_json_number(json, "levels", root->levels);
	kq_json_end(json);
}

static void window_json(struct kq_json *json, const struct iq_entry *entry, unsigned int number)
{
	const struct iq_window *window = &entry->window[number];
	uint64_t first, last;

	kq_json_object(json, NULL);
	if (reach_range(entry, number, &first, &last)) {
		kq_json_hex(json, "iova_first", first);
		kq_json_hex(json, "iova_last", last);
	} else {
		kq_json_null(json, "iova_first");
		kq_json_null(json, "iova_last");
	}
	root_json(json, "first", &window->first);
	root_json(json, "second", &window->second);
	if (reach_root(window))
		kq_json_null(json, "physical");
	else
		kq_json_hex(json, "physical", window->direct.physical);
	kq_json_end(json);
}

void device_windows_json(struct kq_json *json, const struct iq_entry *entry)
{
	root_json(json, "first", entry->windows ? &entry->window[0].first : NULL);
	root_json(json, "second", entry->windows ? &entry->window[0].second : NULL);
	if (!entry->windows || is_plain(entry))
		return;
	kq_json_array(json, "windows");
	for (unsigned int i = 0; i < entry->windows; i++)
		window_json(json, entry, i);
	kq_json_end(json);
}

void device_json(struct kq_json *json, const char *name, struct iq_memory *memory, enum iq_status status,
		 const struct iq_entry *entry)
{
	if (status != IQ_OK) {
		kq_json_null(json, name);
		return;
	}
	kq_json_object(json, name);
	kq_json_string(json, "translation", translation_name(entry->translation));
	kq_json_bool(json, "valid", entry->valid);
	kq_json_bool(json, "read", device_reads(entry));
	kq_json_bool(json, "write", device_writes(entry));
	kq_json_bool(json, "empty", table_is_empty(memory, entry));
	kq_json_bool(json, "read_only", table_is_read_only(memory, entry));
	kq_json_bool(json, "ats", entry->ats);
	kq_json_bool(json, "interrupts", entry->interrupts);
	kq_json_number(json, "domain", entry->domain);
	device_windows_json(json, entry);
	if (entry->pasid_table)
		kq_json_hex(json, "pasid_table", entry->pasid_table);
	else
		kq_json_null(json, "pasid_table");
	kq_json_array(json, "raw");
	for (unsigned int i = 0; i < entry->words; i++)
		kq_json_hex(json, NULL, entry->raw[i]);
	kq_json_end(json);
	kq_json_end(json);
}

void mapping_text(struct kq_output *out, const struct iq_mapping *mapping)
{
	kq_output_hex(out, mapping->iova, 16);
	kq_output_char(out, '-');
	kq_output_hex(out, mapping->iova + (mapping->length - 1), 16);
	kq_output_bytes(out, "  ", 2);
	kq_output_hex(out, mapping->physical, 16);
	kq_output_bytes(out, "  ", 2);
	kq_output_text(out, permissions(mapping->read, mapping->write));
}

void mapping_json(struct kq_json *json, const struct iq_mapping *mapping)
{
	kq_json_hex(json, "first", mapping->iova);
	kq_json_hex(json, "last", mapping->iova + (mapping->length - 1));
	kq_json_hex(json, "physical", mapping->physical);
	kq_json_bool(json, "read", mapping->read);
	kq_json_bool(json, "write", mapping->write);
}

const char *device_obstacle(const struct iq_entry *way, const struct reach_path *path, enum iq_status status)
{
	switch (status) {
	case IQ_NOT_FOUND:
		if (path->first.steps || path->second.steps)
			return "not mapped";
		if (!way->windows || !reach_has_way(way))
			return translation_name(way->translation);
		return way->windows == 1 ? "beyond what the table can translate" : "in none of its windows";
	case IQ_UNREACHABLE:
		return "a table on the way cannot be read";
	default:
		return "an entry on the way is malformed";
	}
}
