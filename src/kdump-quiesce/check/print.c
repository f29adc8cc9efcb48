/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings for people, for programs and for a fleet.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/reply.h"


static const struct {
	const char *name, *colour;
} verdicts[] = {
	[KQ_PASS] = { "pass", "\033[32m" },
	[KQ_WARN] = { "warn", "\033[33m" },
	[KQ_FAIL] = { "FAIL", "\033[31m" },
	[KQ_UNKNOWN] = { "unknown", "\033[33m" },
};

#define VERDICTS 4u

const char *kq_verdict_name(enum kq_verdict verdict)
{
	return verdict == KQ_FAIL ? "fail" : verdicts[verdict].name;
}

/* The verdict as a label. */
static const char *const survivals[] = {
	[KQ_SURVIVES] = "survives",
	[KQ_DOES_NOT] = "fails",
	[KQ_CANNOT_BE_KNOWN] = "unknown",
};

static void count(const struct kq_report *report, unsigned int counts[VERDICTS])
{
	memset(counts, 0, VERDICTS * sizeof(*counts));
	for (unsigned int i = 0; i < report->count; i++)
		counts[report->results[i].finding.verdict]++;
}

static void print_answer(struct kq_output *output, const struct kq_answer *answer, bool colours)
{
	static const enum kq_verdict looks[] = {
		[KQ_SURVIVES] = KQ_PASS, [KQ_DOES_NOT] = KQ_FAIL, [KQ_CANNOT_BE_KNOWN] = KQ_UNKNOWN
	};

	if (colours)
		kq_output_text(output, verdicts[looks[answer->survival]].colour);
	kq_output_format(output, "%s", answer->text);
	kq_output_text(output, colours ? "\033[0m\n" : "\n");
	for (unsigned int i = 0; i < answer->to_dos; i++)
		kq_output_format(output, "  %u. %s\n", i + 1, answer->to_do[i]);
	kq_output_char(output, '\n');
}

static void print_text(struct kq_output *output, const struct kq_report *report, bool verbose)
{
	const bool colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	const struct kq_result *results = report->results;
	unsigned int counts[VERDICTS];

	print_answer(output, report->answer, colours);
	for (unsigned int i = 0; i < report->count; i++) {
		const struct kq_finding *finding = &results[i].finding;

		if (finding->verdict == KQ_PASS && !verbose)
			continue;
		if (colours)
			kq_output_text(output, verdicts[finding->verdict].colour);
		kq_output_format(output, "%-7s", verdicts[finding->verdict].name);
		if (colours)
			kq_output_text(output, "\033[0m");
		kq_output_format(output, "  %-18s %s\n", results[i].check->name, finding->fact);
		if (finding->fix[0])
			kq_output_format(output, "%27s  -> %s\n", "", finding->fix);
	}
	count(report, counts);
	kq_output_format(output, "%u passed, %u warning%s, %u failed, %u unknown\n", counts[KQ_PASS], counts[KQ_WARN],
			 kq_plural(counts[KQ_WARN]), counts[KQ_FAIL], counts[KQ_UNKNOWN]);
}

static void json_answer(struct kq_json *json, const struct kq_answer *answer)
{
	if (answer->survival == KQ_CANNOT_BE_KNOWN)
		kq_json_null(json, "survives");
	else
		kq_json_bool(json, "survives", answer->survival == KQ_SURVIVES);
	kq_json_string(json, "verdict", answer->text);
	kq_json_array(json, "to_do");
	for (unsigned int i = 0; i < answer->to_dos; i++)
		kq_json_string(json, NULL, answer->to_do[i]);
	kq_json_end(json);
}

static void print_json(struct kq_output *output, const struct kq_report *report)
{
	const struct kq_result *results = report->results;
	unsigned int counts[VERDICTS];
	struct kq_json json;

	count(report, counts);
	kq_reply_open(&json, output);
	json_answer(&json, report->answer);
	kq_json_string(&json, "machine", report->machine->kind->key);
	for (unsigned int i = 0; i < VERDICTS; i++)
		kq_json_number(&json, kq_verdict_name(i), counts[i]);
	kq_json_array(&json, "checks");
	for (unsigned int i = 0; i < report->count; i++) {
		kq_json_object(&json, NULL);
		kq_json_string(&json, "name", results[i].check->name);
		kq_json_string(&json, "verdict", kq_verdict_name(results[i].finding.verdict));
		kq_json_string(&json, "fact", results[i].finding.fact);
		kq_json_string(&json, "fix", results[i].finding.fix[0] ? results[i].finding.fix : NULL);
		kq_json_end(&json);
	}
	kq_json_end(&json);
	kq_reply_close();
}

/* A metric a check with its state as a label, as StateSet of OpenMetrics has it: queries need no numbers. */
static void print_prometheus(struct kq_output *output, const struct kq_report *report)
{
	kq_output_text(output,
		       "# HELP kdump_quiesce_verdict Whether a crash dump of this host would survive its own DMA.\n"
		       "# TYPE kdump_quiesce_verdict gauge\n");
	for (unsigned int survival = 0; survival < IQ_ARRAY_SIZE(survivals); survival++)
		kq_output_format(output, "kdump_quiesce_verdict{verdict=\"%s\"} %d\n", survivals[survival],
				 report->answer->survival == survival);
	kq_output_text(
		output,
		"# HELP kdump_quiesce_check Whether a check of the crash dump's protection from DMA has this result.\n"
		"# TYPE kdump_quiesce_check gauge\n");
	for (unsigned int i = 0; i < report->count; i++)
		for (unsigned int verdict = 0; verdict < VERDICTS; verdict++)
			kq_output_format(output, "kdump_quiesce_check{check=\"%s\",result=\"%s\"} %d\n",
					 report->results[i].check->name, kq_verdict_name(verdict),
					 report->results[i].finding.verdict == verdict);
	kq_output_text(output, "# HELP kdump_quiesce_check_time_seconds When the checks ran.\n"
			       "# TYPE kdump_quiesce_check_time_seconds gauge\n");
	kq_output_format(output, "kdump_quiesce_check_time_seconds %lld\n", (long long)time(NULL));
}

bool kq_check_print(const struct kq_report *report, enum kq_check_form form, bool verbose)
{
	static struct kq_output output;

	kq_output_start(&output, stdout);
	switch (form) {
	case KQ_FORM_TEXT:
		print_text(&output, report, verbose);
		break;
	case KQ_FORM_JSON:
		print_json(&output, report);
		break;
	case KQ_FORM_PROMETHEUS:
		print_prometheus(&output, report);
		break;
	}
	return kq_output_flush(&output);
}
