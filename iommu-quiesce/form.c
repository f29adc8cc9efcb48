/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forms that several families use, and CPUs too. A form of one family only is in its folder.
 */
#include "form.h"

/*
 * Intel SDM vol. 3, 4.5; AMD 48882, 2.2.6; VT-d 4.1, 9.7. P, R/W, U/S, PS. DMA counts as a user access, so that an entry
 * without U/S gives a device nothing. Bit 12 of a large page is PAT.
 */
const struct iq_radix_form iq_form_x86_64 = {
	.name = "x86-64",
	.max_levels = 5,
	.page_levels = 3,
	.layout.shift = { 12, 21, 30, 39, 48, 57 },
	.absent = IQ_ALL_CLEAR(IQ_BIT(0)),
	.lowest_absent = IQ_ALL_CLEAR(IQ_BIT(0)),
	.table = IQ_ALL_CLEAR(IQ_BIT(7)),
	.address = IQ_MASK(51, 12),
	.ignored = IQ_BIT(12),
	.canonical = true,
	.read = IQ_ALL_SET(IQ_BIT(2)),
	.write = IQ_ALL_SET(IQ_BIT(1) | IQ_BIT(2)),
	.table_read = IQ_ALL_SET(IQ_BIT(2)),
	.table_write = IQ_ALL_SET(IQ_BIT(1) | IQ_BIT(2)),
};
