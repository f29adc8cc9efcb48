/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paging forms that radix.c walks. A new family of page tables is one more table of masks here.
 */
#include "radix.h"

/* AMD 48882, 2.2.3: PR, next level, address, IR, IW. Level 6 has only IOVA bits 63:57 left to index. */
const struct iq_radix_form iq_form_amd_v1 = {
	.name = "amd-v1",
	.max_levels = 6,
	.page_shift = 12,
	.index_bits = { 9, 9, 9, 9, 9, 7 },
	.present = IQ_BIT(0),
	.read = IQ_BIT(61),
	.write = IQ_BIT(62),
	.address = IQ_MASK(51, 12),
	.leaf_levels = 6,
	.large_ignored = IQ_MASK(51, 12),
	.next_level = IQ_MASK(11, 9),
	.encoded_level = 7,
};

/*
 * Intel SDM vol. 3, 4.5; AMD 48882, 2.2.6; VT-d 4.1, 9.7. P, R/W, U/S, PS. DMA counts as a user access, so that an entry
 * without U/S gives a device nothing. Bit 12 of a large page is PAT.
 */
const struct iq_radix_form iq_form_x86_64 = {
	.name = "x86-64",
	.max_levels = 5,
	.page_shift = 12,
	.index_bits = { 9, 9, 9, 9, 9 },
	.canonical = true,
	.present = IQ_BIT(0),
	.read = IQ_BIT(2),
	.write = IQ_BIT(1) | IQ_BIT(2),
	.address = IQ_MASK(51, 12),
	.leaf = IQ_BIT(7),
	.leaf_levels = 3,
	.large_ignored = IQ_BIT(12),
};

/* VT-d 4.1, 9.8: R, W, PS. An entry with neither R nor W is not present. */
const struct iq_radix_form iq_form_vtd_second = {
	.name = "vtd-second",
	.max_levels = 5,
	.page_shift = 12,
	.index_bits = { 9, 9, 9, 9, 9 },
	.present = IQ_BIT(0) | IQ_BIT(1),
	.read = IQ_BIT(0),
	.write = IQ_BIT(1),
	.address = IQ_MASK(51, 12),
	.leaf = IQ_BIT(7),
	.leaf_levels = 3,
};
