/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families whose drivers' structures are read (family.h). For units.c, and for iommu-inspect's --unit.
 */
#ifndef KERNEL_FAMILIES_H
#define KERNEL_FAMILIES_H

#include "family.h"

/* All of them, NULL behind the last. */
extern const struct kernel_family *const kernel_families[];

#endif
