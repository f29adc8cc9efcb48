/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses against what the handover says of memory.
 */
#include "places.h"

#include "boot/elfcorehdr.h"
#include "image.h"

bool places_overlap(uint64_t address, uint64_t length, uint64_t start, uint64_t end)
{
	return address < end && start < address + length;
}

bool places_are_ours(const struct places *places, uint64_t address, uint64_t length)
{
	const struct iq_handover *handover = places->handover;

	return places_overlap(address, length, (uintptr_t)image_start, (uintptr_t)memory_end) ||
	       places_overlap(address, length, handover->crash_start, handover->crash_end);
}

static bool is_spare(const struct iq_handover *handover, uint64_t address, uint64_t length)
{
	const uint64_t spare = handover->spare, end = spare + handover->spare_pages * IQ_PAGE_SIZE;

	return spare && address >= spare && address + length <= end;
}

bool places_may_read(const struct places *places, uint64_t address, uint64_t length)
{
	if (address == places->completion && length <= sizeof(uint64_t))
		return true;
	return !places_are_ours(places, address, length) || is_spare(places->handover, address, length);
}

bool places_are_memory(const struct places *places, uint64_t address, uint64_t length)
{
	const struct iq_handover *handover = places->handover;

	return handover->elfcorehdr &&
	       iq_elfcorehdr_has_memory((const void *)(uintptr_t)handover->elfcorehdr, handover->elfcorehdr_size, address, length);
}

/*
 * A completion that comes late, when its wait was given up long ago, must not land in memory that is the capture kernel's by
 * then: it leaves the note alone. The last 8 bytes of the note's trailer are free, the kernel looks at the first 4.
 */
uint64_t places_completion(struct places *places, bool usable)
{
	const struct iq_handover *handover = places->handover;
	const uint64_t word = handover->note + handover->note_size - sizeof(uint64_t);

	places->completion = (uintptr_t)&places->own_word;
	if (usable && handover->note_size >= IQ_NOTE_HEADER + IQ_NOTE_TRAILER && word % sizeof(uint64_t) == 0)
		places->completion = word;
	return places->completion;
}
