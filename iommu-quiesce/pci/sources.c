/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can do DMA: the requester ids that tables let through, and where those do not tell all the functions that a scan
 * finds, too.
 */
#include "sources.h"

#include "registers.h"

#define BUSES	  256u
#define FUNCTIONS 256u /* of a bus: 32 devices of 8 */

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
	uint16_t segment;
	uint8_t below[BUSES / 8]; /* bus numbers that bridges have for what is below them */
	uint8_t named[BUSES / 8]; /* those of them that a bridge leads to */
};

static bool has(const uint8_t *set, unsigned int bus)
{
	return set[bus / 8] >> bus % 8 & 1;
}

static void add(uint8_t *set, unsigned int bus)
{
	set[bus / 8] = (uint8_t)(set[bus / 8] | 1u << bus % 8);
}

static void know_bridge(struct scan *scan, uint16_t requester)
{
	const uint32_t buses = iq_pci_read(&scan->run->pci, scan->segment, requester, PCI_BUSES);
	const unsigned int first = (unsigned int)iq_field(buses, BUS_SECONDARY);

	/* Behind itself a bridge cannot lead. */
	if (buses == IQ_PCI_NOTHING || first <= requester >> 8)
		return;
	add(scan->named, first);
	for (unsigned int bus = first; bus <= iq_field(buses, BUS_SUBORDINATE); bus++)
		add(scan->below, bus);
}

/*
 * PCI Express Base Specification 6.0, 9.3.3: the requester ids of virtual functions follow from their parent's. Two with
 * a stride of 0 would be the same.
 */
static void tell_virtual(struct scan *scan, uint16_t requester)
{
	struct iq_pci *pci = &scan->run->pci;
	const uint16_t at = iq_pci_extended(pci, scan->segment, requester, EXTENDED_SRIOV);
	uint32_t count, place, stride, id;

	if (!at || !(iq_pci_read(pci, scan->segment, requester, at + SRIOV_CONTROL) & VF_ENABLE))
		return;
	count = iq_pci_read(pci, scan->segment, requester, at + SRIOV_COUNT) & 0xffff;
	place = iq_pci_read(pci, scan->segment, requester, at + SRIOV_OFFSET);
	stride = place >> 16;
	id = requester + (place & 0xffff);
	for (uint32_t i = 0; i < (stride ? count : iq_min(count, 1)) && id <= UINT16_MAX; i++, id += stride) {
		if (!iq_in_time(scan->run, scan->run->time.half))
			return;
		scan->visit(scan->context, scan->segment, (uint16_t)id);
	}
}

/* True if the device of this function has more. */
static bool scan_function(struct scan *scan, uint16_t requester)
{
	struct iq_pci *pci = &scan->run->pci;
	const uint32_t ids = iq_pci_read(pci, scan->segment, requester, PCI_IDS);
	uint64_t layout;
	uint32_t header;

	/* A virtual function has no ids of its own, and is its parent's to tell. */
	if (ids == IQ_PCI_NOTHING)
		return false;
	if (iq_pci_in_reset(ids))
		return true;
	header = iq_pci_read(pci, scan->segment, requester, PCI_HEADER);
	layout = iq_field(header, HEADER_LAYOUT);
	if (layout == 1 || layout == 2)
		know_bridge(scan, requester);
	scan->visit(scan->context, scan->segment, requester);
	tell_virtual(scan, requester);
	return header & HEADER_MULTIFUNCTION;
}

/* Roots first: a bus that no bridge has among its numbers is a root bus, or nothing is there. False when time is up. */
static bool scan_segment(struct scan *scan)
{
	for (unsigned int bus = 0; bus < BUSES; bus++) {
		if (has(scan->below, bus) && !has(scan->named, bus))
			continue;
		for (unsigned int function = 0; function < FUNCTIONS; function++) {
			if (!iq_in_time(scan->run, scan->run->time.half))
				return false;
			if (!scan_function(scan, (uint16_t)(bus << 8 | function)) && !(function % 8))
				function += 7;
		}
	}
	return true;
}

static bool was_scanned(const struct iq_pci *pci, unsigned int window)
{
	if (!pci->window[window].segment)
		return true;
	for (unsigned int i = 0; i < window; i++)
		if (pci->window[i].segment == pci->window[window].segment)
			return true;
	return false;
}

static bool scan_all(struct iq_run *run, iq_visit visit, void *context)
{
	struct scan scan = { .run = run, .visit = visit, .context = context };
	bool done = scan_segment(&scan);

	for (unsigned int i = 0; i < run->pci.windows && done; i++) {
		if (was_scanned(&run->pci, i))
			continue;
		scan = (struct scan){ .run = run, .visit = visit, .context = context };
		scan.segment = run->pci.window[i].segment;
		done = scan_segment(&scan);
	}
	return done;
}

bool iq_tables_tell_all(const struct iq_run *run)
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

bool iq_each_source(struct iq_run *run, bool scan, iq_visit visit, void *context)
{
	if (scan && !scan_all(run, visit, context))
		return false;
	for (unsigned int i = 0; i < run->plan.units; i++) {
		struct iq_unit *unit = &run->plan.unit[i];

		if (unit->status == IQ_OK && !iq_is_shared(run, unit) &&
		    !iq_each_open(run, unit, run->time.half, visit, context))
			return false;
	}
	return true;
}
