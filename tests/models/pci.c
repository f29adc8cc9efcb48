/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration space of PCI functions, and their answers to accesses (PCI Express Base Specification 6.0, chapter 7).
 */
#include "pci.h"

#include "firmware.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_LIST  0x00100000u
#define COMMAND_MASK 0x0000ffffu
#define PENDING	     0x00200000u
#define REPORTING    0x0000000fu /* of Device Control */
#define SERR	     0x00000100u /* of the Command register */
#define FORWARD	     0x00020000u /* of Bridge Control: SERR# Enable */
#define TIMED_OUT    0x00004000u /* of AER: completion timeout */
#define ENABLE_MSI   0x00010000u
#define ENABLE_MSIX  0x80000000u
#define SPACE_SIZE   UINT64_C(0x10000000)
#define VMD_SIZE     UINT64_C(0x2000000)

uint32_t model_pci_word(const struct model_function *function, unsigned int offset)
{
	const uint8_t *at = function->space + offset;

	return (uint32_t)(at[0] | at[1] << 8 | at[2] << 16) | (uint32_t)at[3] << 24;
}

void model_pci_set(struct model_function *function, unsigned int offset, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		function->space[offset + i] = (uint8_t)(value >> 8 * i);
}

static struct model_function *find(struct model_pci *pci, uint16_t segment, uint16_t requester)
{
	for (unsigned int i = 0; i < pci->functions; i++)
		if (pci->function[i].segment == segment && pci->function[i].requester == requester)
			return pci->function[i].gone ? NULL : &pci->function[i];
	return NULL;
}

static bool is_hung(const struct model_pci *pci, uint16_t segment, uint16_t requester)
{
	for (unsigned int i = 0; i < pci->hung_buses; i++)
		if (pci->hung[i].segment == segment && pci->hung[i].bus == requester >> 8)
			return true;
	return false;
}

static bool is_hidden(const struct model_pci *pci, uint16_t segment, uint16_t requester)
{
	for (unsigned int i = 0; i < pci->hidden_runs; i++)
		if (pci->hidden[i].segment == segment && pci->hidden[i].first <= requester >> 8 &&
		    requester >> 8 <= pci->hidden[i].last)
			return true;
	return false;
}

static unsigned int type_of(const struct model_function *function)
{
	return function->space[MODEL_PCI_EXPRESS] == 0x10 ? model_pci_word(function, MODEL_PCI_EXPRESS) >> 20 & 0xf
							  : MODEL_PCI_CONVENTIONAL;
}

/* The bridge right above @bus, NULL if there is none. */
static struct model_function *above(struct model_pci *pci, uint16_t segment, unsigned int bus)
{
	struct model_function *nearest = NULL;

	for (unsigned int i = 0; i < pci->functions; i++) {
		struct model_function *function = &pci->function[i];

		if (function->segment == segment && function->space[0x0e] & 1 && function->space[0x19] <= bus &&
		    bus <= function->space[0x1a] && (!nearest || nearest->space[0x19] < function->space[0x19]))
			nearest = function;
	}
	return nearest;
}

/* A root port or an event collector reports the error to firmware. PCIe 6.0, 6.2.6: system errors and interrupts of a root */
static void tell_firmware(struct model_pci *pci, const struct model_function *root)
{
	pci->errors += (model_pci_word(root, MODEL_PCI_ROOT_CONTROL) & 7) ||
		       (model_pci_word(root, MODEL_PCI_AER + 0x2c) & 7);
}

static void time_out(struct model_pci *pci, uint16_t segment, uint16_t requester)
{
	struct model_function *port = above(pci, segment, requester >> 8);

	pci->machine->clock += pci->timeout;
	while (port && type_of(port) != MODEL_PCI_ROOT_PORT)
		port = above(pci, segment, port->requester >> 8);
	if (!port)
		return;
	model_pci_set(port, MODEL_PCI_AER + 4, model_pci_word(port, MODEL_PCI_AER + 4) | TIMED_OUT);
	if (!(model_pci_word(port, MODEL_PCI_AER + 8) & TIMED_OUT))
		tell_firmware(pci, port);
}

static void cut_off(struct model_pci *pci, struct model_function *port)
{
	pci->cut++;
	for (unsigned int i = 0; i < pci->functions; i++)
		if (pci->function[i].segment == port->segment && port->space[0x19] <= pci->function[i].requester >> 8 &&
		    pci->function[i].requester >> 8 <= port->space[0x1a])
			pci->function[i].gone = true;
}

static void report_to_collector(struct model_pci *pci, const struct model_function *function)
{
	for (unsigned int i = 0; i < pci->functions; i++)
		if (type_of(&pci->function[i]) == MODEL_PCI_COLLECTOR && pci->function[i].segment == function->segment)
			tell_firmware(pci, &pci->function[i]);
}

void model_pci_report(struct model_pci *pci, const struct model_function *function)
{
	struct model_function *port = above(pci, function->segment, function->requester >> 8);

	if (!(model_pci_word(function, MODEL_PCI_EXPRESS + 8) & REPORTING) &&
	    !(model_pci_word(function, MODEL_PCI_COMMAND) & SERR))
		return;
	if (!port) {
		report_to_collector(pci, function);
		return;
	}
	for (; port; port = above(pci, port->segment, port->requester >> 8)) {
		const unsigned int type = type_of(port);

		if (type != MODEL_PCI_UPSTREAM && model_pci_word(port, MODEL_PCI_DPC + 4) >> 16 & 3) {
			cut_off(pci, port);
			return;
		}
		if (!(model_pci_word(port, MODEL_PCI_BRIDGE_CONTROL) & FORWARD))
			return;
		if (type == MODEL_PCI_ROOT_PORT)
			tell_firmware(pci, port);
	}
}

/* A hypervisor or firmware can use the processor at any moment. */
static void count_access(struct model_pci *pci)
{
	if (++pci->accesses == pci->taken_at)
		pci->machine->clock += pci->taken_for;
}

static uint32_t read_word(struct model_pci *pci, uint16_t segment, uint16_t requester, unsigned int offset)
{
	struct model_function *function = find(pci, segment, requester);
	uint32_t word;

	pci->reads++;
	count_access(pci);
	pci->trespasses += is_hidden(pci, segment, requester);
	if (is_hung(pci, segment, requester)) {
		time_out(pci, segment, requester);
		return UINT32_MAX;
	}
	if (!function) {
		pci->machine->clock += pci->absence;
		return UINT32_MAX;
	}
	if (function->in_reset && !offset)
		return 0xffff0001;
	function->hung += function->in_reset;
	word = model_pci_word(function, offset);
	if (offset == MODEL_PCI_EXPRESS + 8) {
		function->looks++;
		if (function->space[MODEL_PCI_COMMAND] & MODEL_PCI_BUS_MASTER || function->looks <= function->pending)
			word |= PENDING;
	}
	return word;
}

/* Bits that writing 1 clears: the status half of a word, error status registers. */
static uint32_t events(const struct model_function *function, unsigned int offset)
{
	if (offset == MODEL_PCI_COMMAND || offset == MODEL_PCI_EXPRESS + 8)
		return 0xffff0000u;
	if (offset == 0x1c && function->space[0x0e] & 1)
		return 0xffff0000u;
	return offset == MODEL_PCI_AER + 4 || offset == MODEL_PCI_AER + 0x30 ? UINT32_MAX : 0;
}

static void write_word(struct model_pci *pci, uint16_t segment, uint16_t requester, unsigned int offset, uint32_t value)
{
	struct model_function *function = find(pci, segment, requester);
	uint32_t clear, old;

	count_access(pci);
	pci->trespasses += is_hidden(pci, segment, requester);
	if (is_hung(pci, segment, requester)) {
		time_out(pci, segment, requester);
		return;
	}
	if (!function)
		return;
	clear = events(function, offset);
	old = model_pci_word(function, offset);
	if (pci->writes < MODEL_CONFIG_WRITES)
		pci->write[pci->writes++] = (struct model_config_write){ segment, requester, offset, old, value };
	value = (old & clear & ~value) | (value & ~clear);
	if (offset == MODEL_PCI_COMMAND && function->disobedient)
		value |= old & MODEL_PCI_BUS_MASTER;
	model_pci_set(function, offset, value);
	if (offset == MODEL_PCI_COMMAND && !(value & MODEL_PCI_BUS_MASTER)) {
		function->looks = 0;
		function->gone = function->leaves;
	}
}

static struct model_pci *model_of(struct iq_config *config)
{
	struct iq_io *io = (struct iq_io *)((char *)config - offsetof(struct iq_io, config));

	return ((struct model_machine *)io)->pci;
}

static bool is_reached(const struct model_pci *pci, uint16_t segment, uint16_t offset)
{
	return pci->ports && !segment && offset < 256 && offset % 4 == 0;
}

static uint32_t port_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	struct model_pci *pci = model_of(config);

	model_machine_call(pci->machine);
	return is_reached(pci, segment, offset) ? read_word(pci, segment, requester, offset) : UINT32_MAX;
}

static void port_write(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value)
{
	struct model_pci *pci = model_of(config);

	model_machine_call(pci->machine);
	if (is_reached(pci, segment, offset))
		write_word(pci, segment, requester, offset, value);
}

static uint64_t window_read(void *device, uint64_t offset, unsigned int width)
{
	struct model_pci *pci = device;

	return width == 32 ? read_word(pci, pci->segment, (uint16_t)((offset >> 12) + pci->shift), offset & 0xfff)
			   : UINT32_MAX;
}

static void window_write(void *device, uint64_t offset, unsigned int width, uint64_t value)
{
	struct model_pci *pci = device;

	pci->window_writes++;
	if (width == 32)
		write_word(pci, pci->segment, (uint16_t)((offset >> 12) + pci->shift), offset & 0xfff, (uint32_t)value);
}

/* Behind a VMD: 1 MiB a bus, as in an ECAM. */
static uint64_t vmd_read(void *device, uint64_t offset, unsigned int width)
{
	const struct model_vmd *vmd = device;

	return width == 32 ? read_word(vmd->pci, vmd->hidden_segment, (uint16_t)((offset >> 12) + (vmd->first_bus << 8)), offset & 0xfff)
			   : UINT32_MAX;
}

static void vmd_write(void *device, uint64_t offset, unsigned int width, uint64_t value)
{
	const struct model_vmd *vmd = device;

	if (width == 32)
		write_word(vmd->pci, vmd->hidden_segment, (uint16_t)((offset >> 12) + (vmd->first_bus << 8)), offset & 0xfff,
			   (uint32_t)value);
}

void model_pci_start(struct model_pci *pci, struct model_machine *machine, bool ports)
{
	pci->machine = machine;
	pci->ports = ports;
	machine->pci = pci;
	machine->io.config.read = ports ? port_read : NULL;
	machine->io.config.write = ports ? port_write : NULL;
}

uint32_t model_pci_ecam(struct model_pci *pci, uint16_t segment, uint64_t base, uint8_t *mcfg)
{
	static const struct model_window_ops ops = { window_read, window_write };
	const uint32_t length = 44 + 16;

	pci->segment = segment;
	pci->ecam = base;
	model_machine_window(pci->machine, base, SPACE_SIZE, &ops, pci);
	memset(mcfg, 0, length);
	memcpy(mcfg, "MCFG", 4);
	for (unsigned int i = 0; i < 8; i++)
		mcfg[44 + i] = (uint8_t)(base >> 8 * i);
	mcfg[52] = (uint8_t)segment;
	mcfg[53] = (uint8_t)(segment >> 8);
	mcfg[55] = 0xff;
	model_acpi_seal(mcfg, length);
	return length;
}

static struct model_function *add(struct model_pci *pci, uint16_t segment, uint16_t requester, unsigned int type)
{
	struct model_function *function = &pci->function[pci->functions];

	if (pci->functions++ == MODEL_FUNCTIONS)
		abort();
	function->segment = segment;
	function->requester = requester;
	model_pci_set(function, 0x00, 0x12345678);
	model_pci_set(function, MODEL_PCI_COMMAND, STATUS_LIST | 0x107);
	if (type == MODEL_PCI_CONVENTIONAL) {
		function->space[0x34] = MODEL_PCI_MSI;
		return function;
	}
	function->space[0x34] = MODEL_PCI_EXPRESS;
	model_pci_set(function, MODEL_PCI_EXPRESS, type << 20 | 2u << 16 | MODEL_PCI_MSI << 8 | 0x10);
	model_pci_set(function, MODEL_PCI_EXPRESS + 8, REPORTING);
	return function;
}

struct model_function *model_pci_endpoint(struct model_pci *pci, uint16_t segment, uint16_t requester,
					  unsigned int type, uint16_t class)
{
	struct model_function *function = add(pci, segment, requester, type);

	model_pci_set(function, 0x08, (uint32_t) class << 16);
	model_pci_set(function, MODEL_PCI_MSI, ENABLE_MSI | MODEL_PCI_MSIX << 8 | 0x05);
	model_pci_set(function, MODEL_PCI_MSIX, ENABLE_MSIX | 0x11);
	return function;
}

struct model_function *model_pci_bridge(struct model_pci *pci, uint16_t segment, uint16_t requester, unsigned int type,
					uint8_t secondary, uint8_t subordinate)
{
	struct model_function *function = add(pci, segment, requester, type);

	model_pci_set(function, 0x08, 0x06040000);
	function->space[0x0e] = 1;
	model_pci_set(function, 0x18, (uint32_t)subordinate << 16 | (uint32_t)secondary << 8 | requester >> 8);
	model_pci_set(function, MODEL_PCI_BRIDGE_CONTROL, 0x00020100);
	model_pci_set(function, MODEL_PCI_MSI, 0x05);
	if (type == MODEL_PCI_ROOT_PORT) {
		model_pci_set(function, MODEL_PCI_ROOT_CONTROL, 7);
		model_pci_set(function, MODEL_PCI_AER + 0x2c, 7);
	}
	if (type != MODEL_PCI_ROOT_PORT && type != MODEL_PCI_DOWNSTREAM)
		return function;
	model_pci_set(function, MODEL_PCI_AER, MODEL_PCI_DPC << 20 | 1u << 16 | 0x0001);
	model_pci_set(function, MODEL_PCI_DPC, 1u << 16 | 0x001d);
	model_pci_set(function, MODEL_PCI_DPC + 4, 0x00020001);
	return function;
}

struct model_function *model_pci_collector(struct model_pci *pci, uint16_t segment, uint16_t requester, uint8_t first,
					   uint8_t last)
{
	struct model_function *function = model_pci_endpoint(pci, segment, requester, MODEL_PCI_COLLECTOR, 0x0807);

	model_pci_set(function, MODEL_PCI_ROOT_CONTROL, 7);
	model_pci_set(function, MODEL_PCI_AER, MODEL_PCI_ASSOCIATION << 20 | 1u << 16 | 0x0001);
	model_pci_set(function, MODEL_PCI_AER + 0x2c, 7);
	model_pci_set(function, MODEL_PCI_ASSOCIATION, 2u << 16 | 0x0007);
	model_pci_set(function, MODEL_PCI_ASSOCIATION + 8, (uint32_t)last << 16 | (uint32_t)first << 8);
	return function;
}

struct model_function *model_pci_vmd(struct model_pci *pci, uint16_t segment, uint16_t requester, uint64_t region,
				     unsigned int first_bus, uint16_t hidden_segment)
{
	static const struct model_window_ops ops = { vmd_read, vmd_write };
	struct model_function *function = model_pci_endpoint(pci, segment, requester, 9, 0x0104);
	struct model_vmd *vmd = &pci->vmd[pci->vmds];

	if (pci->vmds++ == MODEL_VMDS)
		abort();
	*vmd = (struct model_vmd){ pci, hidden_segment, first_bus };
	model_machine_window(pci->machine, region, VMD_SIZE, &ops, vmd);
	model_pci_set(function, 0x00, 0x28c08086);
	model_pci_set(function, 0x10, (uint32_t)region | 4);
	model_pci_set(function, 0x14, (uint32_t)(region >> 32));
	model_pci_set(function, MODEL_VMD_CAPABILITY, 1);
	model_pci_set(function, MODEL_VMD_CONFIG, (first_bus == 224 ? 2u : first_bus == 128) << 8);
	return function;
}

void model_pci_hang(struct model_pci *pci, uint16_t segment, uint8_t bus, uint64_t ticks)
{
	if (pci->hung_buses == MODEL_HUNG_BUSES)
		abort();
	pci->hung[pci->hung_buses].segment = segment;
	pci->hung[pci->hung_buses++].bus = bus;
	pci->timeout = ticks;
}

void model_pci_hide(struct model_pci *pci, uint16_t segment, uint8_t first, uint8_t last)
{
	if (pci->hidden_runs == MODEL_HUNG_BUSES)
		abort();
	pci->hidden[pci->hidden_runs].segment = segment;
	pci->hidden[pci->hidden_runs].first = first;
	pci->hidden[pci->hidden_runs++].last = last;
}

struct model_function *model_pci_virtual(struct model_pci *pci, struct model_function *parent, unsigned int count,
					 unsigned int offset, unsigned int stride)
{
	struct model_function *first = &pci->function[pci->functions];

	model_pci_set(parent, 0x100, MODEL_PCI_SRIOV << 20 | 1u << 16 | 0x0017);
	model_pci_set(parent, MODEL_PCI_SRIOV, 1u << 16 | 0x0010);
	model_pci_set(parent, MODEL_PCI_SRIOV + 8, 1);
	model_pci_set(parent, MODEL_PCI_SRIOV + 0x10, count);
	model_pci_set(parent, MODEL_PCI_SRIOV + 0x14, stride << 16 | offset);
	for (unsigned int i = 0; i < count; i++) {
		struct model_function *function =
			model_pci_endpoint(pci, parent->segment, (uint16_t)(parent->requester + offset + i * stride),
					   MODEL_PCI_ENDPOINT, 0x0200);

		model_pci_set(function, 0x00, UINT32_MAX);
	}
	return first;
}

void model_pci_attach(struct model_function *function, struct model_function *port, struct model_device *device)
{
	device->command = &function->space[MODEL_PCI_COMMAND];
	device->port_command = port ? &port->space[MODEL_PCI_COMMAND] : NULL;
}
