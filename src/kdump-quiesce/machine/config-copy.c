/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading headers from sysfs, and answering from what was read.
 */
#include "config-copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/requester.h"

#define DEVICES	   "/sys/bus/pci/devices"
#define CONFIG_MAX 4096u

static int by_place(const void *a, const void *b)
{
	const struct kq_config_function *x = a, *y = b;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return (x->requester > y->requester) - (x->requester < y->requester);
}

static uint32_t read_copy(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	const struct kq_config_copy *copy = (const struct kq_config_copy *)config;
	const struct kq_config_function place = { .segment = segment, .requester = requester };
	const struct kq_config_function *found =
		copy->functions ? bsearch(&place, copy->function, copy->functions, sizeof(place), by_place) : NULL;

	return found && offset + sizeof(uint32_t) <= KQ_CONFIG_HEADER ? iq_le32(found->header + offset) : UINT32_MAX;
}

/* Add the function called @name, if its segment fits into 16 bits and its configuration space can be read. */
static bool read_function(struct kq_config_function *function, const struct kq_host *host, const char *name)
{
	struct requester place;
	char path[400], *bytes;
	size_t length = 0;

	if (!requester_parse(name, &place) || place.by_unit)
		return false;
	snprintf(path, sizeof(path), DEVICES "/%.255s/config", name);
	bytes = kq_host_read(host, path, CONFIG_MAX, &length);
	if (bytes && length >= KQ_CONFIG_HEADER) {
		function->segment = place.function.segment;
		function->requester = place.function.requester;
		memcpy(function->header, bytes, KQ_CONFIG_HEADER);
	}
	free(bytes);
	return bytes && length >= KQ_CONFIG_HEADER;
}

bool kq_config_copy_read(struct kq_config_copy *copy, const struct kq_host *host)
{
	struct kq_names names;

	memset(copy, 0, sizeof(*copy));
	copy->config.read = read_copy;
	kq_host_list(host, DEVICES, &names);
	copy->function = calloc(names.count + 1, sizeof(*copy->function));
	for (size_t i = 0; copy->function && i < names.count; i++)
		copy->functions += read_function(&copy->function[copy->functions], host, names.name[i]);
	if (copy->function && copy->functions)
		qsort(copy->function, copy->functions, sizeof(*copy->function), by_place);
	kq_names_free(&names);
	return copy->functions;
}

void kq_config_copy_free(struct kq_config_copy *copy)
{
	free(copy->function);
	memset(copy, 0, sizeof(*copy));
}
