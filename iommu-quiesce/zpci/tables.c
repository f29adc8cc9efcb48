/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of PCI functions as a paging form. Linux makes a page's entry invalid and leaves the address in it; an entry that was never
 * used has none (arch/s390/include/asm/pci_dma.h, invalidate_pt_entry()).
 */
#include "tables.h"

#include "form-z.h"

#define PAGE IQ_MASK(63, 12)

#define COMMON                                                                          \
	.max_levels = 5, .page_levels = 1,                                              \
	.layout = { .shift = { 12, 20, 31, 42, 53, 64 }, .big_endian = true },          \
	.absent = IQ_ALL_SET(IQ_Z_INVALID), .address = IQ_MASK(63, 11),                 \
	.address_bit = { 12, 11, 14, 14, 14 }, .write = IQ_ALL_CLEAR(IQ_Z_PROTECTED),   \
	.table_write = IQ_ALL_CLEAR(IQ_Z_PROTECTED)

/* As iq_z_step(); a page that was mapped is one that has an address. */
static enum iq_radix_kind past_step(const struct iq_radix_root *root, unsigned int level, uint64_t entry,
				    enum iq_radix_kind kind, struct iq_radix_target *target)
{
	if (level >= IQ_Z_SEGMENT)
		return iq_z_step(root, level, entry, kind, target);
	return entry & PAGE ? kind : IQ_RADIX_ABSENT;
}

static const struct iq_radix_form past = {
	.name = "zpci",
	COMMON,
	.lowest_absent = IQ_ALL_CLEAR(IQ_Z_PAGE_INVALID),
	.step = past_step,
	.step_level = 1,
};

const struct iq_radix_form iq_form_zpci = {
	.name = "zpci",
	COMMON,
	.lowest_absent = IQ_ALL_SET(IQ_Z_PAGE_INVALID),
	.step = iq_z_step,
	.step_level = IQ_Z_SEGMENT,
	.past = &past,
};
