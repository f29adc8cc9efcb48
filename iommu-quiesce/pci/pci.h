/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space at the crash: by the machine's own way where that reaches, else memory-mapped (ECAM) where
 * the firmware's MCFG says so.
 */
#ifndef IQ_PCI_H
#define IQ_PCI_H

#include "config-space.h"

#define IQ_PCI_NOTHING UINT32_MAX /* what is read where nobody answers */

/* Configuration space by @io's own means only. */
void iq_pci_start(struct iq_pci *pci, struct iq_io *io);
/*
 * Know what the MCFG says, found from @rsdp and copied into the @size bytes at @scratch. Allocations for which there is
 * no room are left out. IQ_OK, else why there is no memory-mapped configuration space.
 */
enum iq_status iq_pci_from_acpi(struct iq_pci *pci, uint64_t rsdp, void *scratch, uint32_t size);
/* Know the root buses of the @roots segments at @root: the machine has no others. */
void iq_pci_add_roots(struct iq_pci *pci, const struct iq_root_buses *root, unsigned int roots);
/* May @bus be a root bus of @segment? Where root buses are not known: may it be there at all, as the MCFG says? */
bool iq_pci_may_be_root(const struct iq_pci *pci, uint16_t segment, unsigned int bus);
/* The endpoint that hides the functions of @segment, NULL for what firmware calls a segment. */
const struct iq_hidden *iq_pci_hidden(const struct iq_pci *pci, uint16_t segment);
/* The segment that a function of the record has here: @segment, or if @behind is not 0 what the endpoint @behind in there hides. */
uint16_t iq_pci_segment(const struct iq_pci *pci, uint16_t segment, uint16_t behind);
/* Is there a way to functions of @segment? */
bool iq_pci_reaches(const struct iq_pci *pci, uint16_t segment);
/*
 * The 32 bits at @offset, a multiple of 4 below 4096; all ones where nothing answers. In segment 0, memory-mapped space
 * is believed only of functions that are the same by the machine's own way.
 *
 * A function that is hung costs a completion timeout, 10 ms and more, for every read and every write (PCIe 6.0, 2.8). The first such
 * answer of a bus is tried once more, for the processor may have been taken away meanwhile. After two that count the rest of the bus
 * is skipped: reads are all ones at once, and writes are lost.
 */
uint32_t iq_pci_read(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset);
void iq_pci_write(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value);
/*
 * PCI_IDS of a function that may not be there: to be asked before anything else. False if it took long to give no answer. Two such
 * answers that count end such questions on their bus, with false at once; functions there that have answered are reached all the same.
 */
bool iq_pci_ids(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint32_t *ids);
/* Let functions that have not answered be asked anew, also on buses that were skipped. For a stage that knows better whom to ask. */
void iq_pci_ask_again(struct iq_pci *pci);
/* How many slow answers came from @bus since then. */
unsigned int iq_pci_slow(const struct iq_pci *pci, uint16_t segment, unsigned int bus);
/* Can the words of @requester behind the first 256 bytes be reached? */
bool iq_pci_reaches_extended(struct iq_pci *pci, uint16_t segment, uint16_t requester);
/*
 * Is the function whose PCI_IDS reads as @ids in a reset? A root complex may say so when the vendor is read; it repeats any other
 * read until the reset is over, however long that takes. PCIe 6.0, 2.3.2: Request Retry Status
 */
bool iq_pci_in_reset(uint32_t ids);
/* The capabilities of a function, one after the other. */
struct iq_pci_list {
	struct iq_pci *pci;
	uint16_t segment, requester;
	uint16_t at;   /* offset of this one */
	uint32_t word; /* its first word: id, pointer, the upper half its own */
	uint16_t next;
	unsigned int left; /* that there can be: the list may lead in circles */
};

void iq_pci_list_start(struct iq_pci_list *list, struct iq_pci *pci, uint16_t segment, uint16_t requester);
/* The next capability. False at the end, or where the function does not answer any more. */
bool iq_pci_list_next(struct iq_pci_list *list);
/* Offset of the first capability with @id, 0 if there is none. */
uint16_t iq_pci_capability(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint8_t id);
/* The same for extended capabilities. */
uint16_t iq_pci_extended(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t id);
/*
 * The offset of the function's PCI Express capability in *@express, 0 if it has none. Returns its type, TYPE_NONE without one
 * (pci-registers.h).
 */
uint32_t iq_pci_express(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t *express);

#endif
