/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect record: what the plugin did at the crash, in the order in which it did it.
 */
#include "cleanup.h"
#include "events.h"
#include "inspect.h"
#include "rules.h"
#include "stopped.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

static const char *scope_name(uint32_t scope)
{
	switch ((enum iq_scope)scope) {
	case IQ_SCOPE_ENTRIES:
		return "entries";
	case IQ_SCOPE_TABLE:
		return "table";
	case IQ_SCOPE_ALL:
		return "all";
	}
	return NULL;
}

/* Call @each with every section of @type that is at least @size bytes long. */
static void each_section(struct inspect *inspect, enum iq_section_type type, uint32_t size,
			 void (*each)(void *context, const struct iq_section *section, const uint8_t *payload),
			 void *context)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&inspect->evidence.view, &at, &section, &payload))
		if (section.type == type && section.length >= size)
			each(context, &section, payload);
}

/* Counters that a stage has something to say about, as "7 changed of 256 entries". */
static void describe_stage(const struct iq_record_stage *stage, char *text, size_t size)
{
	const struct {
		uint32_t count;
		const char *what;
	} counts[] = {
		{ stage->examined, "entries read" },	 { stage->changed, "changed" },
		{ stage->preserved, "preserved" },	 { stage->open, "still open" },
		{ stage->commands, "commands" },	 { stage->retries, "retries" },
		{ stage->refused, "log entries" },	 { stage->stricter, "blocked instead" },
	};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < IQ_ARRAY_SIZE(counts); i++)
		if (counts[i].count && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%" PRIu32 " %s", used ? ", " : "",
						 counts[i].count, counts[i].what);
	if (scope_name(stage->scope) && used < size)
		used += (size_t)snprintf(text + used, size - used, "%sscope %s", used ? ", " : "",
					 scope_name(stage->scope));
	if (stage->address && used < size)
		snprintf(text + used, size - used, "%sat 0x%016" PRIx64, used ? ", " : "", stage->address);
}

static void cell_us(struct table *table, bool known, uint64_t us)
{
	if (known)
		table_cell(table, TABLE_PLAIN, "%" PRIu64, us);
	else
		table_cell(table, TABLE_PLAIN, "?");
}

/* How long it took: tenths where it was quick. */
static void cell_took(struct table *table, bool known, uint64_t ns)
{
	if (known && ns < 10000)
		table_cell(table, TABLE_PLAIN, "%" PRIu64 ".%" PRIu64, ns / 1000, ns % 1000 / 100);
	else
		cell_us(table, known, ns / 1000);
}

static void cell_unit(struct table *table, unsigned int unit)
{
	if (unit == IQ_NO_UNIT)
		table_cell(table, TABLE_PLAIN, "-");
	else
		table_cell(table, TABLE_PLAIN, "%u", unit);
}

struct listing {
	struct inspect *inspect;
	struct table *table;
};

static void text_stage(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct listing *listing = context;
	const struct evidence *evidence = &listing->inspect->evidence;
	struct iq_record_stage stage;
	uint64_t start, took;
	bool started, ended;
	char text[256];

	memcpy(&stage, payload, sizeof(stage));
	started = evidence_us(evidence, stage.start, &start);
	ended = evidence_ns(evidence, stage.start, stage.end, &took);
	cell_us(listing->table, started, start);
	cell_took(listing->table, ended, took);
	table_cell(listing->table, TABLE_PLAIN, "%s", iq_stage_name(stage.stage));
	cell_unit(listing->table, section->unit);
	table_cell(listing->table, stage.status == IQ_OK || stage.status == IQ_NOTHING ? TABLE_GOOD : TABLE_BAD, "%s",
		   iq_status_name(stage.status));
	describe_stage(&stage, text, sizeof(text));
	table_cell(listing->table, TABLE_PLAIN, "%s", text);
}

static void text_trap(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct listing *listing = context;
	struct iq_record_trap trap;

	memcpy(&trap, payload, sizeof(trap));
	kq_output_format(&listing->inspect->out,
			 "trap in %s, unit %d: vector %u, error 0x%x, address 0x%016" PRIx64
			 ", at offset 0x%" PRIx64 " of the plugin\n",
			 iq_stage_name(trap.stage), section->unit == IQ_NO_UNIT ? -1 : section->unit, trap.trap.vector,
			 trap.trap.error, trap.trap.address, trap.trap.ip);
}

static void text_rules(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct listing *listing = context;

	for (uint32_t i = 0; i < section->length / sizeof(struct iq_rule); i++) {
		struct iq_rule rule;

		memcpy(&rule, payload + i * sizeof(rule), sizeof(rule));
		kq_output_format(&listing->inspect->out, "rule: %s\n", kq_rule_text(&rule));
	}
}

/* Requests of one requester that units refused after the snapshot, as far as the record has them. */
static unsigned int refused(struct inspect *inspect, uint16_t segment, uint16_t requester)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < inspect->evidence.units; i++) {
		const struct iq_unit *unit = &inspect->evidence.unit[i].unit;
		const struct log_view log = log_find(inspect, IQ_SECTION_REFUSED, unit->index);
		struct iq_event event;

		for (uint32_t n = 0; unit->family && unit->segment == segment && n < log.count; n++)
			count += unit->family->describe_event(log.entry + n * log.size, log.size, &event) &&
				 event.requester == requester;
	}
	return count;
}

static void text_devices(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct inspect *inspect = ((struct listing *)context)->inspect;

	for (uint32_t i = 0; i < section->length / sizeof(struct iq_record_device); i++) {
		struct iq_record_device device;
		unsigned int count;

		memcpy(&device, payload + i * sizeof(device), sizeof(device));
		count = refused(inspect, device.segment, device.requester);
		kq_output_format(&inspect->out, "device: %s",
				 kq_device_text(&device, inspect->evidence.view.header.tick_khz));
		if (count)
			kq_output_format(&inspect->out, ", refused %u", count);
		kq_output_char(&inspect->out, '\n');
	}
}

static void text_ports(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct inspect *inspect = ((struct listing *)context)->inspect;

	for (uint32_t i = 0; i < section->length / sizeof(struct iq_record_port); i++) {
		struct iq_record_port port;

		memcpy(&port, payload + i * sizeof(port), sizeof(port));
		kq_output_format(&inspect->out, "root port: %s\n", kq_port_text(&port));
	}
}

static void text_header(struct inspect *inspect)
{
	const struct iq_record_header *header = &inspect->evidence.view.header;
	struct kq_output *out = &inspect->out;
	uint64_t us;

	kq_output_format(out, "record version %u by %s, %u bytes, %s\n", header->version,
			 header->producer[0] ? header->producer : "?", header->size,
			 !(header->flags & IQ_RECORD_SEALED) ? "never sealed" :
			 inspect->evidence.whole	     ? "sealed" :
							       "checksum wrong");
	if (evidence_us(&inspect->evidence, header->left, &us))
		kq_output_format(out, "%" PRIu64 " us from entry to exit\n", us);
	if (header->nmis)
		kq_output_format(out, "%u NMIs taken\n", header->nmis);
	if (header->dropped || header->flags & IQ_RECORD_TRUNCATED)
		kq_output_format(out, "%u items found no room in the record\n", header->dropped);
}

static void text(struct inspect *inspect)
{
	static const char *const headings[] = { "START-US", "TOOK-US", "STAGE", "UNIT", "STATUS", "" };
	_cleanup_(table_cleanup) struct table *table = table_new(IQ_ARRAY_SIZE(headings), inspect->color);
	struct listing listing = { inspect, table };

	text_header(inspect);
	if (!table) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	table_head(table, headings);
	each_section(inspect, IQ_SECTION_STAGE, sizeof(struct iq_record_stage), text_stage, &listing);
	if (!table_print(table, &inspect->out))
		inspect_trouble(inspect, "out of memory");
	each_section(inspect, IQ_SECTION_TRAP, sizeof(struct iq_record_trap), text_trap, &listing);
	each_section(inspect, IQ_SECTION_DEVICES, 0, text_devices, &listing);
	each_section(inspect, IQ_SECTION_PORTS, 0, text_ports, &listing);
	each_section(inspect, IQ_SECTION_RULES, 0, text_rules, &listing);
}

static void json_us(struct kq_json *json, const char *name, bool known, uint64_t us)
{
	if (known)
		kq_json_number(json, name, us);
	else
		kq_json_null(json, name);
}

static void json_unit(struct kq_json *json, unsigned int unit)
{
	json_us(json, "unit", unit != IQ_NO_UNIT, unit);
}

static void json_stage(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct inspect *inspect = context;
	struct kq_json *json = &inspect->json;
	struct iq_record_stage stage;
	uint64_t start, took;
	bool started, ended;

	memcpy(&stage, payload, sizeof(stage));
	started = evidence_us(&inspect->evidence, stage.start, &start);
	ended = evidence_ns(&inspect->evidence, stage.start, stage.end, &took);
	kq_json_object(json, NULL);
	kq_json_string(json, "stage", iq_stage_name(stage.stage));
	json_unit(json, section->unit);
	kq_json_string(json, "status", iq_status_name(stage.status));
	json_us(json, "start_us", started, start);
	json_us(json, "took_us", ended, took / 1000);
	json_us(json, "took_ns", ended, took);
	kq_json_number(json, "examined", stage.examined);
	kq_json_number(json, "changed", stage.changed);
	kq_json_number(json, "preserved", stage.preserved);
	kq_json_number(json, "open", stage.open);
	kq_json_number(json, "commands", stage.commands);
	kq_json_number(json, "retries", stage.retries);
	kq_json_number(json, "log_entries", stage.refused);
	kq_json_number(json, "stricter", stage.stricter);
	kq_json_string(json, "scope", scope_name(stage.scope));
	kq_json_hex(json, "address", stage.address);
	kq_json_end(json);
}

static void json_trap(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct kq_json *json = &((struct inspect *)context)->json;
	struct iq_record_trap trap;

	memcpy(&trap, payload, sizeof(trap));
	kq_json_object(json, NULL);
	kq_json_string(json, "stage", iq_stage_name(trap.stage));
	json_unit(json, section->unit);
	kq_json_number(json, "vector", trap.trap.vector);
	kq_json_hex(json, "error", trap.trap.error);
	kq_json_hex(json, "address", trap.trap.address);
	kq_json_hex(json, "offset", trap.trap.ip);
	kq_json_end(json);
}

static void json_devices(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct inspect *inspect = context;

	for (uint32_t i = 0; i < section->length / sizeof(struct iq_record_device); i++) {
		struct iq_record_device device;

		memcpy(&device, payload + i * sizeof(device), sizeof(device));
		kq_json_object(&inspect->json, NULL);
		kq_device_json(&inspect->json, &device, inspect->evidence.view.header.tick_khz);
		kq_json_number(&inspect->json, "refused", refused(inspect, device.segment, device.requester));
		kq_json_end(&inspect->json);
	}
}

static void json_ports(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct kq_json *json = &((struct inspect *)context)->json;

	for (uint32_t i = 0; i < section->length / sizeof(struct iq_record_port); i++) {
		struct iq_record_port port;

		memcpy(&port, payload + i * sizeof(port), sizeof(port));
		kq_json_object(json, NULL);
		kq_port_json(json, &port);
		kq_json_end(json);
	}
}

static void json_rules(void *context, const struct iq_section *section, const uint8_t *payload)
{
	struct kq_json *json = &((struct inspect *)context)->json;

	for (uint32_t i = 0; i < section->length / sizeof(struct iq_rule); i++) {
		struct iq_rule rule;

		memcpy(&rule, payload + i * sizeof(rule), sizeof(rule));
		kq_rule_json(json, &rule);
	}
}

static void json(struct inspect *inspect)
{
	const struct iq_record_header *header = &inspect->evidence.view.header;
	struct kq_json *to = &inspect->json;
	uint64_t ns;
	const bool known = evidence_ns(&inspect->evidence, header->entered, header->left, &ns);

	inspect_json(inspect, "record");
	kq_json_number(to, "version", header->version);
	kq_json_string(to, "producer", header->producer);
	kq_json_number(to, "size", header->size);
	kq_json_bool(to, "sealed", header->flags & IQ_RECORD_SEALED);
	kq_json_bool(to, "whole", inspect->evidence.whole);
	kq_json_number(to, "dropped", header->dropped);
	kq_json_number(to, "nmis", header->nmis);
	json_us(to, "took_us", known, ns / 1000);
	json_us(to, "took_ns", known, ns);
	kq_json_array(to, "stages");
	each_section(inspect, IQ_SECTION_STAGE, sizeof(struct iq_record_stage), json_stage, inspect);
	kq_json_end(to);
	kq_json_array(to, "traps");
	each_section(inspect, IQ_SECTION_TRAP, sizeof(struct iq_record_trap), json_trap, inspect);
	kq_json_end(to);
	kq_json_array(to, "devices");
	each_section(inspect, IQ_SECTION_DEVICES, 0, json_devices, inspect);
	kq_json_end(to);
	kq_json_array(to, "root_ports");
	each_section(inspect, IQ_SECTION_PORTS, 0, json_ports, inspect);
	kq_json_end(to);
	kq_json_array(to, "rules");
	each_section(inspect, IQ_SECTION_RULES, 0, json_rules, inspect);
	kq_json_end(to);
	kq_json_end(to);
}

void cmd_record(struct inspect *inspect, char **arguments)
{
	(void)arguments;
	if (inspect->use_json)
		json(inspect);
	else
		text(inspect);
}
