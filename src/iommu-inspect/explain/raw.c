/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words from the command line, cut into events.
 */
#include "raw.h"

#include "host/requester.h"

#include <stdio.h>
#include <string.h>

/* Words of one event of @source, 0: it has none. */
static uint32_t words_of(const struct explain_source *source)
{
	return source->reader ? source->reader->event_size / 8 : source->words;
}

const char *explain_raw_names(void)
{
	static char text[128];
	const struct explain_source *source, *last = NULL;
	size_t used = 0;

	for (unsigned int n = 0; (source = explain_source(n)); n++) {
		if (!words_of(source))
			continue;
		if (last && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "", last->name);
		last = source;
	}
	if (last && used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, " or %s", last->name);
	return text;
}

static bool is_empty(const uint64_t *word, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++)
		if (word[i])
			return false;
	return true;
}

static bool event(const struct explain_source *source, const uint64_t *word, struct explain_collect *collect,
		  struct kq_reason *reason)
{
	struct explain_fault fault = { .source = source, .count = 1, .words = words_of(source) };
	size_t used = 0;

	if (is_empty(word, fault.words))
		return kq_fail(reason, "words that are all 0 are no event");
	memcpy(fault.raw, word, fault.words * sizeof(*word));
	source->settle(&fault);
	if (!fault.has_code)
		return kq_fail(reason, "0x%016llx 0x%016llx: no event: the bit that marks one is clear",
			       (unsigned long long)word[0], (unsigned long long)word[1]);
	for (uint32_t i = 0; i < fault.words && used < sizeof(fault.sample); i++)
		used += (size_t)snprintf(fault.sample + used, sizeof(fault.sample) - used, "%s0x%016llx", i ? " " : "",
					 (unsigned long long)word[i]);
	explain_faults_add(&collect->faults, &fault);
	return true;
}

bool explain_raw(const char *name, char **words, struct explain_collect *collect, struct kq_reason *reason)
{
	const struct explain_source *source = explain_source_by_name(name);
	uint64_t word[EXPLAIN_WORDS];
	uint32_t used = 0;

	if (!source || !words_of(source))
		return kq_fail(reason, "%s: no kind of unit whose events can be decoded; %s is meant", name, explain_raw_names());
	for (; *words; words++) {
		if (!address_parse(*words, &word[used]))
			return kq_fail(reason, "%s: not a word of an event; a hexadecimal number of 64 bits is meant", *words);
		if (++used < words_of(source))
			continue;
		if (!event(source, word, collect, reason))
			return false;
		used = 0;
	}
	if (used)
		return kq_fail(reason, "an event of %s has %u words; %u are left over", name, words_of(source), used);
	return true;
}
