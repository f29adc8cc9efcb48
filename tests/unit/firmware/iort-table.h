/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An IORT for tests: a root complex, a named component and an RMR before an SMMUv3 before an ITS group.
 */
#ifndef IORT_TABLE_H
#define IORT_TABLE_H

#include "firmware/iort.h"

#define LE16(n) (n) & 255, (n) >> 8 & 255
#define LE32(n) LE16(n), LE16((n) >> 16)
#define LE64(n) LE32(n), LE32(0)

#define NODE(type, length, mappings, mappings_at) \
	(type), LE16(length), 1, LE32(0), LE32(mappings), LE32(mappings_at)
#define MAPPING(input, count, output, node, flags) LE32(input), LE32(count), LE32(output), LE32(node), LE32(flags)

#define ITS_AT	     48
#define SMMU_AT	     (ITS_AT + 24)
#define ROOT_AT	     (SMMU_AT + 88)
#define COMPONENT_AT (ROOT_AT + 76)
#define RMR_AT	     (COMPONENT_AT + 56)
#define IORT_END     (RMR_AT + 68)

static const uint8_t iort_table[IORT_END] = {
	'I', 'O', 'R', 'T', LE32(IORT_END), 0, 0, [36] = LE32(5), LE32(48), LE32(0),
	NODE(IORT_ITS_GROUP, 24, 0, 0), LE32(1), LE32(0),
	NODE(IORT_SMMUV3, 88, 1, 68), LE64(0x2b400000), LE32(1), LE32(0), LE64(0), LE32(0), LE32(1), LE32(2), LE32(3),
	LE32(4), LE32(0), LE32(0), MAPPING(0, 0xffff, 0x10000, ITS_AT, 0),
	/* Requester ids of segment 5: bus 0 with a count that is one too many, bus 1 */
	NODE(IORT_ROOT_COMPLEX, 76, 2, 36), LE64(1), LE32(1), LE32(5), 48, 0, 0, 0,
	MAPPING(0, 0x100, 0x1000, SMMU_AT, 0), MAPPING(0x100, 0xff, 0x3000, SMMU_AT, 0),
	NODE(IORT_COMPONENT, 56, 1, 36), LE32(0), LE64(0), 40, 'N', 'I', 'C', 0, 0, 0, 0,
	MAPPING(0, 0, 7, SMMU_AT, IORT_SINGLE),
	NODE(IORT_RMR, 68, 1, 28), LE32(0), LE32(1), LE32(48), MAPPING(0, 0, 8, SMMU_AT, IORT_SINGLE),
	LE64(0x80000000), LE64(0x10000), LE32(0),
};

#endif
