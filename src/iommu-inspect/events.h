/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log entries that the record saved: those found at the crash and those that came after.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "inspect.h"

/* The saved log entries of one unit, before the first write (EVENTS) or after it (REFUSED). */
struct log_view {
	const uint8_t *entry;
	uint32_t count, size, lost;
};

/* The log entries of section @type for the unit with @index; an empty view if there are none. */
struct log_view log_find(struct inspect *inspect, enum iq_section_type type, unsigned int index);
/* One entry as text, without a newline, and as JSON. */
void event_text(struct inspect *inspect, const struct iq_unit *unit, const uint8_t *raw, uint32_t size);
void event_json(struct inspect *inspect, const struct iq_unit *unit, const uint8_t *raw, uint32_t size);

#endif
