/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From root buses down bridges towards the buses that are wanted. Other bridges are not followed.
 */
#include "ports.h"

#include "class.h"
#include "hidden.h"
#include "pci-registers.h"

#define DEVICES 32u /* of a bus */
#define CLASS_COLLECTOR 0x0807u

struct walk {
	struct iq_buses buses;
	const struct iq_port_search *search;
	struct iq_bus_set link; /* buses below a PCI Express port: there is one device */
	bool root;		/* the bus at hand is a root bus */
	iq_port_visit visit;
	void *context;
};

static uint32_t read(struct walk *walk, uint16_t requester, uint16_t offset)
{
	return iq_pci_read(walk->buses.pci, walk->buses.segment, requester, offset);
}

static struct iq_port port_at(struct walk *walk, uint16_t requester)
{
	struct iq_port port = { .segment = walk->buses.segment, .requester = requester };

	port.type = (uint16_t)iq_pci_express(walk->buses.pci, port.segment, requester, &port.express);
	return port;
}

static void follow_bridge(struct walk *walk, uint16_t requester)
{
	unsigned int first, last;
	struct iq_port port;

	if (!iq_buses_below(&walk->buses, requester, &first, &last) || !iq_bus_any(&walk->search->wanted, first, last))
		return;
	port = port_at(walk, requester);
	port.secondary = (uint8_t)first;
	port.subordinate = (uint8_t)last;
	if (port.type == TYPE_ROOT_PORT || port.type == TYPE_DOWNSTREAM) {
		walk->visit(walk->context, &port);
		iq_bus_add(&walk->link, first);
	} else if (port.type != TYPE_UPSTREAM) {
		return; /* to conventional PCI, where there are no ports */
	}
	iq_bus_add(&walk->buses.named, first);
}

/* Endpoints of the root complex have no port above them. PCIe 6.0, 7.9.10 */
static void look_at_collector(struct walk *walk, uint16_t requester)
{
	struct iq_port port;
	uint32_t buses;
	uint16_t at;

	if (iq_field(read(walk, requester, PCI_CLASS), CLASS_CODE) != CLASS_COLLECTOR)
		return;
	port = port_at(walk, requester);
	if (port.type != TYPE_COLLECTOR)
		return;
	port.secondary = port.subordinate = (uint8_t)(requester >> 8);
	at = iq_pci_extended(walk->buses.pci, port.segment, requester, EXTENDED_ASSOCIATION);
	buses = at && iq_field(read(walk, requester, at), ASSOCIATION_VERSION) > 1
			? read(walk, requester, (uint16_t)(at + ASSOCIATION_BUSES))
			: IQ_PCI_NOTHING;
	if (buses != IQ_PCI_NOTHING && iq_field(buses, ASSOCIATION_FIRST) <= iq_field(buses, ASSOCIATION_LAST)) {
		port.secondary = (uint8_t)iq_field(buses, ASSOCIATION_FIRST);
		port.subordinate = (uint8_t)iq_field(buses, ASSOCIATION_LAST);
	}
	if (iq_bus_in(&walk->search->wanted, requester >> 8) || iq_bus_any(&walk->search->wanted, port.secondary, port.subordinate))
		walk->visit(walk->context, &port);
}

/* True if the device of this function may have more. */
static bool look_at(void *context, uint16_t requester)
{
	struct walk *walk = context;
	uint32_t ids, header;
	uint64_t layout;

	if (!iq_pci_ids(walk->buses.pci, walk->buses.segment, requester, &ids) || ids == IQ_PCI_NOTHING)
		return false;
	if (iq_pci_in_reset(ids))
		return true;
	header = read(walk, requester, PCI_HEADER);
	layout = iq_field(header, HEADER_LAYOUT);
	if (header == IQ_PCI_NOTHING)
		return false;
	if (!layout)
		iq_hidden_look(walk->buses.pci, walk->buses.segment, requester, ids);
	if (layout == LAYOUT_BRIDGE)
		follow_bridge(walk, requester);
	else if (!layout && walk->root)
		look_at_collector(walk, requester);
	return header & HEADER_MULTIFUNCTION;
}

bool iq_each_port(struct iq_run *run, const struct iq_port_search *search, uint64_t until, iq_port_visit visit,
		  void *context)
{
	struct walk walk = { .search = search, .visit = visit, .context = context };

	iq_buses_start(&walk.buses, &run->pci, search->segment);
	for (unsigned int bus = 0; bus < IQ_BUSES; bus++) {
		walk.root = iq_buses_is_root(&walk.buses, bus);
		if (walk.root ? !iq_pci_may_be_root(&run->pci, search->segment, bus) || (bus && !iq_bus_in(&search->roots, bus))
			      : !iq_bus_in(&walk.buses.named, bus))
			continue;
		if (!iq_buses_each(&walk.buses, bus, iq_bus_in(&walk.link, bus) ? 1 : DEVICES, until, look_at, &walk))
			return false;
	}
	return true;
}
