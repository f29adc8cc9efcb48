/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer for people: the verdict, then each fault with its causes and what to try, then what was not understood. 80 columns wide.
 */
#include "answer.h"
#include "fields.h"
#include "tables.h"

#include <inttypes.h>
#include <string.h>

#define WIDTH  80u
#define INDENT 12u
#define FIELDS 8u  /* in a line */
#define SHOWN  10u /* lines that were not understood, without --all */

static void heading(struct kq_output *out, const char *name)
{
	kq_output_format(out, "  %-9s ", name);
}

/* @text from column @column on, with line ends at blanks; further lines begin at column @indent. */
static void wrap(struct kq_output *out, const char *text, size_t column, size_t indent)
{
	bool first = true;

	while (*text) {
		const size_t length = strcspn(text, " ");

		if (!first && column + 1 + length > WIDTH) {
			kq_output_format(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			kq_output_char(out, ' ');
			column++;
		}
		kq_output_format(out, "%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
		first = false;
	}
	kq_output_char(out, '\n');
}

static void named(struct kq_output *out, const char *name, const char *text)
{
	heading(out, name);
	wrap(out, text, INDENT, INDENT);
}

static void list(struct kq_output *out, const char *name, const char *const *item)
{
	for (unsigned int i = 0; item[i]; i++) {
		heading(out, i ? "" : name);
		kq_output_format(out, "%u. ", i + 1);
		wrap(out, item[i], INDENT + 3, INDENT + 3);
	}
}

static void addresses(struct kq_output *out, const struct explain_fault *fault)
{
	if (!fault->addresses)
		return;
	heading(out, "address");
	for (unsigned int i = 0; i < fault->addresses; i++)
		kq_output_format(out, "%s0x%016" PRIx64, i ? i % 3 ? "  " : "\n            " : "", fault->address[i]);
	if (fault->more_addresses)
		kq_output_format(out, "\n            and more, from 0x%016" PRIx64 " to 0x%016" PRIx64, fault->lowest,
				 fault->highest);
	kq_output_char(out, '\n');
}

static void seen(struct kq_output *out, const struct explain_fault *fault)
{
	heading(out, "seen");
	if (fault->count == 1)
		kq_output_text(out, "once");
	else
		kq_output_format(out, "%" PRIu64 " times", fault->count);
	if (*fault->first_time && !strcmp(fault->first_time, fault->last_time))
		kq_output_format(out, ", at %s", fault->first_time);
	else if (*fault->first_time)
		kq_output_format(out, ", from %s to %s", fault->first_time, fault->last_time);
	kq_output_char(out, '\n');
}

/* What else the message has, and the fields of the event. */
static void values(struct kq_output *out, const struct explain_fault *fault)
{
	char text[EXPLAIN_VALUES * 2 * EXPLAIN_WORD];
	uint8_t bytes[8 * EXPLAIN_WORDS];
	size_t used = 0;

	for (unsigned int i = 0; i < fault->values && used < sizeof(text); i++)
		if (*fault->value[i].text)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%s", i ? " " : "",
						 fault->value[i].name, fault->value[i].text);
		else
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=0x%" PRIx64, i ? " " : "",
						 fault->value[i].name, fault->value[i].number);
	if (fault->values)
		named(out, "in it", text);
	explain_bytes(fault, bytes);
	for (unsigned int i = 0; i < fault->field_count; i += FIELDS) {
		kq_output_text(out, i ? "           " : "  fields   ");
		fields_text(out, fault->fields + i, (unsigned int)iq_min(FIELDS, fault->field_count - i), bytes,
			    8 * fault->words);
		kq_output_char(out, '\n');
	}
}

static void title(struct inspect *inspect, const struct explain_fault *fault)
{
	const char *name = explain_reason_name(fault->source, fault->code);
	struct kq_output *out = &inspect->out;
	char subject[EXPLAIN_WORD];

	explain_subject(fault, subject, sizeof(subject));
	kq_output_char(out, '\n');
	if (inspect->color)
		kq_output_text(out, explain_danger(fault) >= EXPLAIN_DEVICE ? "\033[31m" : "\033[1m");
	if (fault->has_device || *fault->place)
		kq_output_format(out, "%s: ", subject);
	kq_output_text(out, fault->source->title);
	if (fault->code < EXPLAIN_OWN)
		kq_output_format(out, " 0x%02x", fault->code);
	kq_output_format(out, " %s", name ? name : "unknown");
	if (inspect->color)
		kq_output_text(out, "\033[0m");
	kq_output_char(out, '\n');
}

/* Causes and what to try: once for all that have them in common. */
static void help(struct kq_output *out, const struct explain_answer *answer, const struct explain_fault *fault,
		 const struct explain_help *help)
{
	for (size_t i = 0; answer->fault[i] != fault; i++) {
		const struct explain_reason *reason = explain_reason(answer->fault[i]->source, answer->fault[i]->code);

		if (!reason || reason->help != help)
			continue;
		named(out, "causes", "and what to try: as above");
		return;
	}
	list(out, "causes", help->cause);
	list(out, "to try", help->attempt);
}

static void one(struct inspect *inspect, const struct explain_answer *answer, const struct explain_fault *fault)
{
	static const char *const accesses[] = { [EXPLAIN_READ] = "read", [EXPLAIN_WRITE] = "write" };
	const struct explain_reason *reason = explain_reason(fault->source, fault->code);
	struct kq_output *out = &inspect->out;
	const char *device = NULL;
	char plain[256], subject[EXPLAIN_WORD];

	title(inspect, fault);
	if (inspect->names && fault->has_device && fault->segment <= UINT16_MAX)
		device = kq_pci_name(inspect->names, (uint16_t)fault->segment, fault->requester);
	if (device)
		named(out, "device", device);
	explain_subject(fault, subject, sizeof(subject));
	snprintf(plain, sizeof(plain), "%s %s%s%s", subject, explain_plain(fault), *fault->note ? ": " : "", fault->note);
	named(out, "meaning", plain);
	seen(out, fault);
	if (fault->has_device && *fault->place)
		named(out, "unit", fault->place);
	if (fault->access)
		named(out, "access", accesses[fault->access]);
	if (fault->has_pasid)
		kq_output_format(out, "  PASID     0x%x\n", fault->pasid);
	addresses(out, fault);
	values(out, fault);
	if (answer->tables && fault->source->reader)
		explain_tables_text(inspect, fault, "  tables    ");
	named(out, answer->file ? "message" : "words", fault->sample);
	if (reason && reason->help)
		help(out, answer, fault, reason->help);
}

static void not_understood(struct inspect *inspect, const struct explain_collect *collect)
{
	const uint64_t kept = iq_min(collect->unknowns, EXPLAIN_UNKNOWN);
	const uint64_t shown = inspect->all ? kept : iq_min(kept, SHOWN);

	if (!collect->unknowns)
		return;
	kq_output_format(&inspect->out, "\n%" PRIu64 " line%s not understood, though %s like messages of an IOMMU:\n",
			 collect->unknowns, kq_plural(collect->unknowns), collect->unknowns == 1 ? "it looks" : "they look");
	for (uint64_t i = 0; i < shown; i++)
		kq_output_format(&inspect->out, "  line %" PRIu64 ": %s\n", collect->unknown[i].line, collect->unknown[i].text);
	if (shown < collect->unknowns)
		kq_output_format(&inspect->out, "  and %" PRIu64 " more\n", collect->unknowns - shown);
}

void explain_text(struct inspect *inspect, const struct explain_answer *answer)
{
	const struct explain_collect *collect = answer->collect;
	struct kq_output *out = &inspect->out;
	char verdict[512];

	explain_verdict(answer, verdict, sizeof(verdict));
	kq_output_format(out, "%s\n", verdict);
	if (collect->suppressed)
		kq_output_format(out, "The kernel left out %" PRIu64 " more message%s, by its own count.\n", collect->suppressed,
				 kq_plural(collect->suppressed));
	for (size_t i = 0; i < answer->faults; i++)
		one(inspect, answer, answer->fault[i]);
	not_understood(inspect, collect);
}
