/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading memory through a backend, whatever pages it has.
 */
#include "io.h"

bool iq_memory_read(struct iq_memory *memory, uint64_t address, void *to, uint32_t length)
{
	uint8_t *out = to;

	if (!iq_no_wrap(address, length))
		return false;
	/* Bound: each round takes what is left of a page, or all. */
	while (length) {
		uint32_t part = (uint32_t)iq_min(length, IQ_PAGE_SIZE - (address & ~IQ_PAGE_MASK));
		const void *from = memory->map(memory, address, part);

		if (!from)
			return false;
		iq_copy(out, from, part);
		out += part;
		address += part;
		length -= part;
	}
	return true;
}
