/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoding must agree with what the model does with the same tables: entries, PASIDs, translations, fault records. And entries as
 * they were before the block.
 */
#include "models/families.h"
#include "intel-host.h"
#include "vt-d/second-stage.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define REQUESTER 0x0290u
#define NOWHERE UINT64_C(0xf00000000000)

static struct iq_unit unit_of(const struct model_vtd *unit)
{
	struct iq_unit found = { .family = &iq_vtd, .base = unit->base, .window = MODEL_VTD_WINDOW };

	for (unsigned int i = 0; i < iq_vtd.register_count; i++) {
		if (!strcmp(iq_vtd.registers[i].name, "RTADDR"))
			found.value[i] = unit->rtaddr;
		if (!strcmp(iq_vtd.registers[i].name, "CAP"))
			found.value[i] = unit->cap;
	}
	return found;
}

static struct iq_entry entry_of(struct intel_host *host, const struct model_vtd *unit, uint16_t requester)
{
	struct iq_unit found = unit_of(unit);
	struct iq_entry entry;

	assert_int_equal(iq_vtd_reader.entry(&host->machine.io.memory, &found, requester, &entry), IQ_OK);
	assert_int_equal(entry.id, requester);
	return entry;
}

/* Translate @iova through @first and then @second; 0 if it is not mapped. */
static uint64_t translate(struct intel_host *host, const struct iq_radix_root *first,
			  const struct iq_radix_root *second, uint64_t iova)
{
	struct iq_radix_path path;
	uint64_t address = iova;

	if (first->form) {
		if (second->form)
			return 0; /* the tables of a nested first level have second-level addresses */
		if (iq_radix_translate(&host->machine.io.memory, first, address, &path) != IQ_OK)
			return 0;
		address = path.mapping.physical + (address - path.mapping.iova);
	}
	if (second->form) {
		if (iq_radix_translate(&host->machine.io.memory, second, address, &path) != IQ_OK)
			return 0;
		address = path.mapping.physical + (address - path.mapping.iova);
	}
	return address;
}

static void assert_agrees(struct intel_host *host, struct model_vtd *unit, struct model_device *device, uint64_t iova)
{
	struct iq_entry entry = entry_of(host, unit, device->requester);
	struct model_answer answer = model_dma(device, iova, true, MODEL_NO_PASID);

	switch (entry.translation) {
	case IQ_TRANSLATION_TABLE:
		assert_int_equal(translate(host, &entry.window[0].first, &entry.window[0].second, iova), answer.ok ? answer.physical : 0);
		break;
	case IQ_TRANSLATION_PASSTHROUGH:
		assert_true(answer.ok);
		assert_int_equal(answer.physical, iova);
		break;
	case IQ_TRANSLATION_BLOCKED:
	case IQ_TRANSLATION_ILLEGAL:
	case IQ_TRANSLATION_UNKNOWN:
		assert_false(answer.ok);
		assert_false(entry.read || entry.write);
		break;
	}
}

static void tables_of_every_depth_decode(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);

	for (unsigned int levels = 3; levels <= 5; levels++) {
		uint16_t requester = (uint16_t)(REQUESTER + levels);
		struct model_device *device = host_behind(host, unit, requester, (uint16_t)(40 + levels),
							  host_second(host, levels), levels);
		struct iq_entry entry = entry_of(host, unit, requester);

		assert_true(entry.valid && entry.read && entry.write);
		assert_int_equal(entry.translation, IQ_TRANSLATION_TABLE);
		assert_int_equal(entry.domain, 40 + levels);
		assert_ptr_equal(entry.window[0].second.form, &iq_form_vtd_second);
		assert_int_equal(entry.window[0].second.levels, levels);
		assert_null(entry.window[0].first.form);
		assert_false(entry.ats);
		assert_agrees(host, unit, device, HOST_IOVA);
		assert_agrees(host, unit, device, HOST_IOVA - MODEL_PAGE);
		host_ats(host, unit, device);
		assert_true(entry_of(host, unit, requester).ats);
	}
}

static void passthrough_decodes(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_passthrough(host, unit, REQUESTER);

	assert_int_equal(entry_of(host, unit, REQUESTER).translation, IQ_TRANSLATION_PASSTHROUGH);
	assert_agrees(host, unit, device, HOST_TARGET);
}

static void missing_entries_decode_as_blocked(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct iq_unit found = unit_of(unit);
	struct iq_entry entry;

	/* No root entry, and no context entry. */
	assert_false(entry_of(host, unit, 0x7700).valid);
	host_translated(host, unit, REQUESTER, 5);
	assert_false(entry_of(host, unit, REQUESTER + 1).valid);
	assert_false(entry_of(host, unit, REQUESTER & 0xff7f).valid);
	assert_agrees(host, unit, host_device(host, unit, 0x7700), HOST_IOVA);
	assert_agrees(host, unit, host_device(host, unit, REQUESTER + 1), HOST_IOVA);
	/* Tables that are not in the dump. */
	model_memory_set64(&host->machine.memory, (unit->rtaddr & ~UINT64_C(0xfff)) + 0x78 * 16, NOWHERE | 1);
	assert_int_equal(iq_vtd_reader.entry(&host->machine.io.memory, &found, 0x7800, &entry), IQ_UNREACHABLE);
	unit->rtaddr = NOWHERE | host->mode;
	found = unit_of(unit);
	assert_int_equal(iq_vtd_reader.entry(&host->machine.io.memory, &found, 0x7800, &entry), IQ_UNREACHABLE);
	assert_int_equal(iq_vtd_reader.ids(&found), 0x10000);
}

static void malformed_legacy_entries_decode_as_illegal(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_translated(host, unit, REQUESTER, 5);
	uint64_t address = host_context_address(host, unit, REQUESTER);

	for (unsigned int aw = 0; aw < 8; aw++) {
		model_memory_set64(&host->machine.memory, address + 8, 5 << 8 | aw);
		model_vtd_drop_all(unit);
		if (aw < 1 || aw > 3)
			assert_int_equal(entry_of(host, unit, REQUESTER).translation, IQ_TRANSLATION_ILLEGAL);
		assert_agrees(host, unit, device, HOST_IOVA);
	}
	model_memory_set64(&host->machine.memory, address, MODEL_CONTEXT_RESERVED_TYPE | MODEL_CONTEXT_P);
	model_vtd_drop_all(unit);
	assert_int_equal(entry_of(host, unit, REQUESTER).translation, IQ_TRANSLATION_ILLEGAL);
	assert_agrees(host, unit, device, HOST_IOVA);
}

static void pasid_entries_of_every_type_and_width_decode(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 0);
	uint64_t address = model_vtd_pasid_address(&host->tables, host_directory(host, unit, REQUESTER), 0);
	uint64_t second = host_second(host, 4), first = host_first(host, 4, 0);

	for (uint64_t type = 0; type < 8; type++)
		for (uint64_t aw = 0; aw < 8; aw++) {
			if (type == MODEL_PASID_NESTED)
				continue;
			model_memory_set64(&host->machine.memory, address, second | type << 6 | aw << 2 | 1);
			model_memory_set64(&host->machine.memory, address + 16, first);
			model_vtd_drop_all(unit);
			assert_agrees(host, unit, device, type == MODEL_PASID_PASSTHROUGH ? HOST_TARGET : HOST_IOVA);
			if (type == MODEL_PASID_SECOND && (aw < 1 || aw > 3))
				assert_int_equal(entry_of(host, unit, REQUESTER).translation, IQ_TRANSLATION_ILLEGAL);
		}
	assert_true(entry_of(host, unit, REQUESTER).pasid_table != 0);
}

static void every_pasid_of_a_device_is_found(void **state)
{
	static const uint32_t pasids[] = { 1, 63, 64, 0xfffff };
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct iq_unit found = unit_of(unit);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 7);
	uint64_t directory = host_directory(host, unit, REQUESTER);
	struct iq_entry entry, way;

	for (unsigned int i = 0; i < 4; i++)
		model_vtd_set_pasid(&host->tables, directory, pasids[i], i % 2 ? MODEL_PASID_SECOND : MODEL_PASID_FIRST,
				    i % 2 ? host_second(host, 4) : 0, 4, i % 2 ? 0 : host_first(host, 4, 0),
				    (uint16_t)(i + 9));
	entry = entry_of(host, unit, REQUESTER);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(iq_vtd_reader.pasid(&host->machine.io.memory, &found, &entry, pasids[i], &way), IQ_OK);
		assert_int_equal(translate(host, &way.window[0].first, &way.window[0].second, HOST_IOVA),
				 model_dma(device, HOST_IOVA, true, pasids[i]).physical);
	}
	assert_int_equal(iq_vtd_reader.pasid(&host->machine.io.memory, &found, &entry, 2, &way), IQ_NOT_FOUND);
	assert_int_equal(iq_vtd_reader.pasid(&host->machine.io.memory, &found, &entry, 0x500, &way), IQ_NOT_FOUND);
	assert_int_equal(iq_vtd_reader.pasid(&host->machine.io.memory, &found, &entry, 0x100000, &way), IQ_NOT_FOUND);
	model_memory_set64(&host->machine.memory, directory + 8 * 20, NOWHERE | 1);
	assert_int_equal(iq_vtd_reader.pasid(&host->machine.io.memory, &found, &entry, 20 * 64, &way), IQ_UNREACHABLE);
}

static void a_small_directory_has_no_large_pasids(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct iq_unit found = unit_of(unit);
	struct iq_entry entry, way;

	host_with_pasids(host, unit, REQUESTER, 0);
	entry = entry_of(host, unit, REQUESTER);
	/* After the 128 entries the page has other data. */
	model_memory_set64(&host->machine.memory, entry.pasid_table + 128 * 8, HOST_TARGET | 1);
	assert_int_equal(iq_vtd_reader.pasid(&host->machine.io.memory, &found, &entry, 128 * 64, &way), IQ_NOT_FOUND);
}

static void entries_decode_as_they_were_before_the_block(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct iq_unit found = unit_of(unit);
	struct iq_entry before[2], after;
	const uint8_t *changes;
	uint32_t length, seen = 0;

	host_translated(host, unit, REQUESTER, 5);
	host_passthrough(host, unit, REQUESTER + 1);
	for (unsigned int i = 0; i < 2; i++)
		before[i] = entry_of(host, unit, (uint16_t)(REQUESTER + i));
	host_crash(host);
	changes = host_section(host, 0, IQ_SECTION_CHANGES, &length);
	assert_non_null(changes);
	for (uint32_t i = 0; i < length; i += (uint32_t)sizeof(struct iq_change)) {
		const struct iq_change *change = (const struct iq_change *)(changes + i);

		if (change->kind != IQ_CHANGE_ENTRY)
			continue;
		after = entry_of(host, unit, (uint16_t)change->first);
		iq_vtd_reader.restore(&host->machine.io.memory, &found, change, &after);
		assert_memory_equal(after.raw, before[change->first - REQUESTER].raw, sizeof(after.raw));
		if (!host_scalable(
			unit)) /* in scalable mode a PASID entry decides, and has a change of its own */
			assert_int_equal(after.translation, before[change->first - REQUESTER].translation);
		seen++;
	}
	assert_int_equal(seen, 2);
}

static void fault_records_read_as_words(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, host->mode);
	struct model_device *device = host_device(host, unit, REQUESTER);
	struct iq_event event;
	uint8_t zeros[16] = { 0 };

	model_dma(device, HOST_IOVA + 0x123, true, MODEL_NO_PASID);
	model_dma(device, HOST_IOVA, false, MODEL_NO_PASID);
	for (unsigned int i = 0; i < 2; i++) {
		assert_true(iq_vtd_reader.describe_event((const uint8_t *)unit->fault[i], 16, &event));
		assert_int_equal(event.id, REQUESTER);
		assert_int_equal(event.address, HOST_IOVA);
		assert_int_equal(event.write, !i);
		assert_true(event.directed);
		assert_string_equal(event.name, iq_vtd_reader.event_name(event.code));
		assert_non_null(event.fields);
	}
	assert_null(iq_vtd_reader.event_name(0xff));
	assert_int_equal(iq_vtd_reader.event_size, 16);
	assert_false(iq_vtd_reader.describe_event(zeros, 16, &event));
	assert_false(iq_vtd_reader.describe_event((const uint8_t *)unit->fault[0], 15, &event));
	for (unsigned int reason = 0; reason < 256; reason++) {
		uint64_t fault[2] = { 0, UINT64_C(1) << 63 | (uint64_t)reason << 32 };

		event.name = NULL;
		assert_true(iq_vtd_reader.describe_event((const uint8_t *)fault, 16, &event));
		assert_non_null(event.name);
		assert_int_equal(event.code, reason);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(tables_of_every_depth_decode),
		BOTH(passthrough_decodes),
		BOTH(missing_entries_decode_as_blocked),
		LEGACY(malformed_legacy_entries_decode_as_illegal),
		SCALABLE(pasid_entries_of_every_type_and_width_decode),
		SCALABLE(every_pasid_of_a_device_is_found),
		SCALABLE(a_small_directory_has_no_large_pasids),
		BOTH(entries_decode_as_they_were_before_the_block),
		BOTH(fault_records_read_as_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
