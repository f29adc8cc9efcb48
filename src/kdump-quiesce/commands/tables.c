/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce tables: the firmware tables of this host, of a saved one, or from files, field by field.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/acpi.h"
#include "base/options.h"
#include "command.h"
#include "machine/config-copy.h"
#include "machine/host.h"
#include "base/json.h"
#include "base/message.h"
#include "base/sandbox.h"
#include "tables/kinds.h"
#include "tables/table.h"

#define EXIT_DAMAGED 1
#define EXIT_USAGE   2
#define SCHEMA	     1

static const char directory[] = "/sys/firmware/acpi/tables";

static const char usage[] =
	"Usage: kdump-quiesce tables [OPTION]... [FILE]...\n"
	"\n"
	"Print the firmware tables that say where IOMMUs are, which devices they serve, and where PCI configuration\n"
	"space is (%s), field by field: those of FILEs, else this host's. What is\n"
	"damaged is reported, and the rest still printed.\n"
	"\n"
	"      --json         every field, with its offset and length\n"
	"      --sysroot DIR  read the host's files below DIR\n"
	"  -h, --help\n"
	"\n"
	"Exit status: 0 all tables are sound, 1 one is damaged or cannot be read, or there is none; 2 wrong usage.\n";

enum {
	OPTION_JSON = 256,
	OPTION_SYSROOT,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct table {
	char *path, *bytes;
	size_t length;
};

/* All tables are read before the first is looked at. */
struct tables {
	struct kq_host host;
	struct table *table;
	size_t count;
	struct kq_config_copy copy;
	bool paths; /* paths behind bridges can be followed: the tables are the host's */
	bool sound; /* all of them so far */
};

/* Read the table in the file at @path below the host's root. */
static void take(struct tables *tables, const char *path)
{
	struct table table = { .path = strdup(path) }, *more;

	table.bytes = kq_host_read(&tables->host, path, IQ_ACPI_TABLE_MAX, &table.length);
	more = table.path && table.bytes ? realloc(tables->table, (tables->count + 1) * sizeof(*more)) : NULL;
	if (more) {
		tables->table = more;
		tables->table[tables->count++] = table;
		return;
	}
	kq_warn("%s%s: %s", tables->host.root, path, strerror(errno));
	tables->sound = false;
	free(table.path);
	free(table.bytes);
}

/* Print and free all of them. */
static void print(struct tables *tables, struct kq_sink *sink)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct table *table = &tables->table[i];

		if (!kq_dump_table(sink, table->path, (const uint8_t *)table->bytes, (uint32_t)table->length,
				   tables->paths ? &tables->copy.config : NULL))
			tables->sound = false;
		free(table->path);
		free(table->bytes);
	}
	free(tables->table);
	kq_config_copy_free(&tables->copy);
}

static int is_table(const struct dirent *entry)
{
	return strlen(entry->d_name) >= 4 && kq_table_kind((const uint8_t *)entry->d_name);
}

static void take_host(struct tables *tables)
{
	char path[PATH_MAX];
	struct dirent **entry;
	int count;

	snprintf(path, sizeof(path), "%s%s", tables->host.root, directory);
	count = scandir(path, &entry, is_table, alphasort);
	if (count < 0)
		kq_warn("%s: %s", path, strerror(errno));
	else if (count == 0)
		kq_warn("%s: none of %s is there", path, kq_table_signatures());
	tables->sound = count > 0;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entry[i]->d_name);
		take(tables, path);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
}

static bool run(struct tables *tables, bool want_json, char *files[])
{
	static struct kq_output output;
	struct kq_reason reason;
	struct kq_json json;

	tables->sound = true;
	if (!*files) {
		take_host(tables);
		tables->paths = kq_config_copy_read(&tables->copy, &tables->host);
	}
	for (; *files; files++)
		take(tables, *files);
	kq_sandbox_enter(&reason);
	kq_output_start(&output, stdout);
	if (want_json) {
		kq_json_start(&json, &output);
		kq_json_object(&json, NULL);
		kq_json_number(&json, "schema", SCHEMA);
		kq_json_array(&json, "tables");
	}
	print(tables, want_json ? kq_json_sink(&json) : kq_text_sink(&output));
	if (want_json) {
		kq_json_end(&json);
		kq_json_end(&json);
	}
	if (kq_output_flush(&output))
		return tables->sound;
	kq_warn("cannot write: %s", strerror(errno));
	return false;
}

static int tables_run(int argc, char *argv[])
{
	static char name[] = "kdump-quiesce tables"; /* in front of the messages of getopt */
	struct tables tables = { .host = { "" } };
	bool json = false;
	int option;

	argv[0] = name;
	optind = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		switch (option) {
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_SYSROOT:
			if (!kq_option_sysroot(optarg, &tables.host.root))
				return EXIT_USAGE;
			break;
		case 'h':
			printf(usage, kq_table_signatures());
			return 0;
		default:
			return EXIT_USAGE;
		}
	if (*tables.host.root && optind < argc) {
		kq_warn("tables: --sysroot is for the host's tables, not for files");
		return EXIT_USAGE;
	}
	return run(&tables, json, argv + optind) ? 0 : EXIT_DAMAGED;
}

const struct kq_command kq_command_tables = {
	"tables", tables_run, "print the firmware tables of this host, or files",
};
