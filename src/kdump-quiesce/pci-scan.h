/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI functions of a machine from sysfs, with what configuration space says about them. The first step of topology.
 */
#ifndef KQ_PCI_SCAN_H
#define KQ_PCI_SCAN_H

#include "topology.h"

/* What only the search for requester ids needs. */
struct kq_scanned {
	struct kq_function function;
	uint16_t subsystem_vendor, subsystem;
	uint8_t phantom;	/* number of function-number bits that phantom functions take, 0: not enabled */
	uint16_t vf_offset, vf_stride, vfs; /* enabled virtual functions */
};

/* All functions, sorted by segment and requester id; to be freed. *@limited as in struct kq_topology. */
bool kq_pci_scan(const struct kq_host *host, struct kq_scanned **found, unsigned int *count, bool *limited,
		 struct kq_reason *reason);

#endif
