/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the crash path costs in instructions: tests/bench/run counts those inside the measure_ functions with callgrind. The
 * core is compiled as for the plugin; memory and registers are plain arrays, so that nothing else is counted.
 *
 *   amd-bench loop|block|verify|sequence ENTRIES OPEN      OPEN: every how manyth entry lets DMA through, 0: none
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amdvi.h"

#define MEMORY	   UINT64_C(0x1000000) /* simulated memory, from address 0 */
#define TABLE	   UINT64_C(0x200000)
#define RING	   UINT64_C(0x400000)
#define EVENTS	   UINT64_C(0x410000)
#define COMPLETION UINT64_C(0x420000)
#define RSDP	   UINT64_C(0x430000)
#define RSDT	   UINT64_C(0x431000)
#define IVRS	   UINT64_C(0x432000)
#define UNIT	   UINT64_C(0xfed80000)
#define NOTE_SIZE  8192u

static uint8_t memory[MEMORY] __attribute__((aligned(4096)));
static uint64_t registers[MMIO_SIZE / 8];
static uint8_t note[NOTE_SIZE] __attribute__((aligned(8)));
static struct iq_run run;

static const void *map(struct iq_memory *unused, uint64_t address, size_t length)
{
	(void)unused;
	return address + length <= MEMORY ? memory + address : NULL;
}

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	(void)io, (void)base, (void)length;
	return IQ_OK;
}

static uint64_t read64(struct iq_io *io, uint64_t address)
{
	(void)io;
	return registers[(address - UNIT) / 8];
}

/* A unit that does everything at once: a new tail completes the wait before it. */
static void write64(struct iq_io *io, uint64_t address, uint64_t value)
{
	(void)io;
	registers[(address - UNIT) / 8] = value;
	if (address - UNIT == COMMAND_TAIL) {
		const uint64_t *command = (const uint64_t *)(memory + RING + (value - COMMAND_SIZE) % 8192);

		registers[COMMAND_HEAD / 8] = value;
		memcpy(memory + (command[0] & COMPLETION_ADDRESS), &command[1], 8);
	}
}

static void store64(struct iq_io *io, uint64_t address, uint64_t value)
{
	(void)io;
	*(volatile uint64_t *)(memory + address) = value;
}

static uint64_t now(struct iq_io *io)
{
	static uint64_t ticks;

	(void)io;
	return ticks++;
}

static void relax(struct iq_io *io)
{
	(void)io;
}

static enum iq_status guard(struct iq_io *io, iq_step step, void *context, struct iq_trap *trap)
{
	(void)io, (void)trap;
	return step(context);
}

static struct iq_io io = {
	.memory.map = map, .map_registers = map_registers, .read64 = read64, .write64 = write64, .store64 = store64,
	.now = now, .tick_khz = 1000, .relax = relax, .guard = guard,
};

static void fix_sum(uint8_t *table, uint32_t length, uint32_t at)
{
	table[at] = 0;
	table[at] = (uint8_t)-iq_acpi_sum(table, length);
}

static void put32(uint64_t address, uint32_t value)
{
	memcpy(memory + address, &value, 4);
}

/* Firmware tables with one IVHD for the unit. */
static void make_tables(void)
{
	memcpy(memory + RSDP, "RSD PTR ", 8);
	put32(RSDP + 16, RSDT);
	fix_sum(memory + RSDP, 20, 8);
	memcpy(memory + RSDT, "RSDT", 4);
	put32(RSDT + 4, 40);
	put32(RSDT + 36, IVRS);
	fix_sum(memory + RSDT, 40, 9);
	memcpy(memory + IVRS, "IVRS", 4);
	put32(IVRS + 4, 72);
	memcpy(memory + IVRS + 48, "\x10\0\x18\0\x10\0\0\0", 8);
	put32(IVRS + 56, UNIT);
	fix_sum(memory + IVRS, 72, 9);
}

static void make_device_table(uint32_t entries, uint32_t open)
{
	uint64_t *entry = (uint64_t *)(memory + TABLE);

	for (uint32_t i = 0; i < entries; i++, entry += 4) {
		entry[0] = DTE_V | DTE_TV;
		if (open && i % open == 0) {
			entry[0] |= DTE_IR | DTE_IW | iq_put(4, DTE_MODE) | (UINT64_C(0x800000) + i * IQ_PAGE_SIZE);
			entry[1] = i + 1;
		}
	}
	registers[DEVICE_TABLE_BASE / 8] = TABLE | (entries / DTE_PER_PAGE - 1);
	registers[COMMAND_BUFFER_BASE / 8] = RING | iq_put(9, RING_LENGTH);
	registers[EVENT_LOG_BASE / 8] = EVENTS | iq_put(9, RING_LENGTH);
	registers[CONTROL / 8] = CONTROL_IOMMU_EN | CONTROL_CMD_BUF_EN | CONTROL_EVENT_LOG_EN | CONTROL_COHERENT;
	registers[EXTENDED_FEATURE / 8] = EFR_INVALIDATE_ALL;
	registers[STATUS / 8] = STATUS_COMMAND_RUN | STATUS_EVENT_RUN;
}

/* What blocking is at the least: read each entry, test it, write it back closed. */
void measure_loop(volatile uint64_t *entry, uint32_t entries);
__attribute__((noinline)) void measure_loop(volatile uint64_t *entry, uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++, entry += DTE_SIZE / 8) {
		const uint64_t word = entry[0];

		if (!(word & DTE_V))
			entry[0] = DTE_V | DTE_TV;
		else
			entry[0] = word & ~(DTE_IR | DTE_IW);
	}
}

enum iq_status measure_stage(enum iq_status (*what)(struct iq_run *, struct iq_unit *, struct iq_record_stage *),
			     struct iq_unit *unit, struct iq_record_stage *stage);
__attribute__((noinline)) enum iq_status
measure_stage(enum iq_status (*what)(struct iq_run *, struct iq_unit *, struct iq_record_stage *), struct iq_unit *unit,
	      struct iq_record_stage *stage)
{
	return what(&run, unit, stage);
}

enum iq_status measure_sequence(const struct iq_handover *handover);
__attribute__((noinline)) enum iq_status measure_sequence(const struct iq_handover *handover)
{
	enum iq_status status = iq_quiesce(&run, &io, handover, note, COMPLETION, 0);

	iq_quiesce_seal(&run, 0);
	return status;
}

/* One stage alone: the unit is set up by hand. */
static enum iq_status one_stage(const char *what, struct iq_record_stage *stage)
{
	struct iq_unit *unit;

	run.io = &io;
	iq_plan_start(&run.plan);
	iq_plan_add_unit(&run.plan, &iq_amdvi, 0, 2, UNIT);
	unit = &run.plan.unit[0];
	for (unsigned int i = 0; i < iq_amdvi.register_count; i++)
		unit->value[i] = read64(&io, UNIT + iq_amdvi.registers[i].offset);
	iq_record_start(&run.record, note, NOTE_SIZE, 1000, 0);
	return measure_stage(strcmp(what, "verify") ? iq_amdvi.block : iq_amdvi.verify, unit, stage);
}

int main(int argc, char **argv)
{
	struct iq_record_stage stage = { 0 };
	struct iq_handover handover = { .note_size = NOTE_SIZE, .rsdp = RSDP, .tick_khz = 1000, .wait_us = 1000,
					.total_us = 10000 };
	enum iq_status status = IQ_OK;
	uint32_t entries, open;

	if (argc != 4)
		return 2;
	entries = (uint32_t)atoi(argv[2]);
	open = (uint32_t)atoi(argv[3]);
	if (!entries || entries % DTE_PER_PAGE || entries > 0x10000)
		return 2;
	make_tables();
	make_device_table(entries, open);
	if (!strcmp(argv[1], "loop"))
		measure_loop((volatile uint64_t *)(memory + TABLE), entries);
	else if (!strcmp(argv[1], "sequence"))
		status = measure_sequence(&handover);
	else
		status = one_stage(argv[1], &stage);
	/* What was measured must also have been done. */
	if (strcmp(argv[1], "verify"))
		for (uint32_t i = 0; i < entries; i++)
			if (((uint64_t *)(memory + TABLE))[i * 4] & (DTE_IR | DTE_IW))
				status = IQ_STILL_OPEN;
	if (status != IQ_OK && !(status == IQ_STILL_OPEN && open && !strcmp(argv[1], "verify"))) {
		fprintf(stderr, "amd-bench: %s: %s\n", argv[1], iq_status_name(status));
		return 1;
	}
	return 0;
}
