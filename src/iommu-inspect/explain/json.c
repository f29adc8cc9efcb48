/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer as JSON.
 */
#include "answer.h"
#include "fields.h"
#include "tables.h"

static void strings(struct kq_json *json, const char *name, const char *const *item)
{
	kq_json_array(json, name);
	for (; item && *item; item++)
		kq_json_string(json, NULL, *item);
	kq_json_end(json);
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static void addresses(struct kq_json *json, const struct explain_fault *fault)
{
	kq_json_array(json, "addresses");
	for (unsigned int i = 0; i < fault->addresses; i++)
		kq_json_hex(json, NULL, fault->address[i]);
	kq_json_end(json);
	kq_json_bool(json, "more_addresses", fault->more_addresses);
	if (fault->addresses) {
		kq_json_hex(json, "lowest", fault->lowest);
		kq_json_hex(json, "highest", fault->highest);
	} else {
		kq_json_null(json, "lowest");
		kq_json_null(json, "highest");
	}
}

static void values(struct kq_json *json, const struct explain_fault *fault)
{
	uint8_t bytes[8 * EXPLAIN_WORDS];

	kq_json_object(json, "message");
	for (unsigned int i = 0; i < fault->values; i++)
		if (*fault->value[i].text)
			kq_json_string(json, fault->value[i].name, fault->value[i].text);
		else
			kq_json_hex(json, fault->value[i].name, fault->value[i].number);
	kq_json_end(json);
	explain_bytes(fault, bytes);
	if (fault->fields)
		fields_json(json, fault->fields, fault->field_count, bytes, 8 * fault->words);
	else
		kq_json_null(json, "fields");
}

static void who(struct inspect *inspect, const struct explain_fault *fault)
{
	struct kq_json *json = &inspect->json;
	const char *device = NULL;
	char text[EXPLAIN_WORD];

	explain_subject(fault, text, sizeof(text));
	kq_json_string(json, "subject", text);
	kq_json_string(json, "requester", fault->has_device ? text : NULL);
	if (inspect->names && fault->has_device && fault->segment <= UINT16_MAX)
		device = kq_pci_name(inspect->names, (uint16_t)fault->segment, fault->requester);
	kq_json_string(json, "device", device);
	kq_json_string(json, "place", or_null(fault->place));
	if (fault->has_pasid)
		kq_json_number(json, "pasid", fault->pasid);
	else
		kq_json_null(json, "pasid");
}

static void one(struct inspect *inspect, const struct explain_answer *answer, const struct explain_fault *fault)
{
	static const char *const accesses[] = { [EXPLAIN_READ] = "read", [EXPLAIN_WRITE] = "write" };
	const struct explain_reason *reason = explain_reason(fault->source, fault->code);
	struct kq_json *json = &inspect->json;

	kq_json_object(json, NULL);
	kq_json_string(json, "source", fault->source->name);
	if (fault->code < EXPLAIN_OWN)
		kq_json_number(json, "code", fault->code);
	else
		kq_json_null(json, "code");
	kq_json_string(json, "name", explain_reason_name(fault->source, fault->code));
	kq_json_string(json, "danger", explain_danger_name(explain_danger(fault)));
	kq_json_string(json, "plain", explain_plain(fault));
	kq_json_string(json, "note", or_null(fault->note));
	who(inspect, fault);
	kq_json_string(json, "access", accesses[fault->access]);
	kq_json_number(json, "count", fault->count);
	kq_json_string(json, "first_time", or_null(fault->first_time));
	kq_json_string(json, "last_time", or_null(fault->last_time));
	addresses(json, fault);
	values(json, fault);
	if (answer->tables && fault->source->reader)
		explain_tables_json(inspect, fault);
	else
		kq_json_null(json, "tables");
	strings(json, "causes", reason && reason->help ? reason->help->cause : NULL);
	strings(json, "attempts", reason && reason->help ? reason->help->attempt : NULL);
	kq_json_string(json, "sample", fault->sample);
	kq_json_end(json);
}

void explain_json(struct inspect *inspect, const struct explain_answer *answer)
{
	const struct explain_collect *collect = answer->collect;
	struct kq_json *json = &inspect->json;
	char verdict[512];

	explain_verdict(answer, verdict, sizeof(verdict));
	inspect_json(inspect);
	kq_json_string(json, "file", answer->file);
	kq_json_string(json, "verdict", verdict);
	kq_json_number(json, "lines", collect->lines);
	kq_json_number(json, "cut_lines", answer->cut);
	kq_json_number(json, "ordinary", collect->ordinary);
	kq_json_number(json, "suppressed", collect->suppressed);
	kq_json_array(json, "faults");
	for (size_t i = 0; i < answer->faults; i++)
		one(inspect, answer, answer->fault[i]);
	kq_json_end(json);
	kq_json_number(json, "left_out", collect->faults.left_out);
	kq_json_array(json, "unknown");
	for (uint64_t i = 0; i < iq_min(collect->unknowns, EXPLAIN_UNKNOWN); i++) {
		kq_json_object(json, NULL);
		kq_json_number(json, "line", collect->unknown[i].line);
		kq_json_string(json, "text", collect->unknown[i].text);
		kq_json_end(json);
	}
	kq_json_end(json);
	kq_json_number(json, "unknown_count", collect->unknowns);
}
