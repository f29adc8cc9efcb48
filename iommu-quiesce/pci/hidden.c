/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * There is no public specification. Ids, registers and layout are those of Linux, drivers/pci/controller/vmd.c (v6.16): region 0 holds
 * 1 MiB for each bus, as ECAM does, and the first of it is for the first bus.
 */
#include "hidden.h"

#include "buses.h"
#include "pci-registers.h"

#define INTEL 0x8086u

/* Of the endpoint's configuration space. */
#define VMD_REGION	 0x10 /* CFGBAR: Base Address Registers 0 and 1 */
#define   REGION_64	 IQ_MASK(2, 1)
#define   REGION_IS_64	 2u
#define   REGION_IS_PORT IQ_BIT(0)
#define   REGION_FLAGS	 IQ_MASK(3, 0)
#define VMD_CAPABILITY	 0x40
#define   BUSES_RESTRICTED IQ_BIT(0)
#define VMD_CONFIG	 0x44
#define   BUS_OFFSET	 IQ_MASK(9, 8)
#define WITHOUT_OFFSET	 0x201du /* the first device, which has neither of these two registers */

#define BUS_SIZE UINT64_C(0x100000)

static bool is_vmd(uint32_t ids)
{
	static const uint16_t devices[] = { WITHOUT_OFFSET, 0x28c0, 0x467f, 0x4c3d, 0x7d0b, 0x9a0b,
					    0xa77f,	    0xad0b, 0xb06f, 0xb60b };

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(devices); i++)
		if (ids == ((uint32_t)devices[i] << 16 | INTEL))
			return true;
	return false;
}

/* The number of the first bus behind the endpoint in *@bus. False for a setting that is not known. */
static bool first_bus(struct iq_pci *pci, const struct iq_hidden *vmd, uint32_t ids, unsigned int *bus)
{
	static const uint8_t offset[] = { 0, 128, 224 };
	uint64_t setting;

	*bus = 0;
	if (ids >> 16 == WITHOUT_OFFSET ||
	    !(iq_pci_read(pci, vmd->segment, vmd->requester, VMD_CAPABILITY) & BUSES_RESTRICTED))
		return true;
	setting = iq_field(iq_pci_read(pci, vmd->segment, vmd->requester, VMD_CONFIG), BUS_OFFSET);
	if (setting >= IQ_ARRAY_SIZE(offset))
		return false;
	*bus = offset[setting];
	return true;
}

/* Physical address of region 0, 0 if it cannot be read: a function in a state other than D0 does not answer. PCIe 6.0, 5.3.1.4 */
static uint64_t region(struct iq_pci *pci, const struct iq_hidden *vmd)
{
	const uint32_t command = iq_pci_read(pci, vmd->segment, vmd->requester, PCI_COMMAND);
	const uint32_t low = iq_pci_read(pci, vmd->segment, vmd->requester, VMD_REGION);
	const uint16_t power = iq_pci_capability(pci, vmd->segment, vmd->requester, CAPABILITY_POWER);
	uint64_t address = low & ~REGION_FLAGS;

	if (command == IQ_PCI_NOTHING || !(command & COMMAND_MEMORY) || low == IQ_PCI_NOTHING || low & REGION_IS_PORT)
		return 0;
	if (power && iq_pci_read(pci, vmd->segment, vmd->requester, (uint16_t)(power + POWER_CONTROL)) & POWER_STATE)
		return 0;
	if (iq_field(low, REGION_64) == REGION_IS_64)
		address |= (uint64_t)iq_pci_read(pci, vmd->segment, vmd->requester, VMD_REGION + 4) << 32;
	return address;
}

/* A number that no segment has. */
static uint16_t free_segment(const struct iq_pci *pci)
{
	uint16_t segment = UINT16_MAX;

	for (unsigned int i = 0; i < pci->windows;)
		if (pci->window[i].segment == segment) {
			segment--;
			i = 0;
		} else {
			i++;
		}
	return segment;
}

/*
 * Reach what @vmd hides. Its region cannot be sized without writes to the register: it is a power of two in size and begins at a
 * multiple of that. Only buses are read that a bridge behind it leads to, and Linux numbers these by the region's size.
 */
static bool show(struct iq_pci *pci, struct iq_hidden *vmd, uint32_t ids)
{
	const uint64_t base = region(pci, vmd), most = (base & -base) / BUS_SIZE;
	struct iq_mcfg_allocation *window = &pci->window[pci->windows];
	unsigned int first;

	if (pci->io->machine_check || pci->windows == IQ_PCI_WINDOWS || !most || !first_bus(pci, vmd, ids, &first))
		return false;
	if (base < first * BUS_SIZE || !iq_no_wrap(base, IQ_BUSES * BUS_SIZE) ||
	    pci->io->map_registers(pci->io, base, iq_min(most, 2) * BUS_SIZE) != IQ_OK)
		return false;
	vmd->first_bus = (uint8_t)first;
	vmd->shown_as = free_segment(pci);
	*window = (struct iq_mcfg_allocation){
		.base = base - first * BUS_SIZE,
		.segment = vmd->shown_as,
		.first_bus = (uint8_t)first,
		.last_bus = (uint8_t)(first + iq_min(most, IQ_BUSES - first) - 1),
	};
	pci->windows++;
	return true;
}

void iq_hidden_look(struct iq_pci *pci, uint16_t segment, uint16_t requester, uint32_t ids)
{
	struct iq_hidden *vmd = &pci->hidden[pci->hiddens];

	if (!is_vmd(ids) || iq_pci_hidden(pci, segment))
		return;
	for (unsigned int i = 0; i < pci->hiddens; i++)
		if (pci->hidden[i].segment == segment && pci->hidden[i].requester == requester)
			return;
	/* One more than there is room for is met each time anew, and counted once: it is missing. */
	if (pci->hiddens == IQ_PCI_HIDDEN) {
		pci->hidden_dropped = true;
		return;
	}
	*vmd = (struct iq_hidden){ .segment = segment, .requester = requester };
	vmd->shown = show(pci, vmd, ids);
	pci->hiddens++;
}

uint32_t iq_hidden_missing(const struct iq_pci *pci, const struct iq_plan *plan)
{
	uint32_t missing = pci->hidden_dropped;

	for (unsigned int i = 0; i < pci->hiddens; i++)
		missing += !pci->hidden[i].shown && iq_plan_function_mode(plan, pci->hidden[i].segment,
									  pci->hidden[i].requester) != IQ_MODE_PRESERVE;
	return missing;
}
