/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function as it was found. pci-scan.c has it from sysfs, lspci.c from text.
 */
#ifndef KQ_SCANNED_H
#define KQ_SCANNED_H

#include "function.h"

#define KQ_SEGMENT_MAX 0xffffu /* the last domain that is a PCI segment */

/* A function, with facts that only the search for requester ids needs. */
struct kq_scanned {
	struct kq_function function; /* segment: only of those whose domain is one */
	uint32_t domain;	     /* as the kernel numbers them; a driver chose those above 0xffff */
	uint32_t behind;	     /* the domain that is behind this function, 0: none */
	uint16_t subsystem_vendor, subsystem;
	uint8_t phantom;	/* number of function-number bits that phantom functions take, 0: not enabled */
	uint16_t vf_offset, vf_stride, vfs; /* enabled virtual functions */
};

#endif
