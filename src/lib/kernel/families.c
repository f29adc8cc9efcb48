/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of the families whose drivers' structures are read: the one place of src/lib that names them all.
 */
#include "families.h"

extern const struct kernel_family kernel_amdvi;
extern const struct kernel_family kernel_vtd;

const struct kernel_family *const kernel_families[] = {
	&kernel_amdvi,
	&kernel_vtd,
	NULL,
};
