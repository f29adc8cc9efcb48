/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that a Volume Management Device (VMD) hides: an Intel endpoint with root ports and disks of its own behind it, whose
 * configuration space lies in one of its memory regions. Their DMA has the endpoint's requester id. Used by those who walk
 * configuration space.
 */
#ifndef IQ_PCI_HIDDEN_H
#define IQ_PCI_HIDDEN_H

#include "plan.h"
#include "pci.h"

/*
 * To be called with every endpoint that is met, and its PCI_IDS. If it is a VMD, what it hides becomes a segment of its own for
 * iq_next_segment(). One that was met before, and every other function, makes no difference.
 */
void iq_hidden_look(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint32_t ids);
/* How many VMDs that are not preserved do not show what they hide. */
uint32_t iq_hidden_missing(const struct iq_pci *pci, const struct iq_plan *plan);

#endif
