/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space at the crash: by the machine's own way where that reaches, else memory-mapped (ECAM) where
 * the firmware's MCFG says so.
 */
#ifndef IQ_PCI_H
#define IQ_PCI_H

#include "firmware/mcfg.h"
#include "io.h"

#define IQ_PCI_WINDOWS 32u
#define IQ_PCI_NOTHING UINT32_MAX /* what is read where nobody answers */

/* Where the host's configuration space is. */
struct iq_pci {
	struct iq_config config; /* first: reads that go through it know where they are; not for writing */
	struct iq_io *io;
	struct iq_mcfg_allocation window[IQ_PCI_WINDOWS];
	unsigned int windows;
	uint64_t mapped; /* page that was mapped last */
};

struct iq_root_port {
	uint16_t express;		/* offset of its PCI Express capability */
	uint8_t secondary, subordinate; /* buses below it */
};

/* Configuration space by @io's own means only. */
void iq_pci_start(struct iq_pci *pci, struct iq_io *io);
/*
 * Know what the MCFG says, found from @rsdp and copied into the @size bytes at @scratch. Allocations for which there is
 * no room are left out. IQ_OK, else why there is no memory-mapped configuration space.
 */
enum iq_status iq_pci_from_acpi(struct iq_pci *pci, uint64_t rsdp, void *scratch, uint32_t size);
/* Is there a way to functions of @segment? */
bool iq_pci_reaches(const struct iq_pci *pci, uint16_t segment);
/*
 * The 32 bits at @offset, a multiple of 4 below 4096; all ones where nothing answers. In segment 0, memory-mapped space
 * is believed only of functions that are the same by the machine's own way.
 */
uint32_t iq_pci_read(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset);
void iq_pci_write(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value);
/*
 * What PCI_IDS of a function reads as: is it in a reset, and wants all repeated? A root complex may answer so when the vendor
 * is read; any other read it repeats until the reset is over, whatever that takes. PCIe 6.0, 2.3.2: Request Retry Status
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
/* Is this a root port, and what is below it? */
bool iq_pci_root_port(struct iq_pci *pci, uint16_t segment, uint16_t requester, struct iq_root_port *port);

#endif
