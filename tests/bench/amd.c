/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AMD-Vi unit of the bench: a device table as Linux keeps it, with INVALIDATE_IOMMU_ALL.
 */
#include <string.h>

#include "amdvi.h"
#include "bench.h"

#define RING_BYTES 8192u

static void make(uint32_t entries, uint32_t open)
{
	uint64_t *entry = bench_at(BENCH_TABLE);

	for (uint32_t i = 0; i < entries; i++, entry += DTE_WORDS) {
		entry[0] = DTE_V | DTE_TV;
		if (open && i % open == 0) {
			entry[0] |= DTE_IR | DTE_IW | iq_put(4, DTE_MODE) | (BENCH_PAGES + i * IQ_PAGE_SIZE);
			entry[1] = i + 1;
		}
	}
	bench_registers[DEVICE_TABLE_BASE / 8] = BENCH_TABLE | (entries / DTE_PER_PAGE - 1);
	bench_registers[COMMAND_BUFFER_BASE / 8] = BENCH_RING | iq_put(9, RING_LENGTH);
	bench_registers[EVENT_LOG_BASE / 8] = BENCH_EVENTS | iq_put(9, RING_LENGTH);
	bench_registers[CONTROL / 8] = CONTROL_IOMMU_EN | CONTROL_CMD_BUF_EN | CONTROL_EVENT_LOG_EN | CONTROL_COHERENT;
	bench_registers[EXTENDED_FEATURE / 8] = EFR_INVALIDATE_ALL;
	bench_registers[STATUS / 8] = STATUS_COMMAND_RUN | STATUS_EVENT_RUN;
}

static uint32_t firmware(uint8_t *table)
{
	const uint64_t base = BENCH_UNIT;

	memcpy(table, "IVRS", 4);
	memcpy(table + 48, "\x10\0\x18\0\x10\0\0\0", 8);
	memcpy(table + 56, &base, 8);
	return 72;
}

/* A new tail completes the COMPLETION_WAIT before it. */
static void written(uint32_t offset, uint64_t value)
{
	const uint64_t *command = bench_at(BENCH_RING + (value - COMMAND_SIZE) % RING_BYTES);

	if (offset != COMMAND_TAIL)
		return;
	bench_registers[COMMAND_HEAD / 8] = value;
	*bench_at(command[0] & COMPLETION_ADDRESS) = command[1];
}

static void loop(uint32_t entries)
{
	volatile uint64_t *entry = bench_at(BENCH_TABLE);

	for (uint32_t i = 0; i < entries; i++, entry += DTE_WORDS) {
		const uint64_t word = entry[0];

		if (!(word & DTE_V))
			entry[0] = DTE_V | DTE_TV;
		else
			entry[0] = word & ~(DTE_IR | DTE_IW);
	}
}

static bool closed(uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++)
		if (bench_at(BENCH_TABLE)[i * DTE_WORDS] & (DTE_IR | DTE_IW))
			return false;
	return true;
}

const struct bench_family bench_family = {
	.family = &iq_amdvi, .make = make, .firmware = firmware, .written = written, .loop = loop, .closed = closed,
};
