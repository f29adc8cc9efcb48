/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the platform calm. Requests that an IOMMU or a stopped port refuses are answered as unsupported, or aborted, and a read
 * of a hung device's configuration space ends in a completion timeout. A port that reports that as an error, or cuts off what is
 * below it, or a firmware that takes it for an error, ends the machine before the dump is saved.
 */
#include "contain.h"

#include "hidden.h"
#include "port-words.h"
#include "ports.h"
#include "pci-registers.h"
#include "sources.h"

struct containing {
	struct iq_run *run;
	struct iq_record_stage *stage;
	struct iq_port_search search; /* for ports above devices that will be refused, or stopped */
	enum iq_status status;	      /* the first that is not IQ_OK */
};

static void note(struct containing *containing, enum iq_status status)
{
	if (containing->status == IQ_OK)
		containing->status = status;
}

static uint32_t read(struct iq_run *run, const struct iq_record_port *port, unsigned int offset)
{
	return iq_pci_read(&run->pci, iq_pci_segment(&run->pci, port->segment, port->behind), port->requester, (uint16_t)offset);
}

static bool is_bridge(const struct iq_record_port *port)
{
	return port->type != TYPE_COLLECTOR;
}

/* Errors of others are reported by what is a root: a downstream port sends them on. */
static bool is_root(const struct iq_record_port *port)
{
	return port->type != TYPE_DOWNSTREAM;
}

static void read_status(struct iq_run *run, const struct iq_record_port *port, struct iq_port_status *status)
{
	iq_zero(status, sizeof(*status));
	status->device = (uint16_t)(read(run, port, port->express + EXPRESS_DEVICE) >> 16);
	if (is_bridge(port))
		status->secondary = (uint16_t)(read(run, port, PCI_SECONDARY_STATUS) >> 16);
	if (port->aer)
		status->uncorrectable = read(run, port, port->aer + AER_STATUS);
	if (port->aer && is_root(port))
		status->root = read(run, port, port->aer + AER_ROOT_STATUS);
}

/* All that mask() will change, and the errors so far. */
static void look(struct iq_run *run, struct iq_record_port *port)
{
	read_status(run, port, &port->before);
	port->after = port->before;
	if (is_bridge(port))
		port->bridge_control = (uint16_t)(read(run, port, PCI_BRIDGE_CONTROL) >> 16);
	if (is_root(port))
		port->root_control = (uint16_t)read(run, port, port->express + EXPRESS_ROOT);
	if (port->aer)
		port->mask = read(run, port, port->aer + AER_MASK);
	if (port->aer && is_root(port))
		port->root_command = read(run, port, port->aer + AER_ROOT_COMMAND);
	if (port->dpc)
		port->dpc_control = (uint16_t)(read(run, port, port->dpc + DPC_CONTROL) >> 16);
}

static void mask(struct iq_run *run, const struct iq_record_port *port)
{
	struct iq_port_word word[IQ_PORT_WORDS];

	iq_port_words(port, word);
	for (unsigned int i = 0; i < IQ_PORT_WORDS; i++) {
		const uint32_t now = word[i].offset ? read(run, port, word[i].offset) : IQ_PCI_NOTHING;
		const uint32_t wanted = (now & ~word[i].bits) | word[i].quiet;

		if (now != IQ_PCI_NOTHING && wanted != now)
			iq_pci_write(&run->pci, iq_pci_segment(&run->pci, port->segment, port->behind), port->requester,
				     word[i].offset, wanted);
	}
}

/* Evidence before protection; where it finds no room, evidence gives way. */
static void contain_port(void *context, const struct iq_port *found)
{
	struct containing *containing = context;
	struct iq_run *run = containing->run;
	const struct iq_hidden *vmd = iq_pci_hidden(&run->pci, found->segment);
	struct iq_record_port port = {
		.segment = vmd ? vmd->segment : found->segment,
		.behind = vmd ? vmd->requester : 0,
		.requester = found->requester,
		.type = found->type,
		.express = found->express,
		.secondary = found->secondary,
		.subordinate = found->subordinate,
	};

	containing->stage->examined++;
	port.aer = iq_pci_extended(&run->pci, found->segment, port.requester, EXTENDED_AER);
	port.dpc = iq_pci_extended(&run->pci, found->segment, port.requester, EXTENDED_DPC);
	if (!port.aer && !iq_pci_reaches_extended(&run->pci, found->segment, port.requester))
		note(containing, run->pci.no_room ? IQ_NO_ROOM : IQ_UNREACHABLE);
	if (run->ports < IQ_RUN_PORTS) {
		look(run, &port);
		if (iq_record_add(&run->record, &port, sizeof(port)))
			run->ports_recorded++;
		run->port[run->ports++] = port;
	} else {
		note(containing, IQ_NO_ROOM);
	}
	mask(run, &port);
	containing->stage->changed++;
}

static void want(void *context, uint16_t segment, uint16_t requester)
{
	struct containing *containing = context;

	if (segment != containing->search.segment)
		return;
	/* Tables name bridges too, and a root bus has one. */
	iq_bus_add(&containing->search.roots, requester >> 8);
	if (iq_plan_function_mode(&containing->run->plan, segment, requester) != IQ_MODE_PRESERVE)
		iq_bus_add(&containing->search.wanted, requester >> 8);
}

/* Without tables that tell, every bus counts that is not preserved as a whole. */
static void want_all(struct containing *containing)
{
	struct iq_port_search *search = &containing->search;

	for (unsigned int bus = 0; bus < IQ_BUSES; bus++) {
		const struct iq_rule *rule =
			iq_plan_rule(&containing->run->plan, search->segment, (uint16_t)(bus << 8));

		iq_bus_add(&search->roots, bus);
		if (!rule || rule->mode != IQ_MODE_PRESERVE || rule->last < (bus << 8 | 0xff))
			iq_bus_add(&search->wanted, bus);
	}
}

/* Everything behind a VMD is refused with it, or stopped, or nothing is. */
static void want_hidden(struct containing *containing, const struct iq_hidden *vmd)
{
	iq_bus_add(&containing->search.roots, vmd->first_bus);
	if (iq_plan_function_mode(&containing->run->plan, vmd->segment, vmd->requester) == IQ_MODE_PRESERVE)
		return;
	for (unsigned int bus = 0; bus < IQ_BUSES; bus++)
		iq_bus_add(&containing->search.wanted, bus);
}

/* The buses of a segment with devices that will be refused, or stopped. False when it was @until before that was known. */
static bool find_wanted(struct containing *containing, bool all, uint64_t until)
{
	struct iq_run *run = containing->run;
	const struct iq_hidden *vmd = iq_pci_hidden(&run->pci, containing->search.segment);

	if (vmd) {
		want_hidden(containing, vmd);
		return true;
	}
	/* Of a machine that is not scanned only what tables name is known. */
	all = all && iq_may_scan(run);
	if (all)
		want_all(containing);
	for (unsigned int i = 0; i < run->plan.units && !all; i++) {
		struct iq_unit *unit = &run->plan.unit[i];

		if (unit->family->ids_are_requesters && unit->segment != containing->search.segment)
			continue;
		if (unit->status == IQ_OK && !iq_is_shared(run, unit) &&
		    !iq_each_open(run, unit, until, want, containing))
			return false;
	}
	return true;
}

enum iq_status iq_contain(struct iq_run *run, bool all, struct iq_record_stage *stage)
{
	struct containing containing = { .run = run, .stage = stage, .status = IQ_OK };
	const uint64_t until = iq_ports_until(run);
	unsigned int number = 0;
	bool in_time = true;

	run->ports_at = iq_record_section(&run->record, IQ_SECTION_PORTS, IQ_NO_UNIT) ? run->record.open + 1 : NULL;
	while (in_time && iq_next_segment(&run->pci, &number, &containing.search.segment)) {
		iq_bus_none(&containing.search.roots);
		iq_bus_none(&containing.search.wanted);
		in_time = find_wanted(&containing, all, until) &&
			  iq_each_port(run, &containing.search, until, contain_port, &containing);
	}
	stage->skipped = run->pci.slow_buses;
	stage->hidden = iq_hidden_missing(&run->pci, &run->plan);
	if (!in_time)
		return IQ_TIMEOUT;
	if (containing.status == IQ_OK && (stage->skipped || stage->hidden || (all && !iq_may_scan(run))))
		return IQ_SKIPPED;
	return containing.status == IQ_OK && !iq_reaches_units(run) ? IQ_UNREACHABLE : containing.status;
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
	if (run->ports_at)
		iq_copy(run->ports_at, run->port, run->ports_recorded * sizeof(run->port[0]));
	return in_time ? IQ_OK : IQ_TIMEOUT;
}
