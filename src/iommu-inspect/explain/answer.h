/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was understood, for people and as JSON.
 */
#ifndef EXPLAIN_ANSWER_H
#define EXPLAIN_ANSWER_H

#include "collect.h"
#include "inspect.h"

struct explain_answer {
	const char *file; /* that was read; NULL: words of the command line */
	const struct explain_collect *collect;
	const struct explain_fault **fault; /* the worst first, then those with the most messages */
	size_t faults;
	uint64_t cut; /* lines that were too long */
	bool tables;  /* there is a dump whose tables can be asked */
};

/* Put the faults of @answer->collect in order. False when out of memory. */
bool explain_sort(struct explain_answer *answer);
/* How bad @fault is. */
enum explain_danger explain_danger(const struct explain_fault *fault);
/* "note", "refused", "device", "unit" */
const char *explain_danger_name(enum explain_danger danger);
/* Who the fault is about: its device, else the place that the message names, else a unit. */
void explain_subject(const struct explain_fault *fault, char *text, size_t size);
/* The device as requesters are written; "" if there is none, or it lies where no requester can. */
void explain_requester(const struct explain_fault *fault, char *text, size_t size);
/* What it did, in plain words. */
const char *explain_plain(const struct explain_fault *fault);
/* The answer in a sentence. */
void explain_verdict(const struct explain_answer *answer, char *text, size_t size);

void explain_text(struct inspect *inspect, const struct explain_answer *answer);
void explain_json(struct inspect *inspect, const struct explain_answer *answer);

#endif
