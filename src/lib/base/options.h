/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options that several commands have, and kdump-quiesce.conf(5).
 */
#ifndef KQ_OPTIONS_H
#define KQ_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#define KQ_WRONG_USAGE 2 /* exit status, the same in all programs */

/* What every table of options ends in. */
#define KQ_COMMON_OPTIONS \
	{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 }

/*
 * As getopt_long(), for `@who --help`: '?' also where a value is missing, and what is wrong is said in our words. @letters has a
 * colon before the first.
 */
int kq_option_next(int argc, char *argv[], const char *letters, const struct option *known, const char *who);
/* What an @option means that is none of a command's own: print @usage or the version. Returns the exit status. */
int kq_option_common(int option, const char *usage);

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
