/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysfs of the capture kernel. What is missing there counts as not known; names that are no PCI functions are passed over.
 */
#include "machine.h"

#include "pci/class.h"
#include "pci-registers.h"
#include "host/requester.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES "/sys/bus/pci/devices"
#define GROUPS	"/sys/kernel/iommu_groups"
#define IOMMUS	"/sys/class/iommu"

static void read_group(struct function *function, const struct kq_host *host, const char *device)
{
	char path[PATH_MAX], name[32], *end;
	long group;

	snprintf(path, sizeof(path), "%s/iommu_group", device);
	if (!kq_host_link(host, path, name, sizeof(name)))
		return;
	group = strtol(name, &end, 10);
	if (end == name || *end || group < 0 || group > INT_MAX)
		return;
	function->group = (int)group;
	snprintf(path, sizeof(path), GROUPS "/%ld/type", group);
	if (!kq_host_line(host, path, function->type, sizeof(function->type)))
		function->type[0] = '\0';
}

const char *function_path(const struct function *function)
{
	static char text[8][64];
	static unsigned int next;
	char *const path = text[next++ % 8];

	snprintf(path, sizeof(text[0]), DEVICES "/%s", requester_text(function->segment, function->requester));
	return path;
}

void function_read(struct function *function, const struct kq_host *host)
{
	const uint16_t segment = function->segment, requester = function->requester;
	struct kq_host_config config = { { kq_host_config_read, NULL }, host };
	char path[PATH_MAX];
	uint32_t ids;

	*function = (struct function){ .segment = segment, .requester = requester, .group = -1 };
	ids = config.config.read(&config.config, segment, requester, PCI_IDS);
	function->vendor = (uint16_t)ids;
	function->device = (uint16_t)(ids >> 16);
	function->has_config = ids != UINT32_MAX;
	if (function->has_config) {
		function->command = (uint16_t)config.config.read(&config.config, segment, requester, PCI_COMMAND);
		function->class_code = config.config.read(&config.config, segment, requester, PCI_CLASS) >> 8;
		function->header = config.config.read(&config.config, segment, requester, PCI_HEADER);
	}
	snprintf(path, sizeof(path), "%s/driver", function_path(function));
	if (!kq_host_link(host, path, function->driver, sizeof(function->driver)))
		function->driver[0] = '\0';
	read_group(function, host, function_path(function));
}

static int by_requester(const void *left, const void *right)
{
	const struct function *a = left, *b = right;

	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return a->requester < b->requester ? -1 : a->requester > b->requester;
}

static bool read_functions(struct machine *machine, const struct kq_host *host, struct kq_reason *reason)
{
	struct kq_names names;

	if (!kq_host_list(host, DEVICES, &names))
		return kq_fail(reason, DEVICES " cannot be listed: no sysfs, or no PCI");
	machine->function = calloc(names.count ? names.count : 1, sizeof(*machine->function));
	for (size_t i = 0; machine->function && i < names.count; i++) {
		struct requester requester;

		if (!requester_parse(names.name[i], &requester) || requester.by_unit || requester.pasid != NO_PASID)
			continue;
		if (machine->functions < MACHINE_FUNCTIONS) {
			struct function *function = &machine->function[machine->functions++];

			function->segment = requester.function.segment;
			function->requester = requester.function.requester;
			function_read(function, host);
		} else {
			machine->functions_left_out++;
		}
	}
	kq_names_free(&names);
	if (!machine->function)
		return kq_fail(reason, "out of memory");
	machine->known = true;
	qsort(machine->function, machine->functions, sizeof(*machine->function), by_requester);
	return true;
}

bool machine_read(struct machine *machine, const struct kq_host *host, struct kq_reason *reason)
{
	struct kq_names names;

	memset(machine, 0, sizeof(*machine));
	if (kq_host_list(host, IOMMUS, &names)) {
		for (size_t i = 0; i < names.count && machine->iommus < MACHINE_IOMMUS; i++)
			snprintf(machine->iommu[machine->iommus++], sizeof(machine->iommu[0]), "%.15s", names.name[i]);
		machine->iommus_left_out = names.count - machine->iommus;
		kq_names_free(&names);
	}
	return read_functions(machine, host, reason);
}

void machine_free(struct machine *machine)
{
	free(machine->function);
	memset(machine, 0, sizeof(*machine));
}

const struct function *machine_find(const struct machine *machine, uint16_t segment, uint16_t requester)
{
	const struct function key = { .segment = segment, .requester = requester };

	return machine->functions ? bsearch(&key, machine->function, machine->functions, sizeof(key), by_requester)
				  : NULL;
}

bool function_is_bridge(const struct function *function)
{
	return function->has_config && iq_class_is_bridge(function->class_code << 8, function->header);
}

bool function_is_platform(const struct function *function)
{
	return function->has_config && iq_class_is_platform(function->class_code << 8, function->header);
}

bool function_is_driven(const struct function *function)
{
	return function->driver[0] && !function_is_bridge(function);
}

bool function_is_identity(const struct function *function)
{
	return !strcmp(function->type, "identity");
}

bool function_is_master(const struct function *function)
{
	return function->has_config && function->command & COMMAND_BUS_MASTER;
}
