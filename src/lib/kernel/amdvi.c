/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's AMD-Vi driver (drivers/iommu/amd/amd_iommu_types.h, 6.0 to 7.2): a unit is a struct amd_iommu, its device
 * table that of its PCI segment.
 */
#include "amd-vi/amdvi.h"
#include "units.h"

#include <inttypes.h>

enum { LINK, NEXT, INDEX, DEVID, MMIO, SEGMENT, SEGMENT_ID, TABLE, TABLE_SIZE, MEMBERS };

static const char *const members[MEMBERS][2] = {
	[LINK] = { "amd_iommu", "list" },
	[NEXT] = { "list_head", "next" },
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
	unit->unit.value[AMDVI_DEVICE_TABLE] = table | iq_put(size / IQ_PAGE_SIZE - 1, DEVICE_TABLE_SIZE);
	unit->known[AMDVI_DEVICE_TABLE] = true;
	return true;
}

static bool unit(struct kernel_units *units, uint64_t object, uint32_t flag, struct kq_reason *reason)
{
	struct evidence_unit found = { .family_id = IQ_FAMILY_AMDVI, .unit = { .family = &iq_amdvi } };
	uint64_t index, devid, segment, id, table, size;

	(void)flag;
	if (!kernel_member(units, object, INDEX, &index, reason) ||
	    !kernel_member(units, object, DEVID, &devid, reason) ||
	    !kernel_member(units, object, MMIO, &found.unit.base, reason) ||
	    !kernel_member(units, object, SEGMENT, &segment, reason) ||
	    !kernel_member(units, segment, SEGMENT_ID, &id, reason) ||
	    !kernel_member_physical(units, segment, TABLE, &table, reason) ||
	    !kernel_member(units, segment, TABLE_SIZE, &size, reason))
		return false;
	if (!set_table(&found, table, size))
		return kq_fail(reason,
			       "struct amd_iommu at 0x%016" PRIx64 ": a device table of 0x%" PRIx64
			       " bytes at 0x%" PRIx64,
			       object, size, table);
	found.unit.index = (uint16_t)index;
	found.unit.requester = (uint16_t)devid;
	found.unit.segment = (uint16_t)id;
	found.unit.status = IQ_OK;
	return kernel_unit_add(units, &found, reason);
}

static bool by_hand(const struct unit_words *words, struct evidence_unit *found, struct kq_reason *reason)
{
	const uint64_t size = words->size ? words->size : TABLE_MAX;

	if (words->scalable)
		return kq_fail(reason, "AMD-Vi has no scalable mode");
	return set_table(found, words->root, size) || kq_fail(reason,
							      "no device table has 0x%" PRIx64 " bytes at 0x%" PRIx64
							      ": pages of 4 KiB, at most 0x%" PRIx64 " bytes",
							      size, words->root, TABLE_MAX);
}

const struct kernel_family kernel_amdvi = {
	.family = &iq_amdvi,
	.list = "amd_iommu_list",
	.members = members,
	.count = MEMBERS,
	.link = LINK,
	.next = NEXT,
	.unit = unit,
	.by_hand = by_hand,
};
