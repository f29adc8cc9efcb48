/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A range of physical addresses.
 */
#ifndef KQ_RANGE_H
#define KQ_RANGE_H

#include <stdint.h>

/* [first, end) */
struct kq_range {
	uint64_t first, end;
};

#endif
