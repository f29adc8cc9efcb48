/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names out of libpci.
 */
#include "pci-names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "pci-guard.h"

struct kq_pci_names {
	struct pci_access *access;
	char name[256];
};

static struct pci_access *volatile abandoned; /* after an error it cannot be cleaned up */

/* @context: what lspci printed, or NULL for this machine. */
static void scan(struct pci_access *access, void *context)
{
	char parameter[] = "dump.name", name[64];

	if (context) {
		access->method = PCI_ACCESS_DUMP;
		pci_set_param(access, parameter, context);
	}
	pci_init(access);
	pci_scan_bus(access);
	/* Read everything now, since the program may enter a sandbox: libpci opens its list of names at the first question. */
	for (struct pci_dev *dev = access->devices; dev; dev = dev->next)
		pci_fill_info(dev, PCI_FILL_IDENT);
	pci_lookup_name(access, name, sizeof(name), PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, 0xffff, 0xffff);
}

struct kq_pci_names *kq_pci_names_open(const char *lspci, struct kq_reason *reason)
{
	struct kq_pci_names *names = calloc(1, sizeof(*names));

	if (!names || !(names->access = pci_alloc())) {
		free(names);
		kq_fail(reason, "out of memory");
		return NULL;
	}
	if (!kq_pci_guard(names->access, scan, (char *)(uintptr_t)lspci, reason)) {
		abandoned = names->access;
		free(names);
		return NULL;
	}
	return names;
}

void kq_pci_names_close(struct kq_pci_names *names)
{
	if (!names)
		return;
	pci_cleanup(names->access);
	free(names);
}

const char *kq_pci_name(struct kq_pci_names *names, uint16_t segment, uint16_t requester)
{
	for (struct pci_dev *dev = names->access->devices; dev; dev = dev->next) {
		if (dev->domain != segment || dev->bus != requester >> 8 || dev->dev != (requester >> 3 & 31) ||
		    dev->func != (requester & 7))
			continue;
		pci_fill_info(dev, PCI_FILL_IDENT);
		return pci_lookup_name(names->access, names->name, sizeof(names->name),
				       PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, dev->vendor_id, dev->device_id);
	}
	return NULL;
}
