/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of the bench programs, and their main: tests/bench/run counts the instructions inside the measure_ functions.
 *
 *   FAMILY-bench loop|block|verify|sequence|policy|devices ENTRIES OPEN [UNITS]
 *
 * OPEN: one entry in OPEN lets DMA through; 0: none. With `policy` there is a rule, for a device that does not exist. With `devices`
 * every open entry has a function on the bus, which is stopped first, and the number of accesses to configuration space is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#include "firmware/acpi.h"

#define NOTE_SIZE (4u << 20)

uint8_t bench_memory[BENCH_MEMORY] __attribute__((aligned(4096)));
uint64_t bench_registers[BENCH_UNITS][BENCH_WINDOW / 8];
static uint8_t note[NOTE_SIZE] __attribute__((aligned(8)));
static struct iq_run run;

static const void *map(struct iq_memory *unused, uint64_t address, size_t length)
{
	(void)unused;
	return address + length <= BENCH_MEMORY ? bench_memory + address : NULL;
}

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	(void)io, (void)base, (void)length;
	return IQ_OK;
}

/* The storage of the register at @address, in the array of all units. */
static void *register_at(uint64_t address)
{
	return (uint8_t *)bench_registers + (address - BENCH_UNIT(0));
}

static void written(uint64_t address, uint64_t value)
{
	const uint64_t offset = address - BENCH_UNIT(0);

	bench_family.written((unsigned int)(offset / BENCH_WINDOW), (uint32_t)(offset % BENCH_WINDOW), value);
}

static uint64_t read64(struct iq_io *io, uint64_t address)
{
	(void)io;
	return *(uint64_t *)register_at(address);
}

static uint32_t read32(struct iq_io *io, uint64_t address)
{
	(void)io;
	return *(uint32_t *)register_at(address);
}

static void write64(struct iq_io *io, uint64_t address, uint64_t value)
{
	(void)io;
	*(uint64_t *)register_at(address) = value;
	written(address, value);
}

static void write32(struct iq_io *io, uint64_t address, uint32_t value)
{
	(void)io;
	*(uint32_t *)register_at(address) = value;
	written(address, value);
}

static void store64(struct iq_io *io, uint64_t address, uint64_t value)
{
	(void)io;
	*(volatile uint64_t *)(bench_memory + address) = value;
}

static void write_back(struct iq_io *io, uint64_t address, uint64_t length)
{
	(void)io, (void)address, (void)length;
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

/* A PCI Express endpoint with MSI-X, for each open entry. */
static uint16_t command[0x10000];
static unsigned int functions_every, config_reads, config_writes;

static uint32_t config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	static const uint32_t space[0x80 / 4] = {
		[0x00 / 4] = 0x12345678, [0x08 / 4] = 0x02000000, [0x34 / 4] = 0x40,
		[0x40 / 4] = 0x00027010, [0x70 / 4] = 0x80000011,
	};

	(void)config, (void)segment;
	config_reads++;
	if (!functions_every || requester % functions_every || offset >= sizeof(space))
		return UINT32_MAX;
	return offset == 0x04 ? 0x00100000u | command[requester] : space[offset / 4];
}

static void config_write(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset,
			 uint32_t value)
{
	(void)config, (void)segment;
	config_writes++;
	if (offset == 0x04)
		command[requester] = (uint16_t)value;
}

static struct iq_io io = {
	.config = { config_read, config_write },
	.memory.map = map,
	.map_registers = map_registers,
	.read32 = read32,
	.read64 = read64,
	.write32 = write32,
	.write64 = write64,
	.store64 = store64,
	.write_back = write_back,
	.now = now,
	.tick_khz = 1000,
	.relax = relax,
	.machine = IQ_MACHINE_X86_64,
	.guard = guard,
};

static void seal_table(uint8_t *table, uint32_t length, uint32_t checksum)
{
	table[checksum] = 0;
	table[checksum] = (uint8_t)-iq_acpi_sum(table, length);
}

static void put32(uint64_t address, uint32_t value)
{
	memcpy(bench_memory + address, &value, 4);
}

/* An ACPI root pointer at BENCH_FIRMWARE, from which the family's table is found. */
static void make_firmware(unsigned int units)
{
	const uint64_t rsdt = BENCH_FIRMWARE + 0x1000, table = BENCH_FIRMWARE + 0x2000;
	const uint32_t length = bench_family.firmware(bench_memory + table, units);

	put32(table + 4, length);
	seal_table(bench_memory + table, length, 9);
	memcpy(bench_memory + rsdt, "RSDT", 4);
	put32(rsdt + 4, 40);
	put32(rsdt + 36, (uint32_t)table);
	seal_table(bench_memory + rsdt, 40, 9);
	memcpy(bench_memory + BENCH_FIRMWARE, "RSD PTR ", 8);
	put32(BENCH_FIRMWARE + 16, (uint32_t)rsdt);
	seal_table(bench_memory + BENCH_FIRMWARE, 20, 8);
}

void measure_loop(uint32_t entries);
__attribute__((noinline)) void measure_loop(uint32_t entries)
{
	bench_family.loop(entries);
}

typedef enum iq_status (*stage_function)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);

enum iq_status measure_stage(stage_function what, struct iq_unit *unit, struct iq_record_stage *stage);
__attribute__((noinline)) enum iq_status measure_stage(stage_function what, struct iq_unit *unit,
						       struct iq_record_stage *stage)
{
	return what(&run, unit, stage);
}

enum iq_status measure_sequence(const struct iq_handover *handover);
__attribute__((noinline)) enum iq_status measure_sequence(const struct iq_handover *handover)
{
	enum iq_status status = iq_quiesce(&run, &io, handover, note, BENCH_COMPLETION, 0);

	iq_quiesce_seal(&run, 0);
	return status;
}

/* Run one stage alone: the unit is set up here, not by the sequence. */
static enum iq_status one_stage(stage_function what)
{
	const struct iq_family *family = bench_family.family;
	struct iq_record_stage stage = { 0 };
	struct iq_unit *unit;

	run.io = &io;
	iq_plan_start(&run.plan);
	iq_plan_add_unit(&run.plan, family, 0, 2, BENCH_UNIT(0));
	unit = &run.plan.unit[0];
	for (unsigned int i = 0; i < family->register_count; i++)
		unit->value[i] = family->registers[i].width == 32
					 ? read32(&io, BENCH_UNIT(0) + family->registers[i].offset)
					 : read64(&io, BENCH_UNIT(0) + family->registers[i].offset);
	iq_record_start(&run.record, note, NOTE_SIZE, IQ_MACHINE_X86_64, 1000, 0);
	return measure_stage(what, unit, &stage);
}

/* The stages block and tables: all edits of a unit's tables. */
static enum iq_status edit(struct iq_run *of, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const struct iq_crash *crash = bench_family.family->crash;
	const enum iq_status status = crash->block(of, unit, stage);

	return status == IQ_OK && crash->edit_tables ? crash->edit_tables(of, unit, stage) : status;
}

int main(int argc, char **argv)
{
	struct iq_handover handover = { .note_size = NOTE_SIZE,
					.firmware = { .address = BENCH_FIRMWARE, .kind = IQ_FIRMWARE_ACPI },
					.clock = { .khz = 1000 },
					.wait_us = 1000000,
					.total_us = 50000000 };
	enum iq_status status = IQ_OK;
	unsigned int units, all_closed = 0;
	uint32_t entries, open;

	if (argc != 4 && argc != 5)
		return 2;
	entries = (uint32_t)atoi(argv[2]);
	open = (uint32_t)atoi(argv[3]);
	units = argc == 5 ? (unsigned int)atoi(argv[4]) : 1;
	if (!entries || entries % 256 || entries > 0x10000 || !units || units > BENCH_UNITS)
		return 2;
	make_firmware(units);
	for (unsigned int unit = 0; unit < units; unit++)
		bench_family.make(unit, entries, open);
	if (!strcmp(argv[1], "loop")) {
		measure_loop(entries);
		return 0;
	}
	if (!strcmp(argv[1], "sequence")) {
		status = measure_sequence(&handover);
	} else if (!strcmp(argv[1], "policy")) {
		const struct iq_rule rule = { .segment = UINT16_MAX, .mode = IQ_MODE_PRESERVE };

		iq_handover_add(&handover, IQ_ITEM_RULES, &rule, sizeof(rule));
		status = measure_sequence(&handover);
	} else if (!strcmp(argv[1], "devices")) {
		handover.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
		functions_every = open;
		memset(command, 7, sizeof(command));
		status = measure_sequence(&handover);
		printf("%u %u\n", config_reads, config_writes);
	} else {
		status = one_stage(strcmp(argv[1], "verify") ? edit : bench_family.family->crash->verify);
	}
	while (all_closed < units && bench_family.closed(all_closed, entries))
		all_closed++;
	if (status != IQ_OK || all_closed < units) {
		fprintf(stderr, "%s: %s: %s, or entries left open\n", argv[0], argv[1], iq_status_name(status));
		return 1;
	}
	return 0;
}
