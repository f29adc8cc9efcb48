/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AMD-Vi unit of the bench: a device table as Linux keeps it, with INVALIDATE_IOMMU_ALL.
 */
#include <string.h>

#include "models/families.h"
#include "amd-vi/amdvi.h"
#include "bench.h"

#define RING_BYTES 8192u

static void make(unsigned int unit, uint32_t entries, uint32_t open)
{
	uint64_t *entry = bench_at(BENCH_TABLE(unit)), *registers = bench_registers[unit];

	for (uint32_t i = 0; i < entries; i++, entry += DTE_WORDS) {
		entry[0] = DTE_V | DTE_TV;
		if (open && i % open == 0) {
			entry[0] |= DTE_IR | DTE_IW | iq_put(4, DTE_MODE) | BENCH_PAGES;
			entry[1] = i + 1;
		}
	}
	registers[DEVICE_TABLE_BASE / 8] = BENCH_TABLE(unit) | (entries / DTE_PER_PAGE - 1);
	registers[COMMAND_BUFFER_BASE / 8] = BENCH_RING(unit) | iq_put(9, RING_LENGTH);
	registers[EVENT_LOG_BASE / 8] = BENCH_EVENTS(unit) | iq_put(9, RING_LENGTH);
	registers[CONTROL / 8] = CONTROL_IOMMU_EN | CONTROL_CMD_BUF_EN | CONTROL_EVENT_LOG_EN | CONTROL_COHERENT;
	registers[EXTENDED_FEATURE / 8] = EFR_INVALIDATE_ALL;
	registers[STATUS / 8] = STATUS_COMMAND_RUN | STATUS_EVENT_RUN;
}

static uint32_t firmware(uint8_t *table, unsigned int units)
{
	memcpy(table, "IVRS", 4);
	for (unsigned int unit = 0; unit < units; unit++) {
		uint8_t *block = table + 48 + unit * 28;
		const uint64_t base = BENCH_UNIT(unit);

		memcpy(block, "\x10\0\x1c\0\x10\0\0\0", 8);
		memcpy(block + 8, &base, 8);
		block[16] = (uint8_t)unit;
		block[24] = 1; /* it serves every device */
	}
	return 48 + units * 28;
}

/* A new tail completes the COMPLETION_WAIT before it. */
static void written(unsigned int unit, uint32_t offset, uint64_t value)
{
	const uint64_t *command = bench_at(BENCH_RING(unit) + (value - COMMAND_SIZE) % RING_BYTES);

	if (offset != COMMAND_TAIL)
		return;
	bench_registers[unit][COMMAND_HEAD / 8] = value;
	*bench_at(command[0] & COMPLETION_ADDRESS) = command[1];
}

static void loop(uint32_t entries)
{
	volatile uint64_t *entry = bench_at(BENCH_TABLE(0));

	for (uint32_t i = 0; i < entries; i++, entry += DTE_WORDS) {
		const uint64_t word = entry[0];

		if (!(word & DTE_V))
			entry[0] = DTE_V | DTE_TV;
		else
			entry[0] = word & ~(DTE_IR | DTE_IW);
	}
}

static bool closed(unsigned int unit, uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++)
		if (bench_at(BENCH_TABLE(unit))[i * DTE_WORDS] & (DTE_IR | DTE_IW))
			return false;
	return true;
}

const struct bench_family bench_family = {
	.family = &iq_amdvi, .make = make, .firmware = firmware, .written = written, .loop = loop, .closed = closed,
};
