/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as JSON; the keys are described in iommu-reconcile(8).
 */
#include "report.h"

#include "action.h"
#include "record/entries.h"
#include "base/json.h"
#include "host/requester.h"

static void put_record(const struct reconcile *reconcile, struct kq_json *json)
{
	const struct iq_record_header *header = &reconcile->crashed.evidence.view.header;
	char producer[sizeof(header->producer) + 1];

	kq_json_string(json, "record", old_state_name(reconcile->crashed.state));
	if (reconcile->crashed.state != OLD_READ) {
		kq_json_null(json, "record_version");
		kq_json_null(json, "producer");
		kq_json_null(json, "whole");
		return;
	}
	snprintf(producer, sizeof(producer), "%.*s", (int)sizeof(header->producer), header->producer);
	kq_json_number(json, "record_version", header->version);
	kq_json_string(json, "producer", producer);
	kq_json_bool(json, "whole", reconcile->crashed.evidence.whole);
}

static void put_registers(struct kq_json *json, const struct iq_unit *now)
{
	if (!now || !now->family) {
		kq_json_null(json, "now");
		return;
	}
	kq_json_object(json, "now");
	kq_json_string(json, "status", iq_status_name(now->status));
	kq_json_object(json, "registers");
	for (unsigned int i = 0; i < now->family->register_count; i++)
		kq_json_hex(json, now->family->registers[i].name, now->value[i]);
	kq_json_end(json);
	kq_json_end(json);
}

static void put_units(const struct reconcile *reconcile, struct kq_json *json)
{
	kq_json_string(json, "units_from", units_from_name(reconcile->crashed.units));
	kq_json_array(json, "units");
	for (unsigned int i = 0; i < reconcile->crashed.evidence.units; i++) {
		const struct iq_unit *unit = &reconcile->crashed.evidence.unit[i].unit;

		kq_json_object(json, NULL);
		kq_json_number(json, "unit", unit->index);
		kq_json_string(json, "family", unit->family ? unit->family->name : NULL);
		kq_json_number(json, "segment", unit->segment);
		if (unit->base)
			kq_json_hex(json, "base", unit->base);
		else
			kq_json_null(json, "base");
		kq_json_string(json, "status", iq_status_name(unit->status));
		put_registers(json, reconcile->running.now ? &reconcile->running.now[i] : NULL);
		kq_json_end(json);
	}
	kq_json_end(json);
	kq_json_array(json, "iommus");
	for (size_t i = 0; i < reconcile->running.machine.iommus; i++)
		kq_json_string(json, NULL, reconcile->running.machine.iommu[i]);
	kq_json_end(json);
	kq_json_bool(json, "tables_read", reconcile->running.live);
	kq_json_string(json, "registers_not_read", reconcile->running.no_now.text[0] ? reconcile->running.no_now.text : NULL);
	kq_json_string(json, "tables_not_read", reconcile->running.no_live.text[0] ? reconcile->running.no_live.text : NULL);
}

static void put_function(struct kq_json *json, const struct function *function)
{
	if (!function) {
		kq_json_null(json, "device");
		return;
	}
	kq_json_object(json, "device");
	kq_json_string(json, "driver", function->driver[0] ? function->driver : NULL);
	if (function->group < 0)
		kq_json_null(json, "group");
	else
		kq_json_number(json, "group", (uint64_t)function->group);
	kq_json_string(json, "type", function->type[0] ? function->type : NULL);
	if (function->has_config) {
		kq_json_hex(json, "vendor", function->vendor);
		kq_json_hex(json, "device", function->device);
		kq_json_hex(json, "class", function->class_code);
		kq_json_hex(json, "command", function->command);
		kq_json_bool(json, "bus_master", function_is_master(function));
	}
	kq_json_end(json);
}

static void put_entry(const struct reconcile *reconcile, struct kq_json *json, const struct verdict *verdict)
{
	if (!verdict->has_entry) {
		kq_json_null(json, "entry");
		return;
	}
	kq_json_object(json, "entry");
	kq_json_number(json, "unit", reconcile->crashed.evidence.unit[verdict->unit].unit.index);
	kq_json_string(json, "crash", translation_name(verdict->translation));
	kq_json_number(json, "domain", verdict->domain);
	if (verdict->table)
		kq_json_hex(json, "table", verdict->table);
	else
		kq_json_null(json, "table");
	kq_json_string(json, "changed", verdict->changed ? iq_mode_name(verdict->mode) : NULL);
	kq_json_string(json, "policy", iq_mode_name(verdict->policy));
	kq_json_bool(json, "writes", verdict->writes);
	if (verdict->live)
		kq_json_bool(json, "attached", verdict->own);
	else
		kq_json_null(json, "attached");
	kq_json_array(json, "raw");
	for (size_t i = 0; i < verdict->words; i++)
		kq_json_hex(json, NULL, verdict->raw[i]);
	kq_json_end(json);
	kq_json_end(json);
}

static void put_verdicts(const struct reconcile *reconcile, struct kq_json *json)
{
	kq_json_object(json, "counts");
	for (enum state state = 0; state < STATES; state++)
		kq_json_number(json, state_name(state), reconcile->count[state]);
	kq_json_end(json);
	kq_json_array(json, "requesters");
	for (size_t i = 0; i < reconcile->verdicts; i++) {
		const struct verdict *verdict = &reconcile->verdict[i];
		const bool is_alias = verdict->owner || verdict->state == STATE_ALIAS;

		kq_json_object(json, NULL);
		kq_json_string(json, "requester", verdict_name(reconcile, verdict));
		kq_json_string(json, "state", state_name(verdict->state));
		kq_json_string(json, "was", verdict->was == STATES ? NULL : state_name(verdict->was));
		kq_json_string(json, "alias_of", is_alias ? requester_text(verdict->segment, verdict->alias_of) : NULL);
		kq_json_string(json, "alias_by", !is_alias ? NULL : verdict->alias_by_table ? "firmware" : "tables");
		put_function(json, verdict->function);
		put_entry(reconcile, json, verdict);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void put_actions(const struct reconcile *reconcile, struct kq_json *json)
{
	kq_json_array(json, "repairs");
	for (size_t i = 0; i < reconcile->actions; i++) {
		const struct action *action = &reconcile->action[i];

		kq_json_object(json, NULL);
		kq_json_string(json, "requester", requester_text(action->segment, action->requester));
		kq_json_string(json, "repair", action_name(action->kind));
		kq_json_string(json, "was", state_name(action->was));
		if (action->group < 0)
			kq_json_null(json, "group");
		else
			kq_json_number(json, "group", (uint64_t)action->group);
		kq_json_string(json, "before", action->before);
		kq_json_string(json, "after", action->after);
		kq_json_string(json, "effect", effect_name(action->effect));
		kq_json_string(json, "why", action->why[0] ? action->why : NULL);
		kq_json_bool(json, "earlier", action->earlier);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void put_memory(const struct reconcile *reconcile, struct kq_json *json)
{
	kq_json_array(json, "memory");
	for (unsigned int i = 0; i < reconcile->running.map.ranges; i++) {
		kq_json_object(json, NULL);
		kq_json_hex(json, "first", reconcile->running.map.range[i].first);
		kq_json_hex(json, "last", reconcile->running.map.range[i].last);
		kq_json_end(json);
	}
	kq_json_end(json);
	kq_json_number(json, "mappings_found", reconcile->reaches);
	kq_json_number(json, "mappings_now", reconcile->reaches_now);
	kq_json_array(json, "mappings");
	for (uint64_t i = 0; i < reconcile->reaches && i < REACHES_MAX; i++) {
		const struct reach *reach = &reconcile->reach[i];

		kq_json_object(json, NULL);
		kq_json_string(json, "requester", evidence_name(&reconcile->crashed.evidence, reach->unit, reach->id));
		kq_json_hex(json, "first", reach->mapping.iova);
		kq_json_hex(json, "last", reach->mapping.iova + (reach->mapping.length - 1));
		kq_json_hex(json, "physical", reach->mapping.physical);
		kq_json_bool(json, "read", reach->mapping.read);
		kq_json_bool(json, "write", reach->mapping.write);
		kq_json_bool(json, "now", reach->now);
		kq_json_bool(json, "now_write", reach->now_write);
		kq_json_end(json);
	}
	kq_json_end(json);
}

static void put_log(const struct kernel_log *log, struct kq_json *json)
{
	if (!log->known) {
		kq_json_null(json, "log");
		return;
	}
	kq_json_object(json, "log");
	kq_json_number(json, "found", log->lines + log->more);
	kq_json_number(json, "faults", log->faults);
	kq_json_array(json, "lines");
	for (unsigned int i = 0; i < log->lines; i++)
		kq_json_string(json, NULL, log->line[i]);
	kq_json_end(json);
	kq_json_end(json);
}

void report_json(const struct reconcile *reconcile, struct kq_output *out)
{
	struct kq_json json;

	kq_json_start(&json, out);
	kq_json_object(&json, NULL);
	kq_json_number(&json, "schema", RECONCILE_SCHEMA);
	kq_json_string(&json, "dump", reconcile->dump);
	put_record(reconcile, &json);
	put_units(reconcile, &json);
	put_verdicts(reconcile, &json);
	put_actions(reconcile, &json);
	put_memory(reconcile, &json);
	put_log(&reconcile->running.log, &json);
	kq_json_number(&json, "pages", reconcile->crashed.tables);
	kq_json_number(&json, "unreadable", reconcile->crashed.unreadable);
	if (reconcile->crashed.saved.path) {
		kq_json_object(&json, "snapshot");
		kq_json_string(&json, "file", reconcile->crashed.saved.path);
		kq_json_number(&json, "bytes", reconcile->crashed.saved.bytes);
		kq_json_end(&json);
	} else {
		kq_json_null(&json, "snapshot");
	}
	kq_json_bool(&json, "complete", !reconcile->troubles);
	kq_json_array(&json, "troubles");
	for (unsigned int i = 0; i < reconcile->troubles; i++)
		kq_json_string(&json, NULL, reconcile->trouble[i].text);
	kq_json_end(&json);
	kq_json_number(&json, "status", (uint64_t)reconcile->status);
	kq_json_end(&json);
}
