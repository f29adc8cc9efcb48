/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core's decoding of AMD-Vi tables must agree with what the model does with DMA: for random entries, host and guest tables,
 * segments, and entries from a record instead of memory.
 */
#include "models/families.h"
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

/* The unit as it is read from a record. */
static struct iq_unit unit_of(struct amd_host *host, struct model_amdvi *unit)
{
	struct iq_unit result = { .family = &iq_amdvi, .base = unit->base, .window = iq_amdvi.window };
	struct iq_io *io = &host->machine.io;

	io->map_registers(io, unit->base, iq_amdvi.window);
	for (unsigned int i = 0; i < iq_amdvi.register_count; i++)
		result.value[i] = io->read64(io, unit->base + iq_amdvi.registers[i].offset);
	return result;
}

static enum iq_status decode(struct amd_host *host, struct model_amdvi *unit, uint16_t requester, struct iq_entry *entry)
{
	struct iq_unit reader = unit_of(host, unit);

	memset(entry, 0, sizeof(*entry));
	return iq_amdvi_reader.entry(&host->machine.io.memory, &reader, requester, entry);
}

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33 | *seed << 31;
}

static bool passes(struct model_device *device, bool write)
{
	model_amdvi_drop_all((struct model_amdvi *)device->iommu);
	return model_dma(device, 0x123000, write, MODEL_NO_PASID).ok;
}

static void test_random_entries_mean_what_they_do(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_device(host, unit, 0x0010);
	unsigned int seen[5] = { 0 };
	uint64_t seed = 1;

	for (unsigned int round = 0; round < 20000; round++) {
		struct model_amdvi_entry raw = { { draw(&seed), draw(&seed), 0, 0 } };
		struct iq_entry entry;

		/* Set few reserved bits and few page tables, otherwise other cases would be too rare. */
		raw.word[0] &= ~(UINT64_C(0x800000000000007c) & draw(&seed) & draw(&seed));
		if (round % 4)
			raw.word[0] &= ~(UINT64_C(0x800000000000007c) | UINT64_C(0xe00) | MODEL_DTE_GV);
		host_set_entry(host, unit, 0x0010, &raw);
		assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_OK);
		assert_memory_equal(entry.raw, raw.word, sizeof(raw.word));
		assert_int_equal(entry.valid, raw.word[0] & MODEL_DTE_V);
		seen[entry.translation]++;
		unit->event_count[MODEL_ILLEGAL_DEV_TABLE_ENTRY] = 0;
		switch (entry.translation) {
		case IQ_TRANSLATION_BLOCKED:
			assert_false(passes(device, true));
			assert_false(passes(device, false));
			break;
		case IQ_TRANSLATION_PASSTHROUGH:
			assert_int_equal(passes(device, true), entry.write);
			assert_int_equal(passes(device, false), entry.read);
			break;
		case IQ_TRANSLATION_ILLEGAL:
			assert_false(passes(device, true));
			assert_true(unit->event_count[MODEL_ILLEGAL_DEV_TABLE_ENTRY] || !(raw.word[0] & MODEL_DTE_TV));
			break;
		case IQ_TRANSLATION_UNKNOWN:
			/* GCR3 tables drawn at random lie outside of memory. */
			assert_true(raw.word[0] & MODEL_DTE_GV && raw.word[0] & MODEL_DTE_GIOV);
			assert_false(passes(device, false));
			break;
		case IQ_TRANSLATION_TABLE:
			/* Guest tables drawn at random lie outside of memory. */
			assert_true(entry.window[0].second.form || raw.word[0] & MODEL_DTE_GV);
			assert_true(entry.window[0].second.form || !passes(device, false));
			break;
		}
		if (entry.translation != IQ_TRANSLATION_ILLEGAL)
			assert_int_equal(unit->event_count[MODEL_ILLEGAL_DEV_TABLE_ENTRY], 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		assert_true(seen[i] > 10);
}

/* Compare the core's translation with the address that the model's DMA reaches. */
static void assert_same_way(struct amd_host *host, const struct iq_radix_root *root, struct model_device *device,
			    uint64_t iova, uint32_t pasid)
{
	struct iq_radix_path path;
	enum iq_status status = iq_radix_translate(&host->machine.io.memory, root, iova, &path);

	for (unsigned int write = 0; write < 2; write++) {
		struct model_answer answer = model_dma(device, iova, write, pasid);
		bool allowed = status == IQ_OK && (write ? path.mapping.write : path.mapping.read);

		if (status == IQ_OK && !model_memory_has(&host->machine.memory,
							  path.mapping.physical + (iova - path.mapping.iova), 8))
			continue;
		assert_int_equal(answer.ok, allowed);
		if (answer.ok)
			assert_int_equal(answer.physical, path.mapping.physical + (iova - path.mapping.iova));
	}
}

static void test_host_tables_lead_to_the_same_place(void **state)
{
	for (unsigned int levels = 1; levels <= 6; levels++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_device(host, unit, 0x0010);
		uint64_t root = model_table_new(&host->tables), seed = levels;
		struct model_amdvi_entry raw = { { MODEL_DTE_OPEN | MODEL_DTE_MODE(levels) | root, 5, 0, 0 } };
		const unsigned int reach = levels == 6 ? 64 : 12 + 9 * levels;
		struct iq_entry entry;

		for (unsigned int shift = 12; shift <= 30 && shift < reach; shift++)
			model_map_host(&host->tables, root, levels,
				       shift + 3 < reach ? UINT64_C(1) << (shift + 3) : 0, UINT64_C(0x140000000), shift,
				       1 + shift % 3);
		host_set_entry(host, unit, 0x0010, &raw);
		assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_OK);
		assert_int_equal(entry.translation, IQ_TRANSLATION_TABLE);
		assert_int_equal(entry.window[0].second.levels, levels);
		for (unsigned int shift = 12; shift <= 34; shift++)
			for (unsigned int i = 0; i < 8; i++)
				assert_same_way(host, &entry.window[0].second, device,
						((UINT64_C(1) << shift) + draw(&seed) % (UINT64_C(1) << shift)) &
							~UINT64_C(7),
						MODEL_NO_PASID);
		if (levels < 6)
			assert_same_way(host, &entry.window[0].second, device, UINT64_C(1) << reach, MODEL_NO_PASID);
		host_free(host);
	}
	(void)state;
}

/* Random entries with addresses of existing tables: loops, skipped levels, wrong sizes. */
static void test_random_host_tables_lead_to_the_same_place(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_device(host, unit, 0x0010);
	uint64_t table[8], seed = 7;

	for (unsigned int i = 0; i < 8; i++)
		table[i] = model_table_new(&host->tables);
	for (unsigned int round = 0; round < 4000; round++) {
		const unsigned int levels = 1 + round % 6;
		struct model_amdvi_entry raw = { { MODEL_DTE_OPEN | MODEL_DTE_MODE(levels) | table[0], 5, 0, 0 } };
		struct iq_entry entry;

		if (round % 16 == 0)
			for (unsigned int i = 0; i < 8 * 4; i++) {
				uint64_t word = draw(&seed), next = word >> 3 & 7;

				/* Present, with random permissions and next level, and the address of a table or a page. */
				word = 1 | (word & 0x6000000000000000) | next << 9;
				if (draw(&seed) % 8)
					word |= UINT64_C(0x6000000000000000);
				word |= next && next != 7 ? table[draw(&seed) % 8] :
							    (UINT64_C(0x100000000) + draw(&seed) % 0x80000000) &
								    ~UINT64_C(0xfff);
				model_memory_set64(&host->machine.memory, table[i / 4] + i % 4 * 8, word);
			}
		host_set_entry(host, unit, 0x0010, &raw);
		model_amdvi_drop_all(unit);
		assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_OK);
		assert_same_way(host, &entry.window[0].second, device,
				draw(&seed) & UINT64_C(0x0603018060300ff8) & (~UINT64_C(0) >> (64 - (levels == 6 ? 64 : 12 + 9 * levels))),
				MODEL_NO_PASID);
	}
}

static void test_guest_tables_lead_to_the_same_place(void **state)
{
	static const uint32_t pasids[] = { 1, 0x1ff, 0x200, 0x1234, 0x3ffff };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(pasids); i++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_guest(host, unit, 0x0010, 5, pasids[i]);
		struct iq_unit reader = unit_of(host, unit);
		struct iq_entry entry, way;

		assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_OK);
		assert_int_equal(entry.translation, IQ_TRANSLATION_TABLE);
		assert_non_null(entry.window[0].first.form);
		assert_same_way(host, &entry.window[0].first, device, HOST_IOVA, MODEL_NO_PASID);
		assert_same_way(host, &entry.window[0].first, device, HOST_IOVA + 0x1000, MODEL_NO_PASID);
		assert_int_equal(iq_amdvi_reader.pasid(&host->machine.io.memory, &reader, &entry, pasids[i], &way), IQ_OK);
		assert_same_way(host, &way.window[0].first, device, HOST_IOVA, pasids[i]);
		assert_int_equal(iq_amdvi_reader.pasid(&host->machine.io.memory, &reader, &entry, pasids[i] ^ 2, &way),
				 IQ_NOT_FOUND);
		assert_int_equal(iq_amdvi_reader.pasid(&host->machine.io.memory, &reader, &entry, 0xfffff, &way), IQ_NOT_FOUND);
		host_free(host);
	}
	(void)state;
}

static void test_entries_are_found_where_the_unit_finds_them(void **state)
{
	for (unsigned int bits = 0; bits <= 3; bits++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct iq_unit reader;

		unit->control |= MODEL_AMDVI_SEGMENTS_EN(bits);
		for (unsigned int i = 0; i < 8; i++)
			unit->table[i] = (UINT64_C(0x150000000) + i * 0x200000) | (3 * i + 1);
		/* Size has one bit less in all segments after the first. */
		unit->table[5] |= 0x100;
		reader = unit_of(host, unit);
		for (uint32_t requester = 0; requester < 0x10000; requester += 37) {
			uint64_t address = model_amdvi_entry_address(unit, (uint16_t)requester);
			struct iq_entry entry;

			if (address)
				model_memory_set64(&host->machine.memory, address + 8, requester);
			assert_int_equal(iq_amdvi_reader.entry(&host->machine.io.memory, &reader, (uint16_t)requester, &entry),
					 address ? IQ_OK : IQ_NOT_FOUND);
			if (address)
				assert_int_equal(entry.domain, requester);
			if (address)
				assert_in_range(requester, 0, iq_amdvi_reader.ids(&reader) - 1);
		}
		host_free(host);
	}
	(void)state;
}

static void test_the_record_gives_back_what_was_there(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_guest(host, unit, 0x0010, 5, 0x42);
	struct iq_unit reader = unit_of(host, unit);
	struct iq_entry before, now;
	const uint8_t *changes;
	uint32_t length;

	assert_int_equal(decode(host, unit, 0x0010, &before), IQ_OK);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_int_equal(decode(host, unit, 0x0010, &now), IQ_OK);
	assert_int_equal(now.translation, IQ_TRANSLATION_BLOCKED);
	changes = host_section(host, 0, IQ_SECTION_CHANGES, &length);
	assert_int_equal(length, sizeof(struct iq_change));
	iq_amdvi_reader.restore(&host->machine.io.memory, &reader, (const struct iq_change *)changes, &now);
	assert_int_equal(now.translation, before.translation);
	assert_int_equal(now.read, before.read);
	assert_int_equal(now.write, before.write);
	assert_int_equal(now.domain, before.domain);
	assert_int_equal(now.pasid_table, before.pasid_table);
	assert_int_equal(now.window[0].first.table, before.window[0].first.table);
	assert_memory_equal(now.raw, before.raw, sizeof(now.raw));
}

static void test_tables_outside_of_memory_are_said_to_be(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct iq_unit reader;
	struct iq_entry entry, way;

	host_guest(host, unit, 0x0010, 5, 0x1234);
	assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_OK);
	reader = unit_of(host, unit);
	entry.pasid_table = UINT64_C(0xf00000000000);
	assert_int_equal(iq_amdvi_reader.pasid(&host->machine.io.memory, &reader, &entry, 1, &way), IQ_UNREACHABLE);
	unit->table[0] = UINT64_C(0xf00000000000) | 1;
	assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_UNREACHABLE);
	unit->table[0] = 1;
	assert_int_equal(decode(host, unit, 0x0010, &entry), IQ_NOT_FOUND);
}

static void test_events_in_words(void **state)
{
	uint8_t raw[16] = { 0 };
	struct iq_event event;

	(void)state;
	assert_false(iq_amdvi_reader.describe_event(raw, sizeof(raw), &event));
	for (unsigned int code = 0; code < 16; code++) {
		raw[7] = (uint8_t)(code << 4);
		raw[0] = 0x34;
		raw[1] = 0x12;
		assert_true(iq_amdvi_reader.describe_event(raw, sizeof(raw), &event));
		assert_non_null(event.name);
		assert_int_equal(event.id, 0x1234);
		assert_int_equal(event.code, code);
		assert_non_null(event.fields);
		assert_false(event.directed);
	}
	/* RW alone says that it was a write; PR says that RW is defined. */
	raw[6] = 0x20;
	assert_true(iq_amdvi_reader.describe_event(raw, sizeof(raw), &event) && event.directed && event.write);
	raw[6] = 0x10;
	assert_true(iq_amdvi_reader.describe_event(raw, sizeof(raw), &event) && event.directed && !event.write);
	assert_string_equal(iq_amdvi_reader.event_name(2), "IO_PAGE_FAULT");
	assert_null(iq_amdvi_reader.event_name(16));
	assert_int_equal(iq_amdvi_reader.event_size, 16);
	assert_false(iq_amdvi_reader.describe_event(raw, 15, &event));
	assert_ptr_equal(iq_family_by_id(iq_amdvi.id), &iq_amdvi);
	assert_null(iq_family_by_id(0));
	assert_null(iq_family_by_id(99));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_random_entries_mean_what_they_do),
		T(test_host_tables_lead_to_the_same_place),
		T(test_random_host_tables_lead_to_the_same_place),
		T(test_guest_tables_lead_to_the_same_place),
		T(test_entries_are_found_where_the_unit_finds_them),
		T(test_the_record_gives_back_what_was_there),
		T(test_tables_outside_of_memory_are_said_to_be),
		T(test_events_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
