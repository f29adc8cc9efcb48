/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: firmware tables are made into a plan and printed. The first byte chooses the form of the input: one table, or memory in
 * which a root pointer leads to tables; their checksums are set right.
 */
#include "fuzz.h"

#include "firmware/acpi.h"
#include "tables/table.h"
#include "base/message.h"
#include "plan.h"

#include <stdio.h>
#include <string.h>

#define MEMORY   8192u
#define ROOT     0u /* address of the root pointer */
#define ROOT_END 36u
#define TABLES   64u

/* Linear memory from address 4096 on. */
struct linear {
	struct iq_memory memory; /* first */
	uint8_t bytes[MEMORY];
};

static uint32_t config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	(void)config;
	/* Some functions are bridges, so that paths can be followed. */
	if (requester % 5 == 4)
		return ~0u;
	return (uint32_t)(segment * 2654435761u + requester * 40503u + offset) | (offset == 0xc ? 0x10000u : 0);
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct linear *linear = (struct linear *)memory;

	require(length && length <= IQ_PAGE_SIZE && (address & ~IQ_PAGE_MASK) + length <= IQ_PAGE_SIZE);
	address -= IQ_PAGE_SIZE;
	return address < MEMORY && length <= MEMORY - address ? linear->bytes + address : NULL;
}

static void check_plan(const struct iq_plan *plan)
{
	require(plan->units <= IQ_PLAN_UNITS && plan->rules <= IQ_PLAN_RULES);
	for (unsigned int i = 0; i < plan->units; i++)
		require(plan->unit[i].family && plan->unit[i].index == i && plan->unit[i].base);
	for (unsigned int i = 0; i < plan->rules; i++)
		require(plan->rule[i].first <= plan->rule[i].last);
}

static void one_table(struct iq_plan *plan, const uint8_t *bytes, uint32_t size)
{
	static struct kq_output output;
	struct iq_config config = { config_read, NULL };
	struct kq_json json;
	uint32_t offset;
	FILE *nowhere = fopen("/dev/null", "w");

	require(nowhere);
	iq_plan_start(plan);
	iq_plan_from_table(plan, bytes, size, &config, &offset);
	require(offset <= size);
	check_plan(plan);
	kq_output_start(&output, nowhere);
	kq_json_start(&json, &output);
	kq_json_array(&json, NULL);
	/* Print the parts that the plan leaves out. */
	require(!kq_dump_table(kq_json_sink(&json), "table", bytes, size, &config) || !plan->left_out ||
		plan->units == IQ_PLAN_UNITS || plan->rules == IQ_PLAN_RULES);
	kq_json_end(&json);
	kq_dump_table(kq_text_sink(&output), "table", bytes, size, NULL);
	fclose(nowhere);
}

static void make_right(uint8_t *bytes, uint32_t length, uint32_t checksum)
{
	bytes[checksum] = 0;
	bytes[checksum] = (uint8_t)-iq_acpi_sum(bytes, length);
}

static void whole_memory(struct iq_plan *plan, const uint8_t *bytes, size_t size)
{
	static struct linear linear;
	static uint8_t scratch[MEMORY];
	struct iq_config config = { config_read, NULL };

	memset(&linear, 0, sizeof(linear));
	linear.memory.map = map;
	memcpy(linear.bytes, bytes, iq_min(size, MEMORY));
	/* Set the tables' checksums first: the root pointer is not in a table. */
	for (uint32_t at = TABLES; at + IQ_ACPI_HEADER <= MEMORY; at += TABLES) {
		const uint32_t length = iq_le32(linear.bytes + at + 4);

		if (length >= IQ_ACPI_HEADER && length <= MEMORY - at)
			make_right(linear.bytes + at, length, 9);
	}
	make_right(linear.bytes + ROOT, 20, 8);
	make_right(linear.bytes + ROOT, ROOT_END, 32);
	iq_plan_start(plan);
	iq_plan_from_acpi(plan, &linear.memory, &config, IQ_PAGE_SIZE, scratch, sizeof(scratch));
	check_plan(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct iq_plan plan;

	if (!size)
		return 0;
	kq_message_setup("fuzz", KQ_QUIET);
	if (bytes[0] & 1)
		whole_memory(&plan, bytes + 1, size - 1);
	else
		one_table(&plan, bytes + 1, (uint32_t)(size - 1));
	return 0;
}
