/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iommu-reconcile finds out, from the old tables and from the new kernel, before any of it is printed.
 */
#ifndef RECONCILE_H
#define RECONCILE_H

#include "host/conf.h"
#include "record/evidence.h"
#include "host/firmware.h"
#include "kernel-log.h"
#include "machine.h"
#include "memory-map.h"
#include "host/owners.h"
#include "dump/save-tables.h"

#define RECONCILE_SCHEMA 1u /* of the JSON; raised when a key changes its meaning or goes away */
#define VERDICTS_MAX	 8192u
#define REACHES_MAX	 64u
#define TROUBLES_MAX	 16u

/* Exit status. None of them says anything about whether the dump can be written. */
enum {
	EXIT_REPORTED = 0,
	EXIT_TROUBLE = 1, /* something could not be read, written or repaired */
	EXIT_USAGE = 2,
	EXIT_NO_RECORD = 3,
	EXIT_BAD_RECORD = 4,
	EXIT_BAD_DUMP = 5,
};

/* What became of looking for the record. */
enum old_state {
	OLD_READ,
	OLD_NO_RECORD,	/* the plugin was not loaded */
	OLD_BAD_RECORD, /* of another version, or no record at all */
	OLD_BAD_DUMP,	/* the dump cannot be read */
};

/* What the old kernel's IOMMUs are known by. */
enum units_from {
	UNITS_NONE, /* they are not: the report is about the new kernel only */
	UNITS_RECORD,
	UNITS_SYMBOLS, /* of the crashed kernel, and its BTF */
};

/* What a requester's old entry and the new kernel's state add up to. In order of how much they matter. */
enum state {
	STATE_DEAD,	    /* nothing opens its entry again: the group's domain is an identity domain */
	STATE_ALIVE,	    /* its old translations are in force */
	STATE_PASS_THROUGH, /* it reaches all memory */
	STATE_PRESERVED,    /* left alone by policy */
	STATE_STOPPED,	    /* alive or pass-through, but its Bus Master is off and no driver has it */
	STATE_UNKNOWN,	    /* its entry cannot be read, or no unit that was read covers its id */
	STATE_RE_ATTACHED,  /* its entry leads to tables of the new kernel, or is taken to because a driver has the device */
	STATE_BLOCKED,	    /* the plugin closed its entry, and it still is */
	STATE_CLOSED,	    /* its entry lets nothing through, and the plugin did not change it */
	STATE_ALIAS,	    /* blocked; no device has this id, but DMA of one that is there carries it */
	STATE_GONE,	    /* blocked or closed; no device any more */
	STATE_NEW,	    /* without an entry at the crash */
	STATES,
};

/* One PCI function, or one source id that is no function's. */
struct verdict {
	bool is_function;
	uint16_t segment, requester; /* of the function */
	iq_source_id id;	     /* where the verdict has a unit */
	uint16_t unit; /* number in the evidence; old->evidence.units: none */
	enum state state;
	enum state was;			 /* before it was repaired; STATES: it was not */
	bool has_entry;			 /* the words below are known */
	bool changed;			 /* by us, to @mode */
	uint16_t mode, policy;		 /* enum iq_mode */
	bool live;			 /* what follows of its entry now is by the new kernel's tables */
	bool off;			 /* no unit translates for it; without an entry: none did */
	bool own;			 /* and leads to tables of the new kernel */
	bool writes;			 /* it lets write to what the old kernel gave it */
	enum iq_translation translation; /* at the crash */
	uint32_t domain;		 /* at the crash */
	uint64_t table;			 /* root of its tables at the crash, 0: none */
	uint8_t words;			 /* of raw[] in use */
	uint64_t raw[IQ_ENTRY_WORDS];	 /* the entry as it is now */
	const struct function *function; /* of the new kernel, NULL: no such device */
	const struct function *owner; /* no device, but DMA of this one has its id; NULL: not known, or it is closed */
	uint16_t alias_of;	      /* STATE_ALIAS, or an owner: the requester whose DMA has this id */
	bool alias_by_table;		 /* as the firmware says; else by the same translations */
};

/* A run of old mappings that reaches into memory of the new kernel. */
struct reach {
	const struct iq_unit *unit; /* of the evidence */
	iq_source_id id;	    /* the first with these tables */
	struct iq_mapping mapping;
	bool now;	/* it is open in the tables as they are, not only as they were at the crash */
	bool now_write; /* for writing too */
};

/* What was done to a requester, or was not. */
enum action_kind {
	ACTION_GROUP,	   /* its group was given translations */
	ACTION_BUS_MASTER, /* its Bus Master was turned off */
	ACTION_RESET,	   /* a function-level reset */
	ACTIONS,
};

enum effect {
	EFFECT_DONE,	/* it was done and read back */
	EFFECT_NONE,	/* it was done, and nothing changed */
	EFFECT_FAILED,	/* it could not be done */
	EFFECT_REFUSED, /* we did not try */
	EFFECTS,
};

struct action {
	enum action_kind kind;
	enum effect effect;
	uint16_t segment, requester;
	int group;		    /* ACTION_GROUP */
	enum state was;		    /* the requester, before */
	bool earlier;		    /* by an earlier run: from the journal */
	char before[16], after[16]; /* type of the group; Command register */
	char why[200];		    /* why it was not done, or a remark; "": nothing */
};

/* What is known of the kernel that crashed. */
struct crashed_kernel {
	enum old_state state;
	struct source *source;
	enum units_from units;
	struct kq_reason no_units; /* why not by symbols */
	bool no_iommu;		   /* by symbols: there were none */
	struct evidence evidence;
	bool walked;
	uint64_t tables;     /* pages of tables, queues and logs that were read */
	uint64_t unreadable; /* tables and entries */
	struct save saved;   /* @path NULL: not */
};

/* What is known of the kernel that runs. */
struct running_kernel {
	struct machine machine;
	struct memory_map map;
	struct iq_plan *plan; /* by the firmware's tables; NULL: they cannot be read */
	struct kq_reason no_plan;
	struct kq_owners owners; /* by the same */
	bool live;		 /* its own tables were read */
	struct kq_reason no_live;
	struct iq_unit *now; /* registers as it set them, of each unit in the evidence; NULL: they were not read */
	struct kq_reason no_now;
	struct kernel_log log;
	struct kq_reason no_log;
};

struct reconcile {
	const char *dump;
	struct kq_host host;

	/* What may be done. */
	struct kq_conf conf;
	uint32_t repair;   /* KQ_REPAIR_GROUPS, _DEVICES: asked for */
	bool entries_only; /* the report that is asked for has no mappings */

	struct crashed_kernel crashed;
	struct running_kernel running;

	/* What follows from both. */
	struct verdict *verdict; /* sorted by segment and requester */
	size_t verdicts;
	size_t dropped; /* that found no room */
	size_t count[STATES];
	struct reach reach[REACHES_MAX];
	uint64_t reaches,
		reaches_now; /* runs that were found, and how many of them are open now; REACHES_MAX are kept */

	struct action *action; /* those of earlier runs first */
	size_t actions;

	struct kq_reason trouble[TROUBLES_MAX];
	unsigned int troubles;
	int status;
};

/* Note trouble, of ours or with what we read, for the report and on stderr. The exit status will be @status at least. */
void reconcile_trouble(struct reconcile *reconcile, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The exit status will be @status at least. */
void reconcile_raise(struct reconcile *reconcile, int status);
/* What @verdict is about: dddd:bb:dd.f of a PCI function, else UNIT:0xID. */
const char *verdict_name(const struct reconcile *reconcile, const struct verdict *verdict);
const char *state_name(enum state state);
const char *old_state_name(enum old_state state);
/* "record", "symbols"; NULL for UNITS_NONE. */
const char *units_from_name(enum units_from from);

#endif
