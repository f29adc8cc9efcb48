/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Odd units and odd tables are recorded, skipped, or closed as far as possible, and the other unit is fully protected. Then each access
 * in turn raises an exception.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT64_C(0xf00000000000)
#define ADDRESS UINT64_C(0xfffffffffffff000)
#define SHARED_TABLES UINT64_C(0x41000000)

/* Unit 0 is odd; unit 1 works. */
struct pair {
	struct intel_host *host;
	struct model_vtd *odd, *well;
	struct model_device *odd_device, *well_device;
};

static struct pair pair_on(struct intel_host *host)
{
	struct pair p = { .host = host };

	host->handover.wait_us = 10000;
	host->handover.total_us = 400000;
	p.odd = host_unit(host, 0, host->mode);
	p.well = host_unit(host, 1, host->mode);
	p.odd_device = host_translated(host, p.odd, 0x0108, 5);
	p.well_device = host_translated(host, p.well, 0x0108, 5);
	host_live(p.odd_device, HOST_IOVA, MODEL_NO_PASID);
	host_live(p.well_device, HOST_IOVA, MODEL_NO_PASID);
	return p;
}

static void assert_other_is_well(const struct pair *p)
{
	assert_true(p->host->completed);
	assert_int_equal(p->host->record_status, IQ_OK);
	assert_int_equal(host_stage_status(p->host, 1, IQ_STAGE_FLUSH), IQ_OK);
	assert_int_equal(host_stage_status(p->host, 1, IQ_STAGE_VERIFY), IQ_OK);
	assert_silently_refused(p->well, p->well_device, HOST_IOVA, MODEL_NO_PASID);
}

/* The odd unit was only read. */
static void assert_left_alone(const struct pair *p, enum iq_status expected)
{
	assert_other_is_well(p);
	assert_int_equal(p->host->status, expected);
	assert_int_equal(host_stage_status(p->host, 0, IQ_STAGE_SNAPSHOT), expected);
	assert_int_equal(host_stage_status(p->host, 0, IQ_STAGE_BLOCK), IQ_NOT_FOUND);
	for (size_t i = 0; i < p->host->machine.writes; i++)
		if (p->host->machine.write[i].kind == MODEL_WRITE_REGISTER)
			assert_int_not_equal(p->host->machine.write[i].address & ~UINT64_C(0xffff), p->odd->base);
}

static void a_unit_that_does_not_translate_is_left_alone(void **state)
{
	struct pair p = pair_on(*state);

	p.odd->gsts &= ~MODEL_VTD_TE;
	host_crash(p.host);
	assert_left_alone(&p, IQ_OFF);
}

static void a_unit_that_is_gone_is_left_alone(void **state)
{
	struct pair p = pair_on(*state);

	p.odd->trouble.absent = true;
	host_crash(p.host);
	assert_left_alone(&p, IQ_ABSENT);
}

static void a_unit_of_zeros_is_left_alone(void **state)
{
	struct pair p = pair_on(*state);

	p.odd->trouble.zeros = true;
	host_crash(p.host);
	assert_left_alone(&p, IQ_ABSENT);
}

static void registers_that_cannot_be_mapped_are_left_alone(void **state)
{
	struct pair p = pair_on(*state);

	p.host->machine.trouble.unmappable = p.odd->base;
	host_crash(p.host);
	assert_left_alone(&p, IQ_UNREACHABLE);
}

static void translation_modes_that_are_none_are_left_alone(void **state)
{
	static const struct {
		uint64_t mode;
		enum iq_status status;
	} modes[] = { { UINT64_C(2) << 10, IQ_MALFORMED }, { MODEL_VTD_ABORT, IQ_NOTHING } };

	for (unsigned int i = 0; i < 2; i++) {
		struct intel_host *host = host_new();
		struct pair p;

		host->mode = ((struct intel_host *)*state)->mode;
		p = pair_on(host);
		p.odd->rtaddr = p.odd->root = (p.odd->rtaddr & ADDRESS) | modes[i].mode;
		host_crash(host);
		assert_left_alone(&p, modes[i].status);
		host_free(host);
	}
}

static void a_root_table_at_zero_is_left_alone(void **state)
{
	struct pair p = pair_on(*state);

	p.odd->rtaddr &= ~ADDRESS;
	host_crash(p.host);
	assert_left_alone(&p, IQ_MALFORMED);
}

static void a_root_table_outside_of_memory_is_reported(void **state)
{
	struct pair p = pair_on(*state);
	struct iq_record_stage block;

	p.odd->rtaddr = NOWHERE | (p.odd->rtaddr & 0xfff);
	host_crash(p.host);
	assert_other_is_well(&p);
	assert_int_equal(p.host->status, IQ_UNREACHABLE);
	assert_true(host_stage(p.host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.status, IQ_UNREACHABLE);
	assert_int_equal(block.address, NOWHERE);
	assert_int_equal(host_stage_status(p.host, 0, IQ_STAGE_VERIFY), IQ_UNREACHABLE);
	assert_capture_takes_over(p.host, p.odd);
}

static void a_context_table_outside_of_memory_is_reported_and_the_rest_closed(void **state)
{
	struct pair p = pair_on(*state);
	struct iq_record_stage block;

	model_memory_set64(&p.host->machine.memory, (p.odd->rtaddr & ADDRESS) + 0x77 * 16, NOWHERE | 1);
	host_crash(p.host);
	assert_other_is_well(&p);
	assert_true(host_stage(p.host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.status, IQ_UNREACHABLE);
	assert_int_equal(block.address, NOWHERE);
	assert_int_equal(block.changed, 1);
	assert_int_equal(host_stage_status(p.host, 0, IQ_STAGE_VERIFY), IQ_UNREACHABLE);
	assert_silently_refused(p.odd, p.odd_device, HOST_IOVA, MODEL_NO_PASID);
}

static void two_buses_with_one_context_table_are_closed_and_can_be_put_back(void **state)
{
	struct pair p = pair_on(*state);
	uint64_t root = p.odd->rtaddr & ADDRESS;

	model_memory_set64(&p.host->machine.memory, root + 2 * 16, host_word(p.host, root + 1 * 16));
	host_crash(p.host);
	assert_other_is_well(&p);
	assert_int_equal(p.host->status, IQ_OK);
	assert_restorable(p.host);
	assert_silently_refused(p.odd, p.odd_device, HOST_IOVA, MODEL_NO_PASID);
}

static void legacy_entries_of_every_sort_are_closed(void **state)
{
	struct pair p = pair_on(*state);
	const uint64_t closed = MODEL_CONTEXT_P | MODEL_CONTEXT_FPD;

	for (unsigned int type = 0; type < 4; type++)
		for (unsigned int aw = 0; aw < 8; aw++)
			for (unsigned int i = 0; i < 3; i++) {
				const uint64_t tables[] = { 0, NOWHERE, host_second(p.host, 4) };
				uint16_t requester = (uint16_t)(0x0400 | type << 6 | aw << 3 | i);

				model_vtd_set_context(&p.host->tables, p.odd->rtaddr & ADDRESS, false, requester,
						      tables[i] | type << 2 | MODEL_CONTEXT_P, 7 << 8 | aw);
			}
	/* If a table at 0 were read, it would have a page of 1 GiB here. */
	model_memory_set64(&p.host->machine.memory, 0x40, UINT64_C(0x40000083));
	host_crash(p.host);
	assert_other_is_well(&p);
	assert_int_equal(p.host->status, IQ_OK);
	assert_restorable(p.host);
	for (unsigned int id = 0x0400; id < 0x0500; id++) {
		struct model_device device;
		uint64_t word = host_word(p.host, host_context_address(p.host, p.odd, (uint16_t)id));

		if ((id & 7) > 2)
			continue;
		assert_int_equal(word & closed, closed);
		model_device_init(&device, &p.host->machine, &p.odd->iommu, (uint16_t)id);
		assert_silently_refused(p.odd, &device, HOST_IOVA, MODEL_NO_PASID);
		assert_silently_refused(p.odd, &device, UINT64_C(8) << 30, MODEL_NO_PASID);
	}
}

/* Another CPU still runs. When the flush has begun, it restores a device's entry, or switches translation off. */
static void reopen(void *context)
{
	struct pair *p = context;
	uint64_t entry = host_context_address(p->host, p->odd, 0x0108);

	if (p->odd->done[MODEL_VTD_WAIT])
		model_memory_set64(&p->host->machine.memory, entry, host_word(p->host, entry) | MODEL_CONTEXT_ATS);
}

static void an_entry_that_is_opened_again_is_seen(void **state)
{
	static struct pair p;

	p = pair_on(*state);
	model_machine_stepper(&p.host->machine, reopen, &p);
	host_crash(p.host);
	assert_other_is_well(&p);
	assert_int_equal(host_stage_status(p.host, 0, IQ_STAGE_VERIFY), IQ_STILL_OPEN);
}

static void switch_off(void *context)
{
	struct pair *p = context;

	if (p->odd->done[MODEL_VTD_WAIT])
		p->odd->gsts &= ~MODEL_VTD_TE;
}

static void a_unit_that_is_switched_off_meanwhile_is_seen_and_stays_off(void **state)
{
	static struct pair p;

	p = pair_on(*state);
	model_machine_stepper(&p.host->machine, switch_off, &p);
	host_crash(p.host);
	assert_other_is_well(&p);
	assert_int_equal(host_stage_status(p.host, 0, IQ_STAGE_VERIFY), IQ_OFF);
}

static void every_requester_there_is_with_a_table_of_its_own(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_LEGACY);
	struct model_device *device[4];

	/* 2,048 tables, shared by devices that are not neighbours: changes do not coalesce, and the record has no room for all. */
	for (unsigned int i = 0; i < 2048 * 512; i += 128)
		model_memory_set64(&host->machine.memory, SHARED_TABLES + i * 8, HOST_TARGET | MODEL_RW);
	for (uint32_t id = 0; id < 0x10000; id++)
		model_vtd_set_context(&host->tables, unit->rtaddr & ADDRESS, false, (uint16_t)id,
				      (SHARED_TABLES + id * 7 % 2048 * MODEL_PAGE) | MODEL_CONTEXT_TABLE |
					  MODEL_CONTEXT_P,
				      MODEL_CONTEXT_DOMAIN(id, 3));
	for (unsigned int i = 0; i < 4; i++)
		device[i] = host_device(host, unit, (uint16_t)(i * 0x5555));
	host->machine.call_limit = 20000000;
	host_crash(host);
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_true(host->record.header.dropped > 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_silently_refused(unit, device[i], HOST_TARGET, MODEL_NO_PASID);
}

/* io.h: mapped memory stays valid for 8 more calls. Here it is a copy that the ninth call overwrites. */
static struct {
	const void *(*map)(struct iq_memory *memory, uint64_t address, size_t length);
	uint64_t copy[9][512];
	unsigned int next;
	bool used;
} fleeting;

static const void *map_fleeting(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct model_machine *machine = (struct model_machine *)memory;
	const void *real = fleeting.map(memory, address, length);
	uint64_t *copy = fleeting.copy[fleeting.next++ % 9];

	if (!real || address == HOST_SCRATCH || machine->io.read32 == NULL)
		return real;
	memset(copy, 0xff, MODEL_PAGE);
	memcpy(copy, real, length);
	fleeting.used = true;
	return copy;
}

static void mapped_memory_is_not_used_longer_than_it_stays_valid(void **state)
{
	struct pair p = pair_on(*state);
	struct model_device *last = host_passthrough(p.host, p.odd, 0x01ff);

	for (unsigned int i = 0; i < 12; i++)
		host_translated(p.host, p.odd, (uint16_t)(0x0140 + i), (uint16_t)(20 + i));
	host_preserve(p.host, 0, 0x0142, 0x0142);
	fleeting.map = p.host->machine.io.memory.map;
	p.host->machine.io.memory.map = map_fleeting;
	host_crash(p.host);
	assert_true(fleeting.used);
	assert_other_is_well(&p);
	assert_int_equal(p.host->status, IQ_OK);
	assert_restorable(p.host);
	assert_silently_refused(p.odd, p.odd_device, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(p.odd, last, HOST_TARGET, MODEL_NO_PASID);
}

/* The unit of the record's first exception; IQ_NO_UNIT: it happened outside of all units; -1: the record has none. */
static int trapped_unit(const struct intel_host *host, struct iq_record_trap *trap)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload))
		if (section.type == IQ_SECTION_TRAP) {
			memcpy(trap, payload, sizeof(*trap));
			return section.unit;
		}
	return -1;
}

static void assert_survived(struct pair *p, uint32_t vector)
{
	struct intel_host *host = p->host;
	struct model_vtd *unit[] = { p->odd, p->well };
	struct model_device *device[] = { p->odd_device, p->well_device };
	struct iq_record_trap trap;
	int struck;

	assert_false(host->machine.hung);
	assert_int_equal(host->record_status, IQ_OK);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(unit[i]->gsts & ~MODEL_VTD_QIE, host->unit_before[i].gsts & ~MODEL_VTD_QIE);
		assert_int_equal(unit[i]->root, host->unit_before[i].root);
		assert_int_equal(unit[i]->irta, host->unit_before[i].irta);
	}
	if (!host->completed)
		return; /* the exception came between two stages, outside of every guard: the plugin seals the record at once */
	struck = trapped_unit(host, &trap);
	assert_true(struck >= 0);
	assert_int_equal(trap.trap.cause, vector);
	assert_int_equal(host_stage_status(host, (unsigned int)struck, (enum iq_stage)trap.stage),
			 vector == MODEL_VECTOR_MC ? IQ_INTERRUPTED : IQ_FAULT);
	if (struck == IQ_NO_UNIT || vector == MODEL_VECTOR_MC)
		return;
	assert_refused(device[!struck], HOST_IOVA, MODEL_NO_PASID);
	assert_int_equal(host_stage_status(host, !struck, IQ_STAGE_VERIFY), IQ_OK);
	/* The unit with the exception is closed, or the record names its stage that failed. */
	if (host_stage_status(host, (unsigned int)struck, IQ_STAGE_FLUSH) == IQ_OK &&
	    host_stage_status(host, (unsigned int)struck, IQ_STAGE_TABLES) == IQ_OK &&
	    host_stage_status(host, (unsigned int)struck, IQ_STAGE_BLOCK) == IQ_OK)
		assert_refused(device[struck], HOST_IOVA, MODEL_NO_PASID);
}

static struct pair struck_pair(uint64_t mode, uint64_t at, uint32_t vector)
{
	struct intel_host *host = host_new();
	struct pair p;

	host->mode = mode;
	p = pair_on(host);
	host->handover.wait_us = 200;
	host->unit[0].trouble.lost_stores = 1; /* so that the exceptions reach the restart of the queue too */
	host->machine.trouble.trap_at = at;
	host->machine.trouble.trap_vector = vector;
	host_crash(host);
	return p;
}

static void sweep(uint64_t mode, uint32_t vector, uint64_t stride)
{
	struct pair p = struck_pair(mode, 0, vector);
	const uint64_t calls = p.host->run_calls;
	unsigned int unguarded = 0;

	assert_int_equal(p.host->status, IQ_OK);
	host_free(p.host);
	for (uint64_t at = 1; at <= calls; at += stride) {
		p = struck_pair(mode, at, vector);
		assert_int_equal(p.host->machine.traps, 1);
		assert_survived(&p, vector);
		for (unsigned int i = 0; i < 2; i++)
			assert_capture_takes_over(p.host, &p.host->unit[i]);
		unguarded += !p.host->completed;
		host_free(p.host);
	}
	assert_in_range(unguarded, 0, 40);
}

static void a_page_fault_at_any_access_is_survived(void **state)
{
	sweep(((struct intel_host *)*state)->mode, MODEL_VECTOR_PF, 11);
}

static void a_machine_check_at_any_access_ends_the_sequence(void **state)
{
	sweep(((struct intel_host *)*state)->mode, MODEL_VECTOR_MC, 41);
}

static void a_storm_of_exceptions_ends(void **state)
{
	for (uint64_t every = 1; every < 300; every += every < 10 ? 1 : 29) {
		struct intel_host *host = host_new();

		host->mode = ((struct intel_host *)*state)->mode;
		pair_on(host);
		host->handover.wait_us = 200;
		host->machine.trouble.trap_at = 3;
		host->machine.trouble.trap_every = every;
		host_crash(host);
		assert_false(host->machine.hung);
		assert_int_equal(host->record_status, IQ_OK);
		for (unsigned int i = 0; i < 2; i++)
			assert_capture_takes_over(host, &host->unit[i]);
		host_free(host);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(a_unit_that_does_not_translate_is_left_alone),
		BOTH(a_unit_that_is_gone_is_left_alone),
		BOTH(a_unit_of_zeros_is_left_alone),
		BOTH(registers_that_cannot_be_mapped_are_left_alone),
		BOTH(translation_modes_that_are_none_are_left_alone),
		BOTH(a_root_table_at_zero_is_left_alone),
		BOTH(a_root_table_outside_of_memory_is_reported),
		BOTH(a_context_table_outside_of_memory_is_reported_and_the_rest_closed),
		BOTH(two_buses_with_one_context_table_are_closed_and_can_be_put_back),
		LEGACY(legacy_entries_of_every_sort_are_closed),
		BOTH(an_entry_that_is_opened_again_is_seen),
		BOTH(a_unit_that_is_switched_off_meanwhile_is_seen_and_stays_off),
		LEGACY(every_requester_there_is_with_a_table_of_its_own),
		BOTH(mapped_memory_is_not_used_longer_than_it_stays_valid),
		BOTH(a_page_fault_at_any_access_is_survived),
		BOTH(a_machine_check_at_any_access_ends_the_sequence),
		BOTH(a_storm_of_exceptions_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
