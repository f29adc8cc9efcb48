/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an entry lets through, in the words of every command.
 */
#ifndef TRANSLATION_H
#define TRANSLATION_H

#include "reader.h"

/* "table", "pass-through", ... */
const char *translation_name(enum iq_translation translation);
/* "Read+ Write-" */
const char *permissions(bool read, bool write);

#endif
