/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect without a verb, or summary: the answer first, then which crash it was, and what the record or the crashed kernel
 * has to say.
 */
#include "crash.h"
#include "kernel/machines.h"
#include "record/outcome.h"
#include "table.h"
#include "units-source.h"

#define NOTES_SHOWN 8u

/* What stands against a clean answer, as lines: the first NOTES_SHOWN of them. */
struct lines {
	struct inspect *inspect;
	unsigned int count;
};

static void print_note(void *context, const char *note)
{
	struct lines *lines = context;

	if (lines->count++ < NOTES_SHOWN)
		kq_output_format(&lines->inspect->out, "- %s\n", note);
}

static void print_crash(struct inspect *inspect, const struct crash *crash)
{
	const char *time = crash_time_text(crash), *before = "crash: ";
	struct kq_output *out = &inspect->out;

	if (crash->host[0]) {
		kq_output_format(out, "%shost %s", before, crash->host);
		before = ", ";
	}
	if (crash->kernel[0]) {
		kq_output_format(out, "%sLinux %s", before, crash->kernel);
		before = ", ";
	}
	if (*time) {
		kq_output_format(out, "%s%s", before, time);
		before = ", ";
	}
	if (*before == ',')
		kq_output_char(out, '\n');
}

/* Red is what goes on, or may. */
static enum table_style style_of(enum outcome_answer answer)
{
	return answer == OUTCOME_STOPPED ? TABLE_GOOD : answer == OUTCOME_NOTHING ? TABLE_PLAIN : TABLE_BAD;
}

static void text_record(struct inspect *inspect, const struct crash *crash)
{
	struct lines lines = { inspect, 0 };
	struct outcome outcome;

	outcome_read(&outcome, &inspect->evidence);
	table_line(&inspect->out, inspect->color, style_of(outcome.answer), outcome_text(&outcome));
	outcome_notes(&inspect->evidence, print_note, &lines);
	if (lines.count > NOTES_SHOWN)
		kq_output_format(&inspect->out, "- and %u more, all of them below\n", lines.count - NOTES_SHOWN);
	print_crash(inspect, crash);
	kq_output_format(&inspect->out, "next: %s\n", outcome_next(outcome.answer));
	cmd_record(inspect, NULL);
}

/* The answer where there is no record. */
static const char *no_record_text(struct inspect *inspect)
{
	static char text[128];
	struct kq_reason reason;
	const struct kernel_machine *machine = kernel_machine_find(source_arch(inspect->source), &reason);

	if (!machine || machine->plugin)
		return "nothing of ours stopped DMA: kdump-quiesce did not run at this crash";
	snprintf(text, sizeof(text), "nothing of ours stopped DMA: there is no plugin for %s", machine->name);
	return text;
}

static void text_kernel(struct inspect *inspect, const struct crash *crash)
{
	const unsigned int units = inspect->evidence.units;
	struct kq_reason reason;

	table_line(&inspect->out, inspect->color, TABLE_BAD, no_record_text(inspect));
	print_crash(inspect, crash);
	kq_output_format(&inspect->out, "next: map REQUESTER says what a device could reach, who PHYS who could reach a page\n");
	kq_output_format(&inspect->out, "%u IOMMU%s by %s:\n", units, kq_plural(units), units_source_text(inspect));
	if (source_start(inspect->source, &reason))
		cmd_devices(inspect, NULL);
	else
		inspect_trouble(inspect, "%s", reason.text);
}

static void json_note(void *context, const char *note)
{
	struct inspect *inspect = context;

	kq_json_string(&inspect->json, NULL, note);
}

static void json_record(struct inspect *inspect)
{
	struct kq_json *json = &inspect->json;
	struct outcome outcome;

	outcome_read(&outcome, &inspect->evidence);
	kq_json_string(json, "answer", outcome_name(outcome.answer));
	kq_json_string(json, "text", outcome_text(&outcome));
	kq_json_number(json, "devices", outcome.devices);
	kq_json_number(json, "stopped", outcome.stopped);
	kq_json_number(json, "left_alone", outcome.left);
	kq_json_number(json, "iommus", outcome.units);
	kq_json_number(json, "closed", outcome.closed);
	if (outcome.timed)
		kq_json_number(json, "took_us", outcome.us);
	else
		kq_json_null(json, "took_us");
	kq_json_array(json, "notes");
	outcome_notes(&inspect->evidence, json_note, inspect);
	kq_json_end(json);
}

static void json_unknown(struct kq_json *json, const char *name, const char *text)
{
	kq_json_string(json, name, *text ? text : NULL);
}

static void json(struct inspect *inspect, const struct crash *crash)
{
	struct kq_json *json = &inspect->json;

	inspect_json(inspect);
	if (inspect->evidence.bytes)
		json_record(inspect);
	else
		kq_json_string(json, "answer", "no-record");
	kq_json_object(json, "crash");
	json_unknown(json, "host", crash->host);
	json_unknown(json, "kernel", crash->kernel);
	json_unknown(json, "time", crash_time_text(crash));
	kq_json_end(json);
	kq_json_string(json, "units_by", units_source_name(inspect->from));
	kq_json_number(json, "units", inspect->evidence.units);
}

void cmd_summary(struct inspect *inspect, char **arguments)
{
	struct crash crash;

	(void)arguments;
	crash_read(inspect, &crash);
	if (inspect->use_json)
		json(inspect, &crash);
	else if (inspect->evidence.bytes)
		text_record(inspect, &crash);
	else
		text_kernel(inspect, &crash);
}
