/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handover: a plugin runs only as it was sealed. Every flipped bit of code, data or handover is noticed, and a sealed
 * handover that makes no sense is refused.
 */
#include "boot/handover.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define CODE  512u
#define IMAGE (IQ_HANDOVER_OFFSET + (uint32_t)sizeof(struct iq_handover) + CODE + (uint32_t)sizeof(struct iq_handover_tail))

static struct iq_handover *handover_of(uint8_t *image)
{
	return (struct iq_handover *)(image + IQ_HANDOVER_OFFSET);
}

static uint8_t *new_image(void)
{
	uint8_t *image = malloc(IMAGE);

	for (uint32_t i = 0; i < IMAGE; i++)
		image[i] = (uint8_t)(i * 7);
	memset(handover_of(image), 0, sizeof(struct iq_handover));
	*handover_of(image) = (struct iq_handover){
		.magic = IQ_HANDOVER_MAGIC,
		.version = IQ_HANDOVER_VERSION,
		.size = sizeof(struct iq_handover),
		.image_size = IMAGE,
		.memory_size = 0x10000,
		.next = 0x12345000,
		.note = 0x7f000000,
		.note_size = 4096,
		.tick_khz = 2400000,
		.wait_us = IQ_WAIT_US_DEFAULT,
		.total_us = IQ_TOTAL_US_DEFAULT,
		.crash_start = 0x70000000,
		.crash_end = 0x80000000,
	};
	iq_handover_seal(image);
	return image;
}

static void test_a_sealed_image_is_accepted(void **state)
{
	uint8_t *image = new_image();
	struct iq_handover_tail tail;

	(void)state;
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_OK);
	memcpy(&tail, image + IMAGE - sizeof(tail), sizeof(tail));
	assert_int_equal(tail.next, 0x12345000);
	assert_int_equal(tail.complement, ~UINT64_C(0x12345000));
	free(image);
}

static void test_every_bit_of_the_image_counts(void **state)
{
	uint8_t *image = new_image();

	(void)state;
	for (uint32_t bit = 0; bit < IMAGE * 8; bit++) {
		image[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(iq_handover_check(image, IMAGE), IQ_OK);
		image[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_OK);
	free(image);
}

static void test_an_image_that_is_cut_off(void **state)
{
	uint8_t *image = new_image();

	(void)state;
	for (uint32_t length = 0; length < IMAGE; length++) {
		uint8_t *part = malloc(length ? length : 1);

		memcpy(part, image, length);
		assert_int_not_equal(iq_handover_check(part, length), IQ_OK);
		free(part);
	}
	free(image);
}

static void test_memory_that_was_overwritten(void **state)
{
	static const uint8_t patterns[] = { 0x00, 0xff, 0xa5 };

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(patterns); i++)
		for (uint32_t at = 0; at + 8 <= IMAGE; at += 8) {
			uint8_t *image = new_image();
			uint8_t before[8];

			memcpy(before, image + at, sizeof(before));
			memset(image + at, patterns[i], 8);
			if (memcmp(before, image + at, 8))
				assert_int_not_equal(iq_handover_check(image, IMAGE), IQ_OK);
			free(image);
		}
}

static void test_other_versions_are_not_guessed_at(void **state)
{
	uint8_t *image = new_image();

	(void)state;
	handover_of(image)->version++;
	iq_handover_seal(image);
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_UNSUPPORTED);
	handover_of(image)->version--;
	handover_of(image)->size += 8;
	iq_handover_seal(image);
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_UNSUPPORTED);
	free(image);
}

static void test_sizes_that_lie(void **state)
{
	static const uint32_t sizes[] = { 0, 1, IQ_HANDOVER_OFFSET, IMAGE + 1, 0x80000000, 0xffffffff };
	uint8_t *image = new_image();

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(sizes); i++) {
		handover_of(image)->image_size = sizes[i];
		assert_int_equal(iq_handover_check(image, IMAGE), IQ_MALFORMED);
	}
	free(image);
}

#define REFUSED(field, value)                                                    \
	do {                                                                     \
		uint8_t *image = new_image();                                    \
                                                                                 \
		handover_of(image)->field = (value);                             \
		iq_handover_seal(image);                                         \
		assert_int_equal(iq_handover_check(image, IMAGE), IQ_MALFORMED); \
		free(image);                                                     \
	} while (0)

static void test_fields_that_make_no_sense(void **state)
{
	(void)state;
	REFUSED(rules, IQ_HANDOVER_RULES + 1);
	REFUSED(rules, 0xffff);
	REFUSED(total_us, IQ_TOTAL_US_MAX + 1);
	REFUSED(wait_us, IQ_TOTAL_US_DEFAULT + 1);
	REFUSED(memory_size, IMAGE - 1);
	REFUSED(note, UINT64_MAX - 100);
	REFUSED(crash_start, 0x90000000);
	REFUSED(spare_pages, IQ_SPARE_PAGES_SINK + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sealed_image_is_accepted),
		cmocka_unit_test(test_every_bit_of_the_image_counts),
		cmocka_unit_test(test_an_image_that_is_cut_off),
		cmocka_unit_test(test_memory_that_was_overwritten),
		cmocka_unit_test(test_other_versions_are_not_guessed_at),
		cmocka_unit_test(test_sizes_that_lie),
		cmocka_unit_test(test_fields_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
