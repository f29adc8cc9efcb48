/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image's size and its relocation. The linker packs the places of addresses (-z pack-relative-relocs).
 */
#include "image.h"

/* Where the image holds addresses: generic ABI, Relocation, SHT_RELR. */
extern const uint64_t relocations_start[], relocations_end[];
/* Words that one bitmap stands for. */
#define RELOCATION_BITMAP 63u

IQ_BEFORE_CHECK uint32_t image_size(void)
{
	return (uint32_t)(image_end - image_start);
}

void image_relocate(void)
{
	const uint64_t base = (uintptr_t)image_start;
	const uint64_t *end = relocations_end;
	uint64_t *word = (uint64_t *)(uintptr_t)base;

	/* An even word is the place of one address; an odd one a map of those among the next 63 words. */
	for (const uint64_t *r = relocations_start; r < end; r++) {
		if (!(*r & 1)) {
			word = (uint64_t *)(uintptr_t)(base + *r);
			*word++ += base;
			continue;
		}
		for (unsigned int bit = 0; bit < RELOCATION_BITMAP; bit++)
			if (*r >> (bit + 1) & 1)
				word[bit] += base;
		word += RELOCATION_BITMAP;
	}
}
