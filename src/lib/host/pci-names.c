/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names from libpci, whose error function must not return: it is left by longjmp().
 */
#include "pci-names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

struct kq_pci_names {
	struct pci_access *access;
	char name[256];
};

static jmp_buf failed;
static struct pci_access *volatile abandoned; /* libpci stopped at an error and cannot be cleaned up */
static struct kq_reason *why;

static void on_error(char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void on_error(char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	longjmp(failed, 1);
}

static void on_warning(char *format, ...)
{
	(void)format;
}

static bool scan(struct pci_access *access, const char *lspci, struct kq_reason *reason)
{
	char parameter[] = "dump.name", name[64];

	why = reason;
	if (setjmp(failed))
		return false;
	if (lspci) {
		access->method = PCI_ACCESS_DUMP;
		pci_set_param(access, parameter, (char *)(uintptr_t)lspci);
	}
	pci_init(access);
	pci_scan_bus(access);
	/* Read everything now, since the program may enter a sandbox: libpci opens its list of names at the first question. */
	for (struct pci_dev *dev = access->devices; dev; dev = dev->next)
		pci_fill_info(dev, PCI_FILL_IDENT);
	pci_lookup_name(access, name, sizeof(name), PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, 0xffff, 0xffff);
	return true;
}

struct kq_pci_names *kq_pci_names_open(const char *lspci, struct kq_reason *reason)
{
	struct kq_pci_names *names = calloc(1, sizeof(*names));

	if (!names || !(names->access = pci_alloc())) {
		free(names);
		kq_fail(reason, "out of memory");
		return NULL;
	}
	names->access->error = on_error;
	names->access->warning = on_warning;
	if (!scan(names->access, lspci, reason)) {
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
