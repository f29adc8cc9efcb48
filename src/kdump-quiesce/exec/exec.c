/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kdump-quiesce exec`: run a kdump loader, and put the plugin into what it loads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "machine/conf-rules.h"
#include "commands/command.h"
#include "carry/digest.h"
#include "base/console.h"
#include "base/newfile.h"
#include "base/options.h"
#include "carry/plugin.h"

/* With --require: the command said that all is well, but no crash image with the plugin was loaded. */
#define EXIT_NOT_LOADED 124

static const char usage[] =
	"Usage: kdump-quiesce exec [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	"Run COMMAND, a loader of capture kernels, and put a plugin that stops DMA at the crash in front of what it loads.\n"
	"\n"
	"  --require            refuse a capture kernel that the plugin cannot be put into; a COMMAND that loads none has failed\n"
	"  --dry-run            load and unload nothing; tell COMMAND that all went well\n"
	"  --keep-command-line  do not add iommu.passthrough=0 to the capture kernel's command line\n"
	"  --console PORT       let the plugin write a line a stage to a serial port: ttyS0 .. ttyS3, an I/O port,\n"
	"                       mmio,ADDRESS, mmio16,ADDRESS, mmio32,ADDRESS, none\n"
	"  --wait-ms N          longest wait for one answer of an IOMMU (default 100)\n"
	"  --total-ms N         longest time for everything (default 2000, at most 60000)\n"
	"  --conf FILE          read FILE instead of " KQ_SYSCONFDIR "/kdump-quiesce.conf\n"
	"  --outcome FILE       write to FILE in a word what was loaded, and the exit status\n"
	"  --sysroot DIRECTORY  with --dry-run: read /proc and /sys of the machine below DIRECTORY\n"
	"  -q, --quiet          errors and warnings only\n"
	"  -v, --verbose        every step\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: that of COMMAND, 128+n if signal n ended it; 124 with --require: COMMAND ended well, and nothing with\n"
	"the plugin was loaded; 125 our own failure; 126 COMMAND cannot be run; 127 there is no COMMAND.\n";

enum {
	OPTION_REQUIRE = 256,
	OPTION_DRY_RUN,
	OPTION_KEEP,
	OPTION_CONSOLE,
	OPTION_WAIT,
	OPTION_TOTAL,
	OPTION_SYSROOT,
	OPTION_CONF,
	OPTION_OUTCOME,
};

static const struct option options[] = {
	{ "require", no_argument, NULL, OPTION_REQUIRE },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "keep-command-line", no_argument, NULL, OPTION_KEEP },
	{ "console", required_argument, NULL, OPTION_CONSOLE },
	{ "wait-ms", required_argument, NULL, OPTION_WAIT },
	{ "total-ms", required_argument, NULL, OPTION_TOTAL },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	{ "conf", required_argument, NULL, OPTION_CONF },
	{ "outcome", required_argument, NULL, OPTION_OUTCOME },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	KQ_COMMON_OPTIONS,
};

/* Options that answer.c does not need. */
struct order {
	enum kq_loudness loudness;
	const char *conf, *outcome;
	bool console_said;
	int common; /* 'h' or 'V', 0: neither */
};

static bool parse(struct kq_exec *exec, int argc, char *argv[], struct order *order)
{
	bool fine = true;
	int option;

	optind = 0;
	while (fine && (option = kq_option_next(argc, argv, "+:qvhV", options, "kdump-quiesce exec")) != -1)
		switch (option) {
		case OPTION_REQUIRE:
			exec->require = true;
			break;
		case OPTION_DRY_RUN:
			exec->dry_run = true;
			break;
		case OPTION_KEEP:
			exec->settings.keep_command_line = true;
			break;
		case OPTION_CONSOLE:
			order->console_said = true;
			fine = kq_option_console(optarg, &exec->settings.console);
			break;
		case OPTION_WAIT:
			fine = kq_option_milliseconds("wait-ms", optarg, &exec->settings.wait_us);
			break;
		case OPTION_TOTAL:
			fine = kq_option_milliseconds("total-ms", optarg, &exec->settings.total_us);
			break;
		case OPTION_SYSROOT:
			fine = kq_option_sysroot(optarg, &exec->host.root);
			break;
		case OPTION_CONF:
			order->conf = optarg;
			break;
		case OPTION_OUTCOME:
			order->outcome = optarg;
			break;
		case 'q':
			order->loudness = KQ_QUIET;
			break;
		case 'v':
			order->loudness = KQ_VERBOSE;
			break;
		case 'h':
		case 'V':
			order->common = option;
			return true;
		default:
			fine = false;
		}
	return fine;
}

static bool sensible(struct kq_exec *exec, bool command)
{
	if (!command)
		kq_warn("no command to run; see kdump-quiesce exec --help");
	else if (exec->host.root[0] && !exec->dry_run)
		kq_warn("--sysroot only makes sense with --dry-run");
	else if (exec->settings.wait_us > exec->settings.total_us)
		kq_warn("--wait-ms is longer than --total-ms");
	else if (geteuid() != 0 && !exec->dry_run)
		kq_warn("only root can load a capture kernel");
	else
		return true;
	return false;
}

/* A mistake in the file does not keep anything from being loaded: answer.c reports it at the first load. */
static void read_conf(struct kq_exec *exec, const struct order *order)
{
	if (kq_conf_read(&exec->conf, &exec->host, order->conf, &exec->conf_wrong))
		exec->conf_wrong.text[0] = 0;
	else
		kq_conf_tell(&exec->conf);
	kq_conf_apply(&exec->conf, &exec->settings, order->console_said);
}

/* One word for what the command did. */
static const char *word_of(const struct kq_exec *exec)
{
	return !exec->supervisor.ended ? "failed"
	       : exec->refused	       ? "refused"
	       : exec->loaded	       ? "loaded"
	       : exec->plain	       ? "plain"
	       : exec->unloaded	       ? "unloaded"
				       : "nothing";
}

/* The command's exit status, or our own if it loaded nothing and --require demands a load. */
static int judge(const struct kq_exec *exec, int status)
{
	const bool nothing = !exec->refused && !exec->loaded && !exec->plain && !exec->unloaded;

	if (!exec->supervisor.ended || status)
		return status;
	if (nothing && exec->supervisor.listener >= 0)
		kq_warn("the command ended without loading a crash image: what a service or another process loads in its "
			"place (systemctl restart) is loaded without the plugin");
	return exec->require && (exec->refused || nothing) ? EXIT_NOT_LOADED : status;
}

/* Opened before the supervisor gives up privileges. What was there stays if we do not reach the end. */
static bool open_outcome(const char *path, struct kq_newfile *file)
{
	struct kq_reason reason;

	if (!path || kq_newfile_open(file, path, true, &reason))
		return true;
	kq_warn("--outcome %s", reason.text);
	return false;
}

static void write_outcome(struct kq_newfile *file, const char *word, int status)
{
	struct kq_reason reason;

	if (file->fd < 0)
		return;
	if (dprintf(file->fd, "%s %d\n", word, status) < 0) {
		kq_warn("--outcome %s: %s", file->path, strerror(errno));
		kq_newfile_drop(file);
	} else if (!kq_newfile_keep(file, &reason)) {
		kq_warn("--outcome %s", reason.text);
	}
}

static int run(int argc, char *argv[])
{
	struct kq_exec exec = {
		.supervisor = { .answer = kq_answer },
		.host = { "" },
		.plugin = { kq_plugin_start, (size_t)(kq_plugin_end - kq_plugin_start) },
	};
	struct order order = { .loudness = KQ_NORMAL };
	static struct kq_newfile outcome = { .fd = -1 };
	int status;

	if (!parse(&exec, argc, argv, &order))
		return KQ_EXIT_OURS;
	if (order.common)
		return kq_option_common(order.common, usage);
	read_conf(&exec, &order);
	if (!sensible(&exec, optind < argc) || !open_outcome(order.outcome, &outcome))
		return KQ_EXIT_OURS;
	kq_message_setup("kdump-quiesce", order.loudness);
	exec.supervisor.unprivileged = geteuid() != 0;
	exec.supervisor.require = exec.require;
	/* The supervisor can load no code later on. */
	kq_digest_prepare();
	status = judge(&exec, kq_supervise(&exec.supervisor, argv + optind));
	write_outcome(&outcome, word_of(&exec), status);
	return status;
}

const struct kq_command kq_command_exec = { "exec", run, "run a kdump loader and put the plugin into what it loads", 0 };
