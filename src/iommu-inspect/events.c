/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log entries in words, for `units' and `log'.
 */
#include "events.h"

#include <inttypes.h>
#include <string.h>

struct log_view log_find(struct inspect *inspect, enum iq_section_type type, unsigned int index)
{
	struct log_view log = { 0 };
	struct iq_record_events head;
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&inspect->evidence.view, &at, &section, &payload)) {
		if (section.type != type || section.unit != index || section.length < sizeof(head))
			continue;
		memcpy(&head, payload, sizeof(head));
		if (!head.entry_size)
			continue;
		log.entry = payload + sizeof(head);
		log.size = head.entry_size;
		log.lost = head.lost;
		log.count = (section.length - (uint32_t)sizeof(head)) / head.entry_size;
		break;
	}
	return log;
}

void event_text(struct inspect *inspect, const struct iq_unit *unit, const uint8_t *raw, uint32_t size)
{
	struct iq_event event;

	if (iq_reader_of(unit->family)->describe_event(raw, size, &event))
		kq_output_format(&inspect->out, "%s %s %s 0x%016" PRIx64, event.name,
				 evidence_name(&inspect->evidence, unit, event.id), event.write ? "write" : "read",
				 event.address);
	else
		kq_output_text(&inspect->out, "empty entry");
}

void event_json(struct inspect *inspect, const struct iq_unit *unit, const uint8_t *raw, uint32_t size)
{
	struct kq_json *json = &inspect->json;
	struct iq_event event;

	if (iq_reader_of(unit->family)->describe_event(raw, size, &event)) {
		kq_json_string(json, "name", event.name);
		kq_json_string(json, "requester", evidence_name(&inspect->evidence, unit, event.id));
		kq_json_number(json, "source_id", event.id);
		kq_json_bool(json, "write", event.write);
		kq_json_hex(json, "address", event.address);
	}
	kq_json_array(json, "raw");
	for (uint32_t at = 0; at + 8 <= size; at += 8)
		kq_json_hex(json, NULL, iq_le64(raw + at));
	kq_json_end(json);
}
