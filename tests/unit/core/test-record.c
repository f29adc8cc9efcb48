/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: everything that is written can be read, entries without room are counted, and no truncated, damaged or forged data is
 * accepted as a record.
 */
#include "record.h"

#include "cmocka-all.h"
#include "crc32.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 8192u

struct sample {
	uint64_t bytes[SIZE / 8];
	uint32_t size; /* in use */
};

static uint32_t size_of(const struct sample *sample)
{
	return ((const struct iq_record_header *)sample->bytes)->size;
}

/* Three sections: some registers, two changes, five odd bytes. */
static void write_sample(struct sample *sample)
{
	const struct iq_change change[2] = { { .first = 1, .old = { 1, 2 } },
					     { .first = 9, .old = { 3, 4 } } };
	const struct iq_record_unit unit = { .family = 1, .segment = 2, .base = 0xfd000000 };
	struct iq_record record;

	memset(sample, 0xa5, sizeof(*sample));
	assert_int_equal(iq_record_start(&record, sample->bytes, SIZE, IQ_MACHINE_X86_64, 1000000, 77), IQ_OK);
	assert_true(iq_record_item(&record, IQ_SECTION_UNIT, 0, &unit, sizeof(unit)));
	assert_true(iq_record_section(&record, IQ_SECTION_CHANGES, 0));
	assert_true(iq_record_change(&record, &change[0]));
	assert_true(iq_record_change(&record, &change[1]));
	assert_true(iq_record_item(&record, IQ_SECTION_EVENTS, 3, "12345", 5));
	iq_record_seal(&record, 99, 4);
	sample->size = size_of(sample);
}

static void reseal(void *bytes, uint32_t size)
{
	struct iq_record_header *header = bytes;

	header->crc = 0;
	header->crc = iq_crc32(0, bytes, size);
}

/* Open a copy of exactly this size, so that a sanitizer sees every read beyond it. If it opens, read all of it. */
static enum iq_status open_copy(const void *bytes, uint32_t length)
{
	struct iq_record_view view;
	struct iq_section section;
	const uint8_t *payload;
	enum iq_status status;
	uint32_t offset, at = 0;
	volatile uint8_t sum = 0;
	uint8_t *copy = malloc(length ? length : 1);

	memcpy(copy, bytes, length);
	status = iq_record_open(&view, copy, length, &offset);
	if (status == IQ_OK || status == IQ_DAMAGED)
		while (iq_record_next(&view, &at, &section, &payload))
			for (uint32_t i = 0; i < section.length; i++)
				sum = (uint8_t)(sum + payload[i]);
	else
		assert_in_range(offset, 0, length > sizeof(struct iq_record_header) ? length :
										     sizeof(struct iq_record_header));
	free(copy);
	return status;
}

static void test_everything_that_was_written_is_read(void **state)
{
	struct sample sample;
	struct iq_record_view view;
	struct iq_section section;
	const uint8_t *payload;
	uint32_t offset, at = 0;

	(void)state;
	write_sample(&sample);
	assert_int_equal(iq_record_open(&view, sample.bytes, SIZE, &offset), IQ_OK);
	assert_int_equal(view.header.tick_khz, 1000000);
	assert_int_equal(view.header.entered, 77);
	assert_int_equal(view.header.left, 99);
	assert_int_equal(view.header.nmis, 4);
	assert_int_equal(view.header.flags, IQ_RECORD_SEALED);
	assert_int_equal(strncmp(view.header.producer, "kdump-quiesce ", 14), 0);

	assert_true(iq_record_next(&view, &at, &section, &payload));
	assert_int_equal(section.type, IQ_SECTION_UNIT);
	assert_int_equal(((const struct iq_record_unit *)payload)->base, 0xfd000000);
	assert_true(iq_record_next(&view, &at, &section, &payload));
	assert_int_equal(section.type, IQ_SECTION_CHANGES);
	assert_int_equal(section.length, 2 * sizeof(struct iq_change));
	assert_true(iq_record_next(&view, &at, &section, &payload));
	assert_int_equal(section.unit, 3);
	assert_int_equal(section.length, 5);
	assert_memory_equal(payload, "12345\0\0", 8);
	assert_false(iq_record_next(&view, &at, &section, &payload));
}

static void test_runs_of_equal_changes_are_one(void **state)
{
	struct sample sample;
	struct iq_record record;
	struct iq_record_view view;
	struct iq_section section;
	const struct iq_change *change;
	const uint8_t *payload;
	uint32_t at = 0;
	static const struct iq_change changes[] = {
		{ .first = 5, .old = { 1, 1 } },   { .first = 6, .old = { 1, 1 } },
		{ .first = 7, .old = { 1, 2 } },   { .first = 9, .old = { 1, 2 } },
		{ .first = 10, .mode = 1, .old = { 1, 2 } }, { .first = 11, .kind = 1, .old = { 1, 2 } },
		{ .first = UINT32_MAX, .old = { 1, 2 } }, { .first = 0, .old = { 1, 2 } },
	};

	(void)state;
	iq_record_start(&record, sample.bytes, SIZE, IQ_MACHINE_X86_64, 1, 0);
	iq_record_section(&record, IQ_SECTION_CHANGES, 0);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(changes); i++)
		assert_true(iq_record_change(&record, &changes[i]));
	iq_record_look(&record, &view);
	assert_true(iq_record_next(&view, &at, &section, &payload));
	change = (const struct iq_change *)payload;
	assert_int_equal(section.length, 7 * sizeof(*change));
	assert_int_equal(change[0].first, 5);
	assert_int_equal(iq_change_last(&change[0]), 6);
	assert_int_equal(change[1].first, 7);
	assert_int_equal(change[1].more, 0);
	assert_int_equal(change[6].first, 0);
}

static void test_a_buffer_that_is_too_small_swallows_everything(void **state)
{
	struct sample sample;
	struct iq_record record;
	uint64_t before[4];

	(void)state;
	memset(&sample, 0x5a, sizeof(sample));
	memcpy(before, sample.bytes, sizeof(before));
	assert_int_equal(iq_record_start(&record, sample.bytes, IQ_RECORD_MIN - 1, IQ_MACHINE_X86_64, 1, 0), IQ_NO_ROOM);
	assert_false(iq_record_section(&record, IQ_SECTION_STAGE, 0));
	assert_false(iq_record_add(&record, "x", 1));
	assert_false(iq_record_item(&record, IQ_SECTION_STAGE, 0, "x", 1));
	assert_false(iq_record_change(&record, &(struct iq_change){ .first = 1 }));
	assert_int_equal(iq_record_room(&record), 0);
	iq_record_drop(&record, 1);
	iq_record_seal(&record, 1, 1);
	assert_memory_equal(sample.bytes, before, sizeof(before));
	assert_int_equal(iq_record_start(&record, NULL, SIZE, IQ_MACHINE_X86_64, 1, 0), IQ_NO_ROOM);
	iq_record_seal(&record, 1, 1);
}

static void test_entries_without_room_are_counted(void **state)
{
	uint8_t *buffer = malloc(IQ_RECORD_MIN);
	static const uint8_t big[IQ_RECORD_MIN];
	struct iq_record record;
	struct iq_record_view view;
	uint32_t offset, room;

	(void)state;
	assert_int_equal(iq_record_start(&record, buffer, IQ_RECORD_MIN, IQ_MACHINE_X86_64, 1, 0), IQ_OK);
	assert_false(iq_record_item(&record, IQ_SECTION_STAGE, 0, big, sizeof(big)));
	assert_true(iq_record_section(&record, IQ_SECTION_STAGE, 0));
	assert_false(iq_record_add(&record, big, UINT32_MAX));
	assert_false(iq_record_add(&record, big, UINT32_MAX - 7));
	while (iq_record_add(&record, "1234567", 7))
		;
	room = iq_record_room(&record);
	assert_in_range(room, 0, 7);
	assert_false(iq_record_section(&record, IQ_SECTION_STAGE, 1));
	assert_false(iq_record_add(&record, "1", 1));
	iq_record_drop(&record, 10);
	iq_record_seal(&record, 1, 0);
	assert_int_equal(iq_record_open(&view, buffer, IQ_RECORD_MIN, &offset), IQ_OK);
	assert_true(view.header.flags & IQ_RECORD_TRUNCATED);
	assert_int_equal(view.header.dropped, 16);
	free(buffer);
}

static void test_evidence_leaves_room_for_stages_and_traps(void **state)
{
	static const struct iq_record_stage stage = { .stage = IQ_STAGE_FLUSH };
	static const struct iq_record_trap trap = { .stage = IQ_STAGE_FLUSH };
	struct sample sample;
	struct iq_record record;
	struct iq_change change = { 0 };

	(void)state;
	for (unsigned int kept = 0; kept < 2; kept++) {
		unsigned int stages = 0;

		assert_int_equal(iq_record_start(&record, sample.bytes, SIZE, IQ_MACHINE_X86_64, 1, 0), IQ_OK);
		if (kept)
			iq_record_keep(&record, 10);
		assert_true(iq_record_section(&record, IQ_SECTION_CHANGES, 0));
		while (iq_record_change(&record, &change))
			change.first += 2;
		assert_null(iq_record_item(&record, IQ_SECTION_PORTS, 0, &stage, sizeof(stage)));
		while (stages < 10 && iq_record_item(&record, IQ_SECTION_STAGE, 0, &stage, sizeof(stage)))
			stages++;
		assert_int_equal(stages, kept ? 10 : 0);
		assert_int_equal(iq_record_item(&record, IQ_SECTION_TRAP, 0, &trap, sizeof(trap)) != NULL, kept);
	}
	/* However many sections are wanted, half of the record is kept for evidence. */
	assert_int_equal(iq_record_start(&record, sample.bytes, SIZE, IQ_MACHINE_X86_64, 1, 0), IQ_OK);
	iq_record_keep(&record, UINT32_MAX);
	assert_in_range(iq_record_room(&record), SIZE / 2 - 128, SIZE / 2);
}

static void test_a_record_in_the_making_is_readable(void **state)
{
	struct sample sample;
	struct iq_record_header *header = (struct iq_record_header *)sample.bytes;

	(void)state;
	write_sample(&sample);
	header->flags &= ~IQ_RECORD_SEALED;
	reseal(sample.bytes, sample.size);
	assert_int_equal(open_copy(sample.bytes, sample.size), IQ_DAMAGED);
}

static void test_sealing_twice_is_sealing(void **state)
{
	struct sample sample;
	struct iq_record record;

	(void)state;
	iq_record_start(&record, sample.bytes, SIZE, IQ_MACHINE_X86_64, 1, 0);
	iq_record_item(&record, IQ_SECTION_STAGE, 0, "12345678", 8);
	iq_record_seal(&record, 5, 0);
	iq_record_item(&record, IQ_SECTION_TRAP, 0, "12345678", 8);
	assert_int_equal(open_copy(sample.bytes, size_of(&sample)), IQ_DAMAGED);
	iq_record_seal(&record, 6, 1);
	assert_int_equal(open_copy(sample.bytes, size_of(&sample)), IQ_OK);
}

static void test_cut_off_at_every_byte(void **state)
{
	struct sample sample;

	(void)state;
	write_sample(&sample);
	for (uint32_t length = 0; length < sample.size; length++)
		assert_int_equal(open_copy(sample.bytes, length), IQ_MALFORMED);
	assert_int_equal(open_copy(sample.bytes, sample.size), IQ_OK);
}

static void test_every_bit_counts(void **state)
{
	struct sample sample;

	(void)state;
	write_sample(&sample);
	for (uint32_t bit = 0; bit < sample.size * 8; bit++) {
		((uint8_t *)sample.bytes)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(open_copy(sample.bytes, sample.size), IQ_OK);
		((uint8_t *)sample.bytes)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* Bytes after the record are not read. */
	((uint8_t *)sample.bytes)[sample.size] ^= 0xff;
	assert_int_equal(open_copy(sample.bytes, SIZE), IQ_OK);
}

static void test_sections_that_lie_about_their_length(void **state)
{
	static const uint32_t lengths[] = { 0xffffffff, 0xfffffff8, 0x80000000, 0x7fffffff, SIZE, 0x10000 };
	struct sample sample;
	const uint32_t first = sizeof(struct iq_record_header);

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(lengths); i++) {
		struct iq_record_view view;
		uint32_t offset;

		write_sample(&sample);
		((struct iq_section *)((uint8_t *)sample.bytes + first))->length = lengths[i];
		reseal(sample.bytes, sample.size);
		assert_int_equal(iq_record_open(&view, sample.bytes, sample.size, &offset), IQ_MALFORMED);
		assert_int_equal(offset, first);
	}
}

static void test_headers_that_lie(void **state)
{
	struct sample sample;
	struct iq_record_header *header = (struct iq_record_header *)sample.bytes;

	(void)state;
	write_sample(&sample);
	header->version = IQ_RECORD_VERSION + 1;
	reseal(sample.bytes, sample.size);
	assert_int_equal(open_copy(sample.bytes, sample.size), IQ_UNSUPPORTED);

	for (uint32_t size = 0; size < 0x10000; size += 3) {
		write_sample(&sample);
		header->header_size = (uint16_t)size;
		reseal(sample.bytes, sample.size);
		open_copy(sample.bytes, sample.size);
		write_sample(&sample);
		header->size = size;
		open_copy(sample.bytes, sample.size);
	}
	write_sample(&sample);
	memset(header->producer, 'x', sizeof(header->producer));
	reseal(sample.bytes, sample.size);
	assert_int_equal(open_copy(sample.bytes, sample.size), IQ_OK);
}

static void test_unknown_sections_are_passed_over(void **state)
{
	struct sample sample;
	struct iq_record record;
	struct iq_record_view view;
	struct iq_section section;
	const uint8_t *payload;
	uint32_t offset, at = 0;

	(void)state;
	iq_record_start(&record, sample.bytes, SIZE, IQ_MACHINE_X86_64, 1, 0);
	iq_record_item(&record, (enum iq_section_type)4711, 9, "later versions", 14);
	iq_record_item(&record, IQ_SECTION_STAGE, 0, "12345678", 8);
	iq_record_seal(&record, 1, 0);
	assert_int_equal(iq_record_open(&view, sample.bytes, SIZE, &offset), IQ_OK);
	assert_true(iq_record_next(&view, &at, &section, &payload));
	assert_int_equal(section.type, 4711);
	assert_true(iq_record_next(&view, &at, &section, &payload));
	assert_int_equal(section.type, IQ_SECTION_STAGE);
}

/* Many fields have wrong values, and the checksum is right. */
static void test_made_up_records_are_read_within_their_bounds(void **state)
{
	struct sample sample;
	uint64_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		struct iq_record_header *header = (struct iq_record_header *)sample.bytes;

		write_sample(&sample);
		for (unsigned int i = 0; i < 1 + round % 6; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			((uint8_t *)sample.bytes)[12 + (seed >> 33) % (sample.size - 12)] = (uint8_t)(seed >> 56);
		}
		if (header->size <= sample.size)
			reseal(sample.bytes, header->size);
		open_copy(sample.bytes, sample.size);
	}
}

static void test_the_note_in_front_of_it(void **state)
{
	static const uint8_t expected[IQ_NOTE_HEADER] = { 4, 0, 0, 0, 0x34, 0x12, 0, 0,
							  1, 0x51, 0x44, 0x4b, 'K', 'D', 'Q', 0 };
	uint8_t note[IQ_NOTE_HEADER];

	(void)state;
	iq_note_header(note, 0x1234);
	assert_memory_equal(note, expected, sizeof(note));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_that_was_written_is_read),
		cmocka_unit_test(test_runs_of_equal_changes_are_one),
		cmocka_unit_test(test_a_buffer_that_is_too_small_swallows_everything),
		cmocka_unit_test(test_entries_without_room_are_counted),
		cmocka_unit_test(test_evidence_leaves_room_for_stages_and_traps),
		cmocka_unit_test(test_a_record_in_the_making_is_readable),
		cmocka_unit_test(test_sealing_twice_is_sealing),
		cmocka_unit_test(test_cut_off_at_every_byte),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_sections_that_lie_about_their_length),
		cmocka_unit_test(test_headers_that_lie),
		cmocka_unit_test(test_unknown_sections_are_passed_over),
		cmocka_unit_test(test_made_up_records_are_read_within_their_bounds),
		cmocka_unit_test(test_the_note_in_front_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
