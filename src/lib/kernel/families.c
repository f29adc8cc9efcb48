/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families whose drivers' structures are read, from the core's families.def.
 */
#include "families.h"

#define IQ_FAMILY(name, table) extern const struct kernel_family kernel_##name;
#include "families.def"
#undef IQ_FAMILY

const struct kernel_family *const kernel_families[] = {
#define IQ_FAMILY(name, table) &kernel_##name,
#include "families.def"
#undef IQ_FAMILY
	NULL,
};
