/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units that are off, gone, or have wrong table addresses. Each is recorded as what it is, nothing is written to it that its state
 * does not allow, and the other units are fully protected.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#define UNIT_REGISTERS UINT64_C(0xfd000000)

struct pair {
	struct amd_host *host;
	struct model_amdvi *odd;    /* index 0 */
	struct model_device *behind_odd;
	struct model_device *well;  /* behind index 1, another PCI segment */
};

static struct pair pair_of(void **state)
{
	struct pair pair = { .host = *state };

	pair.odd = host_unit(pair.host, 0, 2);
	pair.behind_odd = host_translated(pair.host, pair.odd, 0x0010, 5);
	host_live(pair.behind_odd, HOST_IOVA, MODEL_NO_PASID);
	pair.well = host_translated(pair.host, host_unit(pair.host, 1, 2), 0x0010, 5);
	host_live(pair.well, HOST_IOVA, MODEL_NO_PASID);
	return pair;
}

static void assert_other_is_well(const struct pair *pair)
{
	assert_true(pair->host->completed);
	assert_int_equal(pair->host->record_status, IQ_OK);
	assert_int_equal(host_stage_status(pair->host, 1, IQ_STAGE_BLOCK), IQ_OK);
	assert_int_equal(host_stage_status(pair->host, 1, IQ_STAGE_FLUSH), IQ_OK);
	assert_int_equal(host_stage_status(pair->host, 1, IQ_STAGE_VERIFY), IQ_OK);
	assert_refused(pair->well, HOST_IOVA, MODEL_NO_PASID);
	assert_evidence(pair->host);
	assert_units_as_found(pair->host);
}

/* The unit takes part in no stage after the snapshot, and not one of its registers was written. */
static void assert_left_alone(const struct pair *pair, enum iq_status expected)
{
	const struct model_machine *machine = &pair->host->machine;

	assert_int_equal(pair->host->status, expected);
	assert_int_equal(host_stage_status(pair->host, 0, IQ_STAGE_SNAPSHOT), expected);
	assert_int_equal(host_stage_status(pair->host, 0, IQ_STAGE_BLOCK), IQ_NOT_FOUND);
	assert_int_equal(host_stage_status(pair->host, 0, IQ_STAGE_FLUSH), IQ_NOT_FOUND);
	for (size_t i = 0; i < machine->writes; i++)
		assert_false(machine->write[i].kind == MODEL_WRITE_REGISTER &&
			     machine->write[i].address - UNIT_REGISTERS < MODEL_AMDVI_WINDOW);
	assert_other_is_well(pair);
}

static void test_a_unit_that_is_off(void **state)
{
	struct pair pair = pair_of(state);

	pair.odd->control &= ~MODEL_AMDVI_IOMMU_EN;
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_OFF);
}

static void test_a_unit_that_is_gone(void **state)
{
	struct pair pair = pair_of(state);

	pair.odd->trouble.absent = true;
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_ABSENT);
}

static void test_a_unit_that_reads_zeros(void **state)
{
	struct pair pair = pair_of(state);

	pair.odd->trouble.zeros = true;
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_ABSENT);
}

static void test_registers_that_nobody_answers(void **state)
{
	struct pair pair = pair_of(state);

	/* IVRS names these registers, and no device answers there. */
	pair.host->machine.window[0].base = UINT64_C(0xfffffff000000);
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_ABSENT);
}

static void test_registers_that_cannot_be_mapped(void **state)
{
	struct pair pair = pair_of(state);

	pair.host->machine.trouble.unmappable = UNIT_REGISTERS;
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_UNREACHABLE);
}

static void test_a_control_register_of_all_ones(void **state)
{
	struct pair pair = pair_of(state);

	pair.odd->control = UINT64_MAX;
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_ABSENT);
}

static void test_no_device_table(void **state)
{
	struct pair pair = pair_of(state);

	pair.odd->table[0] = 1;
	host_crash(pair.host);
	assert_left_alone(&pair, IQ_MALFORMED);
}

static void test_more_table_segments_than_there_are(void **state)
{
	for (unsigned int bits = 4; bits <= 7; bits++) {
		struct amd_host *host = host_new();
		struct pair pair = pair_of((void **)&host);

		pair.odd->control |= MODEL_AMDVI_SEGMENTS_EN(bits);
		host_crash(host);
		assert_left_alone(&pair, IQ_MALFORMED);
		host_free(host);
	}
	(void)state;
}

static void test_a_table_outside_of_memory(void **state)
{
	struct pair pair = pair_of(state);
	struct iq_record_stage block;

	pair.odd->table[0] = UINT64_C(0xf00000000000) | 0x1ff;
	host_crash(pair.host);
	assert_true(host_stage(pair.host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.status, IQ_UNREACHABLE);
	assert_in_range(block.address, UINT64_C(0xf00000000000), UINT64_C(0xf000001fffff));
	assert_int_equal(block.changed, 0);
	/* An entry that was not read is not reported as closed. */
	assert_int_equal(host_stage_status(pair.host, 0, IQ_STAGE_VERIFY), IQ_UNREACHABLE);
	assert_other_is_well(&pair);
}

static void test_a_table_that_ends_outside_of_memory(void **state)
{
	struct amd_host *host = *state;
	struct pair pair = pair_of(state);
	const uint64_t end = UINT64_C(0x200000000);
	struct iq_record_stage block;

	/* Two pages are in RAM, the rest is beyond its last byte. */
	pair.odd->table[0] = (end - 2 * MODEL_PAGE) | 0x1ff;
	model_amdvi_drop_all(pair.odd);
	pair.behind_odd = host_translated(host, pair.odd, 0x0018, 9);
	host_live(pair.behind_odd, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.status, IQ_UNREACHABLE);
	assert_int_equal(block.examined, 256);
	assert_refused(pair.behind_odd, HOST_IOVA, MODEL_NO_PASID);
	assert_other_is_well(&pair);
}

static void test_a_table_above_4_gib(void **state)
{
	struct amd_host *host = *state;
	struct pair pair = pair_of(state);

	pair.odd->table[0] = UINT64_C(0x180000000) | 0xf;
	model_amdvi_drop_all(pair.odd);
	pair.behind_odd = host_translated(host, pair.odd, 0x0718, 9);
	host_live(pair.behind_odd, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_int_equal(host->status, IQ_OK);
	assert_refused(pair.behind_odd, HOST_IOVA, MODEL_NO_PASID);
	assert_other_is_well(&pair);
}

/* Another CPU still runs, and restores an entry after it was blocked. */
struct rewriter {
	struct pair *pair;
	struct model_amdvi_entry entry;
	unsigned int times;
};

static void rewrite(void *context)
{
	struct rewriter *rewriter = context;
	struct pair *pair = rewriter->pair;
	struct model_amdvi_entry now = host_entry(pair->host, pair->odd, 0x0010);

	if (rewriter->times && now.word[0] != rewriter->entry.word[0]) {
		host_set_entry(pair->host, pair->odd, 0x0010, &rewriter->entry);
		rewriter->times--;
	}
}

static void test_an_entry_that_is_opened_again_is_seen(void **state)
{
	struct pair pair = pair_of(state);
	struct rewriter rewriter = { &pair, host_entry(pair.host, pair.odd, 0x0010), 1 };
	struct iq_record_stage verify;

	model_machine_stepper(&pair.host->machine, rewrite, &rewriter);
	host_crash(pair.host);
	assert_int_equal(rewriter.times, 0);
	assert_int_equal(pair.host->status, IQ_STILL_OPEN);
	assert_true(host_stage(pair.host, 0, IQ_STAGE_VERIFY, &verify));
	assert_int_equal(verify.status, IQ_STILL_OPEN);
	assert_int_equal(verify.open, 1);
	assert_int_equal(verify.address, model_amdvi_entry_address(pair.odd, 0x0010));
	assert_refused(pair.well, HOST_IOVA, MODEL_NO_PASID);
}

static void switch_off(void *context)
{
	struct model_amdvi *unit = context;

	if (unit->commands[MODEL_INVALIDATE_IOMMU_ALL])
		unit->control &= ~MODEL_AMDVI_IOMMU_EN;
}

static void test_a_unit_that_is_switched_off_meanwhile(void **state)
{
	struct pair pair = pair_of(state);

	model_machine_stepper(&pair.host->machine, switch_off, pair.odd);
	host_crash(pair.host);
	assert_int_equal(host_stage_status(pair.host, 0, IQ_STAGE_VERIFY), IQ_OFF);
	assert_refused(pair.well, HOST_IOVA, MODEL_NO_PASID);
}

static void test_no_firmware_tables(void **state)
{
	struct amd_host *host = *state;

	host_unit(host, 0, 2);
	host_crash_at(host, 0);
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_UNREACHABLE);
	assert_int_equal(host->record_status, IQ_OK);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_UNREACHABLE);
	assert_int_equal(host->machine.writes, 0);
}

static void test_a_table_with_a_wrong_checksum(void **state)
{
	struct amd_host *host = *state;

	host_unit(host, 0, 2);
	host->ivrs.bytes[50]++;
	host_crash(host);
	assert_int_equal(host->status, IQ_DAMAGED);
	assert_int_equal(host->record_status, IQ_OK);
	assert_int_equal(host->machine.writes, 0);
}

static void test_an_ivrs_that_names_two_units_at_one_place(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = host_translated(host, host_unit(host, 0, 2), 0x0010, 5);

	model_ivrs_unit(&host->ivrs, 0x11, 1, 0x0099, UNIT_REGISTERS + 0x2000);
	model_ivrs_unit(&host->ivrs, 0x11, 1, 0x009a, UINT64_C(0xfffffffffffff000));
	model_ivrs_unit(&host->ivrs, 0x11, 1, 0x009b, 0);
	model_ivrs_unit(&host->ivrs, 0x11, 1, 0x009c, 0x12345678);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_int_equal(host->status, IQ_MALFORMED);
	assert_int_equal(host_stage_status(host, IQ_NO_UNIT, IQ_STAGE_PLAN), IQ_MALFORMED);
	assert_int_equal(host->run->plan.units, 1);
	assert_int_equal(host->run->plan.left_out, 4);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_units_as_found(host);
}

static void test_a_base_that_lies_is_nobody(void **state)
{
	struct pair pair = pair_of(state);

	/* RAM at the address of registers: its content does not look like a unit that is on. */
	model_ivrs_unit(&pair.host->ivrs, 0x11, 3, 0x0099, 0x60000000);
	host_crash(pair.host);
	assert_int_equal(pair.host->status, IQ_ABSENT);
	assert_int_equal(host_stage_status(pair.host, 2, IQ_STAGE_SNAPSHOT), IQ_ABSENT);
	assert_refused(pair.behind_odd, HOST_IOVA, MODEL_NO_PASID);
	assert_other_is_well(&pair);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_unit_that_is_off),
		T(test_a_unit_that_is_gone),
		T(test_a_unit_that_reads_zeros),
		T(test_registers_that_nobody_answers),
		T(test_registers_that_cannot_be_mapped),
		T(test_a_control_register_of_all_ones),
		T(test_no_device_table),
		T(test_more_table_segments_than_there_are),
		T(test_a_table_outside_of_memory),
		T(test_a_table_that_ends_outside_of_memory),
		T(test_a_table_above_4_gib),
		T(test_an_entry_that_is_opened_again_is_seen),
		T(test_a_unit_that_is_switched_off_meanwhile),
		T(test_no_firmware_tables),
		T(test_a_table_with_a_wrong_checksum),
		T(test_an_ivrs_that_names_two_units_at_one_place),
		T(test_a_base_that_lies_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
