/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kdump-quiesce plan`: what the crash path would do to this machine, by its own code, writing to nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "command.h"
#include "dry-run/dry-run.h"
#include "machine/kind.h"
#include "check/save.h"
#include "host/told.h"
#include "report/report.h"

#define EXIT_TROUBLE 1
#define EXIT_UNSEEN  3

static const char usage[] =
	"Usage: kdump-quiesce plan [OPTION]...\n"
	"Show what would be done at a crash, by the crash path's own code, writing to nothing: which IOMMUs, which "
	"entries, which\n"
	"commands, how many writes, about how long.\n"
	"\n"
	"      --writes         every single write too\n"
	"      --json           for programs\n"
	"      --conf FILE      read FILE instead of " KQ_SYSCONFDIR "/kdump-quiesce.conf\n"
	"      --sysroot DIR    look at the machine whose files are below DIR, or of which DIR is a report\n"
	"                       (sos, supportconfig, acpidump)\n"
	"      --save FILE.tar  also write what was looked at, registers and tables, to be unpacked for --sysroot;\n"
	"                       .tar.gz, .tar.xz and .tar.zst are compressed\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 every unit would be quiesced; 1 not every one, storage or network devices go on that are not to by "
	"your word,\n"
	"or there is none, or this is a machine without a plugin; 2 wrong usage, or DIR is no directory; 3 that cannot be seen\n"
	"(registers and tables are for root, and not on every kernel).\n";

enum {
	OPTION_JSON = 256,
	OPTION_WRITES,
	OPTION_CONF,
	OPTION_SYSROOT,
	OPTION_SAVE,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "writes", no_argument, NULL, OPTION_WRITES },
	{ "conf", required_argument, NULL, OPTION_CONF },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	{ "save", required_argument, NULL, OPTION_SAVE },
	KQ_COMMON_OPTIONS,
};

struct order {
	struct kq_host host;
	const char *conf, *save;
	bool json, every;
};

static bool save(const struct kq_dry_run *run, const char *path, struct kq_reason *reason)
{
	unsigned int count;
	struct kq_piece *pieces = kq_dry_pieces(&run->dry, &count);
	bool done = pieces ? kq_save_write(path, &run->host, NULL, pieces, count, reason)
			   : kq_fail(reason, "out of memory");

	free(pieces);
	return done;
}

/* False also if the plan had no room for a unit: that one would not be quiesced. */
static int status_of(const struct kq_dry_run *run)
{
	if (!run->run.plan.units || run->run.plan.units_left_out)
		return EXIT_TROUBLE;
	if (run->status == IQ_OK)
		return 0;
	return kq_dry_unseen(run, 0) ? EXIT_UNSEEN : EXIT_TROUBLE;
}

/* Is this a machine on which the plugin has something to do? Otherwise it is named, and what happens there at a crash. */
static bool is_served(const struct kq_host *host)
{
	struct kq_machine machine;

	kq_machine_look(&machine, host);
	if (machine.kind->outlook == KQ_OUTLOOK_SERVED || machine.kind->fix)
		return true;
	kq_warn("%s: %s; kdump-quiesce has nothing to do here", machine.name, machine.kind->why);
	return false;
}

static int show(const struct order *order)
{
	struct kq_dry_run *run = malloc(sizeof(*run));
	struct kq_conf *conf = malloc(sizeof(*conf));
	struct kq_reason reason;
	int result = EXIT_TROUBLE;

	if (!is_served(&order->host)) {
		free(run);
		free(conf);
		return EXIT_TROUBLE;
	}
	if (kq_told_whose() && !kq_host_has_tables(&order->host)) {
		kq_warn("%s has no firmware tables: where IOMMUs are is not known", kq_told_whose());
		free(run);
		free(conf);
		return EXIT_UNSEEN;
	}
	if (order->save)
		kq_save_start();
	if (!run || !conf) {
		kq_warn("out of memory");
		goto out;
	}
	if (!kq_conf_read(conf, &order->host, order->conf, &reason)) {
		kq_conf_tell(conf);
		kq_warn("%s", reason.text);
		goto out;
	}
	if (!kq_dry_run(run, &order->host, conf, &reason)) {
		kq_warn("%s", reason.text);
	} else {
		result = status_of(run);
		if (!kq_dry_print(run, order->json, order->every)) {
			kq_warn("cannot write: %s", strerror(errno));
			result = EXIT_TROUBLE;
		}
		if (order->save && !save(run, order->save, &reason)) {
			kq_warn("%s", reason.text);
			result = EXIT_TROUBLE;
		}
	}
	kq_dry_run_free(run);
out:
	free(run);
	free(conf);
	return result;
}

static int run(int argc, char *argv[])
{
	struct order order = { .host = { "" } };
	int option;

	optind = 0;
	while ((option = kq_option_next(argc, argv, ":hV", options, "kdump-quiesce plan")) != -1)
		switch (option) {
		case OPTION_JSON:
			order.json = true;
			break;
		case OPTION_WRITES:
			order.every = true;
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
	if (optind < argc) {
		kq_warn("%s: no arguments are expected; see kdump-quiesce plan --help", argv[optind]);
		return KQ_WRONG_USAGE;
	}
	kq_report_open(&order.host);
	return kq_save_is_apart(order.save, order.conf) ? show(&order) : KQ_WRONG_USAGE;
}

const struct kq_command kq_command_plan = { "plan", run, "show what would be done at a crash, without doing it", 1 };
