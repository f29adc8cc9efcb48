/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bench programs share: a machine of plain arrays on which the crash path runs, so that nothing but the crash path is
 * counted. Each family brings its unit, its tables and the bare loop beside which it is measured.
 */
#ifndef BENCH_H
#define BENCH_H

#include "quiesce.h"

#define BENCH_MEMORY	 UINT64_C(0x9000000) /* simulated memory, from address 0 */
#define BENCH_TABLE	 UINT64_C(0x200000)  /* the family's tables */
#define BENCH_RING	 UINT64_C(0x400000)
#define BENCH_EVENTS	 UINT64_C(0x410000)
#define BENCH_COMPLETION UINT64_C(0x420000)
#define BENCH_FIRMWARE	 UINT64_C(0x430000)
#define BENCH_PAGES	 UINT64_C(0x1000000) /* page tables of the devices */
#define BENCH_UNIT	 UINT64_C(0xfed80000)
#define BENCH_WINDOW	 0x4000u

extern uint8_t bench_memory[BENCH_MEMORY];
extern uint64_t bench_registers[BENCH_WINDOW / 8];

static inline uint64_t *bench_at(uint64_t address)
{
	return (uint64_t *)(bench_memory + address);
}

struct bench_family {
	const struct iq_family *family;
	/* Set up the registers, and tables of @entries of which every @open-th lets DMA through (0: none). */
	void (*make)(uint32_t entries, uint32_t open);
	/* A firmware table that names the unit, without checksum; returns its length. */
	uint32_t (*firmware)(uint8_t *table);
	/* A register was written: the unit does at once what that asks for. */
	void (*written)(uint32_t offset, uint64_t value);
	/* What blocking is at the least: read each entry, test it, write it back closed. */
	void (*loop)(uint32_t entries);
	/* Is every entry closed? What was measured must also have been done. */
	bool (*closed)(uint32_t entries);
};

extern const struct bench_family bench_family;

#endif
