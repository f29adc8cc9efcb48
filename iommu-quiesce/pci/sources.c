/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can do DMA: the requester ids that tables let through, and where those do not tell all the functions that a scan
 * finds, too.
 */
#include "sources.h"

#include "buses.h"
#include "hidden.h"
#include "pci-registers.h"

bool iq_is_shared(const struct iq_run *run, const struct iq_unit *unit)
{
	for (unsigned int i = 0; i < unit->index; i++)
		if (iq_same_tables(&run->plan.unit[i], unit))
			return true;
	return false;
}

bool iq_each_open(struct iq_run *run, struct iq_unit *unit, uint64_t until, iq_visit visit, void *context)
{
	struct iq_function function;
	iq_source_id id = 0;

	/* Bound: ids go up to the last that the tables name, and time ends. */
	do {
		if (!unit->family->crash->next_open(&run->io->memory, unit, &id))
			return true;
		if (!iq_in_time(run, until))
			return false;
		if (iq_plan_function(&run->plan, unit, id, &function))
			visit(context, function.segment, function.requester);
	} while (++id);
	return true;
}

/* A scan of one segment. */
struct scan {
	struct iq_run *run;
	iq_visit visit;
	void *context;
	struct iq_buses buses;
	bool served; /* tables tell of the bus at hand: only its bridges are of interest */
};

/*
 * The requester ids of virtual functions follow from their parent's. With a stride of 0 there is room for one. PCIe 6.0, 9.3.3
 */
static void tell_virtual(struct scan *scan, uint16_t requester)
{
	struct iq_pci *pci = &scan->run->pci;
	const uint16_t at = iq_pci_extended(pci, scan->buses.segment, requester, EXTENDED_SRIOV);
	uint32_t count, place, stride, id;

	if (!at || !(iq_pci_read(pci, scan->buses.segment, requester, at + SRIOV_CONTROL) & VF_ENABLE))
		return;
	count = iq_pci_read(pci, scan->buses.segment, requester, at + SRIOV_COUNT) & 0xffff;
	place = iq_pci_read(pci, scan->buses.segment, requester, at + SRIOV_OFFSET);
	stride = place >> 16;
	id = requester + (place & 0xffff);
	for (uint32_t i = 0; i < (stride ? count : iq_min(count, 1)) && id <= UINT16_MAX; i++, id += stride) {
		if (!iq_in_time(scan->run, scan->run->time.half))
			return;
		scan->visit(scan->context, scan->buses.segment, (uint16_t)id);
	}
}

/* True if the device of this function may have more. */
static bool scan_function(void *context, uint16_t requester)
{
	struct scan *scan = context;
	struct iq_pci *pci = &scan->run->pci;
	unsigned int first, last;
	uint32_t ids, header;
	uint64_t layout;

	/* A virtual function has no ids of its own: its parent tells of it. */
	if (!iq_pci_ids(pci, scan->buses.segment, requester, &ids) || ids == IQ_PCI_NOTHING)
		return false;
	if (iq_pci_in_reset(ids))
		return true;
	header = iq_pci_read(pci, scan->buses.segment, requester, PCI_HEADER);
	layout = iq_field(header, HEADER_LAYOUT);
	if (!layout)
		iq_hidden_look(pci, scan->buses.segment, requester, ids);
	if ((layout == LAYOUT_BRIDGE || layout == LAYOUT_CARDBUS) && iq_buses_below(&scan->buses, requester, &first, &last))
		iq_bus_add(&scan->buses.named, first);
	if (scan->served)
		return header & HEADER_MULTIFUNCTION;
	scan->visit(scan->context, scan->buses.segment, requester);
	tell_virtual(scan, requester);
	return header & HEADER_MULTIFUNCTION;
}

/*
 * The first bus from @bus on whose functions no unit serves, IQ_BUSES if there is none. Not one that firmware's table of
 * configuration space leaves out of the segment.
 */
static unsigned int next_unserved(const struct iq_run *run, uint16_t segment, unsigned int bus)
{
	while ((bus = iq_plan_next_unserved(&run->plan, segment, bus)) < IQ_BUSES) {
		bool known = false;

		for (unsigned int i = 0; i < run->pci.windows; i++) {
			const struct iq_mcfg_allocation *window = &run->pci.window[i];

			known |= window->segment == segment;
			if (window->segment == segment && window->first_bus <= bus && bus <= window->last_bus)
				return bus;
		}
		if (!known)
			return bus;
		bus++;
	}
	return IQ_BUSES;
}

/* The functions of a segment, all or those that no unit serves. False when time is up. */
static bool scan_segment(struct iq_run *run, uint16_t segment, enum iq_scan which, iq_visit visit, void *context)
{
	struct scan scan = { .run = run, .visit = visit, .context = context };

	iq_buses_start(&scan.buses, &run->pci, segment);
	for (unsigned int bus = 0; bus < IQ_BUSES; bus++) {
		/* What is neither below a bridge nor a root bus is not read: firmware may have hidden it. */
		if (iq_buses_is_root(&scan.buses, bus) ? !iq_pci_may_be_root(&run->pci, segment, bus)
						       : !iq_bus_in(&scan.buses.named, bus))
			continue;
		/* Its bridges are still read: one may lead to a bus that no unit serves. */
		scan.served = which == IQ_SCAN_UNSERVED && next_unserved(run, segment, bus) != bus;
		if (!iq_buses_each(&scan.buses, bus, IQ_FUNCTIONS / 8, run->time.half, scan_function, &scan))
			return false;
	}
	return true;
}

static bool scan_all(struct iq_run *run, enum iq_scan which, iq_visit visit, void *context)
{
	unsigned int number = 0;
	uint16_t segment;
	bool done = true;

	while (done && iq_next_segment(&run->pci, &number, &segment))
		done = iq_pci_hidden(&run->pci, segment) || scan_segment(run, segment, which, visit, context);
	return done;
}

/* What VMDs hide: no table names it. */
static bool scan_hidden(struct iq_run *run, iq_visit visit, void *context)
{
	bool done = true;

	for (unsigned int i = 0; done && i < run->pci.hiddens && iq_may_scan(run); i++)
		done = !run->pci.hidden[i].shown || scan_segment(run, run->pci.hidden[i].shown_as, IQ_SCAN_ALL, visit, context);
	return done;
}

static bool tables_tell_all(const struct iq_run *run)
{
	for (unsigned int i = 0; i < run->plan.units; i++) {
		const struct iq_unit *unit = &run->plan.unit[i];

		if (unit->status == IQ_NOTHING)
			continue;
		if (unit->status != IQ_OK || !unit->family->readable(&run->io->memory, unit))
			return false;
	}
	return run->plan.units && !run->plan.units_left_out;
}

static bool serves_every_bus(const struct iq_run *run)
{
	unsigned int number = 0;
	uint16_t segment;

	while (iq_next_segment(&run->pci, &number, &segment))
		if (!iq_pci_hidden(&run->pci, segment) && next_unserved(run, segment, 0) < IQ_BUSES)
			return false;
	return true;
}

enum iq_scan iq_scan_needed(const struct iq_run *run)
{
	if (!tables_tell_all(run))
		return IQ_SCAN_ALL;
	/* Without root buses, the scan would read buses that firmware may have hidden, for devices whose DMA nobody translates anyway. */
	return !run->pci.roots || serves_every_bus(run) ? IQ_SCAN_NOBODY : IQ_SCAN_UNSERVED;
}

bool iq_may_scan(const struct iq_run *run)
{
	return !run->io->machine_check;
}

bool iq_reaches_units(const struct iq_run *run)
{
	for (unsigned int i = 0; i < run->plan.units; i++)
		if (run->plan.unit[i].status != IQ_NOTHING && !iq_pci_reaches(&run->pci, run->plan.unit[i].segment))
			return false;
	return true;
}

bool iq_each_source(struct iq_run *run, enum iq_scan scan, iq_visit visit, void *context)
{
	if (scan && iq_may_scan(run) && !scan_all(run, scan, visit, context))
		return false;
	for (unsigned int i = 0; i < run->plan.units; i++) {
		struct iq_unit *unit = &run->plan.unit[i];

		if (unit->status == IQ_OK && !iq_is_shared(run, unit) &&
		    !iq_each_open(run, unit, run->time.half, visit, context))
			return false;
	}
	return scan_hidden(run, visit, context);
}
