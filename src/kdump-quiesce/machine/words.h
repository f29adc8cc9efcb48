/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel command lines as scripts and programs read them, for which "--" is an ordinary word; and words about modules. Used by the
 * readers of distributions and by checks. The kernel's own reading is in boot/cmdline.h.
 */
#ifndef KQ_WORDS_H
#define KQ_WORDS_H

#include "boot/cmdline.h"

/* The word behind *@at, which is moved on; "--" is a word like others. False at the end. */
bool kq_word_next(const char **at, struct iq_word *word);
/* Is @word, up to its "=", one of those that @list has between blanks? Names are compared as they are written. */
bool kq_word_in(const char *list, const struct iq_word *word);
/* True if the kernel's words of @line have @name, with or without a value. */
bool kq_cmdline_has(const char *line, const char *name);
/*
 * The word of the command line @line because of which nothing loads the module @name by itself, such as "module_blacklist=". NULL if
 * there is none. @name is as in /proc/modules: with "_".
 */
const char *kq_blacklisted(const char *line, const char *name);

#endif
