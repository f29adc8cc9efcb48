/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options, checked; what is wrong with one is said here.
 */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boot/handover.h"
#include "message.h"

static bool number(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno && *value >= min && *value <= max;
}

bool kq_parse_milliseconds(const char *text, uint32_t *us)
{
	unsigned long ms;

	if (!number(text, 1, IQ_TOTAL_US_MAX / 1000, &ms))
		return false;
	*us = (uint32_t)ms * 1000;
	return true;
}

bool kq_option_sysroot(const char *text, const char **root)
{
	struct stat status;

	*root = text;
	if (stat(text, &status))
		kq_warn("--sysroot %s: %s", text, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		kq_warn("--sysroot %s: %s", text, strerror(ENOTDIR));
	else
		return true;
	return false;
}

bool kq_option_milliseconds(const char *option, const char *text, uint32_t *us)
{
	if (kq_parse_milliseconds(text, us))
		return true;
	kq_warn("--%s %s: not a number from 1 to %u", option, text, IQ_TOTAL_US_MAX / 1000);
	return false;
}
