/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions of IBM Z: each has an IOMMU of its own, whose registers are function controls that the machine or its hypervisor
 * keeps. Names are those of Linux and QEMU (arch/s390/include/asm/pci_insn.h, struct zpci_fib; asm/pci_dma.h).
 */
#ifndef IQ_ZPCI_H
#define IQ_ZPCI_H

#include "family.h"

#define ZPCI_ID 5u /* iq_family.id */

/* A function's controls, as far as an operating system knows them: indices into iq_unit.value. */
enum zpci_register {
	ZPCI_FID,  /* function id */
	ZPCI_FH,   /* function handle */
	ZPCI_UID,  /* the id that an administrator gave it */
	ZPCI_FC,   /* function controls */
	ZPCI_PBA,  /* first DMA address, PCI base address */
	ZPCI_PAL,  /* last DMA address, PCI address limit */
	ZPCI_IOTA, /* I/O translation anchor */
	ZPCI_REGISTERS
};

/* FH */
#define FH_ENABLED IQ_BIT(31)

/* FC */
#define FC_ENABLED    IQ_BIT(7)
#define FC_REGISTERED IQ_BIT(4) /* the DMA addresses from PBA to PAL are registered */

/* IOTA */
#define IOTA_ORIGIN  IQ_MASK(63, 14)
#define IOTA_ENABLED IQ_BIT(11) /* DMA addresses are translated */
#define IOTA_KEY     IQ_MASK(8, 5)
#define IOTA_TYPE    IQ_MASK(4, 2) /* of the top table: segment 0, region third 1, second 2, first 3; others are no tables */
#define IOTA_FRAMES  IQ_MASK(1, 0)
#define IOTA_TYPE_THIRD 1u
#define IOTA_TYPE_FIRST 3u

extern const struct iq_family iq_zpci;

/* Fields of the IOTA, for iq_reader.entry_fields(). */
const struct iq_named_field *zpci_entry_fields(const struct iq_unit *unit, unsigned int *count);

#endif
