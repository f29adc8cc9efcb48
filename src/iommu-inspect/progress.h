/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long job is: one line on stderr, on a terminal only, and not before a second has gone by.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "inspect.h"

/* @done of @total of what @doing is about; @total 0: it is not known. Cheap enough to be called for each. */
void progress(struct inspect *inspect, const char *doing, uint64_t done, uint64_t total);
/* Take the line away, before anything else is written to the terminal. */
void progress_end(struct inspect *inspect);

#endif
