/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long job is: one line on stderr, on a terminal only, and not before a second has gone by.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* All zeros at first. */
struct progress {
	FILE *answers; /* where answers go: a line among them would be in their way. NULL: nothing is said */
	uint64_t next; /* when to say something again */
	unsigned int calls;
	bool off, shown;
};

/* @done of @total of what @doing is about; @total 0: it is not known. Cheap enough to be called for each. */
void progress(struct progress *progress, const char *doing, uint64_t done, uint64_t total);
/* Take the line away, before anything else is written to the terminal. */
void progress_end(struct progress *progress);

#endif
