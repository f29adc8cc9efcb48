/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A root port whose Bus Master is off takes no more requests from below: each is answered as unsupported, which contain has
 * masked by then. PCIe 6.0, 7.5.1.1.3
 */
#include "stop-ports.h"

#include "registers.h"
#include "sources.h"

struct search {
	struct iq_run *run;
	unsigned int devices;
};

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

static bool is_below(const struct iq_record_device *device, uint16_t segment, const struct iq_root_port *port)
{
	const unsigned int bus = device->requester >> 8;

	return device->segment == segment && port->secondary <= bus && bus <= port->subordinate;
}

/* Is there a device below the port that did not obey? */
static bool is_wanted(const struct search *search, uint16_t segment, const struct iq_root_port *port)
{
	for (unsigned int i = 0; i < search->devices; i++) {
		const struct iq_record_device *device = &search->run->device[i];

		if (!iq_has_obeyed(device) && is_below(device, segment, port))
			return true;
	}
	return false;
}

/* Is something below the port that has to go on? */
static bool is_shared(const struct iq_plan *plan, uint16_t segment, const struct iq_root_port *port)
{
	for (unsigned int i = 0; i < plan->rules; i++) {
		const struct iq_rule *rule = &plan->rule[i];

		if (!rule->unit && rule->segment == segment && rule->mode != IQ_MODE_BLOCK &&
		    rule->first >> 8 <= port->subordinate &&
		    rule->last >> 8 >= port->secondary)
			return true;
	}
	return false;
}

static void consider(void *context, uint16_t segment, uint16_t requester)
{
	const struct search *search = context;
	struct iq_run *run = search->run;
	struct iq_record_device device = { .segment = segment, .requester = requester, .flags = IQ_DEVICE_PORT };
	struct iq_root_port port;
	uint64_t start;
	uint32_t command;

	if (!iq_pci_root_port(&run->pci, segment, requester, &port) || !is_wanted(search, segment, &port) ||
	    is_shared(&run->plan, segment, &port) || iq_plan_function_mode(&run->plan, segment, requester) != IQ_MODE_BLOCK)
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

void iq_stop_ports(struct iq_run *run, unsigned int devices, bool scan)
{
	struct search search = { run, devices };

	iq_each_source(run, scan, consider, &search);
}
