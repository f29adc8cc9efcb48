/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory as it was at the crash: that of the dump, with the words that the plugin changed put back.
 */
#ifndef PAST_H
#define PAST_H

#include "evidence.h"

#define PAST_PAGES 16u

struct past {
	struct iq_memory memory; /* first */
	struct iq_memory *now;
	const struct evidence *evidence;
	unsigned int next;
	uint8_t page[PAST_PAGES][IQ_PAGE_SIZE] __attribute__((aligned(8)));
};

/* @past->memory reads @now with the changes of @evidence undone. Both stay where they are. */
void past_start(struct past *past, struct iq_memory *now, const struct evidence *evidence);

#endif
