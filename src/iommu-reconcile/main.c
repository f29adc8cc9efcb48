/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-reconcile: compares, in the capture kernel, the IOMMU tables of the crashed kernel with what the new one made of the
 * devices. It changes nothing unless it is told to repair.
 */
#include "action.h"
#include "base/budget.h"
#include "base/progress.h"
#include "base/reply.h"
#include "config.h"
#include "base/newfile.h"
#include "base/options.h"
#include "dump/file.h"
#include "old.h"
#include "report.h"
#include "restore-ports.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS	    20u
#define SECONDS_MAX 3600u

struct options {
	const char *sysroot, *vmcore, *report, *save, *conf;
	unsigned int seconds;
	uint32_t repair; /* KQ_REPAIR_GROUPS, _DEVICES */
	bool json, force, restore_ports, write_sysroot;
};

static void help(void)
{
	printf("Usage: iommu-reconcile [OPTION]...\n"
	       "\n"
	       "In the capture kernel: compare the IOMMU tables of the crashed kernel with what this one made of the\n"
	       "devices, and report. Nothing is changed unless --repair is given.\n"
	       "\n"
	       "Options:\n"
	       "  --repair WHAT      groups: translations for groups whose devices would stay dead, before their\n"
	       "                     drivers are loaded; devices: stop what can still write and has no driver\n"
	       "  --restore-ports    nothing but this: give ports back what the plugin masked, as the last thing before\n"
	       "                     the machine is reset\n"
	       "  --conf FILE        read FILE instead of " KQ_SYSCONFDIR "/kdump-quiesce.conf\n"
	       "  --vmcore FILE      the dump, an ELF core; /proc/vmcore if not given\n"
	       "  --sysroot DIR      take /proc and /sys from below DIR, a copy of another machine's; nothing below it is changed\n"
	       "  --write-sysroot    but let --repair and --restore-ports change files below DIR\n"
	       "  --report FILE      write the whole report to FILE, a few lines to standard output; -: all to standard output\n"
	       "  --json             the whole report in JSON, on standard output or with --report in the file\n"
	       "  --save OUT         the old tables as a small dump of their own, for iommu-inspect\n"
	       "  --force            replace files that are there\n"
	       "  --timeout SECONDS  stop reading the dump after that long (default: %u)\n"
	       "  --limit NAME=NUMBER  how much may be read and kept of a dump; may be given several times\n",
	       SECONDS);
	kq_budget_help(21);
	printf("  -h, --help, help, -V, --version\n"
	       "\n"
	       "Exit status: 0 reported, 1 not completely, or a repair failed, 2 wrong usage; the report knows less where\n"
	       "3 the dump has no record, 4 its record cannot be used, 5 the dump cannot be read.\n");
}

static bool parse_seconds(const char *text, unsigned int *seconds)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	*seconds = (unsigned int)value;
	return *text >= '0' && *text <= '9' && !*end && value && value <= SECONDS_MAX;
}

static bool parse_repair(const char *text, uint32_t *repair)
{
	if (!strcmp(text, "groups"))
		*repair |= KQ_REPAIR_GROUPS;
	else if (!strcmp(text, "devices"))
		*repair |= KQ_REPAIR_DEVICES;
	else
		return false;
	return true;
}

/* EXIT_REPORTED to go on; EXIT_USAGE; -1 to end at once because --help or --version was printed. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum {
		VMCORE = 0x100,
		SYSROOT,
		WRITE_SYSROOT,
		REPORT,
		JSON,
		SAVE,
		FORCE,
		TIMEOUT,
		LIMIT,
		REPAIR,
		RESTORE_PORTS,
		CONF
	};
	static const struct option known[] = {
		{ "vmcore", required_argument, NULL, VMCORE },
		{ "sysroot", required_argument, NULL, SYSROOT },
		{ "write-sysroot", no_argument, NULL, WRITE_SYSROOT },
		{ "report", required_argument, NULL, REPORT },
		{ "json", no_argument, NULL, JSON },
		{ "save", required_argument, NULL, SAVE },
		{ "force", no_argument, NULL, FORCE },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "limit", required_argument, NULL, LIMIT },
		{ "repair", required_argument, NULL, REPAIR },
		{ "restore-ports", no_argument, NULL, RESTORE_PORTS },
		{ "conf", required_argument, NULL, CONF },
		{ "config", required_argument, NULL, CONF },
		KQ_COMMON_OPTIONS,
	};

	for (;;) {
		switch (kq_option_next(argc, argv, ":hV", known, "iommu-reconcile")) {
		case -1:
			if (optind == argc)
				return EXIT_REPORTED;
			if (optind + 1 == argc && !strcmp(argv[optind], "help")) {
				help();
				return -1;
			}
			kq_warn("%s: no such argument; --help lists what there is", argv[optind]);
			return EXIT_USAGE;
		case VMCORE:
			options->vmcore = optarg;
			break;
		case SYSROOT:
			if (!kq_option_sysroot(optarg, &options->sysroot))
				return EXIT_USAGE;
			break;
		case WRITE_SYSROOT:
			options->write_sysroot = true;
			break;
		case REPORT:
			options->report = optarg;
			break;
		case JSON:
			options->json = true;
			break;
		case SAVE:
			options->save = optarg;
			break;
		case FORCE:
			options->force = true;
			break;
		case TIMEOUT:
			if (parse_seconds(optarg, &options->seconds))
				break;
			kq_warn("--timeout %s: seconds from 1 to %u are meant", optarg, SECONDS_MAX);
			return EXIT_USAGE;
		case LIMIT:
			if (kq_budget_option(optarg))
				break;
			return EXIT_USAGE;
		case REPAIR:
			if (parse_repair(optarg, &options->repair))
				break;
			kq_warn("--repair %s: groups or devices is meant", optarg);
			return EXIT_USAGE;
		case RESTORE_PORTS:
			options->restore_ports = true;
			break;
		case CONF:
			options->conf = optarg;
			break;
		case 'h':
			help();
			return -1;
		case 'V':
			printf("iommu-reconcile (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
			return -1;
		default:
			return EXIT_USAGE;
		}
	}
}

/* No option beside it asks for anything else. */
static bool is_alone(const struct options *options)
{
	if (!options->repair && !options->report && !options->json && !options->save)
		return true;
	kq_warn("--restore-ports goes with neither --repair, --report, --json nor --save: it comes after the dump");
	return false;
}

/* Whether what is to be changed is this machine, or another one's files on their owner's word. */
static bool may_change(const struct options *options)
{
	if (options->write_sysroot && !options->sysroot[0])
		kq_warn("--write-sysroot goes with --sysroot");
	else if (options->sysroot[0] && !options->write_sysroot && (options->repair || options->restore_ports))
		kq_warn("%s would change files below --sysroot %s: --write-sysroot allows that",
			options->repair ? "--repair" : "--restore-ports", options->sysroot);
	else
		return true;
	return false;
}

/* Files that are written are neither each other nor one that is read; the dump is looked at where it is open. */
static bool are_apart(const struct options *options)
{
	const bool report = options->report && strcmp(options->report, "-") != 0;

	if (report && options->save && kq_newfile_is(options->report, options->save))
		kq_warn("--report and --save name the same file, %s", options->save);
	else if (report && options->conf && kq_newfile_is(options->report, options->conf))
		kq_warn("--report %s: it is the configuration file", options->report);
	else if (options->save && options->conf && kq_newfile_is(options->save, options->conf))
		kq_warn("--save %s: it is the configuration file", options->save);
	else
		return true;
	return false;
}

/* The firmware's tables: who is served by which unit, who has which ids, and who must reach memory that is reserved. */
static void read_firmware(struct reconcile *reconcile)
{
	reconcile->running.plan = malloc(sizeof(*reconcile->running.plan));
	if (reconcile->running.plan && kq_host_plan(&reconcile->host, reconcile->running.plan, &reconcile->running.no_plan) &&
	    kq_owners_read(&reconcile->running.owners, &reconcile->host, reconcile->running.plan))
		return;
	free(reconcile->running.plan);
	reconcile->running.plan = NULL;
}

static void read_machine(struct reconcile *reconcile)
{
	struct machine *machine = &reconcile->running.machine;
	struct kq_reason reason;

	read_firmware(reconcile);
	if (!machine_read(machine, &reconcile->host, &reason))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s", reason.text);
	if (machine->functions_left_out)
		reconcile_trouble(reconcile, EXIT_TROUBLE, "this machine has more than %u PCI functions: %zu are left out",
				  MACHINE_FUNCTIONS, machine->functions_left_out);
	if (machine->iommus_left_out)
		reconcile_trouble(reconcile, EXIT_TROUBLE, "this machine has more than %u IOMMUs: %zu are left out", MACHINE_IOMMUS,
				  machine->iommus_left_out);
	if (!memory_map_read(&reconcile->running.map, &reconcile->host, &reason))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s: mappings into this kernel's memory are not looked for",
				  reason.text);
}

static void read_conf(struct reconcile *reconcile, const char *path)
{
	struct kq_reason reason;

	if (kq_conf_read(&reconcile->conf, &reconcile->host, path, &reason))
		return;
	kq_conf_tell(&reconcile->conf);
	kq_conf_start(&reconcile->conf);
	reconcile_trouble(reconcile, EXIT_REPORTED, "%s: nothing of this file is used", reason.text);
}

static bool write_whole(const struct reconcile *reconcile, const struct options *options, FILE *file)
{
	static struct kq_output out;

	kq_output_start(&out, file);
	if (options->json)
		report_json(reconcile, &out);
	else
		report_text(reconcile, &out);
	return kq_output_flush(&out);
}

static bool write_report(const struct reconcile *reconcile, const struct options *options, struct kq_reason *reason)
{
	struct kq_newfile file;
	FILE *stream;
	bool written;
	int fd;

	if (options->force && kq_newfile_is(options->report, reconcile->dump))
		return kq_fail(reason, "it is the dump itself");
	if (!kq_newfile_open(&file, options->report, options->force, reason))
		return false;
	fd = dup(file.fd);
	stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!stream && fd >= 0)
		close(fd);
	written = stream && write_whole(reconcile, options, stream);
	if (stream && fclose(stream))
		written = false;
	if (written)
		return kq_newfile_keep(&file, reason);
	kq_fail(reason, "%s: it cannot be written: %s", options->report, strerror(errno));
	kq_newfile_drop(&file);
	return false;
}

static void report(struct reconcile *reconcile, const struct options *options)
{
	const bool all_here = options->report ? !strcmp(options->report, "-") : options->json;
	static struct kq_output out;
	struct kq_reason reason;

	kq_reply_leave();
	if (options->report && !all_here && !write_report(reconcile, options, &reason))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "no report in a file: %s", reason.text);
	kq_output_start(&out, stdout);
	if (!all_here)
		report_brief(reconcile, &out);
	if (!(all_here ? write_whole(reconcile, options, stdout) : kq_output_flush(&out)))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "standard output cannot be written");
}

/* What --restore-ports does: nothing is read but the record. */
static void only_restore_ports(struct reconcile *reconcile)
{
	static struct kq_output out;

	kq_output_start(&out, stdout);
	old_open(reconcile);
	kq_progress_end();
	restore_ports(reconcile, &out);
	if (!kq_output_flush(&out))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "standard output cannot be written");
	old_close(reconcile);
}

static void compare_and_report(struct reconcile *reconcile, const struct options *options)
{
	read_conf(reconcile, options->conf);
	journal_read(reconcile);
	read_machine(reconcile);
	old_open(reconcile);
	old_compare(reconcile);
	journal_apply(reconcile);
	/* The kernel's log is read last, so that it has what the kernel said of repairs. */
	if (!kernel_log_read(&reconcile->running.log, &reconcile->host, &reconcile->running.no_log) && reconcile->running.log.known)
		reconcile_trouble(reconcile, EXIT_TROUBLE, "%s", reconcile->running.no_log.text);
	kq_progress_end();
	report(reconcile, options);
	old_close(reconcile);
	machine_free(&reconcile->running.machine);
	kq_owners_free(&reconcile->running.owners);
	free(reconcile->running.plan);
	free(reconcile->running.now);
	free(reconcile->verdict);
	free(reconcile->action);
}

int main(int argc, char **argv)
{
	struct options options = { .sysroot = "", .seconds = SECONDS };
	static struct reconcile reconcile;
	static char vmcore[PATH_MAX];
	int status;

	kq_message_setup("iommu-reconcile", KQ_NORMAL);
	if (kq_reply_asked(argc, argv))
		kq_reply_start(NULL, RECONCILE_SCHEMA);
	old_limits();
	status = parse_options(argc, argv, &options);
	if (status > 0)
		return kq_reply_end(EXIT_USAGE);
	if (status < 0)
		return kq_printed() ? EXIT_REPORTED : EXIT_TROUBLE;
	if ((options.restore_ports && !is_alone(&options)) || !may_change(&options) || !are_apart(&options))
		return kq_reply_end(EXIT_USAGE);
	if (snprintf(vmcore, sizeof(vmcore), "%s/proc/vmcore", options.sysroot) >= (int)sizeof(vmcore)) {
		kq_warn("--sysroot: a path of more than %d bytes", PATH_MAX);
		return kq_reply_end(EXIT_USAGE);
	}
	reconcile.dump = options.vmcore ? options.vmcore : vmcore;
	reconcile.host.root = options.sysroot;
	if (!options.vmcore && !file_give(vmcore, kq_host_open(&reconcile.host, "/proc/vmcore", O_RDONLY)))
		return kq_reply_end(EXIT_TROUBLE);
	reconcile.crashed.saved.path = options.save;
	reconcile.crashed.saved.force = options.force;
	reconcile.repair = options.repair;
	reconcile.entries_only = options.repair && !options.report && !options.json && !options.save;
	kq_budget_time(options.seconds);
	kq_progress_start(stdout);
	kq_progress_watch(kq_reply_poll);
	if (options.restore_ports)
		only_restore_ports(&reconcile);
	else
		compare_and_report(&reconcile, &options);
	return reconcile.status;
}
