/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run knows of PCI configuration space: where it is, and which buses are slow to answer. Kept in struct iq_run; read and
 * written by pci/ alone.
 */
#ifndef IQ_CONFIG_SPACE_H
#define IQ_CONFIG_SPACE_H

#include "boot/handover.h"
#include "firmware/mcfg.h"
#include "io.h"

#define IQ_PCI_WINDOWS 64u
#define IQ_PCI_SLOW    32u /* buses with slow answers that are known at a time */

/* A bus on which configuration space was slow: how often functions took long to give no answer. */
struct iq_slow_bus {
	uint16_t segment;
	uint8_t bus;
	uint8_t first; /* those that were asked who they are */
	uint8_t later; /* those that had answered before */
};

#define IQ_PCI_HIDDEN 32u /* VMDs that are known at a time */

/* An endpoint that hides functions behind it (pci/hidden.h). */
struct iq_hidden {
	uint16_t segment, requester; /* of the endpoint */
	uint16_t shown_as;	     /* segment that the hidden functions have here. Their requester ids are not those of their DMA */
	uint8_t first_bus;	     /* their root bus */
	bool shown;
};

/* Where the host's configuration space is. */
struct iq_pci {
	struct iq_config config; /* first: reads that go through it know where they are; not for writing */
	struct iq_io *io;
	struct iq_mcfg_allocation window[IQ_PCI_WINDOWS];
	unsigned int windows;
	struct iq_root_buses root[IQ_ROOT_SEGMENTS];
	unsigned int roots; /* segments whose root buses are known; 0: those of none are */
	uint64_t mapped; /* page of the function that was looked at last */
	uint64_t window_at; /* what was mapped last of the memory-mapped space */
	bool no_room;	    /* some of it could not be mapped for want of room */
	struct iq_slow_bus slow[IQ_PCI_SLOW];
	unsigned int slow_buses;
	struct iq_hidden hidden[IQ_PCI_HIDDEN];
	unsigned int hiddens;
	bool hidden_dropped; /* there are more */
};

#endif
