/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requester ids in the form of lspci: segment:bus:device.function, hexadecimal.
 */
#include "requester.h"

#include <stdio.h>
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

bool requester_parse(const char *text, struct requester *requester)
{
	uint64_t part[3] = { 0 }, function, pasid = NO_PASID;
	unsigned int parts = 0;

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
	if (*text == ':') {
		text++;
		if (!number(&text, 5, 0xfffff, &pasid))
			return false;
	}
	if (*text || part[parts - 2] > 0xff || part[parts - 1] > 0x1f)
		return false;
	requester->segment = parts == 3 ? (uint16_t)part[0] : 0;
	requester->id = (uint16_t)(part[parts - 2] << 8 | part[parts - 1] << 3 | function);
	requester->pasid = (uint32_t)pasid;
	requester_name(requester);
	return true;
}

void requester_name(struct requester *requester)
{
	const char *id = requester_text(requester->segment, requester->id);

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

bool address_parse(const char *text, uint64_t *address)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	return number(&text, 16, UINT64_MAX, address) && !*text;
}
