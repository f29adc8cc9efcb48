/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of physical memory as people write them.
 */
#ifndef RANGE_H
#define RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct memory_range {
	uint64_t first, last; /* inclusive */
};

/* Parse PHYS, PHYS-PHYS (inclusive) or PHYS+BYTES, all hexadecimal. False if it is none, or empty, or goes backwards. */
bool range_parse(const char *text, struct memory_range *range);

#endif
