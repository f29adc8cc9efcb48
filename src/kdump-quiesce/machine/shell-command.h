/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command in a shell file.
 */
#ifndef KQ_SHELL_COMMAND_H
#define KQ_SHELL_COMMAND_H

#include "shell-script.h"

/* Read one word and what it means for the command that it is in. */
void command_word(struct script *script);
/* Doubt the variables that were assigned in front of the command: the assignment counts for that command, or a subshell, only. */
void command_doubt_assigned(struct script *script, enum kq_unclear why);

#endif
