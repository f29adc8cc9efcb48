/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The faults of the tests' plugins. In hostile.c a stand-in for the core raises them, in struck.c they hit the core itself. Both read
 * the fault and its place from an item of the handover. test-plugin-boot reads the names from this file.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "boot/handover.h"

enum hostile_fault {
	FAULT_NONE = 0,
	FAULT_PAGE,	    /* read an unmapped address */
	FAULT_PROTECTION,   /* read a non-canonical address */
	FAULT_OPCODE,	    /* ud2 */
	FAULT_DIVIDE,	    /* divide by zero */
	FAULT_DEBUG,	    /* single step */
	FAULT_BREAKPOINT,   /* int3 */
	FAULT_SSE,	    /* an SSE instruction while CR4.OSFXSR is clear */
	FAULT_JUMP,	    /* call an unmapped address */
	FAULT_STACK,	    /* a push with RSP outside of memory */
	FAULT_DOUBLE,	    /* an exception whose gate is not present */
	FAULT_MANY,	    /* nine steps, each with a page fault */
	FAULT_FLOOD,	    /* a page fault in every step, for as long as steps can be started */
	FAULT_NMI,	    /* three NMIs through the local APIC, then go on */
	FAULT_STORM,	    /* endless NMIs */
	FAULT_WAIT,	    /* wait for the monitor to send an NMI or a machine check */
	FAULT_PROBE,	    /* no fault: addresses that the plugin must refuse */
	FAULT_CONFIG,	    /* no fault: PCI configuration space */
	FAULT_NO_IDT,	    /* a page fault without the plugin's IDT: the control that must reset the machine */
	FAULT_NMI_GATE,	    /* three NMIs by the instruction INT, then go on */
	FAULT_STORM_GATE,   /* 3,000 NMIs by INT */
	FAULT_MACHINE_CHECK,/* a machine check by INT */
	FAULT_ADDED,	    /* no fault: memory that was added after the capture kernel was loaded */
};

/* The place in hostile.c. In struck.c the place is a stage of record.h. */
enum hostile_place {
	PLACE_STEP = 0,	    /* inside a guarded step */
	PLACE_OUTSIDE = 1,  /* between the steps */
	PLACE_SEAL = 2,	    /* while the record is sealed */
};

/* Type of the item in the handover. The real plugin ignores it. */
#define HOSTILE_ITEM 0xf0f0u

struct hostile_order {
	uint32_t fault; /* enum hostile_fault */
	uint32_t place; /* enum hostile_place, or a stage */
};

/* The fault and place in the handover; FAULT_NONE if it has no such item. */
static inline struct hostile_order hostile_order(const struct iq_handover *handover)
{
	struct hostile_order order = { FAULT_NONE, 0 };
	struct iq_section item;
	const uint8_t *payload;
	uint32_t offset = 0;

	while (iq_handover_next(handover, &offset, &item, &payload))
		if (item.type == HOSTILE_ITEM)
			order = *(const struct hostile_order *)payload;
	return order;
}

#endif
