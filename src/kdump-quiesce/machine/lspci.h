/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions out of the text of lspci(8), where a report has no more of them. The step of pci-scan.c for such machines.
 */
#ifndef KQ_LSPCI_H
#define KQ_LSPCI_H

#include "scanned.h"

/*
 * All functions that the output of lspci tells of (kq_told_find(), "lspci -nnvv", or "lspci -nn" and "lspci -vvv"), in any order, to be
 * freed. *@limited as in struct kq_topology. False if there is no such output, or when out of memory.
 */
bool kq_lspci_scan(struct kq_scanned **found, unsigned int *count, bool *limited);
/* The first bytes of @scanned's configuration space as far as they are known: ids, Command, class, header type, buses. */
void kq_lspci_header(const struct kq_scanned *scanned, uint8_t header[64]);

#endif
