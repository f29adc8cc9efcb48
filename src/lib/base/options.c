/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options, checked; what is wrong with one is said here.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boot/handover.h"
#include "config.h"
#include "message.h"

/* How many of the long options begin with what stands behind the dashes of @word. */
static unsigned int candidates(const char *word, const struct option *known)
{
	const size_t length = strcspn(word + 2, "=");
	unsigned int count = 0;

	for (; known->name; known++)
		count += !strncmp(known->name, word + 2, length);
	return count;
}

static void say_wrong(const char *word, const char *letters, const struct option *known, const char *who)
{
	if (optopt && optopt < 0x100 && !strchr(letters, optopt))
		kq_warn("-%c: no such option; %s --help lists what there is", optopt, who);
	else if (optopt)
		kq_warn("%s: it takes no value; %s --help lists what there is", word, who);
	else if (!strncmp(word, "--", 2) && candidates(word, known) > 1)
		kq_warn("%s: more than one option begins so; %s --help lists what there is", word, who);
	else
		kq_warn("%s: no such option; %s --help lists what there is", word, who);
}

int kq_option_next(int argc, char *argv[], const char *letters, const struct option *known, const char *who)
{
	int option;

	opterr = 0;
	option = getopt_long(argc, argv, letters, known, NULL);
	if (option == ':')
		kq_warn("%s: its value is missing; %s --help lists what there is", argv[optind - 1], who);
	else if (option == '?')
		say_wrong(argv[optind - 1], letters, known, who);
	return option == ':' ? '?' : option;
}

int kq_option_common(int option, const char *usage)
{
	if (option == 'h')
		fputs(usage, stdout);
	else if (option == 'V')
		puts(PACKAGE_STRING);
	return option == 'h' || option == 'V' ? 0 : KQ_WRONG_USAGE;
}

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
