/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every verb of iommu-inspect gets: the dump, its record, and the ways to answer. Each verb is a file of commands/.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include "record/evidence.h"
#include "base/reply.h"
#include "record/past.h"
#include "host/pci-names.h"
#include "base/progress.h"
#include "dump/source.h"

#define INSPECT_SCHEMA	 1u /* of the JSON; raised when a key changes its meaning or goes away */
#define INSPECT_ANY_UNIT 0x10000u

enum {
	EXIT_ANSWERED = 0,
	EXIT_TROUBLE = 1, /* no answer, or not a whole one */
	EXIT_USAGE = 2,
};

/* Where the units come from, @see units-source.h */
enum units_from {
	UNITS_ANY,
	UNITS_RECORD,
	UNITS_SYMBOLS,	  /* of the crashed kernel */
	UNITS_BY_COMMAND, /* --unit FAMILY,... */
};

struct units_options;

struct inspect {
	const char *dump; /* its file name, the first of a split set; without a dump, what is in front of messages */
	char **file;	  /* all of them */
	unsigned int files;
	bool open; /* the tables of the dump can be read */
	struct source *source;
	const char *wanted_snapshot; /* --snapshot, @see snapshots.h */
	const char *snapshot;	     /* the file that @source->snapshot is, NULL: none */
	struct evidence evidence;
	enum units_from from;
	const char *types; /* of UNITS_SYMBOLS: what the structures were known by, "BTF" or "DWARF" */
	const struct units_options *units_options;
	struct {
		bool searched;
		uint8_t *bytes; /* NULL: none */
		size_t size;
		uint64_t address;   /* of the elfcorehdr that leads to them */
	} memory_notes;		    /* of a dump that a hypervisor took, @see memory-notes.h */
	struct past past;	    /* memory at the crash */
	struct kq_pci_names *names; /* NULL: none were asked for */
	struct kq_output out;
	struct kq_json json;
	bool use_json;
	bool color;
	bool all;	    /* --all */
	bool now;	    /* --now: the tables as they are in the dump */
	bool unmapped;	    /* --past: what was mapped and is not any more */
	bool force;	    /* --force: overwrite */
	bool zero_excluded; /* --zero-excluded */
	uint64_t c_bit;	    /* --c-bit, a mask; @see encryption.h */
	bool differs;	    /* diff found something */
	unsigned int unit;  /* --unit, INSPECT_ANY_UNIT */
	int status;	    /* exit status so far */
};

/* What a verb does, as far as it concerns who runs it. */
enum {
	COMMAND_TABLES = 1,	 /* reads tables, not only the record and its units */
	COMMAND_RECORD_ONLY = 2, /* shows the record, whatever else says where units are */
	COMMAND_OTHER_DUMPS = 4, /* its arguments are dumps too */
	COMMAND_NEW_FILE = 8,	 /* its first argument is a file that it writes */
	COMMAND_COMPARES = 16,	 /* exits as diff(1) */
	COMMAND_NO_DUMP = 32,	 /* reads a log, its first argument, and needs no dump */
};

/* A verb, and how many arguments it takes: @min to @max. */
struct command {
	const char *name;
	const char *arguments;
	const char *help;
	int min, max;
	unsigned int does; /* COMMAND_* */
	void (*run)(struct inspect *inspect, char **arguments);
};

void cmd_summary(struct inspect *inspect, char **arguments);
void cmd_record(struct inspect *inspect, char **arguments);
void cmd_units(struct inspect *inspect, char **arguments);
void cmd_devices(struct inspect *inspect, char **arguments);
void cmd_map(struct inspect *inspect, char **arguments);
void cmd_translate(struct inspect *inspect, char **arguments);
void cmd_who(struct inspect *inspect, char **arguments);
void cmd_overlap(struct inspect *inspect, char **arguments);
void cmd_log(struct inspect *inspect, char **arguments);
void cmd_raw(struct inspect *inspect, char **arguments);
void cmd_save(struct inspect *inspect, char **arguments);
void cmd_explain(struct inspect *inspect, char **arguments);
void cmd_diff(struct inspect *inspect, char **arguments);

/* One line on stderr with the dump's name in front; the exit status will be EXIT_TROUBLE. */
void inspect_trouble(struct inspect *inspect, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Open the JSON object of the answer. */
void inspect_json(struct inspect *inspect);
/* The snapshot that pages of the dump of @from came from, in the JSON of @inspect. */
void inspect_json_snapshot(struct inspect *inspect, const char *key, const struct inspect *from);
/* Close the object, if one is open: called once, when all is said. */
void inspect_json_end(struct inspect *inspect);
/* The name of the device with source id @id of @unit, NULL if it is not known. */
const char *inspect_name(struct inspect *inspect, const struct iq_unit *unit, iq_source_id id);

#endif
