/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the messages about DMA that went wrong, as tables: their forms, what each reason means, what causes it, and what
 * to try. A table a file; the parser (collect.h) knows none of them by name.
 */
#ifndef EXPLAIN_FACTS_H
#define EXPLAIN_FACTS_H

#include "reader.h"

struct explain_fault;

/* How bad it is. The verdict is about the worst. */
enum explain_danger {
	EXPLAIN_NOTE,	 /* nothing was lost */
	EXPLAIN_REFUSED, /* a request was refused: memory is safe, and what the device wanted was not done */
	EXPLAIN_DEVICE,	 /* a device or its link failed */
	EXPLAIN_UNIT,	 /* the unit itself failed: what it protects is open, or stands still */
};

#define EXPLAIN_CAUSES 4u

/* Causes in the order of how often they are found, and what to try in the order of what it takes. NULL behind the last. */
struct explain_help {
	const char *cause[EXPLAIN_CAUSES + 1];
	const char *attempt[EXPLAIN_CAUSES + 1];
};

/* What one code means. */
struct explain_reason {
	uint32_t code;	   /* as the specification numbers it, or EXPLAIN_OWN and more */
	const char *name;  /* in the specification's words; NULL: the family's reader has it */
	const char *plain; /* in plain words, behind the name of the device or the unit */
	enum explain_danger danger;
	const struct explain_help *help;
};

/* Codes from here on are this program's own: the specification has no number. */
#define EXPLAIN_OWN 0x10000u

enum {
	EXPLAIN_PARTIAL = 1,	/* more may follow on the next line that changes what it is: a whole form is looked for first */
	EXPLAIN_MORE = 2,	/* belongs to the message before */
	EXPLAIN_SUPPRESSED = 4, /* counts messages that the kernel left out, as "number" */
	EXPLAIN_ORDINARY = 8,	/* says nothing of a fault */
};

/* A form of line, as pattern.h describes it. */
struct explain_form {
	const char *pattern;
	uint32_t code; /* where the pattern has none; of one that goes on with a message, the code that this has, 0: any */
	unsigned int does;
};

/* Who writes such messages: a family of IOMMUs, or somebody beside them. Arrays end with an empty element. */
struct explain_source {
	const char *name;  /* as in JSON and on the command line */
	const char *title; /* in text */
	const char *unit;  /* what a message is about that names no device */
	const struct iq_reader *reader; /* NULL: no family of this build reads its events */
	uint32_t words;			/* of a raw event, without a reader; 0: it has none */
	const char *const *marks;	/* a line with one of these may be of this source */
	const struct explain_form *forms; /* the first that fits counts */
	const struct explain_reason *reasons;
	/* Decode what was read of a message, its raw words first of all. NULL: there is nothing to decode. */
	void (*settle)(struct explain_fault *fault);
};

/* Source number @n; NULL behind the last. */
const struct explain_source *explain_source(unsigned int n);
/* The one called @name; NULL: there is none. */
const struct explain_source *explain_source_by_name(const char *name);
/* The reason with @code, NULL if the table has none. */
const struct explain_reason *explain_reason(const struct explain_source *source, uint32_t code);
/* Its name in the specification's words; NULL: there is no such code. */
const char *explain_reason_name(const struct explain_source *source, uint32_t code);

#endif
