/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of shell files that assign variables. Used by the readers of distributions, and by `check --save`, which writes
 * such files without secrets.
 */
#ifndef KQ_SHELL_H
#define KQ_SHELL_H

#include "shell-file.h"

/*
 * Read @text, the contents of the file, up to its NUL. No command of it is run: whatever is more than an assignment leaves the
 * variables that it may change unclear.
 */
void kq_shell_read(struct kq_shell_file *file, const char *text);

#endif
