/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing a range of physical memory.
 */
#include "range.h"

#include "host/requester.h"

#include <stdio.h>
#include <string.h>

bool range_parse(const char *text, struct memory_range *range)
{
	const char *mark = strpbrk(text, "-+");
	char first[24];
	uint64_t second;

	if (!mark) {
		if (!address_parse(text, &range->first))
			return false;
		range->last = range->first;
		return true;
	}
	if ((size_t)(mark - text) >= sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(mark - text), text);
	if (!address_parse(first, &range->first) || !address_parse(mark + 1, &second))
		return false;
	range->last = *mark == '-' ? second : range->first + (second - 1);
	return range->last >= range->first && (*mark == '-' || second);
}
