/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who writes messages about DMA that went wrong, and is no family of this build. The list in sources.c holds them.
 */
#ifndef EXPLAIN_OTHERS_H
#define EXPLAIN_OTHERS_H

#include "facts.h"

extern const struct explain_source explain_smmuv3; /* Arm SMMUv3 */
extern const struct explain_source explain_eeh;	   /* POWER: partitions that are frozen */
extern const struct explain_source explain_aer;	   /* PCI Express */
extern const struct explain_source explain_iommu;  /* what the kernel writes of all IOMMUs */

#endif
