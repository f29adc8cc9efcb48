/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect record: what the plugin did at the crash, in the order in which it did it.
 */
#include "base/cleanup.h"
#include "events.h"
#include "inspect.h"
#include "machine.h"
#include "base/items.h"
#include "record/rules.h"
#include "record/stages.h"
#include "record/stopped.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

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

static void text_stages(struct inspect *inspect, struct table *table)
{
	const struct evidence *evidence = &inspect->evidence;
	struct iq_record_stage stage;
	struct kq_items items;

	kq_items_start(&items, &evidence->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage))) {
		uint64_t start = 0, took = 0;
		const bool started = evidence_us(evidence, stage.start, &start);
		const bool ended = evidence_ns(evidence, stage.start, stage.end, &took);

		cell_us(table, started, start);
		cell_took(table, ended, took);
		table_cell(table, TABLE_PLAIN, "%s", iq_stage_name(stage.stage));
		cell_unit(table, items.section.unit);
		table_cell(table, stage.status == IQ_OK || stage.status == IQ_NOTHING ? TABLE_GOOD : TABLE_BAD, "%s",
			   iq_status_name(stage.status));
		table_cell(table, TABLE_PLAIN, "%s", stage_text(&stage, ", "));
	}
}

static void text_traps(struct inspect *inspect)
{
	struct kq_output *out = &inspect->out;
	struct iq_record_trap trap;
	struct iq_trap_words words;
	struct kq_items items;

	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_TRAP);
	while (kq_items_next(&items, &trap, sizeof(trap))) {
		kq_output_format(out, "trap in %s", iq_stage_name(trap.stage));
		if (items.section.unit != IQ_NO_UNIT)
			kq_output_format(out, ", unit %u", items.section.unit);
		iq_trap_words(&words, IQ_MACHINE_X86_64, trap.trap.cause);
		if (words.cause)
			kq_output_format(out, ": %s", words.cause);
		else
			kq_output_format(out, ": cause %u", trap.trap.cause);
		kq_output_format(out, ", %s 0x%" PRIx64 ", address 0x%016" PRIx64 ", at offset 0x%" PRIx64 " of the plugin\n",
				 words.syndrome, trap.trap.syndrome, trap.trap.address, trap.trap.offset);
	}
}

static void text_rules(struct inspect *inspect)
{
	struct kq_items items;
	struct iq_rule rule;

	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_RULES);
	while (kq_items_next(&items, &rule, sizeof(rule)))
		kq_output_format(&inspect->out, "rule: %s\n", rule_text(&rule));
}

/* Requests of one PCI function that units refused after the snapshot, as far as the record has them. */
static unsigned int refused(struct inspect *inspect, const struct iq_function *function)
{
	const struct evidence *evidence = &inspect->evidence;
	unsigned int number = 0;

	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];
		const struct log_view log = log_find(inspect, IQ_SECTION_REFUSED, unit->unit.index);
		struct iq_event event;
		iq_source_id id;

		if (!unit->reader || !evidence_source_id(evidence, &unit->unit, function, &id))
			continue;
		for (uint32_t n = 0; n < log.count; n++)
			number += unit->reader->describe_event(log.entry + n * log.size, log.size, &event) &&
				  event.id == id;
	}
	return number;
}

static void text_stopped(struct inspect *inspect)
{
	struct iq_record_device device;
	struct iq_record_port port;
	struct kq_items items;

	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device))) {
		const unsigned int number = refused(inspect, &(struct iq_function){ device.segment, device.behind ? device.behind : device.requester });

		kq_output_format(&inspect->out, "device: %s",
				 stopped_device_text(&device, inspect->evidence.view.header.tick_khz));
		if (number)
			kq_output_format(&inspect->out, ", refused %u", number);
		kq_output_char(&inspect->out, '\n');
	}
	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_PORTS);
	while (kq_items_next(&items, &port, sizeof(port)))
		kq_output_format(&inspect->out, "port: %s\n", stopped_port_text(&port));
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
		kq_output_format(out, "%u NMI%s taken\n", header->nmis, kq_plural(header->nmis));
	if (header->flags & IQ_RECORD_MACHINE_CHECK)
		kq_output_format(out, "a machine check was under way at entry: no bus was scanned\n");
	if (header->dropped || header->flags & IQ_RECORD_TRUNCATED)
		kq_output_format(out, "%u item%s found no room in the record\n", header->dropped, kq_plural(header->dropped));
}

static void text(struct inspect *inspect)
{
	static const char *const headings[] = { "START-US", "TOOK-US", "STAGE", "UNIT", "STATUS", "" };
	_cleanup_(table_cleanup) struct table *table = table_new(IQ_ARRAY_SIZE(headings), inspect->color);

	text_header(inspect);
	if (!table) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	table_head(table, headings);
	text_stages(inspect, table);
	if (!table_print(table, &inspect->out))
		inspect_trouble(inspect, "out of memory");
	text_traps(inspect);
	text_stopped(inspect);
	text_rules(inspect);
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

static void json_stages(struct inspect *inspect)
{
	const struct evidence *evidence = &inspect->evidence;
	struct kq_json *json = &inspect->json;
	struct iq_record_stage stage;
	struct kq_items items;

	kq_json_array(json, "stages");
	kq_items_start(&items, &evidence->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage))) {
		uint64_t start, took;
		const bool started = evidence_us(evidence, stage.start, &start);
		const bool ended = evidence_ns(evidence, stage.start, stage.end, &took);

		kq_json_object(json, NULL);
		kq_json_string(json, "stage", iq_stage_name(stage.stage));
		json_unit(json, items.section.unit);
		kq_json_string(json, "status", iq_status_name(stage.status));
		json_us(json, "start_us", started, start);
		json_us(json, "took_us", ended, took / 1000);
		json_us(json, "took_ns", ended, took);
		stage_json(json, &stage);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_traps(struct inspect *inspect)
{
	struct kq_json *json = &inspect->json;
	struct iq_record_trap trap;
	struct iq_trap_words words;
	struct kq_items items;

	kq_json_array(json, "traps");
	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_TRAP);
	while (kq_items_next(&items, &trap, sizeof(trap))) {
		kq_json_object(json, NULL);
		kq_json_string(json, "stage", iq_stage_name(trap.stage));
		json_unit(json, items.section.unit);
		iq_trap_words(&words, IQ_MACHINE_X86_64, trap.trap.cause);
		kq_json_number(json, "cause", trap.trap.cause);
		kq_json_string(json, "name", words.cause);
		kq_json_hex(json, "syndrome", trap.trap.syndrome);
		kq_json_hex(json, "address", trap.trap.address);
		kq_json_hex(json, "offset", trap.trap.offset);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_stopped(struct inspect *inspect)
{
	struct kq_json *json = &inspect->json;
	struct iq_record_device device;
	struct iq_record_port port;
	struct kq_items items;

	kq_json_array(json, "devices");
	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device))) {
		kq_json_object(json, NULL);
		stopped_device_json(json, &device, inspect->evidence.view.header.tick_khz);
		kq_json_number(json, "refused", refused(inspect, &(struct iq_function){ device.segment, device.behind ? device.behind : device.requester }));
		kq_json_end(json);
	}
	kq_json_end(json);
	kq_json_array(json, "ports");
	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_PORTS);
	while (kq_items_next(&items, &port, sizeof(port))) {
		kq_json_object(json, NULL);
		stopped_port_json(json, &port);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_rules(struct inspect *inspect)
{
	struct kq_items items;
	struct iq_rule rule;

	kq_json_array(&inspect->json, "rules");
	kq_items_start(&items, &inspect->evidence.view, IQ_SECTION_RULES);
	while (kq_items_next(&items, &rule, sizeof(rule)))
		rule_json(&inspect->json, &rule);
	kq_json_end(&inspect->json);
}

static void json(struct inspect *inspect)
{
	const struct iq_record_header *header = &inspect->evidence.view.header;
	struct kq_json *to = &inspect->json;
	uint64_t ns;
	const bool known = evidence_ns(&inspect->evidence, header->entered, header->left, &ns);

	inspect_json(inspect);
	kq_json_number(to, "version", header->version);
	kq_json_string(to, "producer", header->producer);
	kq_json_number(to, "size", header->size);
	kq_json_bool(to, "sealed", header->flags & IQ_RECORD_SEALED);
	kq_json_bool(to, "whole", inspect->evidence.whole);
	kq_json_number(to, "dropped", header->dropped);
	kq_json_number(to, "nmis", header->nmis);
	kq_json_bool(to, "machine_check", header->flags & IQ_RECORD_MACHINE_CHECK);
	json_us(to, "took_us", known, ns / 1000);
	json_us(to, "took_ns", known, ns);
	json_stages(inspect);
	json_traps(inspect);
	json_stopped(inspect);
	json_rules(inspect);
}

void cmd_record(struct inspect *inspect, char **arguments)
{
	(void)arguments;
	if (inspect->use_json)
		json(inspect);
	else
		text(inspect);
}
