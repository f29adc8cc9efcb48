/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict: one sentence out of all findings, and what to do first. Used by `check`.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

static const char *const sentences[] = {
	[KQ_SURVIVES] = "a dump of this host would survive its own DMA",
	[KQ_DOES_NOT] = "a dump of this host would not survive its own DMA",
	[KQ_CANNOT_BE_KNOWN] = "it cannot be known whether a dump of this host would survive its own DMA",
};

/* The finding of @verdict that comes first where things are put right in order; NULL if there is none. */
static const struct kq_finding *first_of(const struct kq_result *results, unsigned int count, enum kq_verdict verdict)
{
	const struct kq_result *first = NULL;

	for (unsigned int i = 0; i < count; i++) {
		const struct kq_result *result = &results[i];

		if (result->finding.verdict != verdict)
			continue;
		if (verdict == KQ_UNKNOWN && result->check->flags & KQ_CHECK_ASIDE)
			continue;
		if (!first || result->check->step < first->check->step)
			first = result;
	}
	return first ? &first->finding : NULL;
}

static bool is_listed(const struct kq_answer *answer, const char *fix)
{
	for (unsigned int i = 0; i < answer->to_dos; i++)
		if (!strcmp(answer->to_do[i], fix))
			return true;
	return false;
}

/* The fixes of all findings of @verdict, in order, as long as there is room. */
static void add_fixes(struct kq_answer *answer, const struct kq_result *results, unsigned int count,
		      enum kq_verdict verdict)
{
	for (unsigned int step = 0; step < KQ_STEPS; step++)
		for (unsigned int i = 0; i < count && answer->to_dos < KQ_TO_DO; i++) {
			const struct kq_finding *finding = &results[i].finding;

			if (results[i].check->step == step && finding->verdict == verdict && finding->fix[0] &&
			    !is_listed(answer, finding->fix))
				answer->to_do[answer->to_dos++] = finding->fix;
		}
}

static void say(struct kq_answer *answer, enum kq_survival survival, const char *because)
{
	answer->survival = survival;
	snprintf(answer->text, sizeof(answer->text), "%s%s%s", sentences[survival], because ? ": " : "",
		 because ? because : "");
}

/* A machine without a plugin: what happens there was known before any check. Of one that cannot be seen nothing is. */
static void say_unserved(struct kq_answer *answer, const struct kq_kind *kind)
{
	char because[600];

	snprintf(because, sizeof(because), "%s%s", kind->why, kind->fix ? "" : "; kdump-quiesce has nothing to do here");
	say(answer, kind->outlook == KQ_OUTLOOK_SURVIVES ? KQ_SURVIVES : KQ_CANNOT_BE_KNOWN, because);
}

/* Where no IOMMU translates there is nothing that a capture kernel could take over wrongly. */
static const char *why_it_survives(const struct kq_examination *examination)
{
	if (kq_translates(examination))
		return NULL;
	return kq_stopped_devices(examination)
		       ? "no IOMMU translates, and stray DMA reaches the crashed kernel's memory only"
		       : "no IOMMU translates, and stray DMA reaches the crashed kernel's memory only; kdump-quiesce has "
			 "nothing to do here";
}

void kq_answer_make(struct kq_answer *answer, const struct kq_examination *examination,
		    const struct kq_result *results, unsigned int count)
{
	const struct kq_kind *kind = examination->machine.kind;
	const struct kq_finding *failed = first_of(results, count, KQ_FAIL);
	const struct kq_finding *unknown = first_of(results, count, KQ_UNKNOWN);

	memset(answer, 0, sizeof(*answer));
	if (failed)
		say(answer, KQ_DOES_NOT, failed->fact);
	else if (kind->outlook != KQ_OUTLOOK_SERVED)
		say_unserved(answer, kind);
	else if (unknown)
		say(answer, KQ_CANNOT_BE_KNOWN, unknown->fact);
	else
		say(answer, KQ_SURVIVES, why_it_survives(examination));
	add_fixes(answer, results, count, KQ_FAIL);
	add_fixes(answer, results, count, KQ_UNKNOWN);
	/* Where it would not survive, what is left to chance comes later. */
	if (answer->survival != KQ_DOES_NOT)
		add_fixes(answer, results, count, KQ_WARN);
}
