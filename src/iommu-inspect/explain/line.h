/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a log without what others put around it: quotes of mails, colors, time, host, level.
 */
#ifndef EXPLAIN_LINE_H
#define EXPLAIN_LINE_H

#include <stddef.h>

#define EXPLAIN_LINE 4096u /* bytes that are looked at of one line */

struct explain_line {
	char text[EXPLAIN_LINE + 1]; /* the message; no NUL in it */
	char time[40];		     /* as the log writes it, "" */
};

/* Take the @length bytes at @bytes apart, of which EXPLAIN_LINE at most are looked at. */
void explain_line(struct explain_line *line, const char *bytes, size_t length);

#endif
