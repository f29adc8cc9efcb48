/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After the sequence no requester can do DMA, whatever its entry contained and whatever was cached. The controls leave out one part
 * of the flush, and must see the damage.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

/* Control: all entries are edited, the unit ignores every flush, and the same DMA still reaches memory. */
static void assert_needs_flush(struct amd_host *host, struct model_device *device, uint64_t iova, uint32_t pasid,
			       uint32_t ignored)
{
	host->unit[0].trouble.ignored = ignored;
	host_crash(host);
	assert_lands(device, iova, pasid);
}

#define EVERY_FLUSH ~(1u << MODEL_COMPLETION_WAIT)

static void test_translated_dma_ends(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = host_translated(host, host_unit(host, 0, 2), 0x0010, 5);

	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_without_invalidate_all_it_ends_too(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_device *open = host_invalid(host, unit, 0x0020);

	unit->efr &= ~MODEL_AMDVI_IA_SUP;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_live(open, 0x123000, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_int_equal(unit->commands[MODEL_INVALIDATE_IOMMU_ALL], 0);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(open, 0x123000, MODEL_NO_PASID);
}

/* Several devices share a domain: its pages must be flushed after the last of their entries, not before. */
static void test_devices_that_share_a_domain(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device[4];

	unit->efr &= ~MODEL_AMDVI_IA_SUP;
	for (unsigned int i = 0; i < 4; i++) {
		device[i] = host_translated(host, unit, (uint16_t)(0x10 + 8 * i), 5);
		host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
	}
	host_crash(host);
	assert_all_ok(host);
	for (unsigned int i = 0; i < 4; i++)
		assert_refused(device[i], HOST_IOVA, MODEL_NO_PASID);
}

/* 48882, 2.4.1: only a COMPLETION_WAIT with F=1 prevents a later command from overtaking an earlier one. */
static void test_commands_that_overlap(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);

	unit->efr &= ~MODEL_AMDVI_IA_SUP;
	unit->trouble.overlap = true;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
}

/* The one command for all forgets translations before entries, and DMA comes in between. */
static void test_translations_that_come_back_in_between_are_forgotten(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);

	unit->trouble.pages_first = true;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
}

static void test_passthrough_ends(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = host_passthrough(host, host_unit(host, 0, 2), 0x0010, 7);

	host_live(device, 0x123000, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, 0x123000, MODEL_NO_PASID);
	assert_refused(device, 0x456000, MODEL_NO_PASID);
}

static void test_invalid_entries_are_closed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_invalid(host, unit, 0x0010);
	struct model_device *odd = host_device(host, unit, 0x0011);
	const struct model_amdvi_entry garbage = { { 0x6fffffffffffff7cu, 0xffffffffffffffff, 0, 0 } };

	host_set_entry(host, unit, 0x0011, &garbage);
	host_live(device, 0x123000, MODEL_NO_PASID);
	host_live(odd, 0x124000, MODEL_NO_PASID);
	host_crash(host);
	assert_refused(device, 0x123000, MODEL_NO_PASID);
	assert_refused(odd, 0x124000, MODEL_NO_PASID);
	assert_all_ok(host);
}

/* Some requester ids belong to no PCI function now: a bridge uses them for the devices below it, or a device is plugged in later. */
static void test_every_entry_of_the_table_is_closed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 512);
	struct model_device *alias, *last;
	struct iq_record_stage block;

	for (uint32_t requester = 0; requester < 0x10000; requester++) {
		const struct model_amdvi_entry invalid = { { 0, 0, 0, 0 } };

		host_set_entry(host, unit, (uint16_t)requester, &invalid);
	}
	alias = host_translated(host, unit, 0x0500, 5);
	last = host_device(host, unit, 0xffff);
	host_live(alias, HOST_IOVA, MODEL_NO_PASID);
	host_live(last, 0x123000, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(alias, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(last, 0x123000, MODEL_NO_PASID);
	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.examined, 0x10000);
	assert_int_equal(block.changed, 0x10000);
	assert_false(host->record.header.flags & IQ_RECORD_TRUNCATED);
}

static void test_guest_tables_with_and_without_pasid(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device = host_guest(host, host_unit(host, 0, 2), 0x0010, 5, 0x1234);

	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_live(device, HOST_IOVA, 0x1234);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(device, HOST_IOVA, 0x1234);
}

static void enable_ats(struct amd_host *host, struct model_amdvi *unit, struct model_device *device)
{
	struct model_amdvi_entry entry = host_entry(host, unit, device->requester);

	entry.word[1] |= MODEL_DTE_I;
	host_set_entry(host, unit, device->requester, &entry);
	device->ats = true;
}

/* A unit that uses guest tables whatever IR and IW say: entries with those bits clear, as they were found or by us, are open. */
static void test_guest_tables_end_where_nobody_asks_for_permission(void **state)
{
	for (unsigned int found_blocked = 0; found_blocked < 2; found_blocked++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_guest(host, unit, 0x0010, 5, 3);
		struct model_amdvi_entry entry = host_entry(host, unit, 0x0010);

		unit->guest_anyway = true;
		if (found_blocked)
			entry.word[0] &= ~(MODEL_DTE_IR | MODEL_DTE_IW);
		host_set_entry(host, unit, 0x0010, &entry);
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
		host_live(device, HOST_IOVA, 3);
		host_crash(host);
		assert_all_ok(host);
		assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
		assert_refused(device, HOST_IOVA, 3);
		host_free(host);
	}
	(void)state;
}

static void test_devices_with_translations_of_their_own(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_device *pasid = host_guest(host, unit, 0x0018, 6, 0x42);

	enable_ats(host, unit, device);
	enable_ats(host, unit, pasid);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_live(pasid, HOST_IOVA, 0x42);
	host_live(pasid, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(pasid, HOST_IOVA, 0x42);
	assert_refused(pasid, HOST_IOVA, MODEL_NO_PASID);
}

/* The entry is blocked already, but the device may still use its own translations. */
static void test_a_blocked_entry_with_ats_is_closed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_amdvi_entry entry;

	enable_ats(host, unit, device);
	assert_lands(device, HOST_IOVA, MODEL_NO_PASID);
	entry = host_entry(host, unit, 0x0010);
	entry.word[0] &= ~(MODEL_DTE_IR | MODEL_DTE_IW);
	host_set_entry(host, unit, 0x0010, &entry);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
}

/* InvTimeOut of each dead device is longer than a capture kernel waits for its first completion. */
static void test_dead_devices_do_not_hold_up_the_queue(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *healthy = host_translated(host, unit, 0x0018, 6);
	struct model_device *dead[8];

	for (unsigned int i = 0; i < 8; i++) {
		dead[i] = host_translated(host, unit, (uint16_t)(0x0040 + i), 5);
		enable_ats(host, unit, dead[i]);
		host_live(dead[i], HOST_IOVA, MODEL_NO_PASID);
		dead[i]->silent = true;
	}
	host_live(healthy, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_int_equal(unit->inflight_count, 0);
	assert_int_equal(unit->command_head, unit->command_tail);
	for (unsigned int i = 0; i < 8; i++)
		assert_refused(dead[i], HOST_IOVA, MODEL_NO_PASID);
	assert_refused(healthy, HOST_IOVA, MODEL_NO_PASID);
}

static void test_units_that_share_a_table_are_all_flushed(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct amd_host *host = host_new();
		struct model_device *device[4];

		for (unsigned int i = 0; i < 4; i++) {
			struct model_amdvi *unit = host_unit(host, 0, 8);

			unit->efr = all ? MODEL_AMDVI_IA_SUP : 0;
			device[i] = host_translated(host, unit, (uint16_t)(0x0100 * i + 0x10), (uint16_t)(5 + i));
			host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
		}
		host_crash(host);
		assert_all_ok(host);
		for (unsigned int i = 0; i < 4; i++)
			assert_refused(device[i], HOST_IOVA, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

static void test_every_pci_segment(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device[3];

	for (unsigned int i = 0; i < 3; i++) {
		struct model_amdvi *unit = host_unit(host, (uint16_t)i, 2);

		unit->efr &= i == 1 ? 0 : ~UINT64_C(0);
		device[i] = host_translated(host, unit, 0x0010, 5);
		host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
	}
	host_crash(host);
	assert_all_ok(host);
	for (unsigned int i = 0; i < 3; i++)
		assert_refused(device[i], HOST_IOVA, MODEL_NO_PASID);
}

static void test_device_table_segments(void **state)
{
	static const unsigned int requesters[8] = { 0x0010, 0x2010, 0x4010, 0x6010, 0x8010, 0xa010, 0xc010, 0xe010 };

	for (unsigned int bits = 1; bits <= 3; bits++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device[8];

		unit->efr |= MODEL_AMDVI_SEGMENT_SUP(3);
		unit->control |= MODEL_AMDVI_SEGMENTS_EN(bits);
		/* Each segment except for the second has all pages that the requesters of its range can use. */
		for (unsigned int i = 0; i < 1u << bits; i++)
			unit->table[i] = UINT64_C(0x150000000) + i * 0x100000 + (i == 1 ? 1 : (512u >> bits) - 1);
		for (unsigned int i = 0; i < 8; i++) {
			uint16_t requester = (uint16_t)(i % (8u >> bits) ? 0x0010 + 8 * i : requesters[i]);

			device[i] = host_translated(host, unit, requester, (uint16_t)(i + 1));
			host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
		}
		if (bits == 2)
			unit->efr &= ~MODEL_AMDVI_IA_SUP;
		host_crash(host);
		assert_all_ok(host);
		for (unsigned int i = 0; i < 8; i++)
			assert_refused(device[i], HOST_IOVA, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

static void test_a_unit_that_does_not_snoop(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_device *open = host_invalid(host, unit, 0x0020);

	unit->control &= ~MODEL_AMDVI_COHERENT;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_live(open, 0x123000, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(open, 0x123000, MODEL_NO_PASID);
}

#define EXCLUSION_START UINT64_C(0x7000000)
#define EXCLUSION_END	UINT64_C(0x7001fff)
#define EXCLUSION_ON	UINT64_C(1)
#define EXCLUSION_ALLOW UINT64_C(2) /* all devices */

static void exclude(struct model_amdvi *unit, uint64_t flags)
{
	unit->exclusion_base = EXCLUSION_START | flags;
	unit->exclusion_limit = EXCLUSION_END & ~UINT64_C(0xfff);
}

/* Untranslated DMA to the exclusion range is let through, whatever IR and IW are. */
static void test_the_exclusion_range_is_closed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_device *blocked = host_device(host, unit, 0x0020);
	struct model_device *open = host_invalid(host, unit, 0x0028);

	exclude(unit, EXCLUSION_ON);
	for (unsigned int i = 0; i < 3; i++) {
		struct model_amdvi_entry entry = host_entry(host, unit, host->device[i].requester);

		entry.word[1] |= MODEL_DTE_EX;
		host_set_entry(host, unit, host->device[i].requester, &entry);
		host_live(&host->device[i], EXCLUSION_START, MODEL_NO_PASID);
		host_live(&host->device[i], EXCLUSION_END - 7, MODEL_NO_PASID);
	}
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, EXCLUSION_START, MODEL_NO_PASID);
	assert_refused(device, EXCLUSION_END - 7, MODEL_NO_PASID);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(blocked, EXCLUSION_START, MODEL_NO_PASID);
	assert_refused(open, EXCLUSION_START, MODEL_NO_PASID);
}

static void test_apertures_for_all_devices_are_reported(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct iq_record_stage verify;

	unit->control |= MODEL_AMDVI_MARC_EN;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_true(host_stage(host, 0, IQ_STAGE_VERIFY, &verify));
	assert_int_equal(verify.status, IQ_STILL_OPEN);
	assert_int_equal(verify.address, unit->base + MODEL_AMDVI_CONTROL);
	assert_units_as_found(host);
}

static void test_a_preserved_device_keeps_its_exclusion_range(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_device(host, unit, 0x0010);
	struct model_amdvi_entry entry = host_entry(host, unit, 0x0010);

	exclude(unit, EXCLUSION_ON);
	entry.word[1] |= MODEL_DTE_EX;
	host_set_entry(host, unit, 0x0010, &entry);
	host_preserve(host, 0, 0x0010, 0x0010);
	host_live(device, EXCLUSION_START, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_lands(device, EXCLUSION_START, MODEL_NO_PASID);
}

/* Base registers are not changed, so the range stays open, and the record says so. */
static void test_an_exclusion_range_for_all_devices_is_reported(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct iq_record_stage verify;

	exclude(unit, EXCLUSION_ON | EXCLUSION_ALLOW);
	host_live(device, EXCLUSION_START, MODEL_NO_PASID);
	host_crash(host);
	assert_units_as_found(host);
	assert_lands(device, EXCLUSION_START, MODEL_NO_PASID);
	assert_true(host_stage(host, 0, IQ_STAGE_VERIFY, &verify));
	assert_int_equal(verify.status, IQ_STILL_OPEN);
	assert_int_equal(verify.address, unit->base + MODEL_AMDVI_EXCLUSION_BASE);
}

static void test_snp_hosts(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);
	struct model_device *open = host_invalid(host, unit, 0x0020);

	unit->efr |= MODEL_AMDVI_SNP_SUP;
	unit->snp = true;
	unit->exclusion_base = unit->exclusion_limit = HOST_SNP_PAGE;
	model_memory_set64(&host->machine.memory, HOST_SNP_PAGE, 0x1122334455667788);
	/* Firmware has it since SNP_INIT: only the unit can write there. */
	model_machine_assign(&host->machine, HOST_SNP_PAGE);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_live(open, 0x123000, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(open, 0x123000, MODEL_NO_PASID);
	/* SNP forbids TV=1 with Mode 0. */
	assert_int_equal(host_entry(host, unit, 0x0020).word[0] & (MODEL_DTE_V | MODEL_DTE_TV), MODEL_DTE_V);
	assert_int_equal(model_memory_get64(&host->machine.memory, HOST_SNP_PAGE), 0x1122334455667788);
	assert_int_equal(model_memory_get64(&host->machine.memory, HOST_SNP_PAGE + 0xff8), host->run->token);
}

/* A ring that is a guest's, by the RMP: nothing is flushed, and the record says so. */
static void test_control_a_page_of_somebody_else_cannot_be_stored_to(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);

	host_translated(host, unit, 0x0010, 5);
	model_machine_assign(&host->machine, unit->command_base & IQ_MASK(51, 12));
	host_crash(host);
	assert_int_equal(host_stage_status(host, 0, IQ_STAGE_FLUSH), IQ_FAULT);
}

/* Each control must see the damage that the matching part of the flush prevents. */
static void test_controls_see_the_damage(void **state)
{
	static const struct {
		bool all, ats;
		uint32_t ignored;
		bool wrong_domain, narrow;
	} controls[] = {
		{ true, false, EVERY_FLUSH, false, false },
		{ true, false, 1u << MODEL_INVALIDATE_IOMMU_ALL, false, false },
		{ false, false, EVERY_FLUSH, false, false },
		{ false, false, 1u << MODEL_INVALIDATE_DEVTAB_ENTRY, false, false },
		{ false, false, 1u << MODEL_INVALIDATE_IOMMU_PAGES, false, false },
		{ false, false, 0, true, false },
		{ false, false, 0, false, true },
		{ true, true, EVERY_FLUSH, false, false },
		{ false, true, EVERY_FLUSH & ~(1u << MODEL_INVALIDATE_IOMMU_PAGES), false, false },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(controls); i++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_translated(host, unit, 0x0010, 5);

		unit->efr = controls[i].all ? MODEL_AMDVI_IA_SUP : 0;
		unit->trouble.wrong_domain = controls[i].wrong_domain;
		unit->trouble.narrow = controls[i].narrow;
		if (controls[i].ats)
			enable_ats(host, unit, device);
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
		assert_needs_flush(host, device, HOST_IOVA, MODEL_NO_PASID, controls[i].ignored);
		host_free(host);
	}
	(void)state;
}

static void test_a_second_unit_that_ignores_its_flush_stays_open(void **state)
{
	struct amd_host *host = *state;
	struct model_device *device[2];

	for (unsigned int i = 0; i < 2; i++) {
		device[i] = host_translated(host, host_unit(host, 0, 4), (uint16_t)(0x100 * i + 0x10), 5);
		host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
	}
	host->unit[1].trouble.ignored = EVERY_FLUSH;
	host_crash(host);
	assert_refused(device[0], HOST_IOVA, MODEL_NO_PASID);
	assert_lands(device[1], HOST_IOVA, MODEL_NO_PASID);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_translated_dma_ends),
		T(test_without_invalidate_all_it_ends_too),
		T(test_devices_that_share_a_domain),
		T(test_commands_that_overlap),
		T(test_translations_that_come_back_in_between_are_forgotten),
		T(test_passthrough_ends),
		T(test_invalid_entries_are_closed),
		T(test_every_entry_of_the_table_is_closed),
		T(test_guest_tables_with_and_without_pasid),
		T(test_guest_tables_end_where_nobody_asks_for_permission),
		T(test_devices_with_translations_of_their_own),
		T(test_a_blocked_entry_with_ats_is_closed),
		T(test_dead_devices_do_not_hold_up_the_queue),
		T(test_units_that_share_a_table_are_all_flushed),
		T(test_every_pci_segment),
		T(test_device_table_segments),
		T(test_a_unit_that_does_not_snoop),
		T(test_the_exclusion_range_is_closed),
		T(test_apertures_for_all_devices_are_reported),
		T(test_a_preserved_device_keeps_its_exclusion_range),
		T(test_an_exclusion_range_for_all_devices_is_reported),
		T(test_snp_hosts),
		T(test_control_a_page_of_somebody_else_cannot_be_stored_to),
		T(test_controls_see_the_damage),
		T(test_a_second_unit_that_ignores_its_flush_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
