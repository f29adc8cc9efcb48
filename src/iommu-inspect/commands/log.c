/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect log: what was queued to the IOMMUs and what they had logged, newest last, with the entry that the reader of
 * each ring had reached. Rings are read from memory up to where they stood at the crash; the plugin's own commands come
 * behind that and are not shown.
 */
#include "events.h"
#include "fields.h"
#include "host/requester.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN 32u /* entries of a ring, without --all */

struct ring_view {
	const struct iq_unit *unit;
	const struct iq_reader *reader;
	struct iq_ring ring;
	uint64_t entries, shown; /* that the ring has room for; the last of them that are shown */
	uint64_t empty;
};

static void text_entry(struct inspect *inspect, const struct ring_view *view, uint64_t offset, const uint8_t *raw)
{
	const bool reached = offset == view->ring.head;
	struct iq_command command;
	struct kq_output *out = &inspect->out;

	kq_output_format(out, "  %c 0x%05" PRIx64 "  ", reached ? '>' : ' ', offset);
	if (!raw)
		kq_output_format(out, "unreadable: %s", source_trouble(inspect->source));
	else if (!view->ring.commands)
		event_text(inspect, view->unit, raw, view->ring.entry_size);
	else if (!view->reader->describe_command(raw, view->ring.entry_size, &command))
		kq_output_text(out, "empty entry");
	else {
		kq_output_text(out, command.name);
		fields_text(out, command.fields, command.field_count, raw, view->ring.entry_size);
	}
	kq_output_char(out, '\n');
}

static void json_entry(struct inspect *inspect, const struct ring_view *view, uint64_t offset, const uint8_t *raw)
{
	struct kq_json *json = &inspect->json;
	struct iq_command command;

	kq_json_object(json, NULL);
	kq_json_hex(json, "offset", offset);
	if (raw && !view->ring.commands) {
		event_json(inspect, view->unit, raw, view->ring.entry_size);
	} else if (raw) {
		if (view->reader->describe_command(raw, view->ring.entry_size, &command)) {
			kq_json_string(json, "name", command.name);
			fields_json(json, command.fields, command.field_count, raw, view->ring.entry_size);
		}
		kq_json_array(json, "raw");
		for (uint32_t at = 0; at < view->ring.entry_size; at += 8)
			kq_json_hex(json, NULL, iq_le64(raw + at));
		kq_json_end(json);
	}
	kq_json_end(json);
}

static bool is_empty(const uint8_t *raw, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (raw[i])
			return false;
	return true;
}

/* Call @each for every entry from the oldest that is shown to the newest; @raw is NULL for those that cannot be read. */
static void each_entry(struct inspect *inspect, struct ring_view *view,
		       void (*each)(struct inspect *inspect, const struct ring_view *view, uint64_t offset,
				    const uint8_t *raw))
{
	struct iq_memory *memory = &inspect->past.memory;
	const struct iq_ring *ring = &view->ring;
	bool said = false, begun = false;

	for (uint64_t i = view->shown; i; i--) {
		const uint64_t offset = (ring->tail + ring->size - i * ring->entry_size) % ring->size;
		const uint8_t *raw = memory->map(memory, ring->base + offset, ring->entry_size);

		if (!raw && !said) {
			inspect_trouble(inspect, "unit %u: %s: %s", view->unit->index, ring->name,
					source_trouble(inspect->source));
			said = true;
		}
		/* A ring that has not wrapped around yet begins with entries that were never written: they are passed over. */
		if (raw && !begun && is_empty(raw, ring->entry_size) && offset != ring->head)
			continue;
		begun = true;
		each(inspect, view, offset, raw);
	}
}

static void text_ring(struct inspect *inspect, struct ring_view *view)
{
	const struct iq_ring *ring = &view->ring;
	const uint64_t waiting = (ring->tail + ring->size - ring->head) % ring->size / ring->entry_size;

	kq_output_format(&inspect->out, "unit %u: %s at 0x%016" PRIx64 ", %" PRIu64 " entries, %" PRIu64 " %s\n",
			 view->unit->index, ring->name, ring->base, view->entries, waiting,
			 ring->commands ? "not fetched" : "not read by the kernel");
	each_entry(inspect, view, text_entry);
	kq_output_format(&inspect->out, "  %c 0x%05" PRIx64 "  next%s\n", ring->head == ring->tail ? '>' : ' ',
			 ring->tail,
			 ring->head != ring->tail ? ""
			 : ring->commands	  ? "; the unit has fetched all"
						  : "; the kernel has read all");
}

static void json_ring(struct inspect *inspect, struct ring_view *view)
{
	struct kq_json *json = &inspect->json;

	kq_json_object(json, NULL);
	kq_json_number(json, "unit", view->unit->index);
	kq_json_string(json, "ring", view->ring.name);
	kq_json_hex(json, "base", view->ring.base);
	kq_json_number(json, "entry_count", view->entries);
	kq_json_hex(json, "head", view->ring.head);
	kq_json_hex(json, "tail", view->ring.tail);
	kq_json_array(json, "entries");
	each_entry(inspect, view, json_entry);
	kq_json_end(json);
	kq_json_end(json);
}

/* The entries that the record saved, for what is no ring in memory or has been written over since. */
static void saved(struct inspect *inspect, const struct iq_unit *unit, enum iq_section_type type, const char *name,
		  const char *when)
{
	const struct log_view log = log_find(inspect, type, unit->index);
	struct kq_json *json = &inspect->json;

	if (!log.entry)
		return;
	if (inspect->use_json) {
		kq_json_object(json, NULL);
		kq_json_number(json, "unit", unit->index);
		kq_json_string(json, "ring", name);
		kq_json_number(json, "lost", log.lost);
		kq_json_array(json, "entries");
	} else {
		kq_output_format(&inspect->out, "unit %u: %s: %u, %u more not kept\n", unit->index, when, log.count,
				 log.lost);
	}
	for (uint32_t i = 0; i < log.count; i++) {
		if (inspect->use_json) {
			kq_json_object(json, NULL);
			event_json(inspect, unit, log.entry + i * log.size, log.size);
			kq_json_end(json);
		} else {
			kq_output_text(&inspect->out, "    ");
			event_text(inspect, unit, log.entry + i * log.size, log.size);
			kq_output_char(&inspect->out, '\n');
		}
	}
	if (inspect->use_json) {
		kq_json_end(json);
		kq_json_end(json);
	}
}

static void log_unit(struct inspect *inspect, const struct iq_unit *unit)
{
	struct ring_view view = { .unit = unit, .reader = iq_reader_of(unit->family) };

	if (inspect->from != UNITS_RECORD) {
		inspect_trouble(inspect,
				"unit %u: only a record has the registers that say where its rings are",
				unit->index);
		view.reader = NULL;
	}
	for (unsigned int n = 0; view.reader && view.reader->ring(unit, n, &view.ring); n++) {
		const struct iq_ring *ring = &view.ring;

		if (!ring->size) {
			if (!inspect->use_json)
				kq_output_format(&inspect->out, "unit %u: %s: off\n", unit->index, ring->name);
			continue;
		}
		if (ring->head >= ring->size || ring->tail >= ring->size || ring->head % ring->entry_size ||
		    ring->tail % ring->entry_size) {
			inspect_trouble(inspect,
					"unit %u: %s: head 0x%" PRIx64 " and tail 0x%" PRIx64 " cannot be in 0x%" PRIx64
					" bytes",
					unit->index, ring->name, ring->head, ring->tail, ring->size);
			continue;
		}
		view.entries = ring->size / ring->entry_size;
		view.shown = inspect->all ? view.entries - 1 : iq_min(SHOWN, view.entries - 1);
		if (inspect->use_json)
			json_ring(inspect, &view);
		else
			text_ring(inspect, &view);
	}
	saved(inspect, unit, IQ_SECTION_EVENTS, "saved at the crash", "log entries saved at the crash");
	saved(inspect, unit, IQ_SECTION_REFUSED, "saved since", "log entries since, saved");
}

void cmd_log(struct inspect *inspect, char **arguments)
{
	const struct evidence *evidence = &inspect->evidence;

	(void)arguments;
	if (inspect->use_json) {
		inspect_json(inspect);
		kq_json_array(&inspect->json, "rings");
	}
	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];

		if (!unit->unit.family || (inspect->unit != INSPECT_ANY_UNIT && unit->unit.index != inspect->unit))
			continue;
		log_unit(inspect, &unit->unit);
	}
	if (inspect->use_json)
		kq_json_end(&inspect->json);
}
