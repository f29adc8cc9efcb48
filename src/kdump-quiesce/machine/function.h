/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function: what configuration space says about it, and what the running kernel made of it. Read by pci-scan.c.
 */
#ifndef KQ_FUNCTION_H
#define KQ_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

struct kq_function {
	uint16_t segment, id; /* its own requester id */
	uint16_t vendor, device;
	uint32_t class;	      /* base class, subclass, interface: 24 bits */
	uint16_t group;	      /* IOMMU group of the running kernel */
	bool grouped, identity; /* it is in a group; the default domain of that is pass-through */
	bool bridge;
	uint8_t secondary, subordinate; /* buses behind a bridge */
	uint8_t port;	      /* PCI Express device/port type, KQ_NO_PORT: not PCI Express */
	bool master;	      /* Bus Master Enable: it can do DMA */
	bool ats, pasid;      /* capabilities that it has */
	char driver[40], module[40]; /* empty: none; a driver without a module is built in */
	unsigned int first, count; /* of its requesters in struct kq_topology */
};

#define KQ_NO_PORT 0xff

#endif
