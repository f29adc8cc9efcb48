/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's VT-d driver (include/linux/dmar.h, drivers/iommu/intel/iommu.h, 6.0 to 7.2): a unit of the firmware's table
 * is a struct dmar_drhd_unit, what the driver made of it a struct intel_iommu.
 */
#include "family.h"
#include "vt-d/vtd.h"

#include <elf.h>
#include <inttypes.h>

enum { LIST, SCALABLE, SYMBOLS };
static const char *const symbols[SYMBOLS] = { [LIST] = "dmar_drhd_units", [SCALABLE] = "intel_iommu_sm" };

enum { LINK, BASE, SEGMENT, IOMMU, CAP, ECAP, GCMD, ROOT, MEMBERS };
static const char *const members[MEMBERS][2] = {
	[LINK] = { "dmar_drhd_unit", "list" },
	[BASE] = { "dmar_drhd_unit", "reg_base_addr" },
	[SEGMENT] = { "dmar_drhd_unit", "segment" },
	[IOMMU] = { "dmar_drhd_unit", "iommu" },
	[CAP] = { "intel_iommu", "cap" },
	[ECAP] = { "intel_iommu", "ecap" },
	[GCMD] = { "intel_iommu", "gcmd" },
	[ROOT] = { "intel_iommu", "root_entry" },
};

static uint64_t root_register(uint64_t root, bool scalable)
{
	return root | iq_put(scalable ? TTM_SCALABLE : TTM_LEGACY, RTADDR_TTM);
}

/* What the driver made of the unit: @scalable says that it wants scalable mode where a unit can do it. */
static void read_iommu(struct kernel_objects *kernel, uint64_t iommu, bool scalable, struct evidence_unit *found)
{
	const uint64_t cap = kernel_get(kernel, iommu, CAP), ecap = kernel_get(kernel, iommu, ECAP);
	const uint64_t gcmd = kernel_get(kernel, iommu, GCMD);
	const uint64_t root = kernel_physical_of(kernel, kernel_get(kernel, iommu, ROOT), "intel_iommu.root_entry");

	kernel_unit_register(found, VTD_CAP, cap);
	kernel_unit_register(found, VTD_ECAP, ecap);
	if (!root)
		return;
	kernel_unit_register(found, VTD_RTADDR, root_register(root, scalable && ecap & ECAP_SMTS));
	found->unit.status = gcmd & GSTS_TES ? IQ_OK : IQ_OFF;
}

static void read_units(struct kernel_units *units)
{
	struct kernel_objects *kernel = &units->objects;
	struct kernel_list list = kernel_list(kernel_symbol(kernel, LIST), LINK);
	const uint64_t flag = kernel_symbol(kernel, SCALABLE);
	const bool scalable = flag && kernel_number(kernel, flag, 4, symbols[SCALABLE]);
	uint64_t object;

	while (kernel_list_next(kernel, &list, &object)) {
		struct evidence_unit found = { .family_id = VTD_ID,
					       .unit = { .family = &iq_vtd, .status = IQ_OFF } };
		uint64_t iommu;

		found.unit.base = kernel_get(kernel, object, BASE);
		found.unit.segment = (uint16_t)kernel_get(kernel, object, SEGMENT);
		found.unit.index = (uint16_t)units->evidence->units;
		iommu = kernel_get(kernel, object, IOMMU);
		if (iommu)
			read_iommu(kernel, iommu, scalable, &found);
		kernel_unit_add(units, &found);
	}
}

static bool by_hand(struct unit_words *words, struct evidence_unit *unit, struct kq_reason *reason)
{
	const bool scalable = unit_words_flag(words, "scalable");
	uint64_t root = 0;

	if (!unit_words_number(words, "root", UINT64_MAX, &root, reason))
		return false;
	if (!root || root & ~ADDRESS)
		return kq_fail(reason, "no root table can be at 0x%" PRIx64, root);
	kernel_unit_register(unit, VTD_RTADDR, root_register(root, scalable));
	return true;
}

/* drivers/iommu/intel/dmar.c, irq_remapping.c: pr_fmt, dmar_fault_do_one() */
static const char *const log_lines[] = { "DMAR: ", "DMAR-IR: ", NULL };
static const char *const log_faults[] = { "[DMA Read", "[DMA Write", "[INTR-REMAP]", NULL };

const struct kernel_family kernel_vtd = {
	.family = &iq_vtd,
	.machine = EM_X86_64,
	.symbols = symbols,
	.symbol_count = SYMBOLS,
	.members = members,
	.member_count = MEMBERS,
	.units = read_units,
	.words = "[,scalable]",
	.root = "its root table",
	.by_hand = by_hand,
	.log_lines = log_lines,
	.log_faults = log_faults,
};
