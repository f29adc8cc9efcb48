/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD I/O page tables for host translation as a paging form. Their fields in words: amd-v1-words.c.
 */
#include "amd-v1.h"

/* AMD 48882, 2.2.3: PR, next level, address, IR, IW. Level 6 has only IOVA bits 63:57 left to index. */
const struct iq_radix_form iq_form_amd_v1 = {
	.name = "amd-v1",
	.max_levels = 6,
	.page_levels = 6,
	.layout.shift = { 12, 21, 30, 39, 48, 57, 64 },
	.absent = IQ_ALL_CLEAR(IQ_BIT(0)),
	.lowest_absent = IQ_ALL_CLEAR(IQ_BIT(0)),
	.next_level = IQ_MASK(11, 9),
	.encoded_level = 7,
	.address = IQ_MASK(51, 12),
	.ignored = IQ_MASK(51, 12),
	.read = IQ_ALL_SET(IQ_BIT(61)),
	.write = IQ_ALL_SET(IQ_BIT(62)),
	.table_read = IQ_ALL_SET(IQ_BIT(61)),
	.table_write = IQ_ALL_SET(IQ_BIT(62)),
};
