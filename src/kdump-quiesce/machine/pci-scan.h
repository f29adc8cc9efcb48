/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI functions of a machine from sysfs, with what configuration space says about them. The first step of topology.
 */
#ifndef KQ_PCI_SCAN_H
#define KQ_PCI_SCAN_H

#include "host.h"
#include "scanned.h"

/* All functions, sorted by domain and requester id; to be freed. *@limited as in struct kq_topology. */
bool kq_pci_scan(const struct kq_host *host, struct kq_scanned **found, unsigned int *count, bool *limited,
		 struct kq_reason *reason);

#endif
