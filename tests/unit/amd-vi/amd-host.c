/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds AMD hosts and crashes them.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define REGISTERS(i)   (UINT64_C(0xfd000000) + (i) * 0x80000)
#define DEVICE_TABLE(s) (UINT64_C(0x10000000) + (s) * 0x400000)
#define COMMANDS(i)    (UINT64_C(0x20000000) + (i) * 0x100000)
#define EVENTS(i)      (UINT64_C(0x28000000) + (i) * 0x100000)
#define FIRMWARE       UINT64_C(0x7f000000)
#define RING_512       (UINT64_C(9) << 56)
#define FIRST_COMMAND  0x1f0u

struct amd_host *host_new(void)
{
	struct amd_host *host = calloc(1, sizeof(*host));

	crash_start(&host->crash);
	model_memory_init(&host->before);
	host->before.ranges = host->machine.memory.ranges;
	memcpy(host->before.ram, host->machine.memory.ram, sizeof(host->before.ram));
	model_ivrs_start(&host->ivrs);
	return host;
}

void host_free(struct amd_host *host)
{
	for (unsigned int i = 0; i < host->units; i++)
		model_amdvi_free(&host->unit[i]);
	model_memory_free(&host->before);
	crash_free(&host->crash);
	free(host);
}

int host_setup(void **state)
{
	*state = host_new();
	return 0;
}

int host_teardown(void **state)
{
	host_free(*state);
	return 0;
}

void host_set_entry(struct amd_host *host, const struct model_amdvi *unit, uint16_t requester,
		    const struct model_amdvi_entry *entry)
{
	if (!model_memory_write(&host->machine.memory, model_amdvi_entry_address(unit, requester), entry->word,
				sizeof(entry->word)))
		abort();
}

struct model_amdvi_entry host_entry(struct amd_host *host, const struct model_amdvi *unit, uint16_t requester)
{
	struct model_amdvi_entry entry;

	if (!model_memory_read(&host->machine.memory, model_amdvi_entry_address(unit, requester), entry.word,
			       sizeof(entry.word), true))
		abort();
	return entry;
}

static void fill_table(struct amd_host *host, uint64_t table, unsigned int pages)
{
	const uint64_t blocked[4] = { MODEL_DTE_V | MODEL_DTE_TV, 0, 0, 0 };

	for (uint64_t at = 0; at < pages * MODEL_PAGE; at += sizeof(blocked))
		model_memory_write(&host->machine.memory, table + at, blocked, sizeof(blocked));
}

struct model_amdvi *host_unit(struct amd_host *host, uint16_t segment, unsigned int pages)
{
	const unsigned int i = host->units;
	struct model_amdvi *unit = &host->unit[i];
	bool shared = false;

	if (i == HOST_UNITS)
		abort();
	for (unsigned int n = 0; n < i; n++)
		shared = shared || host->unit_segment[n] == segment;
	model_amdvi_init(unit, &host->machine, REGISTERS(i));
	unit->table[0] = DEVICE_TABLE(segment) | (pages - 1);
	if (!shared)
		fill_table(host, DEVICE_TABLE(segment), pages);
	unit->command_base = COMMANDS(i) | RING_512;
	unit->command_head = unit->command_tail = FIRST_COMMAND;
	unit->event_base = EVENTS(i) | RING_512;
	unit->efr = MODEL_AMDVI_GT_SUP | MODEL_AMDVI_IA_SUP | MODEL_AMDVI_HATS(6);
	unit->control = MODEL_AMDVI_IOMMU_EN | MODEL_AMDVI_EVENT_LOG_EN | MODEL_AMDVI_INV_TIMEOUT(4) |
			MODEL_AMDVI_COHERENT | MODEL_AMDVI_CMD_BUF_EN | MODEL_AMDVI_GT_EN;
	host->unit_segment[i] = segment;
	model_ivrs_unit(&host->ivrs, 0x11, segment, (uint16_t)(0x0002 + 0x100 * i), unit->base);
	model_ivrs_entry(&host->ivrs, (const uint8_t[]){ 0x01, 0, 0, 0 }, 4);
	host->units++;
	return unit;
}

void host_serves(struct amd_host *host, uint16_t first, uint16_t last)
{
	const uint8_t start[] = { 0x03, (uint8_t)first, (uint8_t)(first >> 8), 0 };
	const uint8_t end[] = { 0x04, (uint8_t)last, (uint8_t)(last >> 8), 0 };

	host->ivrs.length -= 4;
	model_ivrs_entry(&host->ivrs, start, sizeof(start));
	model_ivrs_entry(&host->ivrs, end, sizeof(end));
}

struct model_device *host_device(struct amd_host *host, struct model_amdvi *unit, uint16_t requester)
{
	struct model_device *device = &host->device[host->devices];

	if (host->devices++ == HOST_DEVICES)
		abort();
	model_device_init(device, &host->machine, NULL, requester);
	model_amdvi_attach(unit, device);
	return device;
}

struct model_device *host_translated(struct amd_host *host, struct model_amdvi *unit, uint16_t requester,
				     uint16_t domain)
{
	uint64_t root = model_table_new(&host->tables), page = model_table_new(&host->tables);
	const struct model_amdvi_entry entry = { { MODEL_DTE_OPEN | MODEL_DTE_MODE(3) | root, domain,
						   MODEL_DTE_WORD2(root), 0 } };

	model_map_host(&host->tables, root, 3, HOST_IOVA, page, 12, MODEL_RW);
	host_set_entry(host, unit, requester, &entry);
	return host_device(host, unit, requester);
}

struct model_device *host_passthrough(struct amd_host *host, struct model_amdvi *unit, uint16_t requester,
				      uint16_t domain)
{
	const struct model_amdvi_entry entry = { { MODEL_DTE_OPEN, domain, MODEL_DTE_WORD2(HOST_TABLES), 0 } };

	host_set_entry(host, unit, requester, &entry);
	return host_device(host, unit, requester);
}

struct model_device *host_invalid(struct amd_host *host, struct model_amdvi *unit, uint16_t requester)
{
	const struct model_amdvi_entry entry = { { 0, 0, 0, 0 } };

	host_set_entry(host, unit, requester, &entry);
	return host_device(host, unit, requester);
}

struct model_device *host_guest(struct amd_host *host, struct model_amdvi *unit, uint16_t requester, uint16_t domain,
				uint32_t pasid)
{
	const unsigned int levels = pasid > 0x1ff ? 2 : 1;
	uint64_t gcr3 = model_table_new(&host->tables), page = model_table_new(&host->tables);
	struct model_amdvi_entry entry = { { MODEL_DTE_OPEN | MODEL_DTE_GIOV, domain, MODEL_DTE_WORD2(page), 0 } };

	model_dte_gcr3(entry.word, gcr3, levels);
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t root = model_table_new(&host->tables);

		model_map_guest(&host->tables, root, 4, HOST_IOVA, page, 12, MODEL_RW);
		model_set_gcr3(&host->tables, gcr3, levels, i ? pasid : 0, root);
	}
	host_set_entry(host, unit, requester, &entry);
	return host_device(host, unit, requester);
}

/* Save a copy of the pages of @unit's device table. */
static void keep_table(struct amd_host *host, const struct model_amdvi *unit)
{
	for (uint32_t requester = 0; requester < 0x10000; requester += 128) {
		uint64_t address = model_amdvi_entry_address(unit, (uint16_t)requester);
		uint8_t page[MODEL_PAGE];

		if (address && model_memory_read(&host->machine.memory, address, page, sizeof(page), true))
			model_memory_write(&host->before, address, page, sizeof(page));
	}
}

void host_crash_at(struct amd_host *host, uint64_t rsdp)
{
	for (unsigned int i = 0; i < host->units; i++) {
		keep_table(host, &host->unit[i]);
		host->unit_before[i] = host->unit[i];
	}
	crash_run(&host->crash, rsdp);
}

void host_crash(struct amd_host *host)
{
	model_acpi_start(&host->acpi, &host->machine.memory, FIRMWARE);
	model_acpi_add(&host->acpi, host->ivrs.bytes, host->ivrs.length);
	if (host->mcfg_length)
		model_acpi_add(&host->acpi, host->mcfg, host->mcfg_length);
	host_crash_at(host, model_acpi_root(&host->acpi, 2));
}
