/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions through libpci, which reads configuration space from sysfs below any root; drivers and groups from the
 * links beside it.
 */
#include "pci-scan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "host/pci-guard.h"
#include "host/sysroot.h"

#define FUNCTIONS_MAX 65536u

static const char devices[] = "/sys/bus/pci/devices";

static void name_of(const struct kq_scanned *scanned, char path[96], const char *file)
{
	const uint16_t id = scanned->function.id;

	snprintf(path, 96, "%s/%04x:%02x:%02x.%x%s", devices, scanned->domain, id >> 8, id >> 3 & 0x1fu, id & 7u, file);
}

/* PCI Express capability: its type, phantom functions. PCIe 6.0, 7.5.3 */
static void read_express(struct pci_dev *dev, struct kq_scanned *scanned)
{
	struct pci_cap *cap = pci_find_cap(dev, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
	uint32_t capabilities;

	scanned->function.port = KQ_NO_PORT;
	if (!cap)
		return;
	scanned->function.port = (uint8_t)((pci_read_word(dev, cap->addr + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4);
	capabilities = pci_read_long(dev, cap->addr + PCI_EXP_DEVCAP);
	if (pci_read_word(dev, cap->addr + PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_PHANTOM)
		scanned->phantom = (uint8_t)((capabilities & PCI_EXP_DEVCAP_PHANTOM) >> 3);
}

/* Virtual functions that are switched on. PCIe 6.0, 9.3.3 */
static void read_virtual(struct pci_dev *dev, struct kq_scanned *scanned)
{
	struct pci_cap *cap = pci_find_cap(dev, PCI_EXT_CAP_ID_SRIOV, PCI_CAP_EXTENDED);

	if (!cap || !(pci_read_word(dev, cap->addr + PCI_IOV_CTRL) & PCI_IOV_CTRL_VFE))
		return;
	scanned->vfs = pci_read_word(dev, cap->addr + PCI_IOV_NUMVF);
	scanned->vf_offset = pci_read_word(dev, cap->addr + PCI_IOV_OFFSET);
	scanned->vf_stride = pci_read_word(dev, cap->addr + PCI_IOV_STRIDE);
}

static void read_bridge(struct pci_dev *dev, struct kq_function *function)
{
	const uint8_t header = pci_read_byte(dev, PCI_HEADER_TYPE) & 0x7f;

	function->bridge = header == PCI_HEADER_TYPE_BRIDGE || header == PCI_HEADER_TYPE_CARDBUS;
	if (!function->bridge)
		return;
	/* The fields stand at the same place in both header types. */
	function->secondary = pci_read_byte(dev, PCI_SECONDARY_BUS);
	function->subordinate = pci_read_byte(dev, PCI_SUBORDINATE_BUS);
}

static void read_config(struct pci_dev *dev, struct kq_scanned *scanned)
{
	struct kq_function *function = &scanned->function;

	pci_fill_info(dev, PCI_FILL_CAPS | PCI_FILL_EXT_CAPS);
	function->vendor = pci_read_word(dev, PCI_VENDOR_ID);
	function->device = pci_read_word(dev, PCI_DEVICE_ID);
	function->class = pci_read_long(dev, PCI_CLASS_REVISION) >> 8;
	function->master = pci_read_word(dev, PCI_COMMAND) & PCI_COMMAND_MASTER;
	scanned->subsystem_vendor = pci_read_word(dev, PCI_SUBSYSTEM_VENDOR_ID);
	scanned->subsystem = pci_read_word(dev, PCI_SUBSYSTEM_ID);
	read_bridge(dev, function);
	read_express(dev, scanned);
	read_virtual(dev, scanned);
	function->ats = pci_find_cap(dev, PCI_EXT_CAP_ID_ATS, PCI_CAP_EXTENDED) != NULL;
	function->pasid = pci_find_cap(dev, PCI_EXT_CAP_ID_PASID, PCI_CAP_EXTENDED) != NULL;
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

static bool is_limited(const struct kq_host *host, const struct kq_scanned *scanned)
{
	char path[96], *bytes;
	size_t length = 0;

	name_of(scanned, path, "/config");
	bytes = kq_host_read(host, path, 4096, &length);
	free(bytes);
	return length < 256;
}

static int by_id(const void *a, const void *b)
{
	const struct kq_scanned *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return x->function.id < y->function.id ? -1 : x->function.id > y->function.id;
}

static unsigned int number_of(const struct pci_access *access)
{
	unsigned int number = 0;

	for (const struct pci_dev *dev = access->devices; dev && number < FUNCTIONS_MAX; dev = dev->next)
		number++;
	return number;
}

/* A scan and its result. */
struct scan {
	const struct kq_host *host;
	struct kq_scanned *found; /* NULL: out of memory */
	unsigned int count;
	bool limited;
};

static void add_function(struct scan *scan, struct pci_dev *dev)
{
	struct kq_scanned *scanned = &scan->found[scan->count];

	if (dev->domain < 0)
		return;
	scanned->domain = (uint32_t)dev->domain;
	scanned->function.segment = (uint16_t)dev->domain;
	scanned->function.id = (uint16_t)(dev->bus << 8 | dev->dev << 3 | dev->func);
	scan->limited |= is_limited(scan->host, scanned);
	read_config(dev, scanned);
	read_links(scan->host, scanned);
	read_behind(scan->host, scanned);
	scan->count++;
}

static void run(struct pci_access *access, void *context)
{
	char path[PATH_MAX], parameter[] = "sysfs.path";
	struct scan *scan = context;

	snprintf(path, sizeof(path), "%s/sys/bus/pci", scan->host->root);
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	pci_set_param(access, parameter, path);
	pci_init(access);
	pci_scan_bus(access);
	scan->found = calloc((size_t)number_of(access) + 1, sizeof(*scan->found));
	if (!scan->found)
		return;
	for (struct pci_dev *dev = access->devices; dev && scan->count < FUNCTIONS_MAX; dev = dev->next)
		add_function(scan, dev);
	qsort(scan->found, scan->count, sizeof(*scan->found), by_id);
}

bool kq_pci_scan(const struct kq_host *host, struct kq_scanned **found, unsigned int *count, bool *limited,
		 struct kq_reason *reason)
{
	struct scan scan = { .host = host };
	struct pci_access *access;
	bool done;

	*found = NULL;
	*count = 0;
	*limited = false;
	kq_sysroot_seen(KQ_LOOK_LIST, devices);
	if (!kq_host_exists(host, devices))
		return true;
	access = pci_alloc();
	if (!access)
		return kq_fail(reason, "out of memory");
	done = kq_pci_guard(access, run, &scan, reason);
	/* After an error it cannot be cleaned up: the program is about to say why and to end. */
	if (done)
		pci_cleanup(access);
	*found = scan.found;
	*count = scan.count;
	*limited = scan.limited;
	return done && (scan.found || kq_fail(reason, "out of memory"));
}
