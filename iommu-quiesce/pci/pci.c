/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reaching configuration space, and finding capabilities in lists that may be damaged.
 */
#include "pci.h"

#include "firmware/acpi.h"
#include "registers.h"

#define LEGACY_SIZE  256u
#define CONFIG_SIZE  4096u
#define HEADER_SIZE  64u
#define CAPABILITIES 48u  /* as many as fit behind a header of 64 bytes */
#define EXTENDED     480u /* the same, behind the first 256 bytes, at 8 bytes each */

static uint32_t config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	return iq_pci_read((struct iq_pci *)config, segment, requester, offset);
}

void iq_pci_start(struct iq_pci *pci, struct iq_io *io)
{
	iq_zero(pci, sizeof(*pci));
	pci->config.read = config_read;
	pci->io = io;
}

enum iq_status iq_pci_from_acpi(struct iq_pci *pci, uint64_t rsdp, void *scratch, uint32_t size)
{
	struct iq_memory *memory = &pci->io->memory;
	struct iq_structure structure;
	struct iq_acpi_table table;
	struct iq_walk walk;
	enum iq_status status = iq_acpi_find(memory, rsdp, IQ_MCFG_SIGNATURE, &table);

	if (status != IQ_OK)
		return status;
	if (table.length > size)
		return IQ_NO_ROOM;
	if (!iq_memory_read(memory, table.address, scratch, table.length))
		return IQ_UNREACHABLE;
	iq_mcfg_allocations(&walk, scratch, table.length);
	while (iq_walk_next(&walk, &structure) && !structure.flaw && pci->windows < IQ_PCI_WINDOWS) {
		struct iq_mcfg_allocation *window = &pci->window[pci->windows];

		iq_mcfg_decode(&structure, window);
		if (window->base && !(window->base & ~IQ_PAGE_MASK) && iq_no_wrap(window->base, UINT64_C(0x10000000)))
			pci->windows++;
	}
	return IQ_OK;
}

bool iq_pci_reaches(const struct iq_pci *pci, uint16_t segment)
{
	for (unsigned int i = 0; i < pci->windows; i++)
		if (pci->window[i].segment == segment)
			return true;
	return !segment && pci->io->config.write;
}

/* Does the machine's own way lead there? */
static bool is_legacy(const struct iq_pci *pci, uint16_t segment, uint16_t offset)
{
	return !segment && offset < LEGACY_SIZE && pci->io->config.read;
}

static uint32_t read_legacy(struct iq_pci *pci, uint16_t requester, uint16_t offset)
{
	return pci->io->config.read(&pci->io->config, 0, requester, offset);
}

/* Physical address of the memory-mapped space of a function, 0 if it has none that can be believed. */
static uint64_t function_at(struct iq_pci *pci, uint16_t segment, uint16_t requester)
{
	const unsigned int bus = requester >> 8;

	for (unsigned int i = 0; i < pci->windows; i++) {
		const struct iq_mcfg_allocation *window = &pci->window[i];
		const uint64_t address = window->base + requester * MCFG_FUNCTION_SIZE;

		if (window->segment != segment || bus < window->first_bus || bus > window->last_bus)
			continue;
		if (address == pci->mapped)
			return address;
		if (pci->io->map_registers(pci->io, address, CONFIG_SIZE) != IQ_OK ||
		    (is_legacy(pci, segment, 0) &&
		     pci->io->read32(pci->io, address + PCI_CLASS) != read_legacy(pci, requester, PCI_CLASS)))
			return 0;
		pci->mapped = address;
		return address;
	}
	return 0;
}

uint32_t iq_pci_read(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset)
{
	uint64_t address;

	if (offset >= CONFIG_SIZE || offset % 4)
		return IQ_PCI_NOTHING;
	if (is_legacy(pci, segment, offset))
		return read_legacy(pci, requester, offset);
	address = function_at(pci, segment, requester);
	return address ? pci->io->read32(pci->io, address + offset) : IQ_PCI_NOTHING;
}

void iq_pci_write(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value)
{
	struct iq_config *config = &pci->io->config;
	uint64_t address;

	if (offset >= CONFIG_SIZE || offset % 4)
		return;
	if (is_legacy(pci, segment, offset)) {
		if (config->write)
			config->write(config, segment, requester, offset, value);
		return;
	}
	address = function_at(pci, segment, requester);
	if (address)
		pci->io->write32(pci->io, address + offset, value);
}

bool iq_pci_in_reset(uint32_t ids)
{
	return iq_field(ids, IDS_VENDOR) == VENDOR_RETRY;
}

void iq_pci_list_start(struct iq_pci_list *list, struct iq_pci *pci, uint16_t segment, uint16_t requester)
{
	const uint32_t word = iq_pci_read(pci, segment, requester, PCI_COMMAND);

	*list = (struct iq_pci_list){ .pci = pci, .segment = segment, .requester = requester, .left = CAPABILITIES };
	if (word != IQ_PCI_NOTHING && word & STATUS_CAPABILITIES)
		list->next = (uint16_t)iq_pci_read(pci, segment, requester, PCI_CAPABILITIES) & 0xfc;
}

bool iq_pci_list_next(struct iq_pci_list *list)
{
	if (list->next < HEADER_SIZE || !list->left--)
		return false;
	list->at = list->next;
	list->word = iq_pci_read(list->pci, list->segment, list->requester, list->at);
	list->next = (uint16_t)(list->word >> 8) & 0xfc;
	return list->word != IQ_PCI_NOTHING;
}

uint16_t iq_pci_capability(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint8_t id)
{
	struct iq_pci_list list;

	iq_pci_list_start(&list, pci, segment, requester);
	while (iq_pci_list_next(&list))
		if ((list.word & CAPABILITY_ID) == id)
			return list.at;
	return 0;
}

uint16_t iq_pci_extended(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t id)
{
	uint16_t at = LEGACY_SIZE;

	for (unsigned int i = 0; i < EXTENDED && at >= LEGACY_SIZE; i++) {
		const uint32_t word = iq_pci_read(pci, segment, requester, at);

		if (!word || word == IQ_PCI_NOTHING)
			return 0;
		if ((word & 0xffff) == id)
			return at;
		at = (uint16_t)(word >> 20) & 0xffc;
	}
	return 0;
}

bool iq_pci_root_port(struct iq_pci *pci, uint16_t segment, uint16_t requester, struct iq_root_port *port)
{
	uint32_t buses;

	if (iq_field(iq_pci_read(pci, segment, requester, PCI_HEADER), HEADER_LAYOUT) != 1)
		return false;
	port->express = iq_pci_capability(pci, segment, requester, CAPABILITY_EXPRESS);
	if (!port->express ||
	    iq_field(iq_pci_read(pci, segment, requester, port->express), EXPRESS_TYPE) != TYPE_ROOT_PORT)
		return false;
	buses = iq_pci_read(pci, segment, requester, PCI_BUSES);
	port->secondary = (uint8_t)iq_field(buses, BUS_SECONDARY);
	port->subordinate = (uint8_t)iq_field(buses, BUS_SUBORDINATE);
	return buses != IQ_PCI_NOTHING;
}
