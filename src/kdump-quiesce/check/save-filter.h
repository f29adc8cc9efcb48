/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept of a file in a saved machine: of those that may hold secrets, names, serial numbers or just too much,
 * only what the checks read.
 */
#ifndef KQ_SAVE_FILTER_H
#define KQ_SAVE_FILTER_H

#include "check.h"

/* The bytes to keep of the file @path, to be freed. NULL when it cannot be read or is not to be kept at all. */
char *kq_save_filter(const struct kq_host *host, const struct kq_examination *examination, const char *path,
		     size_t *length);

#endif
