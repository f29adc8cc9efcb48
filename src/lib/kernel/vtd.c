/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's VT-d driver (include/linux/dmar.h, drivers/iommu/intel/iommu.h, 6.0 to 7.2): a unit of the firmware's table
 * is a struct dmar_drhd_unit, what the driver made of it a struct intel_iommu.
 */
#include "units.h"
#include "vt-d/vtd.h"

#include <inttypes.h>

enum { LINK, NEXT, BASE, SEGMENT, IOMMU, CAP, ECAP, GCMD, ROOT, MEMBERS };

static const char *const members[MEMBERS][2] = {
	[LINK] = { "dmar_drhd_unit", "list" },
	[NEXT] = { "list_head", "next" },
	[BASE] = { "dmar_drhd_unit", "reg_base_addr" },
	[SEGMENT] = { "dmar_drhd_unit", "segment" },
	[IOMMU] = { "dmar_drhd_unit", "iommu" },
	[CAP] = { "intel_iommu", "cap" },
	[ECAP] = { "intel_iommu", "ecap" },
	[GCMD] = { "intel_iommu", "gcmd" },
	[ROOT] = { "intel_iommu", "root_entry" },
};

static void keep(struct evidence_unit *unit, unsigned int number, uint64_t value)
{
	unit->unit.value[number] = value;
	unit->known[number] = true;
}

/* @scalable is intel_iommu_sm: the driver wants scalable mode where a unit can do it. */
static bool unit(struct kernel_units *units, uint64_t object, uint32_t scalable, struct kq_reason *reason)
{
	struct evidence_unit found = { .family_id = IQ_FAMILY_VTD, .unit = { .family = &iq_vtd } };
	uint64_t segment, iommu, cap, ecap, gcmd, root;

	if (!kernel_member(units, object, BASE, &found.unit.base, reason) ||
	    !kernel_member(units, object, SEGMENT, &segment, reason) ||
	    !kernel_member(units, object, IOMMU, &iommu, reason))
		return false;
	found.unit.index = (uint16_t)units->evidence->units;
	found.unit.segment = (uint16_t)segment;
	found.unit.status = IQ_OFF;
	if (!iommu)
		return kernel_unit_add(units, &found, reason);
	if (!kernel_member(units, iommu, CAP, &cap, reason) || !kernel_member(units, iommu, ECAP, &ecap, reason) ||
	    !kernel_member(units, iommu, GCMD, &gcmd, reason) ||
	    !kernel_member_physical(units, iommu, ROOT, &root, reason))
		return false;
	keep(&found, VTD_CAP, cap);
	keep(&found, VTD_ECAP, ecap);
	if (root) {
		keep(&found, VTD_RTADDR,
		     root | iq_put(scalable && ecap & ECAP_SMTS ? TTM_SCALABLE : TTM_LEGACY, RTADDR_TTM));
		found.unit.status = gcmd & GSTS_TES ? IQ_OK : IQ_OFF;
	}
	return kernel_unit_add(units, &found, reason);
}

static bool by_hand(const struct unit_words *words, struct evidence_unit *found, struct kq_reason *reason)
{
	if (words->size)
		return kq_fail(reason, "a root table of VT-d always has 4 KiB: no size is needed");
	if (!words->root || words->root & ~ADDRESS)
		return kq_fail(reason, "no root table can be at 0x%" PRIx64, words->root);
	keep(found, VTD_RTADDR, words->root | iq_put(words->scalable ? TTM_SCALABLE : TTM_LEGACY, RTADDR_TTM));
	return true;
}

const struct kernel_family kernel_vtd = {
	.family = &iq_vtd,
	.list = "dmar_drhd_units",
	.flag = "intel_iommu_sm",
	.members = members,
	.count = MEMBERS,
	.link = LINK,
	.next = NEXT,
	.unit = unit,
	.by_hand = by_hand,
};
