/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VT-d unit of the bench: legacy mode, a context table for each bus, and for each open entry a page table with one mapping at the
 * top level. Only open entries are present, as in Linux.
 */
#include <string.h>

#include "models/families.h"
#include "bench.h"
#include "vt-d/vtd.h"

#define CONTEXTS(u)   (BENCH_TABLE(u) + IQ_PAGE_SIZE)
#define DEVICE_TABLES 0x4000u /* number of page tables that memory has room for; further devices share them */

static uint64_t page_table(uint32_t i)
{
	return BENCH_PAGES + i % DEVICE_TABLES * IQ_PAGE_SIZE;
}

static uint64_t *context(unsigned int unit, uint32_t i)
{
	return bench_at(CONTEXTS(unit)) + i * (CONTEXT_SIZE / 8);
}

static void make(unsigned int unit, uint32_t entries, uint32_t open)
{
	uint64_t *registers = bench_registers[unit];

	for (uint32_t bus = 0; bus < entries / 256; bus++)
		bench_at(BENCH_TABLE(unit))[bus * 2] = (CONTEXTS(unit) + bus * IQ_PAGE_SIZE) | ROOT_P;
	for (uint32_t i = 0; open && i < entries; i += open) {
		context(unit, i)[0] = page_table(i) | CONTEXT_P;
		context(unit, i)[1] = 2 | iq_put(i, CONTEXT_DID);
		*bench_at(page_table(i)) = page_table(i) | TABLE_RW;
	}
	registers[VER_REG / 8] = 0x10;
	registers[CAP_REG / 8] = iq_put(0x22, CAP_FRO) | iq_put(4, CAP_SAGAW) | CAP_DWD | CAP_DRD;
	registers[ECAP_REG / 8] = iq_put(0xf, ECAP_IRO) | ECAP_C;
	registers[GCMD_REG / 8] = (GSTS_TES | GSTS_QIES) << 32;
	registers[RTADDR_REG / 8] = BENCH_TABLE(unit);
	registers[IQA_REG / 8] = BENCH_RING(unit);
}

static uint32_t firmware(uint8_t *table, unsigned int units)
{
	memcpy(table, "DMAR", 4);
	for (unsigned int unit = 0; unit < units; unit++) {
		uint8_t *structure = table + 48 + unit * 16;
		const uint64_t base = BENCH_UNIT(unit);

		memcpy(structure, "\0\0\x10\0\1\0\0\0", 8);
		structure[6] = (uint8_t)unit;
		memcpy(structure + 8, &base, 8);
	}
	return 48 + units * 16;
}

/* A new tail completes the wait descriptor before it. */
static void written(unsigned int unit, uint32_t offset, uint64_t value)
{
	const uint64_t *descriptor = bench_at(BENCH_RING(unit) + (value - 16) % IQ_PAGE_SIZE);

	if (offset != IQT_REG)
		return;
	bench_registers[unit][IQH_REG / 8] = value;
	if (iq_field(descriptor[0], DESCRIPTOR_TYPE) == (WAIT_STATUS & 0xf))
		*(uint32_t *)bench_at(descriptor[1]) = (uint32_t)iq_field(descriptor[0], WAIT_DATA);
}

/* The least work: read each context entry, and clear R and W in the 512 entries of the table of each present one. */
static void loop(uint32_t entries)
{
	volatile uint64_t *entry = context(0, 0);

	for (uint32_t i = 0; i < entries; i++, entry += CONTEXT_SIZE / 8) {
		const uint64_t word = entry[0];
		volatile uint64_t *table;

		if (!(word & CONTEXT_P))
			continue;
		entry[0] = word | CONTEXT_FPD;
		table = bench_at(word & ADDRESS);
		for (uint32_t n = 0; n < TABLE_ENTRIES; n++)
			if (table[n] & TABLE_RW)
				table[n] &= ~TABLE_RW;
	}
}

static bool closed(unsigned int unit, uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++)
		if (context(unit, i)[0] & CONTEXT_P && *bench_at(context(unit, i)[0] & ADDRESS) & TABLE_RW)
			return false;
	return true;
}

const struct bench_family bench_family = {
	.family = &iq_vtd, .make = make, .firmware = firmware, .written = written, .loop = loop, .closed = closed,
};
