/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log, line by line, in memory that does not grow with it.
 */
#ifndef EXPLAIN_INPUT_H
#define EXPLAIN_INPUT_H

#include "collect.h"

#include "base/message.h"

/*
 * Hand all lines of the file @fd to @collect, which is ended then. *@cut is how many had more than EXPLAIN_LINE bytes. False with @reason if it
 * could not be read to its end; what came before that has been handed over.
 */
bool explain_read(int fd, struct explain_collect *collect, uint64_t *cut, struct kq_reason *reason);
/* The same for the @size bytes at @bytes. */
void explain_read_bytes(const char *bytes, size_t size, struct explain_collect *collect, uint64_t *cut);

#endif
