/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers, the unit, other CPUs and the clock change while the sequence runs; tables lead in circles or are noise. The sequence ends
 * in its time, and the other unit is fully protected.
 */
#include "unit/core/unsteady.h"
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>

#define TOTAL_US   200000u
/* In ticks of the machine: nanoseconds. */
#define LONGEST	   (TOTAL_US * UINT64_C(1000))
#define POOL	   UINT64_C(0x41000000)
#define POOL_PAGES 64u
#define ADDRESS	   UINT64_C(0xfffffffffffff000)
#define NOWHERE	   UINT64_C(0xf00000000000)

struct pair {
	struct intel_host *host;
	struct model_vtd *odd; /* index 0 */
	struct model_device *odd_device;
	struct model_device *well_device; /* behind index 1, another PCI segment */
	struct unsteady unsteady;	  /* before index 0 */
	uint64_t noise;
	uint64_t context; /* of odd_device */
};

static struct pair *new_pair(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct intel_host *host = host_new();

	pair->host = host;
	host->mode = ((struct intel_host *)*state)->mode;
	host->handover.wait_us = 5000;
	host->handover.total_us = TOTAL_US;
	pair->odd = host_unit(host, 0, host->mode);
	pair->odd_device = host_translated(host, pair->odd, 0x0108, 5);
	pair->context = host_context_address(host, pair->odd, 0x0108);
	host_live(pair->odd_device, HOST_IOVA, MODEL_NO_PASID);
	pair->well_device = host_translated(host, host_unit(host, 1, host->mode), 0x0108, 5);
	host_live(pair->well_device, HOST_IOVA, MODEL_NO_PASID);
	unsteady_start(&pair->unsteady, &host->machine, 0);
	pair->noise = 1;
	return pair;
}

static void free_pair(struct pair *pair)
{
	host_free(pair->host);
	free(pair);
}

/* The sequence ended in time and left a record, and the other unit is blocked, as the record says. */
static void assert_other_is_well(struct pair *pair)
{
	struct intel_host *host = pair->host;

	assert_true(host->completed);
	assert_false(host->machine.breach);
	assert_int_equal(host->record_status, IQ_OK);
	assert_in_range(host->took, 0, LONGEST);
	assert_int_equal(host_stage_status(host, 1, IQ_STAGE_BLOCK), IQ_OK);
	assert_int_equal(host_stage_status(host, 1, IQ_STAGE_FLUSH), IQ_OK);
	assert_int_equal(host_stage_status(host, 1, IQ_STAGE_VERIFY), IQ_OK);
	assert_silently_refused(&host->unit[1], pair->well_device, HOST_IOVA, MODEL_NO_PASID);
}

/* Translation and interrupt remapping were not switched, and table addresses were not changed. */
static void assert_unit_is_as_found(const struct pair *pair)
{
	const struct model_vtd *old = &pair->host->unit_before[0];

	assert_int_equal(pair->odd->gsts & ~MODEL_VTD_QIE, old->gsts & ~MODEL_VTD_QIE);
	assert_int_equal(pair->odd->root, old->root);
	assert_int_equal(pair->odd->irta, old->irta);
}

/* Every store to memory went to a table, a queue or a completion of these two units. */
static void assert_only_tables_were_written(const struct pair *pair)
{
	const struct model_machine *machine = &pair->host->machine;

	for (size_t i = 0; i < machine->writes; i++)
		if (machine->write[i].kind == MODEL_WRITE_MEMORY)
			assert_true(host_may_store(pair->host, machine->write[i].address));
}

static void registers_that_change_between_two_reads(void **state)
{
	unsigned int refused = 0, flushed = 0;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct pair *pair = new_pair(state);

		pair->unsteady.noise = seed * 0x9e3779b9;
		pair->unsteady.one_in = seed & 2 ? 200 : 12;
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_only_tables_were_written(pair);
		assert_unit_is_as_found(pair);
		refused += host_stage_status(pair->host, 0, IQ_STAGE_SNAPSHOT) == IQ_MALFORMED;
		flushed += host_stage_status(pair->host, 0, IQ_STAGE_FLUSH) == IQ_OK;
		free_pair(pair);
	}
	/* The noise prevented many flushes, but not all. */
	assert_true(refused > 50 && flushed > 50);
}

static void a_unit_that_is_gone_from_any_moment_on(void **state)
{
	struct pair *pair = new_pair(state);
	uint64_t accesses;

	host_crash(pair->host);
	assert_int_equal(pair->host->status, IQ_OK);
	accesses = pair->unsteady.accesses;
	free_pair(pair);
	for (uint64_t at = 1; at <= accesses; at++) {
		pair = new_pair(state);
		pair->unsteady.gone_at = at;
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_only_tables_were_written(pair);
		assert_unit_is_as_found(pair);
		free_pair(pair);
	}
}

/* Another CPU still runs, and opens every entry again as soon as it is closed. */
static void reopen(void *context)
{
	struct pair *pair = context;

	model_memory_set64(&pair->host->machine.memory, pair->context,
			   host_word(pair->host, pair->context) | MODEL_CONTEXT_ATS);
}

static void a_cpu_that_opens_an_entry_again_and_again(void **state)
{
	struct pair *pair = new_pair(state);
	struct iq_record_stage verify;

	model_machine_stepper(&pair->host->machine, reopen, pair);
	host_crash(pair->host);
	assert_other_is_well(pair);
	assert_true(host_stage(pair->host, 0, IQ_STAGE_VERIFY, &verify));
	assert_int_equal(verify.status, IQ_STILL_OPEN);
	assert_int_equal(verify.address, pair->context);
	free_pair(pair);
}

/* Another CPU goes on to send descriptors: it moves the tail, and overwrites the descriptors of the sequence. */
static void send(void *context)
{
	struct pair *pair = context;

	if (pair->odd->gsts & MODEL_VTD_QIE && !(unsteady_draw(&pair->noise) % 8))
		model_vtd_push(pair->odd, 0x12, 0);
}

static void a_cpu_that_goes_on_to_send_descriptors(void **state)
{
	struct pair *pair = new_pair(state);
	enum iq_status flush;

	model_machine_stepper(&pair->host->machine, send, pair);
	host_crash(pair->host);
	assert_other_is_well(pair);
	assert_unit_is_as_found(pair);
	flush = host_stage_status(pair->host, 0, IQ_STAGE_FLUSH);
	if (flush == IQ_OK)
		assert_refused(pair->odd_device, HOST_IOVA, MODEL_NO_PASID);
	else
		assert_true(flush == IQ_TIMEOUT || flush == IQ_QUEUE);
	free_pair(pair);
}

/* Another CPU changes the address of a context table: the table, outside of memory, not present. */
static void move_table(void *context)
{
	struct pair *pair = context;
	const uint64_t word[] = { (pair->context & ADDRESS) | 1, NOWHERE | 1, 0 };

	model_memory_set64(&pair->host->machine.memory, (pair->odd->root & ADDRESS) + 1 * 16,
			   word[unsteady_draw(&pair->noise) % 3]);
}

static void a_cpu_that_moves_a_context_table(void **state)
{
	for (uint64_t seed = 1; seed < 20; seed++) {
		struct pair *pair = new_pair(state);

		pair->noise = seed;
		model_machine_stepper(&pair->host->machine, move_table, pair);
		host_crash(pair->host);
		assert_other_is_well(pair);
		assert_unit_is_as_found(pair);
		free_pair(pair);
	}
}

/* The root table, context tables and directories lead to each other, to themselves, and to tables above them. */
static void tables_that_lead_in_circles(void **state)
{
	struct pair *pair = new_pair(state);
	const uint64_t root = pair->odd->root & ADDRESS, contexts = pair->context & ADDRESS;
	const uint64_t loops[] = { root, contexts, pair->odd->iqa & ADDRESS, POOL };
	struct model_device device;

	model_memory_set64(&pair->host->machine.memory, POOL, POOL | 3);
	model_memory_set64(&pair->host->machine.memory, POOL + 8, root | 3);
	for (unsigned int i = 0; i < 4; i++)
		model_vtd_set_context(&pair->host->tables, root, host_scalable(pair->odd), (uint16_t)(0x0110 + i),
				      loops[i] | MODEL_CONTEXT_TABLE | MODEL_CONTEXT_P, MODEL_CONTEXT_DOMAIN(9, 4));
	host_crash(pair->host);
	assert_other_is_well(pair);
	assert_unit_is_as_found(pair);
	assert_refused(pair->odd_device, HOST_IOVA, MODEL_NO_PASID);
	model_device_init(&device, &pair->host->machine, &pair->odd->iommu, 0);
	for (unsigned int i = 0; i < 4; i++) {
		device.requester = (uint16_t)(0x0110 + i);
		assert_refused(&device, HOST_IOVA, MODEL_NO_PASID);
	}
	free_pair(pair);
}

/* The root table is in memory full of noise; its entries lead to more noise. */
static void tables_of_noise(void **state)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct pair *pair = new_pair(state);
		struct model_device device;

		pair->noise = seed;
		for (uint64_t at = POOL; at < POOL + POOL_PAGES * MODEL_PAGE; at += 8) {
			const uint64_t page = POOL + unsteady_draw(&pair->noise) % POOL_PAGES * MODEL_PAGE;

			model_memory_set64(&pair->host->machine.memory, at,
					   page | (unsteady_draw(&pair->noise) & 0xfff));
		}
		pair->odd->rtaddr = pair->odd->root = POOL | (pair->odd->rtaddr & ~ADDRESS);
		pair->host->machine.call_limit = 100000000;
		host_crash(pair->host);
		assert_false(pair->host->machine.hung);
		assert_true(pair->host->completed);
		assert_int_equal(pair->host->record_status, IQ_OK);
		assert_int_equal(host_stage_status(pair->host, 1, IQ_STAGE_VERIFY), IQ_OK);
		assert_refused(pair->well_device, HOST_IOVA, MODEL_NO_PASID);
		assert_unit_is_as_found(pair);
		/* Every entry that the record calls closed is closed. */
		model_device_init(&device, &pair->host->machine, &pair->odd->iommu, 0);
		for (uint32_t requester = 0;
		     requester < 0x10000 && host_stage_status(pair->host, 0, IQ_STAGE_VERIFY) == IQ_OK;
		     requester += 7) {
			device.requester = (uint16_t)requester;
			assert_refused(&device, HOST_IOVA, MODEL_NO_PASID);
		}
		free_pair(pair);
	}
}

static void a_clock_that_stands_still_does_not_hold_the_machine(void **state)
{
	struct pair *pair = new_pair(state);

	pair->odd->trouble.wedged = true;
	pair->odd->version = 0x60;
	pair->host->machine.trouble.clock_stands = true;
	host_crash(pair->host);
	assert_other_is_well(pair);
	assert_int_equal(host_stage_status(pair->host, 0, IQ_STAGE_FLUSH), IQ_TIMEOUT);
	assert_unit_is_as_found(pair);
	free_pair(pair);
}

/* The flush may be given up early; a flush that is recorded as ok must have been done. */
static void a_clock_that_leaps_ahead(void **state)
{
	for (unsigned int at = 1; at < 60; at++) {
		struct pair *pair = new_pair(state);

		pair->host->machine.trouble.jump_at = at;
		pair->host->machine.trouble.jump = UINT64_C(1) << 40;
		host_crash(pair->host);
		assert_true(pair->host->completed);
		assert_int_equal(pair->host->record_status, IQ_OK);
		if (host_stage_status(pair->host, 0, IQ_STAGE_FLUSH) == IQ_OK)
			assert_refused(pair->odd_device, HOST_IOVA, MODEL_NO_PASID);
		assert_unit_is_as_found(pair);
		free_pair(pair);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(registers_that_change_between_two_reads),
		BOTH(a_unit_that_is_gone_from_any_moment_on),
		BOTH(a_cpu_that_opens_an_entry_again_and_again),
		BOTH(a_cpu_that_goes_on_to_send_descriptors),
		BOTH(a_cpu_that_moves_a_context_table),
		BOTH(tables_that_lead_in_circles),
		BOTH(tables_of_noise),
		BOTH(a_clock_that_stands_still_does_not_hold_the_machine),
		BOTH(a_clock_that_leaps_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
