/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking the buses of a segment.
 */
#include "buses.h"

#include "pci-registers.h"

bool iq_next_segment(const struct iq_pci *pci, unsigned int *number, uint16_t *segment)
{
	for (; *number <= pci->windows; ++*number) {
		bool known = false;

		*segment = *number ? pci->window[*number - 1].segment : 0;
		for (unsigned int i = 0; i < *number && !known; i++)
			known = (i ? pci->window[i - 1].segment : 0) == *segment;
		if (known)
			continue;
		++*number;
		return true;
	}
	return false;
}

bool iq_bus_any(const struct iq_bus_set *set, unsigned int first, unsigned int last)
{
	for (unsigned int bus = first; bus <= last && bus < IQ_BUSES; bus++)
		if (iq_bus_in(set, bus))
			return true;
	return false;
}

void iq_buses_start(struct iq_buses *buses, struct iq_pci *pci, uint16_t segment)
{
	const struct iq_hidden *hidden = iq_pci_hidden(pci, segment);

	iq_zero(buses, sizeof(*buses));
	buses->pci = pci;
	buses->segment = segment;
	/* Behind a VMD there is one root bus. */
	for (unsigned int bus = 0; hidden && bus < IQ_BUSES; bus++)
		if (bus != hidden->first_bus)
			iq_bus_add(&buses->below, bus);
}

bool iq_buses_below(struct iq_buses *buses, uint16_t requester, unsigned int *first, unsigned int *last)
{
	const uint32_t word = iq_pci_read(buses->pci, buses->segment, requester, PCI_BUSES);

	*first = (unsigned int)iq_field(word, BUS_SECONDARY);
	*last = (unsigned int)iq_field(word, BUS_SUBORDINATE);
	if (word == IQ_PCI_NOTHING || *first <= requester >> 8)
		return false;
	for (unsigned int bus = *first; bus <= *last; bus++)
		iq_bus_add(&buses->below, bus);
	return true;
}

bool iq_buses_is_root(const struct iq_buses *buses, unsigned int bus)
{
	return !iq_bus_in(&buses->below, bus);
}

bool iq_buses_each(struct iq_buses *buses, unsigned int bus, unsigned int devices, uint64_t until,
		   bool (*visit)(void *context, uint16_t requester), void *context)
{
	struct iq_io *io = buses->pci->io;

	for (unsigned int function = 0; function < 8 * devices; function++) {
		if (io->now(io) >= until)
			return false;
		if (!visit(context, (uint16_t)(bus << 8 | function)) && !(function % 8))
			function += 7;
	}
	return true;
}
