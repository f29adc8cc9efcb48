/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a log with messages about DMA, and the same bytes as raw words of events of each kind.
 */
#include "fuzz.h"

#include "base/budget.h"
#include "base/shown.h"
#include "explain/input.h"
#include "explain/raw.h"

#include <stdio.h>
#include <string.h>

static bool ends(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

/* Nothing that a terminal obeys, and an end. */
static bool is_plain(const char *text, size_t room)
{
	if (!ends(text, room))
		return false;
	for (size_t at = 0; text[at];) {
		const struct kq_character character = kq_character(text + at, strlen(text + at));

		if (!character.printable)
			return false;
		at += character.bytes;
	}
	return true;
}

static void look(const struct explain_collect *collect)
{
	for (size_t i = 0; i < collect->faults.count; i++) {
		const struct explain_fault *fault = &collect->faults.fault[i];

		require(fault->source && fault->count);
		require(fault->values <= EXPLAIN_VALUES && fault->words <= EXPLAIN_WORDS && fault->addresses <= EXPLAIN_ADDRESSES);
		require(is_plain(fault->sample, sizeof(fault->sample)));
		require(ends(fault->place, sizeof(fault->place)) && ends(fault->note, sizeof(fault->note)));
		for (unsigned int n = 0; n < fault->addresses; n++)
			require(fault->lowest <= fault->address[n] && fault->address[n] <= fault->highest);
		for (unsigned int n = 0; n < fault->values; n++)
			require(fault->value[n].name && ends(fault->value[n].text, sizeof(fault->value[n].text)));
		explain_reason_name(fault->source, fault->code);
	}
	for (uint64_t i = 0; i < collect->unknowns && i < EXPLAIN_UNKNOWN; i++)
		require(is_plain(collect->unknown[i].text, sizeof(collect->unknown[i].text)) && collect->unknown[i].line <= collect->lines);
}

/* No line tells of more than one fault. */
static void read_log(const uint8_t *bytes, size_t size)
{
	struct explain_collect *collect = calloc(1, sizeof(*collect));
	uint64_t cut = 0, messages = 0;

	require(collect != NULL);
	explain_read_bytes((const char *)bytes, size, collect, &cut);
	look(collect);
	for (size_t i = 0; i < collect->faults.count; i++)
		messages += collect->faults.fault[i].count;
	require(messages + collect->unknowns <= collect->lines && cut <= collect->lines);
	explain_collect_free(collect);
	free(collect);
}

static void read_words(const uint8_t *bytes, size_t size)
{
	struct explain_collect *collect = calloc(1, sizeof(*collect));
	const struct explain_source *source;
	char text[4][20], *word[5] = { text[0], text[1], text[2], text[3], NULL };
	struct kq_reason reason;

	require(collect != NULL);
	for (unsigned int i = 0; i < 4; i++)
		snprintf(text[i], sizeof(text[i]), "%llx", (unsigned long long)iq_le64(bytes + 8 * i % (size - 7)));
	for (unsigned int n = 0; (source = explain_source(n)); n++)
		explain_raw(source->name, word, collect, &reason);
	look(collect);
	explain_collect_free(collect);
	free(collect);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	kq_budget_start();
	read_log(bytes, size);
	if (size >= 8)
		read_words(bytes, size);
	return 0;
}
