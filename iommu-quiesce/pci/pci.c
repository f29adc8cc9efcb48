/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reaching configuration space, and finding capabilities in lists that may be damaged.
 */
#include "pci.h"

#include "firmware/acpi.h"
#include "pci-registers.h"

#define LEGACY_SIZE  256u
#define CONFIG_SIZE  4096u
#define BUS_SIZE     UINT64_C(0x100000) /* of a bus in memory. PCIe 6.0, 7.2.2 */
#define LARGE_SIZE   UINT64_C(0x200000)
#define HEADER_SIZE  64u
#define CAPABILITIES 48u  /* as many as fit behind a header of 64 bytes */
#define EXTENDED     480u /* the same, behind the first 256 bytes, at 8 bytes each */
#define SLOW_ANSWERS 2u	  /* of a bus: no more of it is asked */
/* A root complex waits 10 ms at least where it follows the recommendation of PCIe 6.0, 2.8; a function that is not there is known
 * to be so within microseconds. */
#define SLOW_US 30000u

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

const struct iq_hidden *iq_pci_hidden(const struct iq_pci *pci, uint16_t segment)
{
	for (unsigned int i = 0; i < pci->hiddens; i++)
		if (pci->hidden[i].shown && pci->hidden[i].shown_as == segment)
			return &pci->hidden[i];
	return NULL;
}

uint16_t iq_pci_segment(const struct iq_pci *pci, uint16_t segment, uint16_t behind)
{
	for (unsigned int i = 0; i < pci->hiddens && behind; i++)
		if (pci->hidden[i].segment == segment && pci->hidden[i].requester == behind)
			return pci->hidden[i].shown_as;
	return segment;
}

void iq_pci_add_roots(struct iq_pci *pci, const struct iq_root_buses *root, unsigned int roots)
{
	for (unsigned int i = 0; i < roots && pci->roots < IQ_ROOT_SEGMENTS; i++)
		pci->root[pci->roots++] = root[i];
}

bool iq_pci_may_be_root(const struct iq_pci *pci, uint16_t segment, unsigned int bus)
{
	bool limited = pci->roots;

	/* It has one root bus, which is in no list (iq_buses_start()). */
	if (iq_pci_hidden(pci, segment))
		return true;
	for (unsigned int i = 0; i < pci->roots; i++)
		if (pci->root[i].segment == segment && pci->root[i].bus[bus / 8] >> bus % 8 & 1)
			return true;
	for (unsigned int i = 0; i < pci->windows && !pci->roots; i++) {
		if (pci->window[i].segment != segment)
			continue;
		limited = true;
		if (pci->window[i].first_bus <= bus && bus <= pci->window[i].last_bus)
			return true;
	}
	return !limited;
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

/*
 * Map the space of the function at @address: with all that lies in the same 2 MiB if @window has that, since a machine may need a
 * page of its own for each of its large pages that is mapped in part.
 */
static bool map_space(struct iq_pci *pci, const struct iq_mcfg_allocation *window, uint64_t address)
{
	const uint64_t large = address & ~(LARGE_SIZE - 1), first = window->base + window->first_bus * BUS_SIZE;
	const uint64_t end = window->base + (window->last_bus + UINT64_C(1)) * BUS_SIZE;
	const bool whole = large >= first && large + LARGE_SIZE <= end;
	const uint64_t at = whole ? large : address;
	enum iq_status status = IQ_OK;

	if (at == pci->window_at)
		return true;
	if (whole)
		status = pci->io->map_registers(pci->io, at, LARGE_SIZE);
	if (whole && status == IQ_OK) {
		pci->window_at = at;
		return true;
	}
	status = pci->io->map_registers(pci->io, address, CONFIG_SIZE);
	pci->no_room |= status == IQ_NO_ROOM;
	return status == IQ_OK;
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
		if (!map_space(pci, window, address) ||
		    (is_legacy(pci, segment, 0) &&
		     pci->io->read32(pci->io, address + PCI_CLASS) != read_legacy(pci, requester, PCI_CLASS)))
			return 0;
		pci->mapped = address;
		return address;
	}
	return 0;
}

static uint32_t read_word(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset)
{
	uint64_t address;

	if (is_legacy(pci, segment, offset))
		return read_legacy(pci, requester, offset);
	address = function_at(pci, segment, requester);
	return address ? pci->io->read32(pci->io, address + offset) : IQ_PCI_NOTHING;
}

static void write_word(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value)
{
	struct iq_config *config = &pci->io->config;
	uint64_t address;

	if (is_legacy(pci, segment, offset)) {
		if (config->write)
			config->write(config, segment, requester, offset, value);
		return;
	}
	address = function_at(pci, segment, requester);
	if (!address)
		return;
	pci->io->write32(pci->io, address + offset, value);
	/* A VMD takes writes as posted ones: a read waits for them. Linux, drivers/pci/controller/vmd.c */
	if (iq_pci_hidden(pci, segment))
		pci->io->read32(pci->io, address + offset);
}

/* Has an access that began at @since taken as long as one that nobody answers? */
static bool is_long(const struct iq_pci *pci, uint64_t since)
{
	return pci->io->now(pci->io) - since >= iq_ticks(pci->io, SLOW_US);
}

/* The place of @bus in pci->slow[]; pci->slow_buses if it has none. */
static unsigned int find_slow(const struct iq_pci *pci, uint16_t segment, unsigned int bus)
{
	unsigned int i = 0;

	while (i < pci->slow_buses && (pci->slow[i].segment != segment || pci->slow[i].bus != bus))
		i++;
	return i;
}

unsigned int iq_pci_slow(const struct iq_pci *pci, uint16_t segment, unsigned int bus)
{
	const unsigned int i = find_slow(pci, segment, bus);

	return i < pci->slow_buses ? pci->slow[i].first + pci->slow[i].later : 0;
}

/* Is @requester's bus skipped? @first: for functions that have not answered yet. */
static bool is_skipped(const struct iq_pci *pci, uint16_t segment, uint16_t requester, bool first)
{
	unsigned int i;

	if (!pci->slow_buses)
		return false;
	i = find_slow(pci, segment, requester >> 8);
	return i < pci->slow_buses &&
	       (pci->slow[i].later >= SLOW_ANSWERS || (first && pci->slow[i].first >= SLOW_ANSWERS));
}

/* The word at @offset. *@slow: it took long to read all ones, which is also what no answer reads as. */
static uint32_t read_timed(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, bool *slow)
{
	const uint64_t since = pci->io->now(pci->io);
	const uint32_t word = read_word(pci, segment, requester, offset);

	*slow = word == IQ_PCI_NOTHING && is_long(pci, since);
	return word;
}

/* Count a slow answer of @requester's bus. @first: of a function that has not answered yet. */
static void count_slow(struct iq_pci *pci, uint16_t segment, uint16_t requester, bool first)
{
	const unsigned int i = find_slow(pci, segment, requester >> 8);
	uint8_t *count;

	if (i == IQ_PCI_SLOW)
		return;
	if (i == pci->slow_buses) {
		pci->slow_buses++;
		pci->slow[i] = (struct iq_slow_bus){ .segment = segment, .bus = (uint8_t)(requester >> 8) };
	}
	count = first ? &pci->slow[i].first : &pci->slow[i].later;
	if (*count < SLOW_ANSWERS)
		++*count;
}

/*
 * A hypervisor or firmware that takes the processor away for a while looks like a hung function. So a bus that was not slow before
 * gets a second chance. It gets none where no more buses can be counted: there it would get one each time.
 */
static bool has_second_chance(const struct iq_pci *pci, uint16_t segment, uint16_t requester)
{
	return pci->slow_buses < IQ_PCI_SLOW && find_slow(pci, segment, requester >> 8) == pci->slow_buses;
}

/* The same as read_timed(), where slow answers count. */
static uint32_t ask(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, bool first, bool *slow)
{
	uint32_t word = read_timed(pci, segment, requester, offset, slow);

	if (*slow && has_second_chance(pci, segment, requester))
		word = read_timed(pci, segment, requester, offset, slow);
	if (*slow)
		count_slow(pci, segment, requester, first);
	return word;
}

void iq_pci_ask_again(struct iq_pci *pci)
{
	for (unsigned int i = 0; i < pci->slow_buses; i++)
		pci->slow[i].first = 0;
}

uint32_t iq_pci_read(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset)
{
	bool slow;

	if (offset >= CONFIG_SIZE || offset % 4 || is_skipped(pci, segment, requester, false))
		return IQ_PCI_NOTHING;
	return ask(pci, segment, requester, offset, false, &slow);
}

bool iq_pci_ids(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint32_t *ids)
{
	bool slow;

	*ids = IQ_PCI_NOTHING;
	if (is_skipped(pci, segment, requester, true))
		return false;
	*ids = ask(pci, segment, requester, PCI_IDS, true, &slow);
	return !slow;
}

void iq_pci_write(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value)
{
	uint64_t since;
	bool slow = true;

	if (offset >= CONFIG_SIZE || offset % 4 || is_skipped(pci, segment, requester, false))
		return;
	since = pci->io->now(pci->io);
	/* Writes to configuration space are answered, too: they are no posted requests. PCIe 6.0, 2.1.1.2 */
	write_word(pci, segment, requester, offset, value);
	if (!is_long(pci, since))
		return;
	/* A write has no answer to look at: its second chance is to be asked who it is. */
	if (has_second_chance(pci, segment, requester))
		read_timed(pci, segment, requester, PCI_IDS, &slow);
	if (slow)
		count_slow(pci, segment, requester, false);
}

bool iq_pci_reaches_extended(struct iq_pci *pci, uint16_t segment, uint16_t requester)
{
	return !is_skipped(pci, segment, requester, false) && function_at(pci, segment, requester);
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

uint32_t iq_pci_express(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint16_t *express)
{
	*express = iq_pci_capability(pci, segment, requester, CAPABILITY_EXPRESS);
	return *express ? (uint32_t)iq_field(iq_pci_read(pci, segment, requester, *express), EXPRESS_TYPE) : TYPE_NONE;
}
