/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The old kernel's side: the dump, the record in it, and the tables that the record leads to.
 */
#ifndef OLD_H
#define OLD_H

#include "reconcile.h"

/* Set limits for a capture kernel, which has little memory; options may change them. */
void old_limits(void);
/* Open @reconcile->dump and its record. What cannot be had is noted, and @reconcile->crashed.state says what was found. */
void old_open(struct reconcile *reconcile);
/*
 * Compare every old entry with the new kernel's state, find mappings that reach into its memory, and save the tables if that is
 * wanted. Reading ends where the budget does.
 */
void old_compare(struct reconcile *reconcile);
void old_close(struct reconcile *reconcile);

#endif
