/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOVAs that were unmapped and that no flush has reached yet: what was mapped there may still be translated. For the verbs that
 * show the past.
 */
#ifndef UNFLUSHED_H
#define UNFLUSHED_H

#include "evidence.h"

/* Sort the ranges at @unflushed, and join those that touch or overlap. */
void unflushed_order(struct evidence_unflushed *unflushed);
/*
 * Cut from @rest the part at its beginning that is wholly among them or wholly not; @rest has at least a byte. Returns whether it is.
 */
bool unflushed_cut(const struct evidence_unflushed *unflushed, struct iq_mapping *rest, struct iq_mapping *part);

#endif
