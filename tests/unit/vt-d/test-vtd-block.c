/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sequence on an Intel host: DMA that worked before is refused afterwards without a fault record, whatever was cached. Preserved
 * devices go on. Every word can be restored. Each test runs in legacy and in scalable mode.
 */
#include "models/families.h"
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

/* Everything that must hold after a crash without faults. */
static void assert_clean(const struct intel_host *host)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_units_as_found(host);
	assert_restorable(host);
}

static void assert_entry_kept(struct intel_host *host, const struct model_vtd *unit, uint16_t requester)
{
	assert_int_equal(host_word(host, host_context_address(host, unit, requester)) &
				 (MODEL_CONTEXT_P | MODEL_CONTEXT_FPD),
			 MODEL_CONTEXT_P | MODEL_CONTEXT_FPD);
}

static void a_translated_device_is_cut_off(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);

	for (unsigned int levels = 3; levels <= 5; levels++)
		host_live(host_behind(host, unit, (uint16_t)(0x100 + levels), (uint16_t)levels,
				      host_second(host, levels), levels),
			  HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	for (unsigned int i = 0; i < host->devices; i++) {
		assert_entry_kept(host, unit, host->device[i].requester);
		assert_silently_refused(unit, &host->device[i], HOST_IOVA, MODEL_NO_PASID);
	}
}

static void a_superpage_in_the_top_level_is_closed(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	uint64_t root = model_table_new(&host->tables);
	struct model_device *device;

	model_map_second(&host->tables, root, 3, 0x40000000, 0x40000000, 30, MODEL_RW);
	device = host_behind(host, unit, 0x0310, 5, root, 3);
	host_live(device, HOST_TARGET, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_silently_refused(unit, device, HOST_TARGET, MODEL_NO_PASID);
	assert_silently_refused(unit, device, HOST_TARGET + 0x200000, MODEL_NO_PASID);
}

static void a_table_at_address_zero_is_closed(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device;

	model_map_second(&host->tables, 0, 3, HOST_IOVA, host_buffer(host), 12, MODEL_RW);
	device = host_behind(host, unit, 0x0108, 5, 0, 3);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
}

static void devices_that_share_a_root_are_cut_off_with_one_edit(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	uint64_t root = host_second(host, 4), other = host_second(host, 4);
	struct iq_record_stage block;

	for (unsigned int i = 0; i < 12; i++)
		host_live(host_behind(host, unit, (uint16_t)(0x0108 + i * 0x21), 5, i % 3 ? root : other, 4), HOST_IOVA,
			  MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_stored_once(host, root);
	assert_stored_once(host, other);
	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.changed, 12);
	for (unsigned int i = 0; i < 12; i++)
		assert_silently_refused(unit, &host->device[i], HOST_IOVA, MODEL_NO_PASID);
}

static void a_passthrough_device_is_cut_off(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_passthrough(host, unit, 0x0418);

	host_live(device, HOST_TARGET, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_entry_kept(host, unit, 0x0418);
	assert_silently_refused(unit, device, HOST_TARGET, MODEL_NO_PASID);
}

/* Eight sockets with a hundred units, and ATSR, RHSA and SATC structures for them: a DMAR of more than 8 KiB. */
static void a_long_firmware_table_is_read_whole(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit;
	struct model_device *device;

	for (unsigned int i = 0; i < 30; i++)
		model_dmar_other(&host->dmar, 2, 1000);
	unit = host_unit(host, 0, host->mode);
	device = host_translated(host, unit, 0x0418, 5);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
}

static void a_preserved_device_goes_on_though_a_blocked_one_shares_its_root(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	uint64_t root = host_second(host, 4);
	struct model_device *kept, *blocked, *other;
	struct iq_record_stage block;

	blocked = host_behind(host, unit, 0x0108, 5, root, 4);
	kept = host_behind(host, unit, 0x0110, 5, root, 4);
	other = host_translated(host, unit, 0x0118, 6);
	host_preserve(host, 0, 0x0110, 0x0110);
	host_live(kept, HOST_IOVA, MODEL_NO_PASID);
	host_live(blocked, HOST_IOVA, MODEL_NO_PASID);
	host_live(other, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.preserved, 1);
	assert_int_equal(block.changed, 2);
	assert_lands(kept, HOST_IOVA, MODEL_NO_PASID);
	assert_entry_kept(host, unit, blocked->requester);
	assert_silently_refused(unit, blocked, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(unit, other, HOST_IOVA, MODEL_NO_PASID);
	assert_lands(kept, HOST_IOVA, MODEL_NO_PASID);
}

static void preserve_across_units(struct intel_host *host, bool order)
{
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_vtd *second = host_unit(host, 1, host->mode);
	uint64_t root = host_second(host, 4);
	struct model_device *blocked = host_behind(host, order ? second : unit, 0x0108, 5, root, 4);
	struct model_device *kept = host_behind(host, order ? unit : second, 0x0110, 5, root, 4);

	host_preserve(host, order ? 0 : 1, 0x0110, 0x0110);
	host_live(kept, HOST_IOVA, MODEL_NO_PASID);
	host_live(blocked, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_lands(kept, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(order ? second : unit, blocked, HOST_IOVA, MODEL_NO_PASID);
}

static void a_root_shared_with_a_later_unit_is_kept_for_its_preserved_device(void **state)
{
	preserve_across_units(*state, false);
}

static void a_root_shared_with_an_earlier_unit_is_kept_for_its_preserved_device(void **state)
{
	preserve_across_units(*state, true);
}

static void more_preserved_roots_than_can_be_remembered_are_all_kept(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *blocked;
	uint64_t root = 0;

	host_preserve(host, 0, 0x0100, 0x01ff);
	for (unsigned int i = 0; i < 80; i++) {
		root = host_second(host, 4);
		host_live(host_behind(host, unit, (uint16_t)(0x0100 + i), (uint16_t)(10 + i), root, 4), HOST_IOVA,
			  MODEL_NO_PASID);
	}
	blocked = host_behind(host, unit, 0x0200, 89, root, 4); /* shares the last device's table */
	host_live(blocked, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	for (unsigned int i = 0; i < 80; i++)
		assert_lands(&host->device[i], HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(unit, blocked, HOST_IOVA, MODEL_NO_PASID);
}

static void the_device_of_a_reserved_region_goes_on(void **state)
{
	static const uint8_t path[] = { 0x1c, 0, 2, 1 };
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *kept = host_translated(host, unit, 0x0511, 5);
	struct model_device *blocked = host_translated(host, unit, 0x0512, 6);

	model_pci_bridge(&host->pci, 0, 0x00e0, MODEL_PCI_ROOT_PORT, 5, 6);
	model_dmar_reserved(&host->dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&host->dmar, MODEL_SCOPE_ENDPOINT, 0, path, 2);
	host_live(kept, HOST_IOVA, MODEL_NO_PASID);
	host_live(blocked, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_lands(kept, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(unit, blocked, HOST_IOVA, MODEL_NO_PASID);
}

static void entries_that_are_not_present_stay_as_they_are(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	uint64_t entry;
	struct iq_record_stage block;

	host_translated(host, unit, 0x0108, 5);
	entry = host_context_address(host, unit, 0x0110);
	model_memory_set64(&host->machine.memory, entry, UINT64_C(0x1234000)); /* torn down, P=0 */
	host_crash(host);
	assert_clean(host);
	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.changed, 1);
	assert_int_equal(host_word(host, entry), UINT64_C(0x1234000));
}

static void every_unit_of_every_segment_is_blocked(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);

	assert_non_null(unit);
	for (unsigned int i = 1; i < 6; i++)
		host_unit(host, (uint16_t)(i / 2), i % 2 ? MODEL_VTD_SCALABLE : MODEL_VTD_LEGACY);
	for (unsigned int i = 0; i < 6; i++)
		host_live(host_translated(host, &host->unit[i], (uint16_t)(0x0100 + i), (uint16_t)(i + 4)), HOST_IOVA,
			  MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	for (unsigned int i = 0; i < 6; i++)
		assert_silently_refused(&host->unit[i], &host->device[i], HOST_IOVA, MODEL_NO_PASID);
}

static void blocking_twice_changes_nothing_more(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_translated(host, unit, 0x0108, 5);
	struct model_device *identity = host_passthrough(host, unit, 0x0110);

	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_live(identity, HOST_TARGET, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	memset(host->run, 0, sizeof(*host->run));
	host_crash(host);
	assert_clean(host);
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(unit, identity, HOST_TARGET, MODEL_NO_PASID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(a_translated_device_is_cut_off),
		BOTH(a_superpage_in_the_top_level_is_closed),
		BOTH(a_table_at_address_zero_is_closed),
		BOTH(devices_that_share_a_root_are_cut_off_with_one_edit),
		BOTH(a_passthrough_device_is_cut_off),
		BOTH(a_long_firmware_table_is_read_whole),
		BOTH(a_preserved_device_goes_on_though_a_blocked_one_shares_its_root),
		BOTH(a_root_shared_with_a_later_unit_is_kept_for_its_preserved_device),
		BOTH(a_root_shared_with_an_earlier_unit_is_kept_for_its_preserved_device),
		BOTH(more_preserved_roots_than_can_be_remembered_are_all_kept),
		BOTH(the_device_of_a_reserved_region_goes_on),
		BOTH(entries_that_are_not_present_stay_as_they_are),
		BOTH(every_unit_of_every_segment_is_blocked),
		BOTH(blocking_twice_changes_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
