/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a machine's DMA at the crash, as far as the record tells: one answer, and what stands against it.
 */
#ifndef KQ_OUTCOME_H
#define KQ_OUTCOME_H

#include "evidence.h"

enum outcome_answer {
	OUTCOME_STOPPED, /* by the IOMMUs, all of which are closed, or where none translates at every device */
	OUTCOME_PARTLY,	 /* something goes on that was to be stopped */
	OUTCOME_NOTHING, /* no device was to be stopped, and no IOMMU to be closed */
	OUTCOME_UNKNOWN, /* the record does not tell the end */
};

struct outcome {
	enum outcome_answer answer;
	unsigned int devices; /* functions with Bus Master Enable set: those that were to be stopped, and @left */
	unsigned int stopped; /* they obeyed, or are gone */
	unsigned int left;    /* left alone, as the policy or firmware has it */
	unsigned int units;   /* IOMMUs that translate, unless the policy lets them be */
	unsigned int closed;  /* of these: every entry was brought to its mode, flushed, and found so again */
	bool timed;
	uint64_t us; /* from the plugin's entry to its end */
};

/* Read the outcome of the record in @evidence, which has one. */
void outcome_read(struct outcome *outcome, const struct evidence *evidence);
/* "DMA was stopped: 1 of 1 IOMMU closed, 5 of 5 devices stopped, in 24.4 ms", without a full stop. Valid until the next call. */
const char *outcome_text(const struct outcome *outcome);
/* The word for outcome->answer: "stopped", "partly", "nothing", "unknown". */
const char *outcome_name(enum outcome_answer answer);
/* What to look at next in iommu-inspect, in words. */
const char *outcome_next(enum outcome_answer answer);
/* Tell @say one after the other, with @context, what stands against a clean answer: "0000:00:02.0 still has requests pending". */
void outcome_notes(const struct evidence *evidence, void (*say)(void *context, const char *note), void *context);

#endif
