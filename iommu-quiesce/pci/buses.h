/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buses of a segment and the bridges that lead to them. Used by those who walk configuration space: the scan for devices, and
 * the search for ports.
 */
#ifndef IQ_PCI_BUSES_H
#define IQ_PCI_BUSES_H

#include "pci.h"

#define IQ_BUSES     256u
#define IQ_FUNCTIONS 256u /* of a bus: 32 devices of 8 */

/*
 * The segments that there may be a way to: *@segment becomes the next one behind number *@number, which starts at 0 and is moved
 * on. False behind the last.
 */
bool iq_next_segment(const struct iq_pci *pci, unsigned int *number, uint16_t *segment);

/* Bus numbers of one segment. */
struct iq_bus_set {
	uint8_t bit[IQ_BUSES / 8];
};

static inline void iq_bus_none(struct iq_bus_set *set)
{
	iq_zero(set, sizeof(*set));
}

static inline bool iq_bus_in(const struct iq_bus_set *set, unsigned int bus)
{
	return iq_set_has(set->bit, bus);
}

static inline void iq_bus_add(struct iq_bus_set *set, unsigned int bus)
{
	iq_set_add(set->bit, bus);
}

/* Is any of @first to @last, inclusive, in @set? */
bool iq_bus_any(const struct iq_bus_set *set, unsigned int first, unsigned int last);

/* Buses are walked in the order of their numbers: a bridge is met before those below it. */
struct iq_buses {
	struct iq_pci *pci;
	uint16_t segment;
	struct iq_bus_set below; /* bus numbers that bridges have for what is below them */
	struct iq_bus_set named; /* those of them that a bridge leads to, and that are walked */
};

void iq_buses_start(struct iq_buses *buses, struct iq_pci *pci, uint16_t segment);
/*
 * Read which buses are below the bridge @requester: true with the first and the last. False if its registers make no sense: the
 * secondary bus number must be above the bridge's own.
 */
bool iq_buses_below(struct iq_buses *buses, uint16_t requester, unsigned int *first, unsigned int *last);
/* Is @bus below no bridge that was met? It is a root bus then, or nothing is there. */
bool iq_buses_is_root(const struct iq_buses *buses, unsigned int bus);
/*
 * Call @visit with each function on @bus that may be there, those of the first @devices devices (at most 32). @visit says
 * whether the device has more functions; the first of a device is always asked. False when it was @until before the last.
 */
bool iq_buses_each(struct iq_buses *buses, unsigned int bus, unsigned int devices, uint64_t until,
		   bool (*visit)(void *context, uint16_t requester), void *context);

#endif
