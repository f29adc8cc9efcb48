/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acts as a Linux capture kernel on a VT-d unit that translates: it switches the queue off and sets up its own, copies the context
 * entries that are present, and gives its own devices the lowest domain ids that these entries do not use.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#define ADDRESS	       UINT64_C(0xfffffffffffff000)
#define CAPTURE_QUEUE  UINT64_C(0x58000000)
#define CAPTURE_TABLES UINT64_C(0x59000000)
#define TABLES_OF_UNIT UINT64_C(0x100000)
#define CAPTURE_STEPS  100000u
#define DRIVER_ID      0xf000u /* requester id of the first device that gets a driver */
#define FIRST_DOMAIN   2u      /* FLPT_DEFAULT_DID + 1 */

static void set_command(struct model_vtd *unit, uint32_t bit, bool set)
{
	struct model_machine *machine = unit->machine;
	uint32_t keep = machine->io.read32(&machine->io, unit->base + MODEL_VTD_GSTS) & 0x96ffffff;

	machine->io.write32(&machine->io, unit->base + MODEL_VTD_GCMD, set ? keep | bit : keep & ~bit);
	for (unsigned int i = 0; i < CAPTURE_STEPS; i++)
		if (!(machine->io.read32(&machine->io, unit->base + MODEL_VTD_GSTS) & bit) != set)
			return;
	fail_msg("DMAR hardware is malfunctioning: GSTS does not follow");
}

/* Like dmar_disable_qi() and dmar_enable_qi(). The kernel panics if they fail. */
static void set_up_queue(struct intel_host *host, struct model_vtd *unit)
{
	unsigned int steps = 0;

	host->machine.io.map_registers(&host->machine.io, unit->base, MODEL_PAGE);
	unit->fsts &= ~(uint32_t)MODEL_VTD_PFO;
	if (unit->gsts & MODEL_VTD_QIE) {
		while (unit->iqh != unit->iqt) {
			if (++steps == CAPTURE_STEPS)
				fail_msg("DMAR hardware is malfunctioning: the queue does not drain");
			model_machine_steps(&host->machine, 1);
		}
		set_command(unit, MODEL_VTD_QIE, false);
	}
	host->machine.io.write64(&host->machine.io, unit->base + MODEL_VTD_IQT, 0);
	host->machine.io.write64(&host->machine.io, unit->base + MODEL_VTD_IQA,
				 CAPTURE_QUEUE | 1 | (unit->ecap & MODEL_VTD_ECAP_SMTS ? MODEL_VTD_DW : 0));
	set_command(unit, MODEL_VTD_QIE, true);
}

static void flush_all(struct model_vtd *unit)
{
	model_vtd_push(unit, 0x11, 0);
	if (host_scalable(unit))
		model_vtd_push(unit, 0x37, 0);
	model_vtd_push(unit, 0x12, 0);
	model_vtd_push(unit, 0x100000025, HOST_SCRATCH + 0x900);
	assert_true(model_vtd_drain(unit));
	assert_int_equal(unit->fsts & (MODEL_VTD_IQE | MODEL_VTD_ITE), 0);
}

/* Address of the old context table of @requester; 0 if there is none, or it is outside of memory. */
static uint64_t old_table(struct intel_host *host, const struct model_vtd *unit, uint32_t requester)
{
	const uint64_t slot = (unit->root & ADDRESS) + (requester >> 8) * 16u +
			      (host_scalable(unit) && requester & 0x80 ? 8 : 0);
	uint64_t table, word;

	if (!model_memory_read(&host->machine.memory, slot, &table, sizeof(table), true) || !(table & 1))
		return 0;
	table &= ADDRESS;
	return model_memory_read(&host->machine.memory, table, &word, sizeof(word), true) ? table : 0;
}

/* Like copy_translation_tables(): copy the first 16 bytes of entries, and mark the field that it reads as domain id. */
static void copy_entries(struct intel_host *host, struct model_vtd *unit, struct model_tables *tables, uint64_t root,
			 bool *taken)
{
	const bool scalable = host_scalable(unit);
	const uint32_t size = scalable ? 32 : 16, per_table = (uint32_t)MODEL_PAGE / size;

	for (uint32_t first = 0; first < 0x10000; first += per_table) {
		const uint64_t table = old_table(host, unit, first);

		for (uint32_t i = 0; table && i < per_table; i++) {
			const uint64_t word0 = host_word(host, table + i * size);
			const uint64_t word1 = host_word(host, table + i * size + 8);

			if (!(word0 & MODEL_CONTEXT_P))
				continue;
			taken[word1 >> 8 & 0xffff] = true;
			model_vtd_set_context(tables, root, scalable, (uint16_t)(first + i), word0, word1);
		}
	}
}

/* Set up a device as a driver of the capture kernel does: HOST_IOVA and HOST_TARGET lead to a page of that kernel. */
static void attach_driver(struct model_vtd *unit, struct model_tables *tables, struct model_device *device, uint16_t domain)
{
	const uint64_t root = unit->root & ADDRESS;
	const uint64_t second = model_table_new(tables), page = model_table_new(tables);
	const unsigned int levels = unit->cap >> 10 & 1 ? 4 : 3; /* SAGAW */

	model_map_second(tables, second, levels, HOST_IOVA, page, 12, MODEL_RW);
	model_map_second(tables, second, levels, HOST_TARGET, page, 12, MODEL_RW);
	if (host_scalable(unit)) {
		const uint64_t directory = model_vtd_directory_new(tables, 0);

		model_vtd_set_pasid(tables, directory, 0, MODEL_PASID_SECOND, second, levels, 0, domain);
		model_vtd_set_context(tables, root, true, device->requester, directory | MODEL_CONTEXT_P, 0);
	} else {
		model_vtd_set_context(tables, root, false, device->requester,
				      second | MODEL_CONTEXT_TABLE | MODEL_CONTEXT_P, MODEL_CONTEXT_DOMAIN(domain, levels));
	}
	model_vtd_flush_buffers(unit); /* like iommu_flush_write_buffer() */
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(model_dma(device, i ? HOST_TARGET : HOST_IOVA, true, MODEL_NO_PASID).physical & ADDRESS,
				 page);
}

void assert_capture_takes_over(struct intel_host *host, struct model_vtd *unit)
{
	struct capture *capture = &host->capture[unit - host->unit];
	uint64_t root;

	capture->tables = (struct model_tables){ &host->machine.memory,
						 CAPTURE_TABLES + (uint64_t)(unit - host->unit) * TABLES_OF_UNIT };
	root = model_table_new(&capture->tables);
	set_up_queue(host, unit);
	flush_all(unit);
	copy_entries(host, unit, &capture->tables, root, capture->taken);
	host->machine.io.write64(&host->machine.io, unit->base + MODEL_VTD_RTADDR, root | (unit->rtaddr & ~ADDRESS));
	set_command(unit, MODEL_VTD_SRTP, true);
	flush_all(unit);
	assert_true(unit->gsts & MODEL_VTD_TE);
}

void assert_capture_drives_devices(struct intel_host *host, struct model_vtd *unit)
{
	struct capture *capture = &host->capture[unit - host->unit];
	const uint32_t domains = 1u << (4 + 2 * (unit->cap & 7));
	uint32_t domain = FIRST_DOMAIN;

	for (unsigned int i = 0; i < CAPTURE_DEVICES; i++) {
		while (domain < domains && capture->taken[domain])
			domain++;
		if (domain == domains)
			return;
		capture->taken[domain] = true;
		model_device_init(&capture->device[i], &host->machine, NULL, (uint16_t)(DRIVER_ID + i));
		model_vtd_attach(unit, &capture->device[i]);
		attach_driver(unit, &capture->tables, &capture->device[i], (uint16_t)domain);
	}
}

bool host_is_capture_page(uint64_t physical)
{
	return physical >= CAPTURE_TABLES && physical < CAPTURE_TABLES + HOST_UNITS * TABLES_OF_UNIT;
}
