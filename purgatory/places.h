/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose memory an address is, as the handover says. Used by each architecture's machine.c before it maps anything.
 */
#ifndef PURGATORY_PLACES_H
#define PURGATORY_PLACES_H

#include "boot/handover.h"

struct places {
	const struct iq_handover *handover;
	uint64_t own_word;   /* where completions go without a note */
	uint64_t completion; /* physical address of the word where they go */
};

/* Do [@address, @address + @length) and [@start, @end) have a byte in common? */
bool places_overlap(uint64_t address, uint64_t length, uint64_t start, uint64_t end);
/* Is some of this memory the plugin's, or elsewhere in the crash region? No table of crashed kernel or firmware is in there. */
bool places_are_ours(const struct places *places, uint64_t address, uint64_t length);
/*
 * May the sequence read this as memory? All but what is ours, and of that the word for completions and the spare pages, which
 * tables may come to name.
 */
bool places_may_read(const struct places *places, uint64_t address, uint64_t length);
/*
 * Choose where completions go: the last 8 bytes of the note if that is @usable, else a word of the plugin's own. Returns
 * its physical address.
 */
uint64_t places_completion(struct places *places, bool usable);

#endif
