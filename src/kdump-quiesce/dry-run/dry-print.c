/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dry run, for people and for programs. Its words and keys are those of `iommu-inspect record`.
 */
#include "dry-run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/items.h"
#include "base/reply.h"
#include "host/requester.h"
#include "record/rules.h"
#include "record/stages.h"
#include "record/stopped.h"
#include "record/translation.h"


struct printer {
	struct kq_dry_run *run;
	struct kq_output output;
	struct kq_json json;
};

static const char *const written_to[] = {
	[KQ_DRY_MEMORY] = "memory",
	[KQ_DRY_REGISTER] = "register",
	[KQ_DRY_CONFIG] = "config",
};

static const char *config_function(const struct kq_dry_write *write)
{
	return requester_text((uint16_t)(write->address >> 28), (uint16_t)(write->address >> 12));
}

static unsigned int config_offset(const struct kq_dry_write *write)
{
	return write->address & 0xfff;
}

static uint64_t microseconds(const struct iq_record_stage *stage)
{
	return (stage->end - stage->start) * 1000 / KQ_DRY_KHZ;
}

static uint64_t total_us(const struct kq_dry_run *run)
{
	return (run->view.header.left - run->view.header.entered) * 1000 / KQ_DRY_KHZ;
}

static void unit_line(struct printer *printer, const struct iq_unit *unit)
{
	unsigned int served = 0;

	for (unsigned int i = 0; i < printer->run->topology.requesters; i++)
		served += printer->run->topology.requester[i].unit == unit->index;
	kq_output_format(&printer->output, "%s at 0x%016" PRIx64 ", segment %04x: %s, %u requester ids in use\n",
			 unit->family->name, unit->base, unit->segment,
			 unit->status == IQ_OK ? "translates" : iq_status_name(unit->status), served);
}

/* The @n-th function that uses the source id of @change in words; NULL: no more, or @change is about several ids. */
static const char *user_of(const struct printer *printer, unsigned int unit, const struct iq_change *change, unsigned int n)
{
	const struct iq_plan *plan = &printer->run->run.plan;
	struct iq_function function;

	if (change->kind != IQ_CHANGE_ENTRY || change->more ||
	    !iq_plan_function(plan, &plan->unit[unit], change->first, &function))
		return NULL;
	return kq_dry_user(printer->run, function.segment, function.requester, n);
}

static void change_line(struct printer *printer, unsigned int unit, const struct iq_change *change)
{
	const struct iq_plan *plan = &printer->run->run.plan;
	const enum iq_mode policy = iq_plan_mode(plan, &plan->unit[unit], change->first);
	struct kq_output *out = &printer->output;
	struct iq_entry entry;
	const char *user;

	if (change->kind != IQ_CHANGE_ENTRY)
		return;
	kq_output_format(out, "  %s", kq_dry_source(printer->run, unit, change->first));
	if (change->more)
		kq_output_format(out, " to %s", kq_dry_source(printer->run, unit, iq_change_last(change)));
	if (kq_dry_before(printer->run, unit, change, &entry))
		kq_output_format(out, "  %s %s%s", translation_name(entry.translation),
				 permissions(entry.read, entry.write), entry.ats ? " ATS+" : "");
	kq_output_format(out, " -> %s", iq_mode_name(change->mode));
	if (change->mode != policy)
		kq_output_format(out, ", not %s", iq_mode_name(policy));
	for (unsigned int n = 0; (user = user_of(printer, unit, change, n)); n++)
		kq_output_format(out, "%s%s", n ? ", " : "  ", user);
	kq_output_char(out, '\n');
}

static void print_changes(struct printer *printer, unsigned int unit)
{
	struct iq_change change;
	struct kq_items items;

	kq_items_start(&items, &printer->run->view, IQ_SECTION_CHANGES);
	while (kq_items_next(&items, &change, sizeof(change)))
		if (items.section.unit == unit)
			change_line(printer, unit, &change);
}

static void stage_line(struct printer *printer, const struct iq_record_stage *stage)
{
	struct kq_output *out = &printer->output;
	const char *text = stage_text(stage, "  ");

	kq_output_format(out, "  %-8s %-11s %6" PRIu64 " us%s%s\n", iq_stage_name(stage->stage),
			 iq_status_name(stage->status), microseconds(stage), *text ? "  " : "", text);
}

static void print_stages(struct printer *printer, unsigned int of)
{
	struct iq_record_stage stage;
	struct kq_items items;

	kq_items_start(&items, &printer->run->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage)))
		if (items.section.unit == of)
			stage_line(printer, &stage);
}

/* Functions whose Bus Master is turned off, and root ports that are kept from reporting errors. */
static void print_stopped(struct printer *printer)
{
	struct iq_record_device device;
	struct iq_record_port port;
	struct kq_items items;

	kq_items_start(&items, &printer->run->view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device))) {
		const char *user = kq_dry_user(printer->run, device.segment, device.behind ? device.behind : device.requester, 0);

		kq_output_format(&printer->output, "  %s  %s\n", stopped_device_text(&device, 0), user ? user : "");
	}
	kq_items_start(&items, &printer->run->view, IQ_SECTION_PORTS);
	while (kq_items_next(&items, &port, sizeof(port)))
		kq_output_format(&printer->output, "  %s\n", stopped_port_text(&port));
}

static void print_writes(struct printer *printer)
{
	const struct kq_dry *dry = &printer->run->dry;

	for (unsigned int i = 0; i < dry->writes; i++) {
		const struct kq_dry_write *write = &dry->write[i];

		kq_output_format(&printer->output, "%-8s %s%u ", iq_stage_name(write->stage), written_to[write->kind],
				 write->width);
		if (write->kind == KQ_DRY_CONFIG)
			kq_output_format(&printer->output, "%s 0x%03x", config_function(write), config_offset(write));
		else
			kq_output_format(&printer->output, "0x%016" PRIx64, write->address);
		kq_output_format(&printer->output, ": 0x%016" PRIx64 " -> 0x%016" PRIx64 "\n", write->old,
				 write->value);
	}
}

static void print_rules(struct printer *printer)
{
	const struct iq_plan *plan = &printer->run->run.plan;

	for (unsigned int i = 0; i < plan->rules; i++)
		kq_output_format(&printer->output, "rule: %s\n", rule_text(&plan->rule[i]));
}

static void print_text(struct printer *printer, bool every)
{
	const struct kq_dry_run *run = printer->run;
	const struct iq_plan *plan = &run->run.plan;
	const struct iq_record_header *header = &run->view.header;
	struct kq_output *out = &printer->output;
	const char *unseen;

	for (unsigned int i = 0; i < plan->units; i++) {
		unit_line(printer, &plan->unit[i]);
		print_stages(printer, i);
		print_changes(printer, i);
	}
	if (!plan->units)
		kq_output_format(out, "no IOMMU: %s; DMA is stopped at its source alone\n", run->no_units.text);
	kq_output_text(out, "devices and root ports\n");
	print_stages(printer, IQ_NO_UNIT);
	print_stopped(printer);
	if (plan->left_out)
		kq_output_format(out, "%u entr%s of the firmware's tables %s left out for an overlap or a value that cannot be\n",
				 plan->left_out, plan->left_out == 1 ? "y" : "ies", plan->left_out == 1 ? "is" : "are");
	print_rules(printer);
	if (every)
		print_writes(printer);
	kq_output_format(out,
			 "writes: %u to configuration space, %u to tables and queues, %u to registers, %u cache "
			 "write-backs\n",
			 run->dry.config_writes, run->dry.stores, run->dry.register_writes, run->dry.write_backs);
	kq_output_format(out, "time: about %" PRIu64 " us, at most %u ms\n", total_us(run),
			 run->settings.total_us / 1000);
	kq_output_format(out, "record: %u of %u bytes", header->size, run->settings.record);
	if (header->dropped)
		kq_output_format(out, ", %u item%s no room", header->dropped, header->dropped == 1 ? " finds" : "s find");
	kq_output_char(out, '\n');
	for (unsigned int n = 0; (unseen = kq_dry_unseen(run, n)); n++)
		kq_output_format(out, "not seen: %s\n", unseen);
}

static void json_stages(struct printer *printer)
{
	struct kq_json *json = &printer->json;
	struct iq_record_stage stage;
	struct kq_items items;

	kq_json_array(json, "stages");
	kq_items_start(&items, &printer->run->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage))) {
		kq_json_object(json, NULL);
		kq_json_string(json, "stage", iq_stage_name(stage.stage));
		if (items.section.unit == IQ_NO_UNIT)
			kq_json_null(json, "unit");
		else
			kq_json_number(json, "unit", items.section.unit);
		kq_json_string(json, "status", iq_status_name(stage.status));
		kq_json_number(json, "took_us", microseconds(&stage));
		stage_json(json, &stage);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_units(struct printer *printer)
{
	const struct iq_plan *plan = &printer->run->run.plan;
	struct kq_json *json = &printer->json;

	kq_json_array(json, "units");
	for (unsigned int i = 0; i < plan->units; i++) {
		kq_json_object(json, NULL);
		kq_json_number(json, "unit", i);
		kq_json_string(json, "family", plan->unit[i].family->name);
		kq_json_number(json, "segment", plan->unit[i].segment);
		kq_json_hex(json, "base", plan->unit[i].base);
		kq_json_string(json, "status", iq_status_name(plan->unit[i].status));
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_change(struct printer *printer, unsigned int unit, const struct iq_change *change)
{
	static const char *const kinds[] = { "entry", "table", "word" };
	struct kq_json *json = &printer->json;
	struct iq_entry entry;
	const char *user;

	kq_json_object(json, NULL);
	kq_json_number(json, "unit", unit);
	kq_json_string(json, "kind", change->kind < IQ_ARRAY_SIZE(kinds) ? kinds[change->kind] : "unknown");
	if (change->kind != IQ_CHANGE_TABLE) {
		kq_json_string(json, "first", kq_dry_source(printer->run, unit, change->first));
		kq_json_string(json, "last", kq_dry_source(printer->run, unit, iq_change_last(change)));
		kq_json_number(json, "first_source_id", change->first);
	} else {
		kq_json_number(json, "first", change->first);
		kq_json_number(json, "last", iq_change_last(change));
	}
	kq_json_string(json, "mode", iq_mode_name(change->mode));
	if (kq_dry_before(printer->run, unit, change, &entry)) {
		kq_json_string(json, "translation", translation_name(entry.translation));
		kq_json_bool(json, "read", entry.read);
		kq_json_bool(json, "write", entry.write);
		kq_json_bool(json, "ats", entry.ats);
		kq_json_number(json, "domain", entry.domain);
	}
	kq_json_array(json, "old");
	kq_json_hex(json, NULL, change->old[0]);
	kq_json_hex(json, NULL, change->old[1]);
	kq_json_end(json);
	kq_json_array(json, "users");
	for (unsigned int n = 0; (user = user_of(printer, unit, change, n)); n++)
		kq_json_string(json, NULL, user);
	kq_json_end(json);
	kq_json_end(json);
}

static void json_changes(struct printer *printer)
{
	struct iq_change change;
	struct kq_items items;

	kq_json_array(&printer->json, "changes");
	kq_items_start(&items, &printer->run->view, IQ_SECTION_CHANGES);
	while (kq_items_next(&items, &change, sizeof(change)))
		if (items.section.unit < printer->run->run.plan.units)
			json_change(printer, items.section.unit, &change);
	kq_json_end(&printer->json);
}

static void json_stopped(struct printer *printer)
{
	struct kq_json *json = &printer->json;
	struct iq_record_device device;
	struct iq_record_port port;
	struct kq_items items;

	kq_json_array(json, "devices");
	kq_items_start(&items, &printer->run->view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device))) {
		kq_json_object(json, NULL);
		stopped_device_json(json, &device, 0);
		kq_json_string(json, "user", kq_dry_user(printer->run, device.segment, device.behind ? device.behind : device.requester, 0));
		kq_json_end(json);
	}
	kq_json_end(json);
	kq_json_array(json, "ports");
	kq_items_start(&items, &printer->run->view, IQ_SECTION_PORTS);
	while (kq_items_next(&items, &port, sizeof(port))) {
		kq_json_object(json, NULL);
		stopped_port_json(json, &port);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_writes(struct printer *printer)
{
	const struct kq_dry *dry = &printer->run->dry;
	struct kq_json *json = &printer->json;

	kq_json_array(json, "writes");
	for (unsigned int i = 0; i < dry->writes; i++) {
		const struct kq_dry_write *write = &dry->write[i];

		kq_json_object(json, NULL);
		kq_json_string(json, "stage", iq_stage_name(write->stage));
		kq_json_string(json, "to", written_to[write->kind]);
		kq_json_number(json, "width", write->width);
		kq_json_string(json, "requester", write->kind == KQ_DRY_CONFIG ? config_function(write) : NULL);
		kq_json_hex(json, "address", write->kind == KQ_DRY_CONFIG ? config_offset(write) : write->address);
		kq_json_hex(json, "old", write->old);
		kq_json_hex(json, "value", write->value);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void json_rules(struct printer *printer)
{
	const struct iq_plan *plan = &printer->run->run.plan;
	struct kq_json *json = &printer->json;

	kq_json_array(json, "rules");
	for (unsigned int i = 0; i < plan->rules; i++)
		rule_json(json, &plan->rule[i]);
	kq_json_end(json);
}

static void print_json(struct printer *printer, bool every)
{
	const struct kq_dry_run *run = printer->run;
	struct kq_json *json = &printer->json;
	const char *unseen;

	kq_reply_open(json, &printer->output);
	json_units(printer);
	json_stages(printer);
	json_changes(printer);
	json_stopped(printer);
	json_rules(printer);
	if (every)
		json_writes(printer);
	kq_json_number(json, "config_writes", run->dry.config_writes);
	kq_json_number(json, "memory_writes", run->dry.stores);
	kq_json_number(json, "register_writes", run->dry.register_writes);
	kq_json_number(json, "write_backs", run->dry.write_backs);
	kq_json_number(json, "estimated_us", total_us(run));
	kq_json_number(json, "limit_us", run->settings.total_us);
	kq_json_number(json, "record_bytes", run->view.header.size);
	kq_json_number(json, "record_room", run->settings.record);
	kq_json_number(json, "record_dropped", run->view.header.dropped);
	kq_json_number(json, "left_out", run->run.plan.left_out);
	kq_json_array(json, "not_seen");
	for (unsigned int n = 0; (unseen = kq_dry_unseen(run, n)); n++)
		kq_json_string(json, NULL, unseen);
	kq_json_end(json);
	if (kq_dry_unseen(run, 0) || run->run.plan.left_out || run->run.plan.units_left_out || run->view.header.dropped)
		kq_reply_incomplete();
	kq_reply_close();
}

bool kq_dry_print(struct kq_dry_run *run, bool json, bool every)
{
	struct printer *printer = malloc(sizeof(*printer));
	bool done;

	if (!printer)
		return false;
	printer->run = run;
	kq_output_start(&printer->output, stdout);
	if (json)
		print_json(printer, every);
	else
		print_text(printer, every);
	done = kq_output_flush(&printer->output);
	free(printer);
	return done;
}
