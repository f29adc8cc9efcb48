/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A root port whose Bus Master is off takes no more requests from below: each is answered as unsupported, which contain has
 * masked by then. PCIe 6.0, 7.5.1.1.3
 */
#include "stop-ports.h"

#include "ports.h"
#include "pci-registers.h"

enum iq_status iq_stopped(uint32_t command)
{
	if (command == IQ_PCI_NOTHING)
		return IQ_ABSENT;
	return command & COMMAND_BUS_MASTER ? IQ_STILL_OPEN : IQ_OK;
}

bool iq_has_obeyed(const struct iq_record_device *device)
{
	return device->status == IQ_OK || device->status == IQ_ABSENT;
}

/* Is something below the port that has to go on? */
static bool is_shared(const struct iq_plan *plan, const struct iq_port *port)
{
	for (unsigned int i = 0; i < plan->rules; i++) {
		const struct iq_rule *rule = &plan->rule[i];

		if (!rule->unit && rule->segment == port->segment && rule->mode != IQ_MODE_BLOCK &&
		    rule->reason != IQ_REASON_NOT_STOPPED && rule->first >> 8 <= port->subordinate &&
		    rule->last >> 8 >= port->secondary)
			return true;
	}
	return false;
}

static void stop_port(void *context, const struct iq_port *port)
{
	struct iq_run *run = context;
	const uint16_t segment = port->segment, requester = port->requester;
	struct iq_record_device device = { .segment = segment, .requester = requester, .flags = IQ_DEVICE_PORT };
	uint64_t start;
	uint32_t command;

	if (port->type != TYPE_ROOT_PORT || is_shared(&run->plan, port) ||
	    iq_plan_function_mode(&run->plan, segment, requester) != IQ_MODE_BLOCK)
		return;
	command = iq_pci_read(&run->pci, segment, requester, PCI_COMMAND);
	if (command == IQ_PCI_NOTHING || !(command & COMMAND_BUS_MASTER))
		return;
	device.command = (uint16_t)command;
	start = run->io->now(run->io);
	iq_pci_write(&run->pci, segment, requester, PCI_COMMAND, device.command & ~(uint32_t)COMMAND_BUS_MASTER);
	device.status = (uint16_t)iq_stopped(iq_pci_read(&run->pci, segment, requester, PCI_COMMAND));
	device.took = (uint32_t)iq_min(run->io->now(run->io) - start, UINT32_MAX);
	iq_record_item(&run->record, IQ_SECTION_DEVICES, IQ_NO_UNIT, &device, sizeof(device));
}

static void add_root(void *context, uint16_t segment, uint16_t requester)
{
	struct iq_port_search *search = context;

	if (segment == search->segment)
		iq_bus_add(&search->roots, requester >> 8);
}

/* The buses of a segment with devices that did not obey. A device behind a VMD sends through the VMD, which has no port above it. */
static void find_wanted(const struct iq_run *run, unsigned int devices, struct iq_port_search *search)
{
	for (unsigned int i = 0; i < devices; i++)
		if (!iq_has_obeyed(&run->device[i]) && !run->device[i].behind && run->device[i].segment == search->segment)
			iq_bus_add(&search->wanted, run->device[i].requester >> 8);
}

void iq_stop_ports(struct iq_run *run, unsigned int devices, enum iq_scan scan)
{
	const uint64_t until = iq_devices_until(run);
	struct iq_port_search search;
	unsigned int number = 0;
	bool in_time = true;

	while (in_time && iq_next_segment(&run->pci, &number, &search.segment)) {
		iq_bus_none(&search.roots);
		iq_bus_none(&search.wanted);
		find_wanted(run, devices, &search);
		if (!iq_bus_any(&search.wanted, 0, IQ_BUSES - 1))
			continue;
		in_time = iq_each_source(run, scan, add_root, &search) &&
			  iq_each_port(run, &search, until, stop_port, run);
	}
}
