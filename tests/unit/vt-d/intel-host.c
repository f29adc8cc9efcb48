/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds Intel hosts and crashes them.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define REGISTERS(i) (UINT64_C(0xfed90000) + (i) * 0x10000)
#define ROOT(i)	     (UINT64_C(0x10000000) + (i) * 0x1000)
#define QUEUE(i)     (UINT64_C(0x20000000) + (i)*0x10000)
#define BUFFERS	     UINT64_C(0x50000000)
#define FIRMWARE     UINT64_C(0x7f000000)
#define QUEUE_PAGES  1u /* IQA.QS: two of them, as in Linux with 256-bit descriptors */

struct intel_host *host_new(void)
{
	struct intel_host *host = calloc(1, sizeof(*host));

	crash_start(&host->crash);
	host->next_buffer = BUFFERS;
	model_dmar_start(&host->dmar);
	return host;
}

void host_free(struct intel_host *host)
{
	for (unsigned int i = 0; i < host->units; i++)
		model_vtd_free(&host->unit[i]);
	if (host->before.slot)
		model_memory_free(&host->before);
	crash_free(&host->crash);
	free(host);
}

static int setup(void **state, uint64_t mode)
{
	struct intel_host *host = host_new();

	host->mode = mode;
	*state = host;
	return 0;
}

int host_setup_legacy(void **state)
{
	return setup(state, MODEL_VTD_LEGACY);
}

int host_setup_scalable(void **state)
{
	return setup(state, MODEL_VTD_SCALABLE);
}

int host_teardown(void **state)
{
	host_free(*state);
	return 0;
}

struct model_vtd *host_unit(struct intel_host *host, uint16_t segment, uint64_t mode)
{
	const unsigned int i = host->units;
	struct model_vtd *unit = &host->unit[i];

	if (i == HOST_UNITS)
		abort();
	model_vtd_init(unit, &host->machine, REGISTERS(i), MODEL_VTD_WINDOW);
	model_vtd_start(unit, ROOT(i) | mode, QUEUE(i) | MODEL_VTD_DW | QUEUE_PAGES);
	/* The last descriptors of the kernel: an invalidation and its wait. */
	model_vtd_push(unit, 0x11, 0);
	model_vtd_push(unit, 0x200000025, HOST_SCRATCH + 0x800);
	unit->iqh = unit->iqt;
	host->unit_segment[i] = segment;
	model_dmar_unit(&host->dmar, segment, unit->base, true);
	host->units++;
	return unit;
}

bool host_scalable(const struct model_vtd *unit)
{
	return unit->rtaddr & MODEL_VTD_SCALABLE;
}

static uint64_t root_of(const struct model_vtd *unit)
{
	return unit->rtaddr & ~UINT64_C(0xfff);
}

uint64_t host_buffer(struct intel_host *host)
{
	host->next_buffer += MODEL_PAGE;
	return host->next_buffer - MODEL_PAGE;
}

uint64_t host_second(struct intel_host *host, unsigned int levels)
{
	uint64_t root = model_table_new(&host->tables);

	model_map_second(&host->tables, root, levels, HOST_IOVA, host_buffer(host), 12, MODEL_RW);
	return root;
}

uint64_t host_first(struct intel_host *host, unsigned int levels, uint64_t second)
{
	uint64_t root = model_table_new(&host->tables), page = host_buffer(host), end;

	model_map_guest(&host->tables, root, levels, HOST_IOVA, page, 12, MODEL_RW);
	if (!second)
		return root;
	model_map_second(&host->tables, second, 4, page, page, 12, MODEL_RW);
	/* The first level's own tables must be mapped by the second level too, which may need further tables. */
	end = host->tables.next;
	for (uint64_t table = root; table < end; table += MODEL_PAGE)
		model_map_second(&host->tables, second, 4, table, table, 12, MODEL_RW);
	return root;
}

struct model_device *host_device(struct intel_host *host, struct model_vtd *unit, uint16_t requester)
{
	struct model_device *device = &host->device[host->devices];

	if (host->devices++ == HOST_DEVICES)
		abort();
	model_device_init(device, &host->machine, NULL, requester);
	model_vtd_attach(unit, device);
	return device;
}

struct model_device *host_with_pasids(struct intel_host *host, struct model_vtd *unit, uint16_t requester,
				      unsigned int pdts)
{
	uint64_t directory = model_vtd_directory_new(&host->tables, pdts);

	model_vtd_set_context(&host->tables, root_of(unit), true, requester,
			      directory | MODEL_CONTEXT_SM_PDTS(pdts) | MODEL_CONTEXT_SM_PASIDE | MODEL_CONTEXT_P, 0);
	return host_device(host, unit, requester);
}

uint64_t host_directory(struct intel_host *host, const struct model_vtd *unit, uint16_t requester)
{
	return host_word(host, host_context_address(host, unit, requester)) & ~UINT64_C(0xfff);
}

struct model_device *host_behind(struct intel_host *host, struct model_vtd *unit, uint16_t requester, uint16_t domain,
				 uint64_t root, unsigned int levels)
{
	struct model_device *device;

	if (host_scalable(unit)) {
		device = host_with_pasids(host, unit, requester, 0);
		model_vtd_set_pasid(&host->tables, host_directory(host, unit, requester), 0, MODEL_PASID_SECOND, root,
				    levels, 0, domain);
		return device;
	}
	model_vtd_set_context(&host->tables, root_of(unit), false, requester,
			      root | MODEL_CONTEXT_TABLE | MODEL_CONTEXT_P, MODEL_CONTEXT_DOMAIN(domain, levels));
	return host_device(host, unit, requester);
}

struct model_device *host_translated(struct intel_host *host, struct model_vtd *unit, uint16_t requester,
				     uint16_t domain)
{
	return host_behind(host, unit, requester, domain, host_second(host, 4), 4);
}

struct model_device *host_passthrough(struct intel_host *host, struct model_vtd *unit, uint16_t requester)
{
	struct model_device *device;

	if (host_scalable(unit)) {
		device = host_with_pasids(host, unit, requester, 0);
		model_vtd_set_pasid(&host->tables, host_directory(host, unit, requester), 0, MODEL_PASID_PASSTHROUGH, 0,
				    5, 0, 1);
		return device;
	}
	model_vtd_set_context(&host->tables, root_of(unit), false, requester,
			      MODEL_CONTEXT_PASSTHROUGH | MODEL_CONTEXT_P, MODEL_CONTEXT_DOMAIN(1, 5));
	return host_device(host, unit, requester);
}

uint64_t host_context_address(struct intel_host *host, const struct model_vtd *unit, uint16_t requester)
{
	return model_vtd_context_address(&host->tables, root_of(unit), host_scalable(unit), requester);
}

uint64_t host_word(struct intel_host *host, uint64_t address)
{
	return model_memory_get64(&host->machine.memory, address);
}

void host_ats(struct intel_host *host, struct model_vtd *unit, struct model_device *device)
{
	uint64_t address = host_context_address(host, unit, device->requester);

	/* TT=01b and DTE are the same bit. */
	model_memory_set64(&host->machine.memory, address, host_word(host, address) | MODEL_CONTEXT_ATS);
	device->ats = true;
}

static void keep_memory(struct intel_host *host)
{
	if (host->before.slot)
		model_memory_free(&host->before);
	host->before = model_memory_copy(&host->machine.memory);
}

void host_crash(struct intel_host *host)
{
	uint64_t rsdp;

	model_acpi_start(&host->acpi, &host->machine.memory, FIRMWARE);
	model_acpi_add(&host->acpi, host->dmar.bytes, host->dmar.length);
	rsdp = model_acpi_root(&host->acpi, 2);
	for (unsigned int i = 0; i < host->units; i++) {
		host->unit_before[i] = host->unit[i];
		host->unit[i].forbidden = 0;
	}
	keep_memory(host);
	crash_run(&host->crash, rsdp);
}
