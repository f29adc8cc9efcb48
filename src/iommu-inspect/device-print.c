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

void device_table_text(const struct iq_entry *entry, char *text, size_t size)
{
	const struct iq_radix_root *roots[] = { &entry->first, &entry->second };
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < IQ_ARRAY_SIZE(roots); i++)
		if (roots[i]->form && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s 0x%016" PRIx64 ", %u-level",
						 used ? " over " : "", roots[i]->form->name, roots[i]->table,
						 roots[i]->levels);
	if (!used && entry->pasid_table)
		snprintf(text, size, "PASID table 0x%016" PRIx64, entry->pasid_table);
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
	device_root_json(json, "first", &entry->first);
	device_root_json(json, "second", &entry->second);
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
