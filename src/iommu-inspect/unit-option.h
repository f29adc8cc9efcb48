/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --unit FAMILY,root=ADDRESS[,WORD]...: a unit given by hand, for dumps that say nothing about theirs.
 */
#ifndef UNIT_OPTION_H
#define UNIT_OPTION_H

#include "record/evidence.h"

/* Add the unit that @text describes to @evidence. False with @reason. */
bool unit_option_add(const char *text, struct evidence *evidence, struct kq_reason *reason);
/* How such a unit is written, all families in one line: "amd-vi,root=ADDRESS or vt-d,root=ADDRESS". */
const char *unit_option_forms(void);
/* Print a line of help for each family. */
void unit_option_help(void);

#endif
