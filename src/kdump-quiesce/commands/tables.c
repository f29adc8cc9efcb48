/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce tables: the firmware tables of this host, of a saved one, or from files, field by field.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/acpi.h"
#include "base/options.h"
#include "command.h"
#include "machine/config-copy.h"
#include "machine/host.h"
#include "base/message.h"
#include "base/reply.h"
#include "base/sandbox.h"
#include "tables/acpidump.h"
#include "tables/kinds.h"
#include "tables/table.h"

#define EXIT_DAMAGED 1
#define TEXT_MAX     (64u << 20)

static const char directory[] = "/sys/firmware/acpi/tables";

static const char usage[] =
	"Usage: kdump-quiesce tables [OPTION]... [FILE]...\n"
	"\n"
	"Print the firmware tables that say where IOMMUs are, which devices they serve, and where PCI configuration\n"
	"space is (%s), field by field: those of FILEs, else this host's. What is\n"
	"damaged is reported, and the rest still printed.\n"
	"\n"
	"FILE is a binary table, text with tables as acpidump prints them, a directory with such files, or - for\n"
	"standard input.\n"
	"\n"
	"      --json         every field, with its offset and length\n"
	"      --sysroot DIR  read the host's files below DIR, or the tables in DIR\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 all tables are sound, 1 one is damaged or cannot be read, or there is none; 2 wrong usage.\n";

enum {
	OPTION_JSON = 256,
	OPTION_SYSROOT,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	KQ_COMMON_OPTIONS,
};

struct table {
	char *path, *bytes;
	size_t length;
};

/* All files are read before the first is looked at. */
struct tables {
	struct kq_host host;
	struct table *table;
	size_t count;
	struct kq_config_copy copy;
	bool paths; /* paths behind bridges can be followed: the tables are the host's */
	bool sound; /* all of them so far */
};

static bool add(struct tables *tables, const char *path, char *bytes, size_t length)
{
	struct table table = { strdup(path), bytes, length }, *more;

	more = table.path && bytes ? realloc(tables->table, (tables->count + 1) * sizeof(*more)) : NULL;
	if (more) {
		tables->table = more;
		tables->table[tables->count++] = table;
		return true;
	}
	kq_warn("%s%s: %s", tables->host.root, path, strerror(errno));
	tables->sound = false;
	free(table.path);
	free(bytes);
	return false;
}

/* Read what is in the file at @path below the host's root. */
static void take(struct tables *tables, const char *path)
{
	size_t length = 0;
	char *bytes = kq_host_read(&tables->host, path, TEXT_MAX, &length);

	add(tables, path, bytes, length);
}

/* Up to TEXT_MAX bytes of standard input, to be freed; NULL with errno set. */
static char *read_input(size_t *length)
{
	char *bytes = NULL, *more;
	size_t room = 0, got;

	*length = 0;
	do {
		room = room * 2 + 65536;
		more = room <= TEXT_MAX ? realloc(bytes, room) : NULL;
		if (!more) {
			if (room > TEXT_MAX)
				kq_warn("standard input: more than %u bytes: it is not read", TEXT_MAX);
			errno = room <= TEXT_MAX ? ENOMEM : EFBIG;
			free(bytes);
			return NULL;
		}
		bytes = more;
		got = fread(bytes + *length, 1, room - *length, stdin);
		*length += got;
	} while (*length == room);
	if (!ferror(stdin))
		return bytes;
	free(bytes);
	return NULL;
}

static void take_input(struct tables *tables)
{
	size_t length;
	char *bytes = read_input(&length);

	add(tables, "standard input", bytes, length);
}

/* Does the file at @path begin with the signature of a table that is known, or may it be text? */
static bool may_be_table(const struct kq_host *host, const char *path)
{
	size_t length = 0;
	char *bytes = kq_host_read(host, path, TEXT_MAX, &length);
	const bool is = bytes && ((length >= 4 && kq_table_kind((const uint8_t *)bytes)) ||
				  kq_table_file(bytes, length) == KQ_FILE_ACPIDUMP);

	free(bytes);
	return is;
}

static bool is_table(const char *name)
{
	return strlen(name) >= 4 && kq_table_kind((const uint8_t *)name);
}

/* The tables in the directory @place, "" for the root, whatever their files are called unless @named after them. Returns how many files. */
static size_t take_directory(struct tables *tables, const char *place, bool named)
{
	const size_t before = tables->count;
	struct kq_names names;
	char path[PATH_MAX];

	kq_host_list(&tables->host, *place ? place : "/", &names);
	for (size_t i = 0; i < names.count; i++)
		if (snprintf(path, sizeof(path), "%s/%s", place, names.name[i]) < PATH_MAX &&
		    (named ? is_table(names.name[i]) : may_be_table(&tables->host, path)))
			take(tables, path);
	kq_names_free(&names);
	return tables->count - before;
}

static void no_table_in(struct tables *tables, const char *where)
{
	kq_warn("%s%s: none of %s is there", *where == '/' ? tables->host.root : "", where, kq_table_signatures());
	tables->sound = false;
}

static void take_file(struct tables *tables, const char *file)
{
	struct stat status;

	if (!strcmp(file, "-"))
		take_input(tables);
	else if (stat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
		if (!take_directory(tables, file, false))
			no_table_in(tables, file);
	} else
		take(tables, file);
}

/* The host's own tables are called by their signatures; of a directory as acpidump -b or acpixtract leave it, all files are tried. */
static void take_host(struct tables *tables)
{
	const bool own = !tables->host.root[0] || kq_host_exists(&tables->host, directory);

	if (!take_directory(tables, own ? directory : "", own))
		no_table_in(tables, directory);
}

static void print_one(struct tables *tables, struct kq_sink *sink, const char *name, const uint8_t *bytes, size_t length)
{
	if (length > IQ_ACPI_TABLE_MAX) {
		kq_warn("%s: %zu bytes: no such table is longer than %u", name, length, IQ_ACPI_TABLE_MAX);
		tables->sound = false;
	} else if (!kq_dump_table(sink, name, bytes, (uint32_t)length, tables->paths ? &tables->copy.config : NULL)) {
		tables->sound = false;
	}
}

/* One table of text, called by the file and the line where it begins. False: it is none that is known. */
static bool print_found(struct tables *tables, struct kq_sink *sink, const char *file, const struct kq_acpidump_table *table)
{
	char name[PATH_MAX + 16];

	if (!kq_table_kind((const uint8_t *)table->signature))
		return false;
	snprintf(name, sizeof(name), "%s:%u", file, table->line);
	if (table->broken) {
		kq_warn("%s:%u: its offset does not follow from the line before", file, table->broken);
		tables->sound = false;
	}
	if (table->length >= 4 && !memcmp(table->bytes, table->signature, 4)) {
		print_one(tables, sink, name, table->bytes, table->length);
	} else {
		kq_warn("%s: the heading says %s, the bytes do not", name, table->signature);
		tables->sound = false;
	}
	return true;
}

static void print_text(struct tables *tables, struct kq_sink *sink, const struct table *text)
{
	const char *at = text->bytes, *end = at + text->length;
	struct kq_acpidump_table found;
	unsigned int line = 1;
	bool known = false;

	while (kq_acpidump_next(&found, &at, end, &line)) {
		known |= print_found(tables, sink, text->path, &found);
		free(found.bytes);
	}
	if (!known)
		no_table_in(tables, text->path);
}

static void print_file(struct tables *tables, struct kq_sink *sink, const struct table *file)
{
	switch (kq_table_file(file->bytes, file->length)) {
	case KQ_FILE_ACPIDUMP:
		print_text(tables, sink, file);
		return;
	case KQ_FILE_SOURCE:
		kq_warn("%s: the source of a table, as iasl -d writes it: compile it (iasl FILE), and name the .aml file", file->path);
		break;
	case KQ_FILE_TEXT:
		kq_warn("%s: text without a table in it: acpidump prints a line with \" @ 0x\" in front of each", file->path);
		break;
	case KQ_FILE_BINARY:
		if (file->length) {
			print_one(tables, sink, file->path, (const uint8_t *)file->bytes, file->length);
			return;
		}
		kq_warn("%s: the file is empty", file->path);
		break;
	}
	tables->sound = false;
}

/* Print and free all of them. */
static void print(struct tables *tables, struct kq_sink *sink)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct table *table = &tables->table[i];

		print_file(tables, sink, table);
		free(table->path);
		free(table->bytes);
	}
	free(tables->table);
	kq_config_copy_free(&tables->copy);
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
		take_file(tables, *files);
	kq_sandbox_enter(&reason);
	kq_output_start(&output, stdout);
	if (want_json) {
		kq_reply_open(&json, &output);
		kq_json_array(&json, "tables");
	}
	print(tables, want_json ? kq_json_sink(&json) : kq_text_sink(&output));
	if (!tables->sound)
		kq_reply_incomplete();
	kq_reply_close();
	if (kq_output_flush(&output))
		return tables->sound;
	kq_warn("cannot write: %s", strerror(errno));
	return false;
}

static int tables_run(int argc, char *argv[])
{
	struct tables tables = { .host = { "" } };
	char text[sizeof(usage) + 256];
	bool json = false;
	int option;

	optind = 0;
	while ((option = kq_option_next(argc, argv, ":hV", options, "kdump-quiesce tables")) != -1)
		switch (option) {
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_SYSROOT:
			if (!kq_option_sysroot(optarg, &tables.host.root))
				return KQ_WRONG_USAGE;
			break;
		default:
			snprintf(text, sizeof(text), usage, kq_table_signatures());
			return kq_option_common(option, text);
		}
	if (*tables.host.root && optind < argc) {
		kq_warn("--sysroot is for the host's tables, not for files");
		return KQ_WRONG_USAGE;
	}
	return run(&tables, json, argv + optind) ? 0 : EXIT_DAMAGED;
}

const struct kq_command kq_command_tables = {
	"tables", tables_run, "print the firmware tables of this host, or files", 1,
};
