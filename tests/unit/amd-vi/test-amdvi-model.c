/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests the model alone, with raw commands: after an incomplete flush it must let DMA through. All other tests in this folder rely
 * on that.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#define ALL_LOW	 0xfffff003u /* every page, with directories */
#define ALL_HIGH 0x7fffffffu
#define DEVICE	 0x0010
#define OTHER	 0x0018
#define DOMAIN	 5

struct bench {
	struct amd_host *host;
	struct model_amdvi *unit;
	struct model_device *device;
};

static struct bench live_device(void **state)
{
	struct bench bench = { .host = *state };

	bench.unit = host_unit(bench.host, 0, 2);
	bench.device = host_translated(bench.host, bench.unit, DEVICE, DOMAIN);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	return bench;
}

static void close_entry(const struct bench *bench, uint16_t requester)
{
	struct model_amdvi_entry entry = host_entry(bench->host, bench->unit, requester);

	entry.word[0] &= ~(MODEL_DTE_IR | MODEL_DTE_IW);
	if (!(entry.word[0] & MODEL_DTE_V))
		entry.word[0] |= MODEL_DTE_V | MODEL_DTE_TV;
	host_set_entry(bench->host, bench->unit, requester, &entry);
}

static void flush_entry(const struct bench *bench, uint16_t requester)
{
	model_amdvi_push(bench->unit, requester, MODEL_INVALIDATE_DEVTAB_ENTRY << 28, 0, 0);
	assert_true(model_amdvi_drain(bench->unit));
}

static void flush_domain(const struct bench *bench, uint16_t domain, uint32_t low, uint32_t high)
{
	model_amdvi_push(bench->unit, 0, (uint32_t)MODEL_INVALIDATE_IOMMU_PAGES << 28 | domain, low, high);
	assert_true(model_amdvi_drain(bench->unit));
}

static void flush_all(const struct bench *bench)
{
	model_amdvi_push(bench->unit, 0, (uint32_t)MODEL_INVALIDATE_IOMMU_ALL << 28, 0, 0);
	assert_true(model_amdvi_drain(bench->unit));
}

static void test_an_edit_alone_stops_nothing(void **state)
{
	struct bench bench = live_device(state);

	close_entry(&bench, DEVICE);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	flush_entry(&bench, DEVICE);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	flush_domain(&bench, DOMAIN, ALL_LOW, ALL_HIGH);
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_pages_alone_are_not_enough_while_the_entry_is_cached(void **state)
{
	struct bench bench = live_device(state);

	close_entry(&bench, DEVICE);
	flush_domain(&bench, DOMAIN, ALL_LOW, ALL_HIGH);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_pages_before_entries_are_refilled_by_running_dma(void **state)
{
	struct bench bench = live_device(state);

	model_device_busy(bench.device, HOST_IOVA, true, MODEL_NO_PASID);
	close_entry(&bench, DEVICE);
	flush_domain(&bench, DOMAIN, ALL_LOW, ALL_HIGH);
	flush_entry(&bench, DEVICE);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_overlapping_commands_need_a_barrier(void **state)
{
	struct bench bench = live_device(state);

	model_device_busy(bench.device, HOST_IOVA, true, MODEL_NO_PASID);
	bench.unit->trouble.overlap = true;
	close_entry(&bench, DEVICE);
	model_amdvi_push(bench.unit, DEVICE, MODEL_INVALIDATE_DEVTAB_ENTRY << 28, 0, 0);
	flush_domain(&bench, DOMAIN, ALL_LOW, ALL_HIGH);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);

	model_amdvi_push(bench.unit, DEVICE, MODEL_INVALIDATE_DEVTAB_ENTRY << 28, 0, 0);
	model_amdvi_push(bench.unit, 0x4, MODEL_COMPLETION_WAIT << 28, 0, 0);
	flush_domain(&bench, DOMAIN, ALL_LOW, ALL_HIGH);
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_another_domain_is_another_domain(void **state)
{
	struct bench bench = live_device(state);

	close_entry(&bench, DEVICE);
	flush_entry(&bench, DEVICE);
	flush_domain(&bench, DOMAIN + 1, ALL_LOW, ALL_HIGH);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_a_narrow_flush_leaves_the_rest(void **state)
{
	struct bench bench = live_device(state);
	close_entry(&bench, DEVICE);
	flush_entry(&bench, DEVICE);
	/* 8 KiB below: 0xffffc000..0xffffdfff. */
	flush_domain(&bench, DOMAIN, 0xffffc001u, 0);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	/* Bit 12 = 0: 8 KiB, 0xffffe000..0xffffffff; leaves without directories first. */
	flush_domain(&bench, DOMAIN, 0xffffe001u, 0);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	flush_domain(&bench, DOMAIN, 0xffffe003u, 0);
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_an_invalid_entry_is_an_open_door(void **state)
{
	struct bench bench = { .host = *state };
	struct model_answer answer;

	bench.unit = host_unit(bench.host, 0, 2);
	bench.device = host_invalid(bench.host, bench.unit, DEVICE);
	answer = model_dma(bench.device, 0x123000, true, MODEL_NO_PASID);
	assert_true(answer.ok);
	assert_int_equal(answer.physical, 0x123000);
	close_entry(&bench, DEVICE);
	assert_lands(bench.device, 0x123000, MODEL_NO_PASID);
	flush_entry(&bench, DEVICE);
	assert_refused(bench.device, 0x123000, MODEL_NO_PASID);
}

static void test_a_device_keeps_its_own_translations(void **state)
{
	struct bench bench = { .host = *state };
	struct model_amdvi_entry entry;

	bench.unit = host_unit(bench.host, 0, 2);
	bench.device = host_translated(bench.host, bench.unit, DEVICE, DOMAIN);
	bench.device->ats = true;
	entry = host_entry(bench.host, bench.unit, DEVICE);
	entry.word[1] |= MODEL_DTE_I;
	host_set_entry(bench.host, bench.unit, DEVICE, &entry);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);

	close_entry(&bench, DEVICE);
	flush_all(&bench);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	model_amdvi_push(bench.unit, DEVICE, (uint32_t)MODEL_INVALIDATE_IOTLB_PAGES << 28 | DEVICE, 0xfffff001u, ALL_HIGH);
	assert_true(model_amdvi_drain(bench.unit));
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_pretranslated_requests_need_the_entrys_leave(void **state)
{
	struct bench bench = live_device(state);
	const struct model_request request = { .requester = DEVICE, .pasid = MODEL_NO_PASID, .iova = 0x123000,
					       .write = true, .translated = true };

	assert_false(model_amdvi_dma(&bench.unit->iommu, &request).ok);
	assert_int_equal(bench.unit->event_count[MODEL_INVALID_DEVICE_REQUEST], 1);
}

static void test_the_flush_of_one_unit_is_not_that_of_the_other(void **state)
{
	struct bench bench = live_device(state);
	struct bench second = { .host = *state };

	second.unit = host_unit(bench.host, 0, 2);
	second.device = host_translated(bench.host, second.unit, OTHER, DOMAIN);
	assert_lands(second.device, HOST_IOVA, MODEL_NO_PASID);
	close_entry(&bench, DEVICE);
	close_entry(&bench, OTHER);
	flush_all(&bench);
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
	assert_lands(second.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_a_store_in_a_cpu_cache_is_not_seen_without_snooping(void **state)
{
	struct bench bench = live_device(state);
	const uint64_t address = model_amdvi_entry_address(bench.unit, DEVICE);
	const uint64_t closed = MODEL_DTE_V | MODEL_DTE_TV;

	bench.unit->control &= ~MODEL_AMDVI_COHERENT;
	model_memory_store(&bench.host->machine.memory, address, &closed, sizeof(closed));
	flush_all(&bench);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	model_memory_write_back(&bench.host->machine.memory, address, sizeof(closed));
	flush_all(&bench);
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_the_head_moves_before_the_command_is_done(void **state)
{
	struct bench bench = live_device(state);

	bench.unit->complete_delay = 50;
	close_entry(&bench, DEVICE);
	model_amdvi_push(bench.unit, 0, (uint32_t)MODEL_INVALIDATE_IOMMU_ALL << 28, 0, 0);
	bench.unit->complete_clock = 0;
	for (unsigned int i = 0; i < 10; i++)
		model_machine_steps(&bench.host->machine, 1);
	assert_int_equal(bench.unit->command_head, bench.unit->command_tail);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	assert_true(model_amdvi_drain(bench.unit));
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_an_illegal_command_stops_the_queue(void **state)
{
	struct bench bench = live_device(state);

	bench.unit->efr &= ~MODEL_AMDVI_IA_SUP;
	model_amdvi_push(bench.unit, 0, (uint32_t)MODEL_INVALIDATE_IOMMU_ALL << 28, 0, 0);
	assert_false(model_amdvi_drain(bench.unit));
	assert_false(model_amdvi_running(bench.unit));
	assert_int_equal(bench.unit->event_count[MODEL_ILLEGAL_COMMAND_ERROR], 1);
}

static void test_a_completion_outside_the_snp_range_is_not_stored(void **state)
{
	struct bench bench = live_device(state);
	struct model_memory *memory = &bench.host->machine.memory;

	bench.unit->efr |= MODEL_AMDVI_SNP_SUP;
	bench.unit->exclusion_base = bench.unit->exclusion_limit = HOST_SNP_PAGE;
	model_amdvi_push(bench.unit, (uint32_t)HOST_SCRATCH | 1, MODEL_COMPLETION_WAIT << 28, 7, 0);
	model_amdvi_push(bench.unit, (uint32_t)(HOST_SNP_PAGE + 0xff8) | 1, MODEL_COMPLETION_WAIT << 28, 8, 0);
	assert_true(model_amdvi_drain(bench.unit));
	assert_int_equal(model_memory_get64(memory, HOST_SCRATCH), 0);
	assert_int_equal(model_memory_get64(memory, HOST_SNP_PAGE + 0xff8), 8);
}

static void test_the_event_log_overflows_and_stops(void **state)
{
	struct bench bench = live_device(state);

	close_entry(&bench, DEVICE);
	flush_all(&bench);
	for (unsigned int i = 0; i < 511; i++)
		model_dma(bench.device, HOST_IOVA, true, MODEL_NO_PASID);
	assert_false(bench.unit->status & MODEL_AMDVI_EVENT_OVERFLOW);
	assert_int_equal(bench.unit->event_tail, 511 * 16);
	model_dma(bench.device, HOST_IOVA, true, MODEL_NO_PASID);
	assert_true(bench.unit->status & MODEL_AMDVI_EVENT_OVERFLOW);
	assert_int_equal(bench.unit->event_tail, 511 * 16);
}

/* Host tables: every page size that NextLevel 7 can encode, at each level, and a directory that skips levels. */
static void test_host_tables_of_all_shapes(void **state)
{
	struct bench bench = { .host = *state };
	struct model_tables *tables = &bench.host->tables;
	struct model_amdvi_entry entry = { { 0, DOMAIN, 0, 0 } };
	uint64_t root, low, skipping;

	bench.unit = host_unit(bench.host, 0, 2);
	bench.device = host_device(bench.host, bench.unit, DEVICE);
	root = model_table_new(tables);
	for (unsigned int shift = 12; shift <= 30; shift++)
		model_map_host(tables, root, 6, UINT64_C(1) << (shift + 8), UINT64_C(0x140000000), shift, MODEL_RW);
	entry.word[0] = MODEL_DTE_OPEN | MODEL_DTE_MODE(6) | root;
	host_set_entry(bench.host, bench.unit, DEVICE, &entry);
	for (unsigned int shift = 12; shift <= 30; shift++) {
		uint64_t iova = (UINT64_C(1) << (shift + 8)) + (UINT64_C(1) << shift) - 8;
		struct model_answer answer = model_dma(bench.device, iova, true, MODEL_NO_PASID);

		assert_true(answer.ok);
		assert_int_equal(answer.physical, UINT64_C(0x140000000) + (UINT64_C(1) << shift) - 8);
		assert_false(model_dma(bench.device, iova + 8, true, MODEL_NO_PASID).ok);
	}
	/* The first entry of a level 4 root leads to a level 1 table: only the lowest 2 MiB can be mapped. */
	skipping = model_table_new(tables);
	low = model_table_new(tables);
	model_map_host(tables, low, 1, 0x5000, 0x200000, 12, MODEL_READ);
	model_memory_set64(tables->memory, skipping, low | UINT64_C(1) << 9 | 1 | MODEL_DTE_IR | MODEL_DTE_IW);
	entry.word[0] = MODEL_DTE_OPEN | MODEL_DTE_MODE(4) | skipping;
	host_set_entry(bench.host, bench.unit, DEVICE, &entry);
	flush_all(&bench);
	assert_true(model_dma(bench.device, 0x5000, false, MODEL_NO_PASID).ok);
	assert_false(model_dma(bench.device, 0x5000, true, MODEL_NO_PASID).ok);
	assert_false(model_dma(bench.device, 0x205000, false, MODEL_NO_PASID).ok);
	assert_false(model_dma(bench.device, UINT64_C(1) << 48, false, MODEL_NO_PASID).ok);
}

static void test_guest_tables_by_pasid_and_under_a_host_table(void **state)
{
	struct bench bench = { .host = *state };
	struct model_amdvi_entry entry;
	uint64_t host_root;

	bench.unit = host_unit(bench.host, 0, 2);
	bench.device = host_guest(bench.host, bench.unit, DEVICE, DOMAIN, 0x1234);
	assert_lands(bench.device, HOST_IOVA, MODEL_NO_PASID);
	assert_lands(bench.device, HOST_IOVA, 0x1234);
	assert_refused(bench.device, HOST_IOVA, 0x1235);
	assert_refused(bench.device, HOST_IOVA, 0xfffff);
	/* The same under a host table that maps nothing: the GCR3 table cannot be read. */
	host_root = model_table_new(&bench.host->tables);
	entry = host_entry(bench.host, bench.unit, DEVICE);
	entry.word[0] |= MODEL_DTE_MODE(4) | host_root;
	host_set_entry(bench.host, bench.unit, DEVICE, &entry);
	flush_all(&bench);
	assert_refused(bench.device, HOST_IOVA, MODEL_NO_PASID);
	/* And under a host table that maps all memory one to one. */
	model_map_host(&bench.host->tables, host_root, 4, 0, 0, 39, MODEL_RW);
	flush_all(&bench);
	assert_lands(bench.device, HOST_IOVA, 0x1234);
}

static void test_segments_share_the_requesters_out(void **state)
{
	struct bench bench = { .host = *state };
	const struct model_amdvi_entry passthrough = { { MODEL_DTE_OPEN, DOMAIN, 0, 0 } };

	bench.unit = host_unit(bench.host, 0, 2);
	bench.unit->control |= MODEL_AMDVI_SEGMENTS_EN(3);
	bench.unit->table[3] = UINT64_C(0x18000000);
	assert_int_equal(model_amdvi_entry_address(bench.unit, 0x6001), 0x18000020);
	assert_int_equal(model_amdvi_entry_address(bench.unit, 0x6080), 0);
	bench.device = host_device(bench.host, bench.unit, 0x6001);
	host_set_entry(bench.host, bench.unit, 0x6001, &passthrough);
	assert_lands(bench.device, 0x123000, MODEL_NO_PASID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_edit_alone_stops_nothing, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_pages_alone_are_not_enough_while_the_entry_is_cached, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_pages_before_entries_are_refilled_by_running_dma, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_overlapping_commands_need_a_barrier, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_another_domain_is_another_domain, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_a_narrow_flush_leaves_the_rest, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_an_invalid_entry_is_an_open_door, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_a_device_keeps_its_own_translations, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_pretranslated_requests_need_the_entrys_leave, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_the_flush_of_one_unit_is_not_that_of_the_other, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_a_store_in_a_cpu_cache_is_not_seen_without_snooping, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_the_head_moves_before_the_command_is_done, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_an_illegal_command_stops_the_queue, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_a_completion_outside_the_snp_range_is_not_stored, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_the_event_log_overflows_and_stops, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_host_tables_of_all_shapes, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(test_guest_tables_by_pasid_and_under_a_host_table, host_setup,
						host_teardown),
		cmocka_unit_test_setup_teardown(test_segments_share_the_requesters_out, host_setup, host_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
