/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test for a file in front of an assignment, as in the lines that this project adds to configuration files:
 *
 *	[ ! -x FILE ] || NAME=VALUE
 *	[ -e FILE ] && NAME=VALUE
 *
 * Where the machine's files can be asked, it is known whether the shell executes the assignment. A file that is there is taken to be
 * executable: an archive of a machine does not keep all modes.
 */
#ifndef KQ_SHELL_GUARD_H
#define KQ_SHELL_GUARD_H

#include "shell-script.h"

/*
 * At the beginning of a command: pass over such a test, and over the assignment too if it is not executed. False, and the reader stays
 * where it is, if there is none or nobody can tell.
 */
bool guard_take(struct script *script);

#endif
