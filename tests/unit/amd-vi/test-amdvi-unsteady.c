/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers, the unit, other CPUs and tables of noise change while the sequence runs. The sequence ends in its time, writes only
 * entries and commands, and the other unit is fully protected.
 */
#include "amd-host.h"
#include "unit/core/unsteady.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>

#define TOTAL_US 200000u
/* In ticks of the machine: nanoseconds. */
#define LONGEST (TOTAL_US * UINT64_C(1000))

struct pair {
	struct amd_host *host;
	struct model_amdvi *odd; /* index 0 */
	struct model_device *behind_odd;
	struct model_device *well; /* behind index 1, another PCI segment */
	struct unsteady unsteady;  /* before index 0 */
	uint64_t noise;
};

static struct pair *new_pair(bool all)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	pair->host = host_new();
	pair->host->handover.wait_us = 5000;
	pair->host->handover.total_us = TOTAL_US;
	pair->odd = host_unit(pair->host, 0, 2);
	pair->odd->efr = all ? MODEL_AMDVI_IA_SUP : 0;
	pair->behind_odd = host_translated(pair->host, pair->odd, 0x0010, 5);
	host_live(pair->behind_odd, HOST_IOVA, MODEL_NO_PASID);
	pair->well = host_translated(pair->host, host_unit(pair->host, 1, 2), 0x0010, 5);
	host_live(pair->well, HOST_IOVA, MODEL_NO_PASID);
	unsteady_start(&pair->unsteady, &pair->host->machine, 0);
	pair->noise = 1;
	return pair;
}

static void free_pair(struct pair *pair)
{
	host_free(pair->host);
	free(pair);
}

/* The sequence ended in time and left a record, and the other unit is blocked, as the record says. */
static void assert_other_is_well(const struct pair *pair)
{
	const struct amd_host *host = pair->host;

	assert_true(host->completed);
	assert_false(host->machine.breach);
	assert_int_equal(host->record_status, IQ_OK);
	assert_in_range(host->took, 0, LONGEST);
	assert_int_equal(host_stage_status(host, 1, IQ_STAGE_BLOCK), IQ_OK);
	assert_int_equal(host_stage_status(host, 1, IQ_STAGE_FLUSH), IQ_OK);
	assert_int_equal(host_stage_status(host, 1, IQ_STAGE_VERIFY), IQ_OK);
	assert_refused(pair->well, HOST_IOVA, MODEL_NO_PASID);
}

/* Every store to memory went to a table, a ring or a completion of these two units. */
static void assert_only_tables_were_written(const struct pair *pair)
{
	const struct model_machine *machine = &pair->host->machine;

	for (size_t i = 0; i < machine->writes; i++)
		if (machine->write[i].kind == MODEL_WRITE_MEMORY)
			assert_true(host_may_store(pair->host, machine->write[i].address));
}

static void assert_unit_is_as_found(const struct pair *pair)
{
	const struct model_amdvi *now = pair->odd, *old = &pair->host->unit_before[0];

	assert_int_equal(now->control & ~MODEL_AMDVI_CMD_BUF_EN, old->control & ~MODEL_AMDVI_CMD_BUF_EN);
	assert_memory_equal(now->table, old->table, sizeof(now->table));
	assert_int_equal(now->command_base, old->command_base);
}

static void test_registers_that_change_between_two_reads(void **state)
{
	unsigned int refused = 0, flushed = 0;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct pair *pair = new_pair(seed & 1);
		enum iq_status snapshot;

		pair->unsteady.noise = seed * 0x9e3779b9;
		pair->unsteady.one_in = seed & 2 ? 200 : 12;
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_only_tables_were_written(pair);
		assert_unit_is_as_found(pair);
		snapshot = host_stage_status(pair->host, 0, IQ_STAGE_SNAPSHOT);
		refused += snapshot == IQ_MALFORMED;
		flushed += host_stage_status(pair->host, 0, IQ_STAGE_FLUSH) == IQ_OK;
		free_pair(pair);
	}
	/* The noise prevented many flushes, but not all. */
	assert_true(refused > 50 && flushed > 50);
	(void)state;
}

static uint64_t accesses_of_a_run(bool all)
{
	struct pair *pair = new_pair(all);
	uint64_t accesses;

	host_crash(pair->host);
	assert_int_equal(pair->host->status, IQ_OK);
	accesses = pair->unsteady.accesses;
	free_pair(pair);
	return accesses;
}

static void test_a_unit_that_is_gone_from_any_moment_on(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		const uint64_t accesses = accesses_of_a_run(all);

		for (uint64_t at = 1; at <= accesses; at++) {
			struct pair *pair = new_pair(all);

			pair->unsteady.gone_at = at;
			host_crash(pair->host);
			assert_other_is_well(pair);
			assert_only_tables_were_written(pair);
			assert_unit_is_as_found(pair);
			free_pair(pair);
		}
	}
	(void)state;
}

/* Another CPU still runs, and opens every entry again as soon as it is closed. */
static void reopen(void *context)
{
	struct pair *pair = context;
	struct model_amdvi_entry entry = host_entry(pair->host, pair->odd, 0x0010);

	entry.word[0] |= MODEL_DTE_IR | MODEL_DTE_IW;
	host_set_entry(pair->host, pair->odd, 0x0010, &entry);
}

static void test_a_cpu_that_opens_an_entry_again_and_again(void **state)
{
	struct pair *pair = new_pair(true);
	struct iq_record_stage verify;

	model_machine_stepper(&pair->host->machine, reopen, pair);
	host_crash(pair->host);
	assert_other_is_well(pair);
	assert_true(host_stage(pair->host, 0, IQ_STAGE_VERIFY, &verify));
	assert_int_equal(verify.status, IQ_STILL_OPEN);
	assert_int_equal(verify.address, model_amdvi_entry_address(pair->odd, 0x0010));
	free_pair(pair);
	(void)state;
}

/* Another CPU goes on to send commands: it moves the tail, and overwrites the commands of the sequence. */
static void send(void *context)
{
	struct pair *pair = context;

	if (!(unsteady_draw(&pair->noise) % 8))
		model_amdvi_push(pair->odd, 0x10, (uint32_t)MODEL_INVALIDATE_DEVTAB_ENTRY << 28, 0, 0);
}

static void test_a_cpu_that_goes_on_to_send_commands(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct pair *pair = new_pair(all);
		enum iq_status flush;

		model_machine_stepper(&pair->host->machine, send, pair);
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_unit_is_as_found(pair);
		flush = host_stage_status(pair->host, 0, IQ_STAGE_FLUSH);
		if (flush == IQ_OK)
			assert_refused(pair->behind_odd, HOST_IOVA, MODEL_NO_PASID);
		else
			assert_true(flush == IQ_TIMEOUT || flush == IQ_QUEUE);
		free_pair(pair);
	}
	(void)state;
}

/* Every entry has random bits. */
static void test_a_device_table_of_noise(void **state)
{
	for (unsigned int round = 0; round < 8; round++) {
		struct pair *pair = new_pair(round & 1);
		struct model_device device;

		pair->noise = round + 1;
		for (uint16_t requester = 0; requester < 256; requester++) {
			struct model_amdvi_entry entry;

			for (unsigned int i = 0; i < 4; i++)
				entry.word[i] = unsteady_draw(&pair->noise);
			/* The platform's system management messages may be let through. */
			entry.word[1] &= ~MODEL_DTE_SYSMGT(3);
			host_set_entry(pair->host, pair->odd, requester, &entry);
		}
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_only_tables_were_written(pair);
		assert_int_equal(pair->host->status, IQ_OK);
		assert_evidence(pair->host);
		model_device_init(&device, &pair->host->machine, &pair->odd->iommu, 0);
		for (uint16_t requester = 0; requester < 256; requester++) {
			device.requester = requester;
			assert_refused(&device, HOST_IOVA, MODEL_NO_PASID);
			assert_refused(&device, 0x1000, 1);
		}
		free_pair(pair);
	}
	(void)state;
}

/* The same memory is used as device table, and as command queue or event log. */
static void test_a_device_table_over_the_units_own_rings(void **state)
{
	for (unsigned int log = 0; log < 2; log++) {
		struct pair *pair = new_pair(true);
		enum iq_status flush;

		pair->odd->table[0] = ((log ? pair->odd->event_base : pair->odd->command_base) & 0xfffffffff000) | 1;
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_only_tables_were_written(pair);
		assert_unit_is_as_found(pair);
		flush = host_stage_status(pair->host, 0, IQ_STAGE_FLUSH);
		assert_true(flush == IQ_OK || flush == IQ_TIMEOUT || flush == IQ_QUEUE);
		free_pair(pair);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_that_change_between_two_reads),
		cmocka_unit_test(test_a_unit_that_is_gone_from_any_moment_on),
		cmocka_unit_test(test_a_cpu_that_opens_an_entry_again_and_again),
		cmocka_unit_test(test_a_cpu_that_goes_on_to_send_commands),
		cmocka_unit_test(test_a_device_table_of_noise),
		cmocka_unit_test(test_a_device_table_over_the_units_own_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
