/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space as sysfs shows it, read once for each function; drivers and groups from the links beside it. What is behind the
 * end of what can be read, which is 64 bytes for all but root, reads as zeros: no capability is found there.
 */
#include "pci-scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "host/sysroot.h"
#include "lspci.h"
#include "pci-registers.h"

#define FUNCTIONS_MAX  65536u
#define CONFIG_SIZE    4096u
#define EXTENDED_START 256u		 /* where extended capabilities begin */
#define HEADER_SIZE    64u
#define LIST_MAX       (CONFIG_SIZE / 4u) /* capabilities: a list may lead in circles */

/* What pci-registers.h does not have, because nobody changes it. PCIe 6.0, 7.5.1.2, 7.5.3.3, 7.5.3.4, 7.8.9, 10.5.1 */
#define SUBSYSTEM_IDS	     0x2cu /* of an endpoint */
#define EXPRESS_CAPABILITIES 0x04u
#define PHANTOM_BITS	     IQ_MASK(4, 3)
#define EXPRESS_CONTROL	     0x08u
#define PHANTOM_ENABLE	     IQ_BIT(9)
#define EXTENDED_ATS	     0x000fu
#define EXTENDED_PASID	     0x001bu

static const char devices[] = "/sys/bus/pci/devices";

/* The configuration space of one function. */
struct space {
	uint8_t byte[CONFIG_SIZE];
};

static void name_of(const struct kq_scanned *scanned, char path[96], const char *file)
{
	const uint16_t id = scanned->function.id;

	snprintf(path, 96, "%s/%04x:%02x:%02x.%x%s", devices, scanned->domain, id >> 8, id >> 3 & 0x1fu, id & 7u, file);
}

static uint32_t word_at(const struct space *space, unsigned int offset)
{
	return offset <= CONFIG_SIZE - 4 ? iq_le32(space->byte + offset) : 0;
}

/* Offset of the first capability with @id, 0 if there is none. PCIe 6.0, 7.5.1.1.11 */
static unsigned int find_capability(const struct space *space, unsigned int id)
{
	unsigned int at = word_at(space, PCI_COMMAND) & STATUS_CAPABILITIES ? space->byte[PCI_CAPABILITIES] & 0xfcu : 0;

	for (unsigned int left = LIST_MAX; at >= HEADER_SIZE && left; left--, at = space->byte[at + 1] & 0xfcu)
		if (space->byte[at] == id)
			return at;
	return 0;
}

/* The same for extended capabilities. PCIe 6.0, 7.6.3 */
static unsigned int find_extended(const struct space *space, unsigned int id)
{
	unsigned int at = EXTENDED_START;

	for (unsigned int left = LIST_MAX; at >= EXTENDED_START && left; left--, at = word_at(space, at) >> 20 & 0xffcu) {
		const uint32_t word = word_at(space, at);

		if (!word || word == UINT32_MAX)
			return 0;
		if ((word & 0xffffu) == id)
			return at;
	}
	return 0;
}

/* PCI Express capability: its type, phantom functions. PCIe 6.0, 7.5.3 */
static void read_express(const struct space *space, struct kq_scanned *scanned)
{
	const unsigned int at = find_capability(space, CAPABILITY_EXPRESS);

	scanned->function.port = KQ_NO_PORT;
	if (!at)
		return;
	scanned->function.port = (uint8_t)iq_field(word_at(space, at), EXPRESS_TYPE);
	if (word_at(space, at + EXPRESS_CONTROL) & PHANTOM_ENABLE)
		scanned->phantom = (uint8_t)iq_field(word_at(space, at + EXPRESS_CAPABILITIES), PHANTOM_BITS);
}

/* Virtual functions that are switched on. PCIe 6.0, 9.3.3 */
static void read_virtual(const struct space *space, struct kq_scanned *scanned)
{
	const unsigned int at = find_extended(space, EXTENDED_SRIOV);

	if (!at || !(word_at(space, at + SRIOV_CONTROL) & VF_ENABLE))
		return;
	scanned->vfs = (uint16_t)word_at(space, at + SRIOV_COUNT);
	scanned->vf_offset = (uint16_t)word_at(space, at + SRIOV_OFFSET);
	scanned->vf_stride = (uint16_t)(word_at(space, at + SRIOV_OFFSET) >> 16);
}

static void read_bridge(const struct space *space, struct kq_function *function)
{
	const uint64_t layout = iq_field(word_at(space, PCI_HEADER), HEADER_LAYOUT);
	const uint32_t buses = word_at(space, PCI_BUSES);

	function->bridge = layout == LAYOUT_BRIDGE || layout == LAYOUT_CARDBUS;
	if (!function->bridge)
		return;
	function->secondary = (uint8_t)iq_field(buses, BUS_SECONDARY);
	function->subordinate = (uint8_t)iq_field(buses, BUS_SUBORDINATE);
}

static void read_config(const struct space *space, struct kq_scanned *scanned)
{
	struct kq_function *function = &scanned->function;

	function->vendor = (uint16_t)word_at(space, PCI_IDS);
	function->device = (uint16_t)(word_at(space, PCI_IDS) >> 16);
	function->class = word_at(space, PCI_CLASS) >> 8;
	function->master = word_at(space, PCI_COMMAND) & COMMAND_BUS_MASTER;
	scanned->subsystem_vendor = (uint16_t)word_at(space, SUBSYSTEM_IDS);
	scanned->subsystem = (uint16_t)(word_at(space, SUBSYSTEM_IDS) >> 16);
	read_bridge(space, function);
	read_express(space, scanned);
	read_virtual(space, scanned);
	function->ats = find_extended(space, EXTENDED_ATS);
	function->pasid = find_extended(space, EXTENDED_PASID);
}

/* VMD's endpoint has links to the first buses of the domains behind it. Linux, drivers/pci/controller/vmd.c */
static void read_behind(const struct kq_host *host, struct kq_scanned *scanned)
{
	char path[96], text[40];

	name_of(scanned, path, "/domain");
	if (kq_host_link(host, path, text, sizeof(text)))
		scanned->behind = (uint32_t)strtoul(text, NULL, 16);
}

/* What the running kernel made of it. A virtual function's configuration space names no device. */
static void read_links(const struct kq_host *host, struct kq_scanned *scanned)
{
	struct kq_function *function = &scanned->function;
	char path[96], text[40];

	name_of(scanned, path, "/driver");
	if (!kq_host_link(host, path, function->driver, sizeof(function->driver)))
		function->driver[0] = 0;
	name_of(scanned, path, "/driver/module");
	if (!function->driver[0] || !kq_host_link(host, path, function->module, sizeof(function->module)))
		function->module[0] = 0;
	name_of(scanned, path, "/iommu_group");
	function->grouped = kq_host_link(host, path, text, sizeof(text));
	if (function->grouped) {
		function->group = (uint16_t)strtoul(text, NULL, 10);
		snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%u/type", function->group);
		function->identity = kq_host_line(host, path, text, sizeof(text)) && !strcmp(text, "identity");
	}
	if (function->vendor != UINT16_MAX)
		return;
	name_of(scanned, path, "/vendor");
	function->vendor = (uint16_t)kq_host_number(host, path, function->vendor);
	name_of(scanned, path, "/device");
	function->device = (uint16_t)kq_host_number(host, path, function->device);
}

static int by_id(const void *a, const void *b)
{
	const struct kq_scanned *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return x->function.id < y->function.id ? -1 : x->function.id > y->function.id;
}

/* A scan and its result. */
struct scan {
	const struct kq_host *host;
	struct kq_scanned *found;
	unsigned int count;
	bool limited;
};

/* "dddd:bb:dd.f", the domain with as many digits as it takes. */
static bool parse_name(const char *name, struct kq_scanned *scanned)
{
	unsigned int bus, device, function;
	int end = 0;

	if (sscanf(name, "%8x:%2x:%2x.%1x%n", &scanned->domain, &bus, &device, &function, &end) != 4 || name[end] || device > 0x1f ||
	    function > 7)
		return false;
	scanned->function.segment = (uint16_t)scanned->domain;
	scanned->function.id = (uint16_t)(bus << 8 | device << 3 | function);
	return true;
}

static void add_function(struct scan *scan, const char *name)
{
	struct kq_scanned *scanned = &scan->found[scan->count];
	struct space space;
	size_t length = 0;
	char path[96], *bytes;

	if (!parse_name(name, scanned))
		return;
	name_of(scanned, path, "/config");
	bytes = kq_host_read(scan->host, path, CONFIG_SIZE, &length);
	scan->limited |= length < EXTENDED_START;
	memset(&space, 0, sizeof(space));
	if (length < HEADER_SIZE)
		memset(space.byte, UINT8_MAX, HEADER_SIZE);
	if (bytes)
		memcpy(space.byte, bytes, length);
	free(bytes);
	read_config(&space, scanned);
	read_links(scan->host, scanned);
	read_behind(scan->host, scanned);
	scan->count++;
}

bool kq_pci_scan(const struct kq_host *host, struct kq_scanned **found, unsigned int *count, bool *limited,
		 struct kq_reason *reason)
{
	struct scan scan = { .host = host };
	struct kq_names names;
	size_t read = 0;

	if (kq_lspci_scan(found, count, limited)) {
		qsort(*found, *count, sizeof(**found), by_id);
		return true;
	}
	kq_host_list(host, devices, &names);
	scan.found = calloc(names.count + 1, sizeof(*scan.found));
	while (scan.found && read < names.count && scan.count < FUNCTIONS_MAX)
		add_function(&scan, names.name[read++]);
	if (read < names.count && scan.found)
		kq_warn("%s: more than %u functions: those behind are left out", devices, FUNCTIONS_MAX);
	kq_names_free(&names);
	if (scan.count)
		qsort(scan.found, scan.count, sizeof(*scan.found), by_id);
	*found = scan.found;
	*count = scan.count;
	*limited = scan.limited;
	return scan.found || kq_fail(reason, "out of memory");
}
