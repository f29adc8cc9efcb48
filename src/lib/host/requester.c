/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions in the form of lspci: segment:bus:device.function, hexadecimal.
 */
#include "requester.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hexadecimal number of at most @digits digits and not above @max; moves *@text behind it. */
static bool number(const char **text, unsigned int digits, uint64_t max, uint64_t *value)
{
	static const char digit[] = "0123456789abcdef";
	unsigned int used = 0;

	for (*value = 0; **text; (*text)++, used++) {
		const char *at = strchr(digit, **text | ('A' <= **text && **text <= 'F' ? 0x20 : 0));

		if (!at)
			break;
		*value = *value << 4 | (uint64_t)(at - digit);
	}
	return used && used <= digits && *value <= max;
}

/* The rest of a name: nothing, or a PASID. */
static bool parse_pasid(const char *text, struct requester *requester)
{
	uint64_t pasid = NO_PASID;

	if (*text == ':') {
		text++;
		if (!number(&text, 5, 0xfffff, &pasid))
			return false;
	}
	requester->pasid = (uint32_t)pasid;
	requester_name(requester);
	return !*text;
}

/* UNIT:0xID */
static bool parse_by_unit(const char *text, struct requester *requester)
{
	uint64_t id;
	char *end;
	const unsigned long unit = strtoul(text, &end, 10);

	if (end == text || unit > UINT16_MAX || strncmp(end, ":0x", 3) != 0)
		return false;
	text = end + 3;
	if (!number(&text, 8, UINT32_MAX, &id))
		return false;
	*requester = (struct requester){ .by_unit = true, .unit = (unsigned int)unit, .source_id = (iq_source_id)id };
	return parse_pasid(text, requester);
}

bool requester_parse(const char *text, struct requester *requester)
{
	uint64_t part[3] = { 0 }, function;
	unsigned int parts = 0;

	if ('0' <= *text && *text <= '9' && strstr(text, ":0x"))
		return parse_by_unit(text, requester);
	for (;;) {
		if (!number(&text, 4, 0xffff, &part[parts++]))
			return false;
		if (*text == '.')
			break;
		if (*text++ != ':' || parts == 3)
			return false;
	}
	if (parts < 2)
		return false;
	text++;
	if (!number(&text, 1, 7, &function))
		return false;
	if (part[parts - 2] > 0xff || part[parts - 1] > 0x1f)
		return false;
	*requester = (struct requester){
		.function = { parts == 3 ? (uint16_t)part[0] : 0,
			      (uint16_t)(part[parts - 2] << 8 | part[parts - 1] << 3 | function) },
	};
	return parse_pasid(text, requester);
}

void requester_name(struct requester *requester)
{
	char id[22];

	if (requester->by_unit)
		snprintf(id, sizeof(id), "%u:0x%" PRIx32, requester->unit & 0xffffu, requester->source_id);
	else
		snprintf(id, sizeof(id), "%s",
			 requester_text(requester->function.segment, requester->function.requester));
	if (requester->pasid == NO_PASID)
		snprintf(requester->name, sizeof(requester->name), "%s", id);
	else
		snprintf(requester->name, sizeof(requester->name), "%s:%x", id, requester->pasid);
}

const char *requester_text(uint16_t segment, uint16_t id)
{
	static char text[8][16];
	static unsigned int next;
	char *to = text[next++ % 8];

	snprintf(to, sizeof(text[0]), "%04x:%02x:%02x.%u", segment, id >> 8, id >> 3 & 31u, id & 7u);
	return to;
}

const char *source_id_text(const struct iq_functions *functions, unsigned int ranges, const struct iq_unit *unit,
			   iq_source_id id)
{
	static char text[8][20];
	static unsigned int next;
	struct iq_function function;
	char *to;

	if (iq_function_of(functions, ranges, unit, id, &function))
		return requester_text(function.segment, function.requester);
	to = text[next++ % 8];
	snprintf(to, sizeof(text[0]), "%u:0x%" PRIx32, unit->index, id);
	return to;
}

bool address_parse(const char *text, uint64_t *address)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	return number(&text, 16, UINT64_MAX, address) && !*text;
}
