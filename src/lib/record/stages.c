/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of a stage by name.
 */
#include "stages.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "host/requester.h"

static const struct {
	size_t offset; /* of a uint32_t in struct iq_record_stage */
	const char *text, *key;
} counters[] = {
	{ offsetof(struct iq_record_stage, examined), "entries read", "examined" },
	{ offsetof(struct iq_record_stage, changed), "changed", "changed" },
	{ offsetof(struct iq_record_stage, preserved), "preserved", "preserved" },
	{ offsetof(struct iq_record_stage, open), "still open", "open" },
	{ offsetof(struct iq_record_stage, commands), "commands", "commands" },
	{ offsetof(struct iq_record_stage, retries), "retries", "retries" },
	{ offsetof(struct iq_record_stage, refused), "log entries", "log_entries" },
	{ offsetof(struct iq_record_stage, stricter), "blocked instead", "stricter" },
	{ offsetof(struct iq_record_stage, skipped), "buses skipped", "skipped" },
	{ offsetof(struct iq_record_stage, hidden), "VMDs that show nothing", "hidden" },
};

static uint32_t count(const struct iq_record_stage *stage, size_t number)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)stage + counters[number].offset, sizeof(value));
	return value;
}

/* NULL where the stage has none. */
static const char *scope_name(uint32_t scope)
{
	switch (scope) {
	case 0:
		return NULL;
	case IQ_SCOPE_ENTRIES:
		return "entries";
	case IQ_SCOPE_TABLE:
		return "table";
	case IQ_SCOPE_ALL:
		return "all";
	}
	return "unknown";
}

/* What the status is about: a function where devices are stopped, elsewhere an address. */
static void place(const struct iq_record_stage *stage, char *text, size_t size)
{
	if (stage->stage == IQ_STAGE_STOP && stage->address <= UINT32_MAX)
		snprintf(text, size, "%s", requester_text((uint16_t)(stage->address >> 16), (uint16_t)stage->address));
	else
		snprintf(text, size, "0x%016" PRIx64, stage->address);
}

const char *stage_text(const struct iq_record_stage *stage, const char *separator)
{
	static char text[256];
	const char *scope = scope_name(stage->scope);
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(counters) && used < sizeof(text); i++)
		if (count(stage, i))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%" PRIu32 " %s",
						 used ? separator : "", count(stage, i), counters[i].text);
	if (scope && used < sizeof(text))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%sscope %s", used ? separator : "", scope);
	if (stage->address && used < sizeof(text))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%sat ", used ? separator : "");
	if (stage->address && used < sizeof(text))
		place(stage, text + used, sizeof(text) - used);
	return text;
}

void stage_json(struct kq_json *json, const struct iq_record_stage *stage)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(counters); i++)
		kq_json_number(json, counters[i].key, count(stage, i));
	kq_json_string(json, "scope", scope_name(stage->scope));
	kq_json_hex(json, "address", stage->address);
}
