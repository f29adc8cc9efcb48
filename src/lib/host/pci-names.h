/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI devices by name, from libpci. A dump says nothing about vendors and devices: they come from the running machine or
 * from the output of `lspci -x` that was kept from the one that crashed.
 */
#ifndef KQ_PCI_NAMES_H
#define KQ_PCI_NAMES_H

#include "base/message.h"

#include <stdint.h>

struct kq_pci_names;

/* The devices of the file @lspci (as `lspci -D -x` prints them), of this machine if it is NULL. NULL with @reason. */
struct kq_pci_names *kq_pci_names_open(const char *lspci, struct kq_reason *reason);
void kq_pci_names_close(struct kq_pci_names *names);
/* Vendor and device of @requester in words, NULL if there is no such device. Good until the next call. */
const char *kq_pci_name(struct kq_pci_names *names, uint16_t segment, uint16_t requester);

#endif
