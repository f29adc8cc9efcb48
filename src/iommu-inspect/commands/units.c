/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect units: the IOMMUs with their registers, before the plugin wrote anything and after, and the log entries that it
 * saved; or what the kernel's symbols say of them. Where there are both they are compared.
 */
#include "base/cleanup.h"
#include "driver.h"
#include "events.h"
#include "host/requester.h"
#include "table.h"
#include "units-source.h"

#include <inttypes.h>
#include <string.h>

static const char *family_name(const struct evidence_unit *unit)
{
	return unit->unit.family ? unit->unit.family->name : "unknown";
}

static void text_registers(struct inspect *inspect, const struct evidence_unit *unit)
{
	static const char *const headings[] = { "  REGISTER", "OFFSET", "AT THE CRASH", "AFTER" };
	_cleanup_(table_cleanup) struct table *table = table_new(IQ_ARRAY_SIZE(headings), inspect->color);
	const struct iq_family *family = unit->unit.family;

	if (!table) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	table_head(table, headings);
	for (unsigned int i = 0; i < family->register_count; i++) {
		if (!unit->known[i])
			continue;
		table_cell(table, TABLE_PLAIN, "  %s", family->registers[i].name);
		table_cell(table, TABLE_PLAIN, "0x%04x", family->registers[i].offset);
		table_cell(table, TABLE_PLAIN, "0x%0*" PRIx64, family->registers[i].width / 4, unit->unit.value[i]);
		if (unit->known_after[i])
			table_cell(table, TABLE_PLAIN, "0x%0*" PRIx64, family->registers[i].width / 4, unit->after[i]);
		else
			table_cell(table, TABLE_PLAIN, "%s", "");
	}
	if (!table_print(table, &inspect->out))
		inspect_trouble(inspect, "out of memory");
}

static void text_log(struct inspect *inspect, const struct evidence_unit *unit, const struct log_view *log,
		     const char *title)
{
	kq_output_format(&inspect->out, "  %s: %u, %u more not kept\n", title, log->count, log->lost);
	for (uint32_t i = 0; i < log->count; i++) {
		kq_output_text(&inspect->out, "    ");
		event_text(inspect, &unit->unit, log->entry + i * log->size, log->size);
		kq_output_char(&inspect->out, '\n');
	}
}

/* The next PCI functions of @unit, from number *@at on, where its source ids are no requester ids. */
static const struct iq_functions *next_functions(const struct inspect *inspect, const struct evidence_unit *unit, unsigned int *at)
{
	const struct evidence *evidence = &inspect->evidence;

	while (!unit->unit.family->ids_are_requesters && *at < evidence->ranges) {
		const struct iq_functions *range = &evidence->functions[(*at)++];

		if (range->unit == unit->unit.index)
			return range;
	}
	return NULL;
}

static void text_functions(struct inspect *inspect, const struct evidence_unit *unit)
{
	const struct iq_functions *range;
	unsigned int at = 0;

	while ((range = next_functions(inspect, unit, &at))) {
		kq_output_format(&inspect->out, "  source id 0x%x", range->first);
		if (range->more)
			kq_output_format(&inspect->out, "-0x%x", range->first + range->more);
		kq_output_format(&inspect->out, ": %s", requester_text(range->segment, range->requester));
		if (range->more)
			kq_output_format(&inspect->out, "-%s",
					 requester_text(range->segment, (uint16_t)(range->requester + range->more)));
		kq_output_char(&inspect->out, '\n');
	}
}

static void json_functions(struct inspect *inspect, const struct evidence_unit *unit)
{
	struct kq_json *to = &inspect->json;
	const struct iq_functions *range;
	unsigned int at = 0;

	if (unit->unit.family->ids_are_requesters)
		return;
	kq_json_array(to, "functions");
	while ((range = next_functions(inspect, unit, &at))) {
		kq_json_object(to, NULL);
		kq_json_number(to, "source_id", range->first);
		kq_json_number(to, "last_source_id", range->first + range->more);
		kq_json_string(to, "requester", requester_text(range->segment, range->requester));
		kq_json_end(to);
	}
	kq_json_end(to);
}

static void text(struct inspect *inspect, const struct evidence_unit *unit)
{
	const struct log_view before = log_find(inspect, IQ_SECTION_EVENTS, unit->unit.index);
	const struct log_view after = log_find(inspect, IQ_SECTION_REFUSED, unit->unit.index);

	kq_output_format(&inspect->out, "unit %u: %s", unit->unit.index, family_name(unit));
	if (unit->unit.base)
		kq_output_format(&inspect->out, " at 0x%016" PRIx64, unit->unit.base);
	kq_output_format(&inspect->out, ", segment %04x", unit->unit.segment);
	if (unit->unit.requester)
		kq_output_format(&inspect->out, ", itself %s",
				 requester_text(unit->unit.segment, unit->unit.requester));
	kq_output_format(&inspect->out, ": %s", iq_status_name(unit->unit.status));
	if (inspect->from != UNITS_RECORD)
		kq_output_format(&inspect->out, ", by %s", units_source_text(inspect));
	kq_output_char(&inspect->out, '\n');
	if (!unit->unit.family) {
		kq_output_format(&inspect->out, "  family %u is not known to this version\n", unit->family_id);
		return;
	}
	text_functions(inspect, unit);
	text_registers(inspect, unit);
	shadow_text(inspect, &unit->unit);
	if (before.entry)
		text_log(inspect, unit, &before, "log entries at the crash");
	if (after.entry)
		text_log(inspect, unit, &after, "log entries since");
}

static void json_log(struct inspect *inspect, const struct evidence_unit *unit, const struct log_view *log,
		     const char *name)
{
	struct kq_json *json = &inspect->json;

	kq_json_array(json, name);
	for (uint32_t i = 0; i < log->count; i++) {
		kq_json_object(json, NULL);
		event_json(inspect, &unit->unit, log->entry + i * log->size, log->size);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_registers(struct inspect *inspect, const struct evidence_unit *unit)
{
	const struct iq_family *family = unit->unit.family;
	struct kq_json *json = &inspect->json;

	kq_json_array(json, "registers");
	for (unsigned int i = 0; i < family->register_count; i++) {
		if (!unit->known[i])
			continue;
		kq_json_object(json, NULL);
		kq_json_string(json, "name", family->registers[i].name);
		kq_json_number(json, "offset", family->registers[i].offset);
		kq_json_hex(json, "crash", unit->unit.value[i]);
		if (unit->known_after[i])
			kq_json_hex(json, "after", unit->after[i]);
		else
			kq_json_null(json, "after");
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json(struct inspect *inspect, const struct evidence_unit *unit)
{
	const struct log_view before = log_find(inspect, IQ_SECTION_EVENTS, unit->unit.index);
	const struct log_view after = log_find(inspect, IQ_SECTION_REFUSED, unit->unit.index);
	struct kq_json *to = &inspect->json;

	kq_json_object(to, NULL);
	kq_json_number(to, "unit", unit->unit.index);
	kq_json_string(to, "family", family_name(unit));
	if (unit->unit.base)
		kq_json_hex(to, "base", unit->unit.base);
	else
		kq_json_null(to, "base");
	kq_json_number(to, "segment", unit->unit.segment);
	if (unit->unit.requester)
		kq_json_string(to, "requester", requester_text(unit->unit.segment, unit->unit.requester));
	else
		kq_json_null(to, "requester");
	kq_json_string(to, "status", iq_status_name(unit->unit.status));
	if (unit->unit.family) {
		json_functions(inspect, unit);
		shadow_json(inspect, &unit->unit);
		json_registers(inspect, unit);
		json_log(inspect, unit, &before, "events");
		kq_json_number(to, "events_lost", before.lost);
		json_log(inspect, unit, &after, "events_since");
		kq_json_number(to, "events_since_lost", after.lost);
	}
	kq_json_end(to);
}

static void say_difference(struct inspect *inspect, const struct units_difference *difference)
{
	if (difference->in_record && difference->in_symbols)
		inspect_trouble(inspect,
				"unit %u: %s: 0x%016" PRIx64 " in the record, 0x%016" PRIx64 " by the kernel's symbols",
				difference->unit, difference->what, difference->record, difference->symbols);
	else if (difference->in_record)
		inspect_trouble(inspect, "unit %u: %s 0x%016" PRIx64 ": in the record, not by the kernel's symbols",
				difference->unit, difference->what, difference->record);
	else
		inspect_trouble(inspect, "unit %u: %s 0x%016" PRIx64 ": by the kernel's symbols, not in the record",
				difference->unit, difference->what, difference->symbols);
}

static void json_difference(struct inspect *inspect, const struct units_difference *difference)
{
	struct kq_json *to = &inspect->json;

	kq_json_object(to, NULL);
	kq_json_number(to, "unit", difference->unit);
	kq_json_string(to, "what", difference->what);
	if (difference->in_record)
		kq_json_hex(to, "record", difference->record);
	else
		kq_json_null(to, "record");
	if (difference->in_symbols)
		kq_json_hex(to, "symbols", difference->symbols);
	else
		kq_json_null(to, "symbols");
	kq_json_end(to);
}

/* Say what the record and the kernel's symbols disagree about, where there are both. */
static void differences(struct inspect *inspect)
{
	struct units_difference *difference;
	const int count = units_compare(inspect, inspect->units_options, &difference);

	if (inspect->use_json && count < 0)
		kq_json_null(&inspect->json, "differences");
	else if (inspect->use_json)
		kq_json_array(&inspect->json, "differences");
	for (int i = 0; i < count; i++) {
		if (inspect->use_json)
			json_difference(inspect, &difference[i]);
		say_difference(inspect, &difference[i]);
	}
	if (inspect->use_json && count >= 0)
		kq_json_end(&inspect->json);
	free(difference);
}

void cmd_units(struct inspect *inspect, char **arguments)
{
	const struct evidence *evidence = &inspect->evidence;

	(void)arguments;
	if (inspect->use_json) {
		inspect_json(inspect);
		kq_json_string(&inspect->json, "source", units_source_name(inspect->from));
		kq_json_string(&inspect->json, "structures", inspect->from == UNITS_SYMBOLS ? inspect->types : NULL);
		kq_json_array(&inspect->json, "units");
	}
	for (unsigned int i = 0; i < evidence->units; i++) {
		if (inspect->use_json)
			json(inspect, &evidence->unit[i]);
		else
			text(inspect, &evidence->unit[i]);
	}
	if (inspect->use_json)
		kq_json_end(&inspect->json);
	differences(inspect);
	if (!evidence->units)
		inspect_trouble(inspect, "the record names no unit");
}
