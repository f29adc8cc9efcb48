/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d second-stage tables as a paging form. Their fields in words: second-stage-words.c.
 */
#include "second-stage.h"

/* VT-d 4.1, 9.8: R, W, PS. An entry with neither R nor W is not present. */
const struct iq_radix_form iq_form_vtd_second = {
	.name = "vtd-second",
	.max_levels = 5,
	.page_levels = 3,
	.layout.shift = { 12, 21, 30, 39, 48, 57 },
	.absent = IQ_ALL_CLEAR(IQ_BIT(0) | IQ_BIT(1)),
	.lowest_absent = IQ_ALL_CLEAR(IQ_BIT(0) | IQ_BIT(1)),
	.table = IQ_ALL_CLEAR(IQ_BIT(7)),
	.address = IQ_MASK(51, 12),
	.read = IQ_ALL_SET(IQ_BIT(0)),
	.write = IQ_ALL_SET(IQ_BIT(1)),
	.table_read = IQ_ALL_SET(IQ_BIT(0)),
	.table_write = IQ_ALL_SET(IQ_BIT(1)),
};
