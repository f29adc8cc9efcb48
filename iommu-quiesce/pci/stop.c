/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stopping DMA at its source. All functions lose Bus Master Enable first; then there is one wait for all of them.
 */
#include "stop.h"

#include "class.h"
#include "hidden.h"
#include "pci.h"
#include "pci-registers.h"
#include "sources.h"
#include "stop-ports.h"

/* The devices that are stopped together, and how that goes. */
struct stopping {
	struct iq_run *run;
	struct iq_record_stage *stage;
	enum iq_scan scan;    /* what tables do not tell */
	bool modes;	      /* there is an IOMMU that gives modes between block and preserve */
	bool unnamed;	      /* no table of firmware's says which devices it uses */
	bool needed;	      /* a storage or network device was left alone, and not by the administrator's word */
	uint64_t needed_at;   /* the first: its place, as in @stage->address */
	unsigned int devices; /* in run->device */
	enum iq_status status;
};

static uint16_t segment_of(const struct iq_run *run, const struct iq_record_device *device)
{
	return iq_pci_segment(&run->pci, device->segment, device->behind);
}

/* The requester id of its DMA. */
static uint16_t dma_id(const struct iq_record_device *device)
{
	return device->behind ? device->behind : device->requester;
}

static uint32_t read(struct iq_run *run, const struct iq_record_device *device, uint16_t offset)
{
	return iq_pci_read(&run->pci, segment_of(run, device), device->requester, offset);
}

static void write(struct iq_run *run, const struct iq_record_device *device, uint16_t offset, uint32_t value)
{
	iq_pci_write(&run->pci, segment_of(run, device), device->requester, offset, value);
}

/* Bits of the status half are cleared by ones: zeros are written there. PCIe 6.0, 7.5.1.1.4 */
static void clear_bus_master(struct iq_run *run, const struct iq_record_device *device)
{
	/* SERR# Enable makes a function report errors whatever its Device Control says. PCIe 6.0, 6.2.5 */
	write(run, device, PCI_COMMAND,
	      (device->command & ~(uint32_t)(COMMAND_BUS_MASTER | COMMAND_SERR)) | (uint32_t)COMMAND_INTX_DISABLE);
}

static void clear_enable(struct iq_record_device *device, const struct iq_pci_list *list, uint32_t enable,
			 uint16_t flag)
{
	if (!(list->word & enable))
		return;
	iq_pci_write(list->pci, list->segment, list->requester, list->at, list->word & ~enable);
	device->flags |= flag;
}

/* What the function asked for last may be refused or never answered: it is not to report that. Status bits are cleared by ones. */
static void keep_quiet(struct iq_run *run, struct iq_record_device *device)
{
	const uint32_t word = read(run, device, device->express + EXPRESS_DEVICE);

	if (word == IQ_PCI_NOTHING)
		return;
	device->control = (uint16_t)word;
	if (word & DEVICE_REPORTING)
		write(run, device, device->express + EXPRESS_DEVICE, device->control & ~(uint32_t)DEVICE_REPORTING);
}

/*
 * Find out where the function says that transactions are pending, and switch its interrupt messages off. Messages are writes,
 * which Bus Master has stopped already: without this a driver that turns Bus Master on again could meet a storm of them.
 */
static void look_through(struct iq_run *run, struct iq_record_device *device)
{
	struct iq_pci_list list;

	iq_pci_list_start(&list, &run->pci, segment_of(run, device), device->requester);
	while (iq_pci_list_next(&list))
		switch (list.word & CAPABILITY_ID) {
		case CAPABILITY_EXPRESS:
			device->express = list.at;
			keep_quiet(run, device);
			break;
		case CAPABILITY_MSI:
			clear_enable(device, &list, (uint32_t)MSI_ENABLE, IQ_DEVICE_MSI);
			break;
		case CAPABILITY_MSIX:
			clear_enable(device, &list, (uint32_t)MSIX_ENABLE, IQ_DEVICE_MSIX);
			break;
		}
}

/* One look at a function that was stopped. False if it has transactions pending. */
static bool look_again(struct iq_run *run, struct iq_record_device *device, uint64_t since)
{
	uint32_t command, express;

	/* The answer to a read does not overtake what the function wrote before it: all of that has arrived then. PCIe 6.0, 2.4.1 */
	command = read(run, device, PCI_COMMAND);
	express = device->express ? read(run, device, device->express + EXPRESS_DEVICE) : 0;
	device->status = (uint16_t)iq_stopped(command);
	if (device->status == IQ_ABSENT && iq_pci_slow(&run->pci, segment_of(run, device), device->requester >> 8))
		device->status = IQ_SKIPPED; /* hung, it may go on */
	if (device->status == IQ_OK && express & TRANSACTIONS_PENDING) {
		device->flags |= IQ_DEVICE_PENDING;
		device->status = IQ_TIMEOUT;
		return false;
	}
	device->took = (uint32_t)iq_min(run->io->now(run->io) - since, UINT32_MAX);
	return true;
}

/* Look until @until at all that are not known to be done. True if one of them has transactions pending. */
static bool look_at_all(struct stopping *stopping, uint64_t since, uint64_t until)
{
	struct iq_run *run = stopping->run;
	bool pending = false;

	for (unsigned int i = 0; i < stopping->devices && iq_in_time(run, until); i++) {
		struct iq_record_device *device = &run->device[i];

		if (device->status == IQ_INTERRUPTED || device->status == IQ_TIMEOUT)
			pending |= !look_again(run, device, since);
	}
	return pending;
}

/*
 * Look at each device once, and again and again at those with transactions pending until one wait's time is over. Nobody is
 * looked at after @limit.
 */
static void wait_for_all(struct stopping *stopping, uint64_t limit)
{
	struct iq_run *run = stopping->run;
	const uint64_t since = run->io->now(run->io);
	bool pending = look_at_all(stopping, since, limit);
	const uint64_t until = iq_wait_until(run);

	while (pending && iq_wait_more(run, until))
		pending = look_at_all(stopping, since, limit);
}

static uint64_t place_of(uint16_t segment, uint16_t requester)
{
	return (uint64_t)segment << 16 | requester;
}

/*
 * A device that goes on may read on: refused writes are silent, a read that is refused is what some platforms die of. Rules that are
 * there already come before this one.
 */
static void let_read(struct iq_plan *plan, const struct iq_record_device *device)
{
	const struct iq_rule rule = { .segment = device->segment, .first = dma_id(device), .last = dma_id(device),
				      .mode = IQ_MODE_BLOCK_WRITES, .reason = IQ_REASON_NOT_STOPPED };
	struct iq_rule *last = plan->rules ? &plan->rule[plan->rules - 1] : NULL;

	if (last && last->reason == rule.reason && last->segment == rule.segment && last->last + 1 == rule.first)
		last->last++;
	else
		iq_plan_add_rule(plan, &rule);
}

static void judge(struct stopping *stopping, const struct iq_record_device *device)
{
	if (iq_has_obeyed(device))
		return;
	stopping->stage->open++;
	let_read(&stopping->run->plan, device);
	if (stopping->status != IQ_OK)
		return;
	/* IQ_INTERRUPTED as a stage's status would end the sequence: here it says of a device that there was no time for a look. */
	stopping->status = device->status == IQ_INTERRUPTED ? IQ_TIMEOUT : (enum iq_status)device->status;
	stopping->stage->address = place_of(device->segment, dma_id(device));
}

/* Stop those that were found so far. They are written down before, and again with what became of them. */
static void stop_all(struct stopping *stopping)
{
	struct iq_run *run = stopping->run;
	/* Most of the room is for the words of tables that will be changed. */
	const unsigned int kept =
		(unsigned int)iq_min(stopping->devices, iq_record_room(&run->record) / 4 / sizeof(run->device[0]));
	const uint32_t size = kept * (uint32_t)sizeof(run->device[0]);
	const uint64_t limit = iq_devices_until(run);
	void *item;

	if (!stopping->devices)
		return;
	item = kept ? iq_record_item(&run->record, IQ_SECTION_DEVICES, IQ_NO_UNIT, run->device, size) : NULL;
	iq_record_drop(&run->record, stopping->devices - kept);
	/* The last first: a VMD comes after those behind it, which still send through it. */
	for (unsigned int i = stopping->devices; i-- > 0 && iq_in_time(run, limit);)
		clear_bus_master(run, &run->device[i]);
	for (unsigned int i = 0; i < stopping->devices && iq_in_time(run, limit); i++)
		look_through(run, &run->device[i]);
	wait_for_all(stopping, limit);
	if (item)
		iq_copy(item, run->device, size);
	for (unsigned int i = 0; i < stopping->devices; i++)
		judge(stopping, &run->device[i]);
	if (stopping->stage->open && run->flags & IQ_HANDOVER_STOP_PORTS)
		iq_stop_ports(run, stopping->devices, stopping->scan);
	stopping->stage->changed += stopping->devices;
	stopping->devices = 0;
}

/* Is a unit on, with tables that begin where they can be read? It gives modes between block and preserve. */
static bool gives_modes(const struct iq_run *run)
{
	struct iq_memory *memory = &run->io->memory;

	for (unsigned int i = 0; i < run->plan.units && !(run->flags & IQ_HANDOVER_NO_BLOCK); i++) {
		const struct iq_unit *unit = &run->plan.unit[i];

		if (unit->status == IQ_OK && memory->map(memory, unit->family->tables(unit), IQ_PAGE_SIZE))
			return true;
	}
	return false;
}

/* A scan and a table can both name it. Devices of earlier batches show Bus Master off. */
static bool is_found(const struct stopping *stopping, uint16_t segment, uint16_t requester)
{
	const struct iq_run *run = stopping->run;

	for (unsigned int i = 0; i < stopping->devices; i++)
		if (run->device[i].requester == requester && segment_of(run, &run->device[i]) == segment)
			return true;
	return false;
}

/* Is the function, with these words of its configuration space, to go on? Where a mode cannot be had it is block, as in the tables. */
static bool is_left_alone(struct stopping *stopping, uint16_t segment, uint16_t requester, uint32_t ids, uint32_t class)
{
	struct iq_plan *plan = &stopping->run->plan;
	const enum iq_mode mode = iq_plan_function_mode(plan, segment, requester);
	const struct iq_rule *rule = iq_plan_rule(plan, segment, requester);

	if (mode == IQ_MODE_PRESERVE && rule->reason != IQ_REASON_POLICY && iq_class_is_needed(class)) {
		if (!stopping->needed)
			stopping->needed_at = place_of(segment, requester);
		stopping->needed = true;
	}
	if (mode == IQ_MODE_PRESERVE || (mode != IQ_MODE_BLOCK && stopping->modes))
		return true;
	return !rule && stopping->unnamed && iq_class_is_firmware(class, ids);
}

static void consider(void *context, uint16_t segment, uint16_t requester)
{
	struct stopping *stopping = context;
	struct iq_run *run = stopping->run;
	const struct iq_hidden *vmd = iq_pci_hidden(&run->pci, segment);
	/* Policy knows what a VMD hides by the requester id of its DMA. */
	const uint16_t known_segment = vmd ? vmd->segment : segment, known = vmd ? vmd->requester : requester;
	uint32_t ids, command, class;

	stopping->stage->examined++;
	if (stopping->scan && is_found(stopping, segment, requester))
		return;
	/* All ones at once are the ids of a virtual function. */
	if (!iq_pci_ids(&run->pci, segment, requester, &ids) || iq_pci_in_reset(ids))
		return;
	iq_hidden_look(&run->pci, segment, requester, ids);
	command = iq_pci_read(&run->pci, segment, requester, PCI_COMMAND);
	if (command == IQ_PCI_NOTHING || !(command & COMMAND_BUS_MASTER))
		return;
	class = iq_pci_read(&run->pci, segment, requester, PCI_CLASS);
	if (iq_class_is_platform(class, iq_pci_read(&run->pci, segment, requester, PCI_HEADER)))
		return;
	if (is_left_alone(stopping, known_segment, known, ids, class)) {
		stopping->stage->preserved++;
		return;
	}
	run->device[stopping->devices++] = (struct iq_record_device){
		.segment = known_segment,
		.requester = requester,
		.behind = vmd ? vmd->requester : 0,
		.command = (uint16_t)command,
		.status = IQ_INTERRUPTED,
	};
	if (stopping->devices == IQ_RUN_DEVICES)
		stop_all(stopping);
}

enum iq_status iq_stop(struct iq_run *run, struct iq_record_stage *stage)
{
	struct stopping stopping = {
		.run = run,
		.stage = stage,
		.scan = iq_scan_needed(run),
		.modes = gives_modes(run),
		.unnamed = run->planned == IQ_NOT_FOUND,
		.status = IQ_OK,
	};
	bool all;

	if (!run->io->config.write && !run->pci.windows)
		return IQ_UNREACHABLE;
	iq_pci_ask_again(&run->pci);
	all = iq_each_source(run, stopping.scan, consider, &stopping);
	stop_all(&stopping);
	stage->skipped = run->pci.slow_buses;
	stage->hidden = iq_hidden_missing(&run->pci, &run->plan);
	if (stopping.status != IQ_OK)
		return stopping.status;
	if (!all)
		return IQ_TIMEOUT;
	if (stage->skipped || stage->hidden || (stopping.scan && !iq_may_scan(run)))
		return IQ_SKIPPED;
	if (run->pci.no_room)
		return IQ_NO_ROOM;
	if (!iq_reaches_units(run))
		return IQ_UNREACHABLE;
	stage->address = stopping.needed_at;
	return stopping.needed ? IQ_PRESERVED : IQ_OK;
}
