/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kdump-quiesce check`: would a dump of this host survive its own DMA, and if not, why?
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "check/check.h"
#include "base/reply.h"
#include "command.h"
#include "check/save.h"
#include "host/told.h"
#include "report/report.h"

#define RESULTS_MAX	  64u

static const char usage[] =
	"Usage: kdump-quiesce check [OPTION]...\n"
	"Say whether a crash dump of this host would survive its own DMA, why not, and what to do first.\n"
	"\n"
	"  -q, --quiet          only what did not pass\n"
	"      --json           for programs\n"
	"      --prometheus     for node_exporter's textfile collector\n"
	"      --list           the names of all checks\n"
	"      --conf FILE      read FILE instead of " KQ_SYSCONFDIR "/kdump-quiesce.conf\n"
	"      --sysroot DIR    look at the machine whose files are below DIR, or of which DIR is a report\n"
	"                       (sos, supportconfig, acpidump)\n"
	"      --save FILE.tar  also write what was looked at, without secrets, to be unpacked for --sysroot;\n"
	"                       .tar.gz, .tar.xz and .tar.zst are compressed\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status is the verdict: 0 the dump would survive, perhaps with warnings; 1 it would not; 3 that cannot be known\n"
	"(run it as root). 2 wrong usage, or DIR is no directory.\n";

enum {
	OPTION_JSON = 256,
	OPTION_PROMETHEUS,
	OPTION_LIST,
	OPTION_CONF,
	OPTION_SYSROOT,
	OPTION_SAVE,
};

static const struct option options[] = {
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "prometheus", no_argument, NULL, OPTION_PROMETHEUS },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ "conf", required_argument, NULL, OPTION_CONF },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	{ "save", required_argument, NULL, OPTION_SAVE },
	KQ_COMMON_OPTIONS,
};

static const struct kq_check *const lists[] = { kq_machine_checks, kq_load_checks, kq_iommu_checks,
						kq_device_checks,  kq_mode_checks, kq_capture_checks };

/* The next check behind *@check of list *@list, which start with NULL and 0. NULL at the end. */
static const struct kq_check *next_check(const struct kq_check *check, size_t *list)
{
	check = check ? check + 1 : lists[0];
	while (!check->name) {
		if (++*list == IQ_ARRAY_SIZE(lists))
			return NULL;
		check = lists[*list];
	}
	return check;
}

struct order {
	struct kq_host host;
	const char *conf, *save;
	enum kq_check_form form;
	bool quiet, list;
};

/* The path that @check looks at and that is not there, NULL: none. */
static const char *missing(const struct kq_examination *examination, const struct kq_check *check)
{
	const char *const paths[] = { check->needs, check->reads };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(paths); i++)
		if (paths[i] && !kq_host_exists(&examination->host, paths[i]))
			return paths[i];
	return NULL;
}

/* Run each check that applies to this machine. Returns how many there were. */
static unsigned int run_all(const struct kq_examination *examination, struct kq_result results[RESULTS_MAX])
{
	const bool served = examination->machine.kind->outlook == KQ_OUTLOOK_SERVED;
	const struct kq_check *check = NULL;
	unsigned int count = 0;
	const char *absent;
	size_t list = 0;

	while ((check = next_check(check, &list)) && count < RESULTS_MAX) {
		struct kq_result *result = &results[count];

		if (!served && !(check->flags & KQ_CHECK_ANYWHERE))
			continue;
		count++;
		result->check = check;
		absent = examination->report ? missing(examination, check) : NULL;
		if (absent)
			kq_find(&result->finding, KQ_UNKNOWN, "%s has no %s", examination->report, absent);
		else if (check->needs && !kq_host_exists(&examination->host, check->needs))
			kq_find(&result->finding, KQ_UNKNOWN, "%s is not there", check->needs);
		else
			check->run(examination, &result->finding);
	}
	return count;
}

static int run_checks(const struct order *order)
{
	static const int statuses[] = { [KQ_SURVIVES] = 0, [KQ_DOES_NOT] = 1, [KQ_CANNOT_BE_KNOWN] = 3 };
	struct kq_examination *examination = calloc(1, sizeof(*examination));
	struct kq_result *results = calloc(RESULTS_MAX, sizeof(*results));
	struct kq_report report = { .results = results };
	struct kq_answer answer;
	struct kq_reason reason;
	bool written;

	if (!examination || !results) {
		kq_warn("out of memory");
		free(examination);
		free(results);
		return statuses[KQ_CANNOT_BE_KNOWN];
	}
	if (order->save)
		kq_save_start();
	kq_examine(examination, &order->host, order->conf);
	report.machine = &examination->machine;
	report.count = run_all(examination, results);
	kq_answer_make(&answer, examination, results, report.count);
	report.answer = &answer;
	if (answer.survival == KQ_CANNOT_BE_KNOWN)
		kq_reply_incomplete();
	written = kq_check_print(&report, order->form, !order->quiet);
	if (!written)
		kq_warn("cannot write: %s", strerror(errno));
	if (order->save && !kq_save_finish(order->save, examination, &reason)) {
		kq_warn("%s", reason.text);
		written = false;
	}
	kq_examination_free(examination);
	free(examination);
	free(results);
	return !written && answer.survival == KQ_SURVIVES ? statuses[KQ_CANNOT_BE_KNOWN] : statuses[answer.survival];
}

static int run(int argc, char *argv[])
{
	struct order order = { .host = { "" } };
	const struct kq_check *check = NULL;
	size_t list = 0;
	int option;

	optind = 0;
	while ((option = kq_option_next(argc, argv, ":qhV", options, "kdump-quiesce check")) != -1)
		switch (option) {
		case 'q':
			order.quiet = true;
			break;
		case OPTION_JSON:
			order.form = KQ_FORM_JSON;
			break;
		case OPTION_PROMETHEUS:
			order.form = KQ_FORM_PROMETHEUS;
			break;
		case OPTION_LIST:
			order.list = true;
			break;
		case OPTION_CONF:
			order.conf = optarg;
			break;
		case OPTION_SYSROOT:
			if (!kq_option_sysroot(optarg, &order.host.root))
				return KQ_WRONG_USAGE;
			break;
		case OPTION_SAVE:
			order.save = optarg;
			break;
		default:
			return kq_option_common(option, usage);
		}
	if (order.list || order.form != KQ_FORM_JSON)
		kq_reply_leave();
	if (optind < argc) {
		kq_warn("%s: no arguments are expected; see kdump-quiesce check --help", argv[optind]);
		return KQ_WRONG_USAGE;
	}
	if (!kq_save_is_apart(order.save, order.conf))
		return KQ_WRONG_USAGE;
	kq_report_open(&order.host);
	if (kq_told_whose() && order.save) {
		kq_warn("--save %s: %s is %s: pass that on as it is", order.save, order.host.root, kq_told_whose());
		return KQ_WRONG_USAGE;
	}
	if (!order.list)
		return run_checks(&order);
	while ((check = next_check(check, &list)))
		puts(check->name);
	return 0;
}

const struct kq_command kq_command_check = { "check", run, "say whether a crash dump would survive its own DMA", 1 };
