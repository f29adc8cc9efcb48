/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MCFG: where the memory-mapped configuration space of each PCI segment is (PCI Firmware Specification 3.3, 4.1.2).
 */
#ifndef IQ_MCFG_H
#define IQ_MCFG_H

#include "structure.h"

#define IQ_MCFG_SIGNATURE "MCFG"

#define MCFG_RESERVED	  36
#define MCFG_ALLOCATIONS  44u

/* Configuration space base address allocation structure */
#define MCFG_BASE	  0
#define MCFG_SEGMENT	  8
#define MCFG_FIRST_BUS	  10
#define MCFG_LAST_BUS	  11
#define MCFG_ALLOCATION_RESERVED 12
#define MCFG_ALLOCATION_SIZE 16u

#define MCFG_FUNCTION_SIZE UINT64_C(4096)

struct iq_mcfg_allocation {
	uint64_t base; /* physical address of bus 0's configuration space, even if first_bus is higher */
	uint16_t segment;
	uint8_t first_bus, last_bus;
};

/* Start a walk over the allocations in the MCFG at @table, of @length bytes. */
void iq_mcfg_allocations(struct iq_walk *walk, const uint8_t *table, uint32_t length);
void iq_mcfg_decode(const struct iq_structure *structure, struct iq_mcfg_allocation *allocation);
/* Physical address of the 4 KiB of configuration space of function @requester; 0 if no allocation covers the function. */
uint64_t iq_mcfg_address(const uint8_t *table, uint32_t length, uint16_t segment, uint16_t requester);

#endif
