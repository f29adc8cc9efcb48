/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options that several commands have, and kdump-quiesce.conf(5).
 */
#ifndef KQ_OPTIONS_H
#define KQ_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* @text as microseconds. False if it is no number of milliseconds that makes sense (1 .. IQ_TOTAL_US_MAX / 1000). */
bool kq_parse_milliseconds(const char *text, uint32_t *us);
/*
 * The value @text of --@option as microseconds. False, and said so, if it is no number of milliseconds that makes
 * sense.
 */
bool kq_option_milliseconds(const char *option, const char *text, uint32_t *us);
/* The value of --sysroot. False, and said so, if it is no directory. */
bool kq_option_sysroot(const char *text, const char **root);

#endif
