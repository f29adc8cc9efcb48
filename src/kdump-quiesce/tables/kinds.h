/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware tables that can be printed: those of the IOMMU families, MCFG and IORT.
 */
#ifndef KQ_KINDS_H
#define KQ_KINDS_H

#include "dump.h"

/* The kind with @signature (4 characters), NULL if there is none. */
const struct kq_table_kind *kq_table_kind(const uint8_t *signature);
/* The signatures of all of them, for messages: "IVRS, DMAR, MCFG, IORT". */
const char *kq_table_signatures(void);

#endif
