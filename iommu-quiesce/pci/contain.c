/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the platform calm. Requests that an IOMMU refuses are answered as unsupported, or aborted; a root port that
 * reports that as an error, or a firmware that takes it for one, ends the machine before the dump is saved.
 */
#include "contain.h"

#include "registers.h"
#include "sources.h"

#define BUSES 256u
/* What a refused request can be called. PCIe 6.0, 7.8.4.3 */
#define REFUSALS ((uint32_t)(COMPLETION_TIMEOUT | COMPLETER_ABORT | UNSUPPORTED_REQUEST))

struct containing {
	struct iq_run *run;
	struct iq_record_stage *stage;
	bool blocked[BUSES]; /* there is a device on that bus whose requests will be refused */
	bool no_room;
};

static uint32_t read(struct iq_run *run, const struct iq_record_port *port, unsigned int offset)
{
	return iq_pci_read(&run->pci, port->segment, port->requester, (uint16_t)offset);
}

/* Clear @clear and set @set in the word at @offset. None of them has bits that are cleared by ones. */
static void change(struct iq_run *run, const struct iq_record_port *port, unsigned int offset, uint64_t clear,
		   uint64_t set)
{
	const uint32_t word = read(run, port, offset);
	const uint32_t wanted = (word & ~(uint32_t)clear) | (uint32_t)set;

	if (word != IQ_PCI_NOTHING && wanted != word)
		iq_pci_write(&run->pci, port->segment, port->requester, (uint16_t)offset, wanted);
}

static void read_status(struct iq_run *run, const struct iq_record_port *port, struct iq_port_status *status)
{
	status->device = (uint16_t)(read(run, port, port->express + EXPRESS_DEVICE) >> 16);
	status->secondary = (uint16_t)(read(run, port, PCI_SECONDARY_STATUS) >> 16);
	status->uncorrectable = port->aer ? read(run, port, port->aer + AER_STATUS) : 0;
	status->root = port->aer ? read(run, port, port->aer + AER_ROOT_STATUS) : 0;
}

/* All that mask() will change, and what changes by itself. */
static void look(struct iq_run *run, struct iq_record_port *port)
{
	read_status(run, port, &port->before);
	port->after = port->before;
	port->bridge_control = (uint16_t)(read(run, port, PCI_BRIDGE_CONTROL) >> 16);
	port->root_control = (uint16_t)read(run, port, port->express + EXPRESS_ROOT);
	if (port->aer) {
		port->mask = read(run, port, port->aer + AER_MASK);
		port->root_command = read(run, port, port->aer + AER_ROOT_COMMAND);
	}
	if (port->dpc)
		port->dpc_control = (uint16_t)(read(run, port, port->dpc + DPC_CONTROL) >> 16);
}

static void mask(struct iq_run *run, const struct iq_record_port *port)
{
	change(run, port, PCI_BRIDGE_CONTROL, BRIDGE_SERR, 0);
	change(run, port, port->express + EXPRESS_ROOT, ROOT_SERR, 0);
	if (port->aer) {
		change(run, port, port->aer + AER_MASK, 0, REFUSALS);
		change(run, port, port->aer + AER_ROOT_COMMAND, ROOT_REPORTING, 0);
	}
	if (port->dpc)
		change(run, port, port->dpc + DPC_CONTROL, DPC_TRIGGER, 0);
}

static void find_blocked(void *context, uint16_t segment, uint16_t requester)
{
	struct containing *containing = context;

	if (iq_plan_function_mode(&containing->run->plan, segment, requester) != IQ_MODE_PRESERVE)
		containing->blocked[requester >> 8] = true;
}

static void contain_port(void *context, uint16_t segment, uint16_t requester)
{
	struct containing *containing = context;
	struct iq_run *run = containing->run;
	struct iq_record_port port = { .segment = segment, .requester = requester };
	struct iq_root_port found;
	bool above = false;

	containing->stage->examined++;
	if (iq_pci_in_reset(iq_pci_read(&run->pci, segment, requester, PCI_IDS)) ||
	    !iq_pci_root_port(&run->pci, segment, requester, &found))
		return;
	for (unsigned int bus = found.secondary; bus <= found.subordinate; bus++)
		above |= containing->blocked[bus];
	if (!above)
		return;
	port.express = found.express;
	port.secondary = found.secondary;
	port.subordinate = found.subordinate;
	port.aer = iq_pci_extended(&run->pci, segment, requester, EXTENDED_AER);
	port.dpc = iq_pci_extended(&run->pci, segment, requester, EXTENDED_DPC);
	if (run->ports == IQ_RUN_PORTS) {
		/* Evidence gives way, not protection. */
		containing->no_room = true;
		mask(run, &port);
		containing->stage->changed++;
		return;
	}
	look(run, &port);
	run->port[run->ports++] = port;
}

enum iq_status iq_contain(struct iq_run *run, struct iq_record_stage *stage)
{
	struct containing containing = { .run = run, .stage = stage };
	/* Not what stage stop has left: what is not masked reports what is refused next. */
	uint64_t until = iq_devices_until(run);
	bool in_time = true;

	for (unsigned int i = 0; i < run->plan.units && in_time; i++) {
		struct iq_unit *unit = &run->plan.unit[i];

		if (unit->status != IQ_OK || iq_is_shared(run, unit))
			continue;
		iq_zero(containing.blocked, sizeof(containing.blocked));
		in_time = iq_each_open(run, unit, until, find_blocked, &containing) &&
			  iq_each_open(run, unit, until, contain_port, &containing);
	}
	if (run->ports)
		run->ports_recorded = iq_record_item(&run->record, IQ_SECTION_PORTS, IQ_NO_UNIT, run->port,
						     run->ports * (uint32_t)sizeof(run->port[0]));
	until = iq_devices_until(run);
	for (unsigned int i = 0; i < run->ports; i++) {
		if (!iq_in_time(run, until))
			return IQ_TIMEOUT;
		mask(run, &run->port[i]);
		stage->changed++;
	}
	if (!in_time)
		return IQ_TIMEOUT;
	return containing.no_room ? IQ_NO_ROOM : IQ_OK;
}

/* Events that were not there before. A port that is gone says all ones. */
static bool is_new(uint32_t before, uint32_t after)
{
	return after != IQ_PCI_NOTHING && after & ~before;
}

enum iq_status iq_contain_verify(struct iq_run *run, struct iq_record_stage *stage)
{
	bool in_time = true;

	for (unsigned int i = 0; i < run->ports && in_time; i++) {
		struct iq_record_port *port = &run->port[i];
		const struct iq_port_status *before = &port->before, *after = &port->after;

		read_status(run, port, &port->after);
		stage->examined++;
		stage->open += is_new(before->uncorrectable, after->uncorrectable) || is_new(before->root, after->root);
		in_time = iq_in_time(run, run->time.deadline);
	}
	if (run->ports_recorded)
		iq_copy(run->ports_recorded, run->port, run->ports * sizeof(run->port[0]));
	return in_time ? IQ_OK : IQ_TIMEOUT;
}
