/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the bench programs: a machine of plain arrays, so that almost only the crash path is counted. Each family adds its unit, its
 * tables, and a bare loop for comparison.
 */
#ifndef BENCH_H
#define BENCH_H

#include "quiesce.h"

#define BENCH_UNITS	 64u
#define BENCH_COMPLETION UINT64_C(0x420000)
#define BENCH_FIRMWARE	 UINT64_C(0x430000)
/* Addresses of each unit's tables, ring and log. */
#define BENCH_AREA	 UINT64_C(0x220000)
#define BENCH_TABLE(u)	 (UINT64_C(0x1000000) + (u) * BENCH_AREA)
#define BENCH_RING(u)	 (BENCH_TABLE(u) + 0x200000)
#define BENCH_EVENTS(u)	 (BENCH_TABLE(u) + 0x210000)
#define BENCH_PAGES	 BENCH_TABLE(BENCH_UNITS)	     /* page tables of the devices, shared by the units */
#define BENCH_MEMORY	 (BENCH_PAGES + UINT64_C(0x4000000)) /* simulated memory, from address 0 */
#define BENCH_WINDOW	 0x4000u
#define BENCH_UNIT(u)	 (UINT64_C(0xfed80000) + (u) * BENCH_WINDOW)

extern uint8_t bench_memory[BENCH_MEMORY];
extern uint64_t bench_registers[BENCH_UNITS][BENCH_WINDOW / 8];

static inline uint64_t *bench_at(uint64_t address)
{
	return (uint64_t *)(bench_memory + address);
}

struct bench_family {
	const struct iq_family *family;
	/* Set up @unit's registers, and tables of @entries of which every @open-th lets DMA through (0: none). */
	void (*make)(unsigned int unit, uint32_t entries, uint32_t open);
	/* A firmware table that names @units units, each of a PCI segment of its own, without checksum; returns its length. */
	uint32_t (*firmware)(uint8_t *table, unsigned int units);
	/* Called after a write to a register: the unit acts at once. */
	void (*written)(unsigned int unit, uint32_t offset, uint64_t value);
	/* The least that blocking the first unit takes: read each entry, test it, write it back closed. */
	void (*loop)(uint32_t entries);
	/* Is every entry of @unit closed? This shows that the measured work was done. */
	bool (*closed)(unsigned int unit, uint32_t entries);
};

extern const struct bench_family bench_family;

#endif
