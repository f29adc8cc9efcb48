/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a program replies that was asked for JSON: one object on standard output, whatever happens. It begins with the schema and the
 * verb, and ends with whether all is in it and with what went to standard error. If there is no answer, it has an error:
 *
 *	{ "schema": 1, "verb": "check", "error": { "message": "...", "status": 2 }, "complete": false, "troubles": [ "..." ], ... }
 *
 * A signal that asks the program to end is obeyed where the object can be closed.
 */
#ifndef KQ_REPLY_H
#define KQ_REPLY_H

#include "json.h"

/* Is --json among the arguments, whatever else may be wrong with them? What stands behind "--" is not looked at. */
bool kq_reply_asked(int argc, char *const argv[]);
/* The reply will be JSON of this @schema: from now on messages are kept for it. @verb, NULL for none, stays the caller's. */
void kq_reply_start(const char *verb, unsigned int schema);
/* The verb, for who did not know it then. */
void kq_reply_verb(const char *verb);
/* The reply will be no JSON after all, or one that is written as a whole by other means: from now on none is made here. */
void kq_reply_leave(void);

/* Open the object of the answer, with its first members. Members follow by way of @json. */
void kq_reply_open(struct kq_json *json, struct kq_output *output);
/* Something that was asked for is not in the answer: it could not be read, or a limit was met. */
void kq_reply_incomplete(void);
/* Close what is open of the answer, with its last members. Nothing if none is open. */
void kq_reply_close(void);
/* At the end of the program, with its exit status: if no answer was begun and @status is not 0, write the error. Returns @status. */
int kq_reply_end(int status);

/* For whoever works for long without a word: end here if a signal asks for it. */
void kq_reply_poll(void);

#endif
