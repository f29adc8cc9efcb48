/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw words of events, as a register dump, a debugger or a message has them.
 */
#ifndef EXPLAIN_RAW_H
#define EXPLAIN_RAW_H

#include "collect.h"

#include "base/message.h"

/* The names of all sources whose words can be decoded: "amd-vi, vt-d or ..." */
const char *explain_raw_names(void);
/*
 * Decode @words, each a hexadecimal number, the last one NULL, as events of the source called @name, one or several. False with @reason
 * if they are none.
 */
bool explain_raw(const char *name, char **words, struct explain_collect *collect, struct kq_reason *reason);

#endif
