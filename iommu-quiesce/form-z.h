/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Region, segment and page tables of z/Architecture: those of its CPUs, and what the tables of its PCI functions have in common with
 * them (z/Architecture Principles of Operation, chapter 3, "Dynamic Address Translation").
 */
#ifndef IQ_FORM_Z_H
#define IQ_FORM_Z_H

#include "form.h"

/* Levels of the tables that an entry of which type is in. */
#define IQ_Z_SEGMENT 2u
#define IQ_Z_REGION_THIRD 3u

#define IQ_Z_PAGE_INVALID IQ_BIT(10) /* of an entry of a page table */
#define IQ_Z_PROTECTED	  IQ_BIT(9)  /* nothing below may be written */
#define IQ_Z_OFFSET	  IQ_MASK(7, 6) /* quarters that the next table lacks at its beginning */
#define IQ_Z_INVALID	  IQ_BIT(5)  /* of an entry of a region or segment table */
#define IQ_Z_TYPE	  IQ_MASK(3, 2) /* of the table that has the entry: segment 0, region third 1, second 2, first 3 */
#define IQ_Z_LENGTH	  IQ_MASK(1, 0) /* number of the next table's last quarter */

/*
 * iq_radix_form.step(), from segment tables up: an entry must be in a table of its type, and says which quarters of the next table
 * exist. A page table has all of them.
 */
enum iq_radix_kind iq_z_step(const struct iq_radix_root *root, unsigned int level, uint64_t entry, enum iq_radix_kind kind,
			     struct iq_radix_target *target);

/* Tables of CPUs, 2 to 5 levels, with pages of 4 KiB, 1 MiB and 2 GiB. */
extern const struct iq_radix_form iq_form_z_cpu;

#endif
