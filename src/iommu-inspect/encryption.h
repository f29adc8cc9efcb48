/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory encryption of the host (AMD SME): the kernel that crashed set one bit in every address that it gave to an IOMMU, in
 * registers, entries and page tables. The bit is no part of the address.
 */
#ifndef ENCRYPTION_H
#define ENCRYPTION_H

#include "inspect.h"

#define C_BIT_AUTO UINT64_MAX /* as vmcoreinfo says */

/* Parse "auto", "none" or the number of a bit into a mask. */
bool encryption_parse(const char *text, uint64_t *mask);
/* Let all units of @inspect ignore the bit inspect->c_bit in addresses; for C_BIT_AUTO the one that the kernel used. */
void encryption_apply(struct inspect *inspect);

#endif
