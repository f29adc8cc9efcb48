/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tables in a dump say of the addresses of a fault.
 */
#ifndef EXPLAIN_TABLES_H
#define EXPLAIN_TABLES_H

#include "answer.h"

/* The lines under "tables", and the array called "tables", null if nothing is known; what is wrong with a table is said on stderr. */
void explain_tables_text(struct inspect *inspect, const struct explain_fault *fault, const char *heading);
void explain_tables_json(struct inspect *inspect, const struct explain_fault *fault);

#endif
