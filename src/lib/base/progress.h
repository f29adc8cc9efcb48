/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long job is: one line on stderr, on a terminal only, and not before a second has gone by. There is one for the process, so
 * that whoever does something long can say so.
 */
#ifndef KQ_PROGRESS_H
#define KQ_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

/* Say it from now on. Answers go to @answers: if that is a terminal, nothing is said, for a line among them would be in their way. */
void kq_progress_start(FILE *answers);
/* Call @poll each time that somebody says how far a job is. NULL: nothing. */
void kq_progress_watch(void (*poll)(void));
/* @done of @total of what @doing is about; @total 0: it is not known. Cheap enough to be called for each. */
void kq_progress(const char *doing, uint64_t done, uint64_t total);
/* The same for @done of what is below everything else, and may be done for long without anybody who says how far that is. */
void kq_progress_below(const char *doing, uint64_t done);
/* Take the line away, before anything else is written to the terminal. */
void kq_progress_end(void);

#endif
