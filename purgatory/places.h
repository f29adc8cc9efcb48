/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells whose memory an address is, from the handover. Each architecture's machine.c asks this before it maps anything.
 */
#ifndef PURGATORY_PLACES_H
#define PURGATORY_PLACES_H

#include "boot/handover.h"

struct places {
	const struct iq_handover *handover;
	uint64_t own_word;   /* completions go here if the note cannot take them */
	uint64_t completion; /* physical address of the word that completions go to */
};

/* Do [@address, @address + @length) and [@start, @end) have a byte in common? */
bool places_overlap(uint64_t address, uint64_t length, uint64_t start, uint64_t end);
/*
 * Does any of this memory belong to the plugin, or lie elsewhere in the crash region? Neither the crashed kernel nor firmware has
 * tables there.
 */
bool places_are_ours(const struct places *places, uint64_t address, uint64_t length);
/*
 * May the sequence read this as memory? It may read everything that is not ours. Of ours it may read two things that tables can
 * point to: the word for completions, and the spare pages.
 */
bool places_may_read(const struct places *places, uint64_t address, uint64_t length);
/*
 * Is this memory of the crashed kernel, as the ELF core header says now? The kernel updates that header when memory is added, but not
 * the page tables that it made when the capture kernel was loaded.
 */
bool places_are_memory(const struct places *places, uint64_t address, uint64_t length);
/*
 * Choose the word that completions go to: the last 8 bytes of the note if the note is @usable, else a word of the plugin's own.
 * Returns the word's physical address.
 */
uint64_t places_completion(struct places *places, bool usable);

#endif
