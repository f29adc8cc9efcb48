/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exempted devices go on: by the administrator's rules, by firmware, or because the platform needs them. And evidence: the record
 * has every change, and says so if it has no room for more.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

static void test_devices_exempted_by_the_administrator_go_on(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *kept = host_translated(host, unit, 0x0010, 5);
	struct model_device *open = host_invalid(host, unit, 0x0020);
	struct model_device *stopped = host_translated(host, unit, 0x0011, 5);
	struct iq_record_stage block;
	uint32_t length;

	host_preserve(host, 0, 0x0010, 0x0010);
	host_preserve(host, 0, 0x0020, 0x0027);
	host_live(kept, HOST_IOVA, MODEL_NO_PASID);
	host_live(open, 0x123000, MODEL_NO_PASID);
	host_live(stopped, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_lands(kept, HOST_IOVA, MODEL_NO_PASID);
	assert_lands(open, 0x123000, MODEL_NO_PASID);
	assert_refused(stopped, HOST_IOVA, MODEL_NO_PASID);
	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	assert_int_equal(block.preserved, 2);
	assert_int_equal(block.changed, 1);
	assert_non_null(host_section(host, IQ_NO_UNIT, IQ_SECTION_RULES, &length));
	assert_int_equal(length, 2 * sizeof(struct iq_rule));
}

static void test_devices_with_memory_reserved_by_firmware_go_on(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *one = host_translated(host, unit, 0x0010, 5);
	struct model_device *range = host_translated(host, unit, 0x0021, 6);
	struct model_device *stopped = host_translated(host, unit, 0x0030, 7);
	struct model_device *other_segment = host_translated(host, host_unit(host, 1, 2), 0x0010, 5);

	model_ivrs_memory(&host->ivrs, 0x20, 0, 0, 0, 0x7a000000, 0x1000);
	model_ivrs_memory(&host->ivrs, 0x21, 0, 0x0010, 0x0030, 0x7a000000, 0x1000);
	model_ivrs_memory(&host->ivrs, 0x22, 0, 0x0020, 0x0022, 0x7a000000, 0x1000);
	host_live(one, HOST_IOVA, MODEL_NO_PASID);
	host_live(range, HOST_IOVA, MODEL_NO_PASID);
	host_live(stopped, HOST_IOVA, MODEL_NO_PASID);
	host_live(other_segment, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_lands(one, HOST_IOVA, MODEL_NO_PASID);
	assert_lands(range, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(stopped, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(other_segment, HOST_IOVA, MODEL_NO_PASID);
}

/* A management controller behind a bridge to PCI: its DMA arrives under the bridge's id. */
static void test_memory_reserved_for_a_device_is_reached_under_its_alias(void **state)
{
	static const uint8_t entries[] = {
		0x43, 0x00, 0x03, 0, 0, 0x40, 0x00, 0, /* 03:00.0 ... as 00:08.0 */
		0x04, 0xff, 0x03, 0, /* ... to 03:1f.7 */
		0x42, 0x00, 0x04, 0, 0, 0x48, 0x00, 0, /* 04:00.0 as 00:09.0 */
	};
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *bridge = host_translated(host, unit, 0x0040, 5);
	struct model_device *other = host_translated(host, unit, 0x0048, 6);

	model_ivrs_entry(&host->ivrs, entries, sizeof(entries));
	model_ivrs_memory(&host->ivrs, 0x21, 0, 0x0308, 0, 0x7a000000, 0x1000);
	host_live(bridge, HOST_IOVA, MODEL_NO_PASID);
	host_live(other, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_lands(bridge, HOST_IOVA, MODEL_NO_PASID);
	assert_refused(other, HOST_IOVA, MODEL_NO_PASID);
}

/* Linux's workaround for erratum 63: IW alone lets the southbridge's system management messages through. */
static void test_system_management_messages_pass(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_amdvi_entry entry = { { MODEL_DTE_V | MODEL_DTE_TV | MODEL_DTE_IW, MODEL_DTE_SYSMGT(1), 0, 0 } };

	host_set_entry(host, unit, 0x00a0, &entry);
	host_crash(host);
	assert_all_ok(host);
	assert_int_equal(host_entry(host, unit, 0x00a0).word[0], MODEL_DTE_V | MODEL_DTE_TV | MODEL_DTE_IW);
	assert_true(model_amdvi_message(unit, 0x00a0));
}

static void forward_messages(struct amd_host *host, struct model_amdvi *unit, uint16_t requester)
{
	struct model_amdvi_entry entry = host_entry(host, unit, requester);

	entry.word[1] |= MODEL_DTE_SYSMGT(1);
	host_set_entry(host, unit, requester, &entry);
}

/* The same of a device that has a driver: its DMA ends, the messages do not. Both units of the segment have a look. */
static void test_system_management_messages_of_an_attached_device_pass(void **state)
{
	for (unsigned int kind = 0; kind < 4; kind++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = kind == 0	  ? host_translated(host, unit, 0x00a0, 5)
					      : kind == 1 ? host_passthrough(host, unit, 0x00a0, 5)
					      : kind == 2 ? host_invalid(host, unit, 0x00a0)
							  : host_guest(host, unit, 0x00a0, 5, 3);
		struct model_device *other = host_translated(host, unit, 0x0010, 5);
		const uint64_t iova = kind == 1 || kind == 2 ? 0x123000 : HOST_IOVA; /* untranslated, or in a table */

		host_unit(host, 0, 2);
		forward_messages(host, unit, 0x00a0);
		host_live(device, iova, MODEL_NO_PASID);
		host_live(other, HOST_IOVA, MODEL_NO_PASID);
		assert_true(model_amdvi_message(unit, 0x00a0));
		host->handover.spare = HOST_SPARE;
		host_crash(host);
		assert_all_ok(host);
		assert_true(model_amdvi_message(unit, 0x00a0));
		assert_refused(device, iova, MODEL_NO_PASID);
		assert_refused(other, HOST_IOVA, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

/* Without an empty table the messages come first: the device is left as it is, and counted. */
static void test_system_management_messages_pass_without_an_empty_table_too(void **state)
{
	for (unsigned int dirty = 0; dirty < 2; dirty++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_translated(host, unit, 0x00a0, 5);
		struct iq_record_stage block, verify;

		forward_messages(host, unit, 0x00a0);
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
		if (dirty) {
			host->handover.spare = HOST_SPARE;
			model_memory_set64(&host->machine.memory, HOST_SPARE + 8, 1);
		}
		host_crash(host);
		assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
		assert_int_equal(block.preserved, 1);
		assert_int_equal(block.changed, 0);
		assert_true(host_stage(host, 0, IQ_STAGE_VERIFY, &verify));
		assert_int_equal(verify.status, IQ_OK);
		assert_int_equal(verify.preserved, 1);
		assert_true(model_amdvi_message(unit, 0x00a0));
		assert_lands(device, HOST_IOVA, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

static void test_only_permissions_change(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_amdvi_entry before, after;

	host_guest(host, unit, 0x0010, 0xabcd, 3);
	before = host_entry(host, unit, 0x0010);
	before.word[1] |= MODEL_DTE_I | UINT64_C(3) << 33;
	before.word[3] = UINT64_C(0xff) << 56;
	host_set_entry(host, unit, 0x0010, &before);
	host_crash(host);
	assert_all_ok(host);
	after = host_entry(host, unit, 0x0010);
	assert_int_equal(after.word[0],
			 before.word[0] & ~(MODEL_DTE_IR | MODEL_DTE_IW | MODEL_DTE_GV | MODEL_DTE_GIOV));
	assert_int_equal(after.word[1], before.word[1] & ~MODEL_DTE_I);
	assert_int_equal(after.word[2], before.word[2]);
	assert_int_equal(after.word[3], before.word[3]);
}

static void test_a_record_without_room_costs_evidence_but_no_protection(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device[HOST_DEVICES];

		unit->efr = all ? MODEL_AMDVI_IA_SUP : 0;
		host->handover.note_size = IQ_RECORD_MIN + IQ_NOTE_HEADER + IQ_NOTE_TRAILER;
		for (unsigned int i = 0; i < HOST_DEVICES; i++) {
			device[i] = host_translated(host, unit, (uint16_t)(255 - i), (uint16_t)(i + 1));
			host_live(device[i], HOST_IOVA, MODEL_NO_PASID);
		}
		/* These entries come first and fill the record. */
		for (uint16_t i = 0; i < 256 - HOST_DEVICES; i++)
			host_set_entry(host, unit, i,
				       &(struct model_amdvi_entry){ { MODEL_DTE_OPEN, (uint64_t)i + 500, 0, 0 } });
		host_crash(host);
		assert_int_equal(host->record_status, IQ_OK);
		assert_true(host->record.header.flags & IQ_RECORD_TRUNCATED);
		assert_true(host->record.header.dropped);
		for (unsigned int i = 0; i < HOST_DEVICES; i++)
			assert_refused(device[i], HOST_IOVA, MODEL_NO_PASID);
		assert_units_as_found(host);
		host_free(host);
	}
	(void)state;
}

static void test_without_a_note_the_machine_is_protected_all_the_same(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, 0x0010, 5);

	unit->efr = 0;
	host->handover.note_size = 0;
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_true(host->completed);
	assert_refused(device, HOST_IOVA, MODEL_NO_PASID);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_devices_exempted_by_the_administrator_go_on),
		T(test_devices_with_memory_reserved_by_firmware_go_on),
		T(test_memory_reserved_for_a_device_is_reached_under_its_alias),
		T(test_system_management_messages_pass),
		T(test_system_management_messages_of_an_attached_device_pass),
		T(test_system_management_messages_pass_without_an_empty_table_too),
		T(test_only_permissions_change),
		T(test_a_record_without_room_costs_evidence_but_no_protection),
		T(test_without_a_note_the_machine_is_protected_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
