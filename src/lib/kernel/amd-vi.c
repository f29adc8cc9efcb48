/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's AMD-Vi driver (drivers/iommu/amd/amd_iommu_types.h, 6.0 to 7.2): a unit is a struct amd_iommu, its device
 * table that of its PCI segment.
 */
#include "amd-vi/amdvi.h"
#include "family.h"

#include <elf.h>
#include <inttypes.h>

enum { LIST, SYMBOLS };
static const char *const symbols[SYMBOLS] = { [LIST] = "amd_iommu_list" };

enum { LINK, INDEX, DEVID, MMIO, SEGMENT, SEGMENT_ID, TABLE, TABLE_SIZE, MEMBERS };
static const char *const members[MEMBERS][2] = {
	[LINK] = { "amd_iommu", "list" },
	[INDEX] = { "amd_iommu", "index" },
	[DEVID] = { "amd_iommu", "devid" },
	[MMIO] = { "amd_iommu", "mmio_phys" },
	[SEGMENT] = { "amd_iommu", "pci_seg" },
	[SEGMENT_ID] = { "amd_iommu_pci_seg", "id" },
	[TABLE] = { "amd_iommu_pci_seg", "dev_table" },
	[TABLE_SIZE] = { "amd_iommu_pci_seg", "dev_table_size" },
};

#define TABLE_MAX (UINT64_C(0x10000) * DTE_SIZE)

/* False if there can be no such device table. */
static bool set_table(struct evidence_unit *unit, uint64_t table, uint64_t size)
{
	if (!table || table & ~BASE_ADDRESS || !size || size % IQ_PAGE_SIZE || size > TABLE_MAX)
		return false;
	kernel_unit_register(unit, AMDVI_DEVICE_TABLE, table | iq_put(size / IQ_PAGE_SIZE - 1, DEVICE_TABLE_SIZE));
	return true;
}

static void add_unit(struct kernel_units *units, uint64_t object)
{
	struct evidence_unit found = { .family_id = AMDVI_ID, .unit = { .family = &iq_amdvi, .status = IQ_OK } };
	struct kernel_objects *kernel = &units->objects;
	uint64_t segment, table, size;

	found.unit.index = (uint16_t)kernel_get(kernel, object, INDEX);
	found.unit.requester = (uint16_t)kernel_get(kernel, object, DEVID);
	found.unit.base = kernel_get(kernel, object, MMIO);
	segment = kernel_get(kernel, object, SEGMENT);
	found.unit.segment = (uint16_t)kernel_get(kernel, segment, SEGMENT_ID);
	table = kernel_physical_of(kernel, kernel_get(kernel, segment, TABLE), "amd_iommu_pci_seg.dev_table");
	size = kernel_get(kernel, segment, TABLE_SIZE);
	if (!kernel->failed && !set_table(&found, table, size))
		kernel_fail(kernel,
			    "struct amd_iommu at 0x%016" PRIx64 ": a device table of 0x%" PRIx64 " bytes at 0x%" PRIx64,
			    object, size, table);
	kernel_unit_add(units, &found);
}

static void read_units(struct kernel_units *units)
{
	struct kernel_list list = kernel_list(kernel_symbol(&units->objects, LIST), LINK);
	uint64_t object;

	while (kernel_list_next(&units->objects, &list, &object))
		add_unit(units, object);
}

static bool by_hand(struct unit_words *words, struct evidence_unit *unit, struct kq_reason *reason)
{
	uint64_t root = 0, size = TABLE_MAX;

	if (!unit_words_number(words, "root", UINT64_MAX, &root, reason) ||
	    !unit_words_number(words, "size", UINT32_MAX, &size, reason))
		return false;
	return set_table(unit, root, size) ||
	       kq_fail(reason,
		       "no device table has 0x%" PRIx64 " bytes at 0x%" PRIx64
		       ": pages of 4 KiB, at most 0x%" PRIx64 " bytes",
		       size, root, TABLE_MAX);
}

/* drivers/iommu/amd/iommu.c: pr_fmt, iommu_print_event() */
static const char *const log_lines[] = { "AMD-Vi: ", NULL };
static const char *const log_faults[] = { "Event logged [", NULL };

const struct kernel_family kernel_amdvi = {
	.family = &iq_amdvi,
	.machine = EM_X86_64,
	.symbols = symbols,
	.symbol_count = SYMBOLS,
	.members = members,
	.member_count = MEMBERS,
	.units = read_units,
	.words = "[,size=BYTES]",
	.root = "its device table",
	.by_hand = by_hand,
	.log_lines = log_lines,
	.log_faults = log_faults,
};
