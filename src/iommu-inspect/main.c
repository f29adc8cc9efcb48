/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect: what the IOMMUs of a crashed machine were doing, read from its dump. The command line and the table of
 * verbs; each verb is a file of commands/.
 */
#include "base/budget.h"
#include "config.h"
#include "encryption.h"
#include "inspect.h"
#include "open.h"
#include "base/newfile.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/sandbox.h"
#include "snapshots.h"
#include "unit-option.h"
#include "units-source.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command commands[] = {
	{ "summary", "", "whether DMA was stopped, and what to look at next", 0, 0, 0, cmd_summary },
	{ "record", "", "what happened at the crash, stage by stage", 0, 0, COMMAND_RECORD_ONLY, cmd_record },
	{ "units", "", "IOMMUs with their registers and event logs", 0, 0, 0, cmd_units },
	{ "devices", "", "who could do DMA: domain, translation, permissions", 0, 0, COMMAND_TABLES, cmd_devices },
	{ "map", "REQUESTER", "the device's mappings: IOVA to physical", 1, 1, COMMAND_TABLES, cmd_map },
	{ "translate", "REQUESTER IOVA", "the way of one address through the tables", 2, 2, COMMAND_TABLES, cmd_translate },
	{ "who", "PHYS[-PHYS]", "who could reach this memory, and at which IOVA", 1, 1, COMMAND_TABLES, cmd_who },
	{ "overlap", "PHYS-PHYS", "as who, in one line for each device", 1, 1, COMMAND_TABLES, cmd_overlap },
	{ "log", "", "what was queued and what was logged, newest last", 0, 0, COMMAND_TABLES, cmd_log },
	{ "raw", "REQUESTER [IOVA]", "entries on its way, word by word and field by field", 1, 2, COMMAND_TABLES, cmd_raw },
	{ "diff", "[OTHER]...", "what changed since the crash, or in another dump", 0, INT_MAX,
	  COMMAND_TABLES | COMMAND_OTHER_DUMPS | COMMAND_COMPARES, cmd_diff },
	{ "explain", "[FILE]", "messages of a log in plain words, also without a dump", 0, INT_MAX,
	  COMMAND_TABLES | COMMAND_NO_DUMP, cmd_explain },
	{ "save", "OUT", "the tables as a small dump of their own", 1, 1, COMMAND_TABLES | COMMAND_NEW_FILE, cmd_save },
};

struct options {
	bool json, all, now, unmapped, force, zero_excluded, no_sandbox;
	const char *color;
	const char *pci; /* "host" or a file, NULL: no names */
	const char *snapshot;
	unsigned int unit;
	uint64_t c_bit;
	struct units_options units;
};

static void help(void)
{
	printf("Usage: iommu-inspect [OPTION]... DUMP... [VERB [ARGUMENT]...]\n"
	       "\n"
	       "Read what kdump-quiesce recorded in a crash dump, and the IOMMU tables in it.\n"
	       "\n"
	       "Verbs (summary, if none is given):\n");
	for (size_t i = 0; i < IQ_ARRAY_SIZE(commands); i++)
		printf("  %-10s %-17s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
	printf("\n"
	       "Options:\n"
	       "  --json            answer in JSON\n"
	       "  --all             devices: also those that were blocked all along; log: every entry\n"
	       "  --now             the tables as they are in the dump, not as they were at the crash\n"
	       "  --past            map: what was mapped and is not any more, where its tables still name it\n"
	       "  --unit NUMBER     look in the tables of this unit only\n");
	unit_option_help();
	printf("  --source WHERE    units from the record, from the kernel's symbols, or auto: from the first that is there\n"
	       "  --vmlinux FILE    the crashed kernel's vmlinux with debug information, for its symbols and "
	       "structures\n"
	       "  --c-bit BIT       address bit that marks encrypted memory (AMD SME); auto: as the kernel says; or none\n"
	       "  --force           save: replace a file that is there\n"
	       "  --pci FILE|host   names of devices, from the output of lspci -D -x on the crashed machine, or from "
	       "this one\n"
	       "  --snapshot FILE|auto|none\n"
	       "                    take pages that the dump lacks from this snapshot of the same crash; auto: from one that "
	       "lies\n"
	       "                    beside the dump, or in the directory above (default)\n"
	       "  --zero-excluded   read pages that were left out of the dump as zeros\n"
	       "  --color WHEN      auto, always or never\n"
	       "  --limit NAME=NUMBER\n"
	       "                    how much may be read and kept of a dump; may be given several times\n");
	kq_budget_help(20);
	printf("  --no-sandbox      do not give up privileges and system calls before the dump is read\n"
	       "  --verbose         say more about what is done\n"
	       "  -h, --help, help, -V, --version\n"
	       "\n"
	       "REQUESTER is [dddd:]bb:dd.f[:PASID] as lspci prints it, IOVA is hexadecimal.\n"
	       "iommu-inspect explain FAMILY WORD... decodes raw words of events.\n"
	       "Exit status: 0 answered, 1 not answered or not completely, 2 wrong usage; of diff: 0 same,\n"
	       "1 different, 2 trouble.\n");
}

static bool want_color(const char *when)
{
	const char *no_color = getenv("NO_COLOR");

	if (!strcmp(when, "always"))
		return true;
	return !strcmp(when, "auto") && isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

static bool parse_number(const char *text, unsigned int *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*number = (unsigned int)value;
	return *text >= '0' && *text <= '9' && !*end && value < INSPECT_ANY_UNIT;
}

/* Either the number of a unit, or a unit given by hand, which is parsed when the dump is open. */
static bool parse_unit(const char *text, struct options *options)
{
	if (strchr(text, ',')) {
		if (options->units.hands == UNITS_BY_HAND) {
			kq_warn("--unit %s: more than %u units by hand", text, UNITS_BY_HAND);
			return false;
		}
		options->units.hand[options->units.hands++] = text;
		return true;
	}
	if (parse_number(text, &options->unit))
		return true;
	kq_warn("--unit %s: not a unit's number; by hand: %s", text, unit_option_forms());
	return false;
}

static bool parse_source(const char *text, enum units_from *from)
{
	if (!strcmp(text, "auto"))
		*from = UNITS_ANY;
	else if (!strcmp(text, "record"))
		*from = UNITS_RECORD;
	else if (!strcmp(text, "symbols"))
		*from = UNITS_SYMBOLS;
	else {
		kq_warn("--source %s: auto, record or symbols is meant", text);
		return false;
	}
	return true;
}

/* EXIT_ANSWERED to go on; EXIT_USAGE; -1 to end at once because --help or --version was printed. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum {
		JSON = 0x100,
		ALL,
		NOW,
		PAST,
		UNIT,
		FORCE,
		C_BIT,
		SOURCE,
		VMLINUX,
		PCI,
		SNAPSHOT,
		ZERO_EXCLUDED,
		COLOR,
		LIMIT,
		NO_SANDBOX,
		VERBOSE
	};
	static const struct option known[] = {
		{ "json", no_argument, NULL, JSON },
		{ "all", no_argument, NULL, ALL },
		{ "now", no_argument, NULL, NOW },
		{ "past", no_argument, NULL, PAST },
		{ "unit", required_argument, NULL, UNIT },
		{ "force", no_argument, NULL, FORCE },
		{ "c-bit", required_argument, NULL, C_BIT },
		{ "source", required_argument, NULL, SOURCE },
		{ "vmlinux", required_argument, NULL, VMLINUX },
		{ "pci", required_argument, NULL, PCI },
		{ "snapshot", required_argument, NULL, SNAPSHOT },
		{ "zero-excluded", no_argument, NULL, ZERO_EXCLUDED },
		{ "color", required_argument, NULL, COLOR },
		{ "limit", required_argument, NULL, LIMIT },
		{ "no-sandbox", no_argument, NULL, NO_SANDBOX },
		{ "verbose", no_argument, NULL, VERBOSE },
		KQ_COMMON_OPTIONS,
	};

	for (;;) {
		switch (kq_option_next(argc, argv, ":hV", known, "iommu-inspect")) {
		case -1:
			return EXIT_ANSWERED;
		case JSON:
			options->json = true;
			break;
		case ALL:
			options->all = true;
			break;
		case NOW:
			options->now = true;
			break;
		case PAST:
			options->unmapped = true;
			break;
		case C_BIT:
			if (encryption_parse(optarg, &options->c_bit))
				break;
			kq_warn("--c-bit %s: the number of an address bit (32 to 51), auto or none is meant", optarg);
			return EXIT_USAGE;
		case FORCE:
			options->force = true;
			break;
		case UNIT:
			if (!parse_unit(optarg, options))
				return EXIT_USAGE;
			break;
		case SOURCE:
			if (!parse_source(optarg, &options->units.from))
				return EXIT_USAGE;
			break;
		case VMLINUX:
			options->units.vmlinux = optarg;
			break;
		case PCI:
			options->pci = optarg;
			break;
		case SNAPSHOT:
			options->snapshot = optarg;
			break;
		case ZERO_EXCLUDED:
			options->zero_excluded = true;
			break;
		case COLOR:
			options->color = optarg;
			if (!strcmp(optarg, "auto") || !strcmp(optarg, "always") || !strcmp(optarg, "never"))
				break;
			kq_warn("--color %s: auto, always or never is meant", optarg);
			return EXIT_USAGE;
		case LIMIT:
			if (kq_budget_option(optarg))
				break;
			return EXIT_USAGE;
		case NO_SANDBOX:
			options->no_sandbox = true;
			break;
		case VERBOSE:
			kq_message_setup("iommu-inspect", KQ_VERBOSE);
			break;
		case 'h':
			help();
			return -1;
		case 'V':
			printf("iommu-inspect (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
			return -1;
		default:
			return EXIT_USAGE;
		}
	}
}

static const struct command *find_verb(const char *name)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/*
 * How many of the first @argc arguments are files: all in front of a verb, and the first even if it is called like one, unless
 * that needs none.
 */
static int count_files(int argc, char **argv)
{
	const struct command *first = find_verb(argv[0]);
	int files = 1;

	if (first && first->does & COMMAND_NO_DUMP)
		return 0;

	while (files < argc && !find_verb(argv[files]))
		files++;
	if (files < argc)
		return files;
	/* No verb: more files of a split set, or a verb that there is not. */
	for (int i = 1; i < argc; i++)
		if (access(argv[i], F_OK))
			return i;
	return files;
}

/* The verb in @argv[0] and how many arguments it wants; NULL after saying what is wrong. */
static const struct command *find_command(int argc, char **argv)
{
	const struct command *command = find_verb(argc ? argv[0] : "summary");
	const int arguments = argc ? argc - 1 : 0;

	if (command)
		kq_reply_verb(command->name);
	if (command && arguments >= command->min && arguments <= command->max)
		return command;
	if (command)
		kq_warn("usage: iommu-inspect DUMP %s%s%s", command->name, *command->arguments ? " " : "",
			command->arguments);
	else
		kq_warn("%s: no such verb; --help lists them", argv[0]);
	return NULL;
}

/* Is the file that @command writes none that is read? The dump is looked at where it is open. */
static bool is_apart(const struct options *options, const struct command *command, char **arguments)
{
	const char *const read[] = { options->units.vmlinux, options->pci, options->snapshot };

	if (!(command->does & COMMAND_NEW_FILE))
		return true;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(read); i++)
		if (read[i] && kq_newfile_is(arguments[0], read[i])) {
			kq_warn("%s is read here: write another file", arguments[0]);
			return false;
		}
	return true;
}

/* Is it the name of a file that --snapshot has? */
static bool names_snapshot(const char *text)
{
	return strcmp(text, SNAPSHOT_AUTO) && strcmp(text, SNAPSHOT_NONE);
}

/* Open the snapshots that will be needed: of the dump of @inspect, and of another one that @command compares it with. */
static bool prepare_snapshots(const struct inspect *inspect, const struct options *options, const struct command *command,
			      char **arguments)
{
	bool fine = true;

	if (names_snapshot(options->snapshot))
		fine &= file_prepare(options->snapshot);
	else if (!strcmp(options->snapshot, SNAPSHOT_AUTO) && inspect->files)
		fine &= snapshots_look(inspect->dump);
	if (command->does & COMMAND_OTHER_DUMPS && *arguments && strcmp(options->snapshot, SNAPSHOT_NONE))
		fine &= snapshots_look(*arguments);
	return fine;
}

/* Open every file that will be needed, then enter the sandbox. */
static void shut_in(const struct inspect *inspect, const struct options *options, const struct command *command,
		    char **arguments)
{
	struct kq_reason reason;
	bool fine = true;

	for (unsigned int i = 0; i < inspect->files; i++)
		fine &= file_prepare(inspect->file[i]);
	if (options->units.vmlinux)
		fine &= file_prepare(options->units.vmlinux);
	fine &= prepare_snapshots(inspect, options, command, arguments);
	for (; command->does & COMMAND_OTHER_DUMPS && *arguments; arguments++)
		fine &= file_prepare(*arguments);
	if (command->does & COMMAND_NO_DUMP && *arguments && !arguments[1] && strcmp(*arguments, "-") != 0)
		fine &= file_prepare(*arguments);
	if (command->does & COMMAND_NEW_FILE)
		kq_newfile_prepare(arguments[0], options->force);
	if (!fine)
		kq_detail("no sandbox: out of memory");
	else if (!kq_sandbox_enter(&reason))
		kq_detail("no sandbox: %s", reason.text);
	else
		kq_detail("in a sandbox: what is open can be read and written, and nothing else be done");
}

static void answer(struct inspect *inspect, const struct options *options, const struct command *command,
		   char **arguments)
{
	struct kq_reason reason;

	if (options->pci) {
		inspect->names = kq_pci_names_open(strcmp(options->pci, "host") ? options->pci : NULL, &reason);
		if (!inspect->names) {
			inspect_trouble(inspect, "--pci %s: %s", options->pci, reason.text);
			return;
		}
	}
	if (!options->no_sandbox)
		shut_in(inspect, options, command, arguments);
	else if (!prepare_snapshots(inspect, options, command, arguments))
		kq_detail("no snapshot is looked for: out of memory");
	inspect->open = inspect->files &&
			inspect_open(inspect, command->does & COMMAND_RECORD_ONLY, command->does & COMMAND_TABLES);
	if (inspect->open || command->does & COMMAND_NO_DUMP)
		command->run(inspect, arguments);
	kq_newfile_abandon();
}

/* diff(1) uses 1 for a difference, so trouble is 2. */
static int diff_status(const struct inspect *inspect)
{
	return inspect->status ? EXIT_USAGE : inspect->differs ? EXIT_TROUBLE : EXIT_ANSWERED;
}

int main(int argc, char **argv)
{
	struct options options = { .color = "auto", .snapshot = SNAPSHOT_AUTO, .unit = INSPECT_ANY_UNIT, .c_bit = C_BIT_AUTO };
	static struct inspect all; /* large */
	struct inspect *const inspect = &all;
	const struct command *command;
	int status, files;

	kq_message_setup("iommu-inspect", KQ_NORMAL);
	if (kq_reply_asked(argc, argv))
		kq_reply_start(NULL, INSPECT_SCHEMA);
	status = parse_options(argc, argv, &options);
	if (status > 0)
		return kq_reply_end(EXIT_USAGE);
	argc -= optind;
	argv += optind;
	if (!status && argc == 1 && !strcmp(argv[0], "help") && access(argv[0], F_OK)) {
		help();
		status = -1;
	}
	if (status < 0)
		return kq_printed() ? EXIT_ANSWERED : EXIT_TROUBLE;
	if (!argc) {
		kq_warn("which dump? usage: iommu-inspect [OPTION]... DUMP... [VERB [ARGUMENT]...]");
		return kq_reply_end(EXIT_USAGE);
	}
	files = count_files(argc, argv);
	command = find_command(argc - files, argv + files);
	if (!command || !is_apart(&options, command, argv + files + 1))
		return kq_reply_end(EXIT_USAGE);

	inspect->dump = argv[0]; /* or the verb's name */
	inspect->file = argv;
	inspect->files = (unsigned int)files;
	inspect->use_json = options.json;
	inspect->color = !options.json && want_color(options.color);
	inspect->all = options.all;
	inspect->now = options.now;
	inspect->unmapped = options.unmapped;
	inspect->force = options.force;
	inspect->c_bit = options.c_bit;
	inspect->zero_excluded = options.zero_excluded;
	inspect->unit = options.unit;
	inspect->wanted_snapshot = options.snapshot;
	inspect->units_options = &options.units;
	kq_output_start(&inspect->out, stdout);
	kq_progress_start(stdout);
	kq_progress_watch(kq_reply_poll);
	answer(inspect, &options, command, argv + files + 1);
	inspect_json_end(inspect);
	if (!kq_output_flush(&inspect->out))
		inspect_trouble(inspect, "standard output cannot be written");
	kq_progress_end();
	snapshots_tell(inspect);
	inspect_close(inspect);
	return kq_reply_end(command->does & COMMAND_COMPARES ? diff_status(inspect) : inspect->status);
}
