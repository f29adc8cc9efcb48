/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * z/Architecture counts bits from the most significant one; masks here count from the least significant one, as everywhere.
 */
#include "form-z.h"

#define QUARTER 512u /* entries */
#define LARGE	IQ_BIT(10) /* format control: the entry is that of a page of 1 MiB or 2 GiB */

enum iq_radix_kind iq_z_step(const struct iq_radix_root *root, unsigned int level, uint64_t entry, enum iq_radix_kind kind,
			     struct iq_radix_target *target)
{
	(void)root;
	if (iq_field(entry, IQ_Z_TYPE) != level - IQ_Z_SEGMENT)
		return IQ_RADIX_MALFORMED;
	if (level == IQ_Z_SEGMENT || kind != IQ_RADIX_TABLE)
		return kind;
	target->first = (uint32_t)iq_field(entry, IQ_Z_OFFSET) * QUARTER;
	target->end = (uint32_t)(iq_field(entry, IQ_Z_LENGTH) + 1) * QUARTER;
	return target->first < target->end ? kind : IQ_RADIX_MALFORMED;
}

/* The bits between the address of a large page and bit 10 say who may use it. */
const struct iq_radix_form iq_form_z_cpu = {
	.name = "z-cpu",
	.max_levels = 5,
	.page_levels = IQ_Z_REGION_THIRD,
	.layout = { .shift = { 12, 20, 31, 42, 53, 64 }, .big_endian = true },
	.lowest_absent = IQ_ALL_SET(IQ_Z_PAGE_INVALID),
	.absent = IQ_ALL_SET(IQ_Z_INVALID),
	.table = IQ_ALL_CLEAR(LARGE),
	.address = IQ_MASK(63, 11),
	.address_bit = { 12, 11, 12, 12, 12 },
	.ignored = IQ_MASK(30, 11),
	.write = IQ_ALL_CLEAR(IQ_Z_PROTECTED),
	.table_write = IQ_ALL_CLEAR(IQ_Z_PROTECTED),
	.step = iq_z_step,
	.step_level = IQ_Z_SEGMENT,
};
