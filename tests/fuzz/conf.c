/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the configuration file. Every mistake is reported with its place; every accepted value is in its range.
 */
#include "fuzz.h"

#include "host/conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct kq_conf conf;
	struct kq_reason reason = {""};
	char *text = malloc(size + 1);

	require(text);
	memcpy(text, bytes, size);
	text[size] = '\0';
	kq_conf_start(&conf);
	strcpy(conf.path, "conf");
	if (kq_conf_parse(&conf, text, &reason))
		require(conf.selectors <= KQ_CONF_SELECTORS && conf.total_us <= IQ_TOTAL_US_MAX);
	else
		require(!strncmp(reason.text, "conf:", 5));
	free(text);
	return 0;
}
