/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect raw: the entry of a requester, word by word and field by field, at the crash and in the dump.
 */
#include "device.h"
#include "fields.h"

#include <inttypes.h>

static void text(struct inspect *inspect, const struct device *device, const char *when, enum iq_status status,
		 const struct iq_entry *entry)
{
	const struct iq_words *words = iq_words_of(device->unit->family);
	struct kq_output *out = &inspect->out;
	unsigned int count;

	kq_output_format(out, "%s:", when);
	if (status != IQ_OK) {
		kq_output_format(out, " %s\n", iq_status_name(status));
		return;
	}
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(entry->raw); i++)
		kq_output_format(out, " 0x%016" PRIx64, entry->raw[i]);
	kq_output_format(out, "\n ");
	if (words) {
		const struct iq_named_field *field = words->entry_fields(device->unit, &count);

		fields_text(out, field, count, (const uint8_t *)entry->raw, sizeof(entry->raw));
	}
	kq_output_char(out, '\n');
}

static void json(struct inspect *inspect, const struct device *device, const char *when, enum iq_status status,
		 const struct iq_entry *entry)
{
	const struct iq_words *words = iq_words_of(device->unit->family);
	struct kq_json *to = &inspect->json;
	unsigned int count;

	if (status != IQ_OK) {
		kq_json_null(to, when);
		return;
	}
	kq_json_object(to, when);
	kq_json_array(to, "raw");
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(entry->raw); i++)
		kq_json_hex(to, NULL, entry->raw[i]);
	kq_json_end(to);
	if (words) {
		const struct iq_named_field *field = words->entry_fields(device->unit, &count);

		fields_json(to, field, count, (const uint8_t *)entry->raw, sizeof(entry->raw));
	}
	kq_json_end(to);
}

void cmd_raw(struct inspect *inspect, char **arguments)
{
	struct device_root root;

	if (!device_root(inspect, arguments[0], &root))
		return;
	if (inspect->use_json) {
		inspect_json(inspect, "raw");
		kq_json_string(&inspect->json, "requester",
			       requester_text(root.requester.segment, root.requester.id));
		kq_json_number(&inspect->json, "unit", root.device.unit->index);
		json(inspect, &root.device, "crash", root.device.crash_status, &root.device.crash);
		json(inspect, &root.device, "now", root.device.now_status, &root.device.now);
		kq_json_end(&inspect->json);
		return;
	}
	kq_output_format(&inspect->out, "%s, unit %u, %s\n", requester_text(root.requester.segment, root.requester.id),
			 root.device.unit->index, root.device.unit->family->name);
	text(inspect, &root.device, "at the crash", root.device.crash_status, &root.device.crash);
	text(inspect, &root.device, "in the dump", root.device.now_status, &root.device.now);
}
