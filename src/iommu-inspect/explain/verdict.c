/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the faults, and the first line of the answer.
 */
#include "answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum explain_danger explain_danger(const struct explain_fault *fault)
{
	const struct explain_reason *reason = explain_reason(fault->source, fault->code);

	return reason ? reason->danger : EXPLAIN_REFUSED;
}

const char *explain_danger_name(enum explain_danger danger)
{
	static const char *const names[] = {
		[EXPLAIN_NOTE] = "note",
		[EXPLAIN_REFUSED] = "refused",
		[EXPLAIN_DEVICE] = "device",
		[EXPLAIN_UNIT] = "unit",
	};

	return names[danger];
}

static int by_danger(const void *a, const void *b)
{
	const struct explain_fault *first = *(const struct explain_fault *const *)a;
	const struct explain_fault *second = *(const struct explain_fault *const *)b;
	const enum explain_danger one = explain_danger(first), other = explain_danger(second);

	if (one != other)
		return one > other ? -1 : 1;
	/* What stands still mostly does so because of a device that is named. */
	if (first->has_device != second->has_device)
		return first->has_device ? -1 : 1;
	if (first->count != second->count)
		return first->count > second->count ? -1 : 1;
	return first < second ? -1 : first > second;
}

bool explain_sort(struct explain_answer *answer)
{
	const struct explain_faults *faults = &answer->collect->faults;
	const size_t size = sizeof(const struct explain_fault *);

	answer->faults = faults->count;
	answer->fault = calloc(faults->count + 1, size);
	if (!answer->fault)
		return false;
	for (size_t i = 0; i < faults->count; i++)
		answer->fault[i] = &faults->fault[i];
	qsort(answer->fault, faults->count, size, by_danger);
	return true;
}

void explain_requester(const struct explain_fault *fault, char *text, size_t size)
{
	const unsigned int id = fault->requester;

	*text = 0;
	if (fault->has_device && fault->segment <= UINT16_MAX)
		snprintf(text, size, fault->has_pasid ? "%04x:%02x:%02x.%u:%x" : "%04x:%02x:%02x.%u", fault->segment, id >> 8,
			 id >> 3 & 31, id & 7, fault->pasid);
}

void explain_subject(const struct explain_fault *fault, char *text, size_t size)
{
	const unsigned int id = fault->requester;

	if (fault->has_device)
		snprintf(text, size, "%04x:%02x:%02x.%u", fault->segment, id >> 8, id >> 3 & 31, id & 7);
	else
		snprintf(text, size, "%s", *fault->place ? fault->place : fault->source->unit);
}

const char *explain_plain(const struct explain_fault *fault)
{
	const struct explain_reason *reason = explain_reason(fault->source, fault->code);

	return reason ? reason->plain : "was refused for a reason that is not known here";
}

/* No fault: why not. */
static void nothing(const struct explain_answer *answer, char *text, size_t size)
{
	const struct explain_collect *collect = answer->collect;

	if (collect->unknowns)
		snprintf(text, size, "No message was understood: %" PRIu64 " of %" PRIu64 " line%s look%s like one of an IOMMU.",
			 collect->unknowns, collect->lines, kq_plural(collect->lines), collect->unknowns == 1 ? "s" : "");
	else if (collect->ordinary)
		snprintf(text, size, "No fault: the messages of IOMMUs in %" PRIu64 " line%s tell of none.", collect->lines,
			 kq_plural(collect->lines));
	else
		snprintf(text, size, "No message of an IOMMU, of PCI Express errors or of EEH in %" PRIu64 " line%s.",
			 collect->lines, kq_plural(collect->lines));
}

void explain_verdict(const struct explain_answer *answer, char *text, size_t size)
{
	char subject[EXPLAIN_WORD], times[48] = "";
	size_t used;

	if (!answer->faults) {
		nothing(answer, text, size);
		return;
	}
	explain_subject(answer->fault[0], subject, sizeof(subject));
	if (answer->fault[0]->count > 1)
		snprintf(times, sizeof(times), " (%" PRIu64 " times)", answer->fault[0]->count);
	used = (size_t)snprintf(text, size, "%s %s%s.", subject, explain_plain(answer->fault[0]), times);
	if (answer->faults > 1 && used < size)
		snprintf(text + used, size - used, " %zu other fault%s follow%s.", answer->faults - 1,
			 kq_plural(answer->faults - 1), answer->faults == 2 ? "s" : "");
	if (text[0] >= 'a' && text[0] <= 'z' && !answer->fault[0]->has_device && !*answer->fault[0]->place)
		text[0] -= 'a' - 'A';
}
