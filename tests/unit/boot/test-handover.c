/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handover: a plugin runs only if it is unchanged since it was sealed. Every flipped bit of code, data or handover is found. A
 * sealed handover with impossible values is refused.
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
		.elfcorehdr = 0x7e000000,
		.elfcorehdr_size = 4096,
		.clock = { .kind = IQ_CLOCK_TSC, .khz = 2400000 },
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
	REFUSED(total_us, IQ_TOTAL_US_MAX + 1);
	REFUSED(wait_us, IQ_TOTAL_US_DEFAULT + 1);
	REFUSED(memory_size, IMAGE - 1);
	REFUSED(note, UINT64_MAX - 103);
	REFUSED(note, 0x7f000004);
	REFUSED(elfcorehdr, UINT64_MAX - 100);
	REFUSED(spare, 0x7e000800);
	REFUSED(crash_start, 0x90000000);
	REFUSED(spare_pages, IQ_SPARE_PAGES_SINK + 1);
}

static void test_flags_that_are_not_known(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint8_t *image = new_image();

		handover_of(image)->flags = 1u << bit;
		iq_handover_seal(image);
		assert_int_equal(iq_handover_check(image, IMAGE),
				 1u << bit & IQ_HANDOVER_FLAGS ? IQ_OK : IQ_UNSUPPORTED);
		free(image);
	}
}

static enum iq_status with_console(struct iq_console console)
{
	uint8_t *image = new_image();
	enum iq_status status;

	handover_of(image)->console = console;
	iq_handover_seal(image);
	status = iq_handover_check(image, IMAGE);
	free(image);
	return status;
}

#define CONSOLE(...) with_console((struct iq_console){ __VA_ARGS__ })

static void test_consoles(void **state)
{
	(void)state;
	assert_int_equal(CONSOLE(.kind = IQ_CONSOLE_8250_PORT, .address = 0x3f8), IQ_OK);
	assert_int_equal(CONSOLE(.kind = IQ_CONSOLE_8250_PORT, .address = 0xfff8), IQ_OK);
	assert_int_equal(CONSOLE(.kind = IQ_CONSOLE_8250_PORT, .address = 0xfff9), IQ_MALFORMED);
	assert_int_equal(CONSOLE(.kind = IQ_CONSOLE_8250_PORT), IQ_MALFORMED);
	for (unsigned int kind = IQ_CONSOLE_8250_MEMORY; kind <= IQ_CONSOLE_PL011; kind++) {
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .address = 0xfe040000, .width = 4, .shift = 2), IQ_OK);
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .address = 0xfe040002, .width = 4), IQ_MALFORMED);
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .address = 0xfe040000, .width = 3), IQ_MALFORMED);
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .address = 0xfe040000, .width = 0), IQ_MALFORMED);
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .address = 0xfe040000, .width = 1, .shift = 5), IQ_MALFORMED);
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .address = UINT64_MAX - 3, .width = 4), IQ_MALFORMED);
		assert_int_equal(CONSOLE(.kind = (uint16_t)kind, .width = 4), IQ_MALFORMED);
	}
	/* Of a kind that this plugin does not know, it cannot check the fields: it accepts them. */
	assert_int_equal(CONSOLE(.kind = IQ_CONSOLE_FIRMWARE, .address = 1), IQ_OK);
	assert_int_equal(CONSOLE(.kind = UINT16_MAX, .address = UINT64_MAX, .width = 255, .shift = 255), IQ_OK);
}

static void test_items_are_found_in_order(void **state)
{
	static const struct iq_rule rule[3] = { { .first = 1 }, { .first = 2 }, { .first = 3 } };
	uint8_t *image = new_image(), odd[13] = "odd";
	struct iq_handover *handover = handover_of(image);
	struct iq_rule found[IQ_HANDOVER_RULES];
	struct iq_section item;
	const uint8_t *payload;
	uint32_t offset = 0;

	(void)state;
	assert_int_equal(iq_handover_rules(handover, found), 0);
	assert_true(iq_handover_add(handover, IQ_ITEM_RULES, rule, sizeof(rule[0])));
	assert_true(iq_handover_add(handover, (enum iq_item_type)77, odd, sizeof(odd)));
	assert_true(iq_handover_add(handover, IQ_ITEM_RULES, rule + 1, 2 * sizeof(rule[0])));
	iq_handover_seal(image);
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_OK);
	assert_int_equal(iq_handover_rules(handover, found), 3);
	assert_memory_equal(found, rule, sizeof(rule));
	assert_true(iq_handover_next(handover, &offset, &item, &payload));
	assert_true(iq_handover_next(handover, &offset, &item, &payload));
	assert_int_equal(item.type, 77);
	assert_int_equal(item.length, sizeof(odd));
	assert_memory_equal(payload, odd, sizeof(odd));
	assert_true(iq_handover_next(handover, &offset, &item, &payload));
	assert_false(iq_handover_next(handover, &offset, &item, &payload));
	free(image);
}

static void test_items_have_their_limit(void **state)
{
	static const struct iq_rule rule[IQ_HANDOVER_RULES + 1];
	static const struct iq_root_buses roots[IQ_ROOT_SEGMENTS];
	uint8_t *image = new_image();
	struct iq_handover *handover = handover_of(image);
	struct iq_rule found[IQ_HANDOVER_RULES];
	unsigned int added = 0;

	(void)state;
	/* The largest numbers of rules and of segments leave room for other items. */
	assert_true(iq_handover_add(handover, IQ_ITEM_RULES, rule, IQ_HANDOVER_RULES * sizeof(rule[0])));
	assert_true(iq_handover_add(handover, IQ_ITEM_ROOTS, roots, sizeof(roots)));
	while (iq_handover_add(handover, (enum iq_item_type)77, rule, 24))
		added++;
	assert_in_range(added, 3, 4);
	iq_handover_seal(image);
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_OK);
	assert_int_equal(iq_handover_rules(handover, found), IQ_HANDOVER_RULES);
	free(image);

	image = new_image();
	assert_true(iq_handover_add(handover_of(image), IQ_ITEM_RULES, rule, sizeof(rule)));
	iq_handover_seal(image);
	assert_int_equal(iq_handover_check(image, IMAGE), IQ_MALFORMED);
	assert_false(iq_handover_add(handover_of(image), IQ_ITEM_RULES, rule, UINT32_MAX));
	free(image);
}

/* A list of @size bytes with one item, of @length bytes, whose length field is @claimed. */
static enum iq_status with_item(uint32_t size, uint32_t claimed, uint32_t length)
{
	static const uint8_t zeros[64];
	uint8_t *image = new_image();
	enum iq_status status;

	assert_true(iq_handover_add(handover_of(image), IQ_ITEM_RULES, zeros, length));
	memcpy((uint8_t *)handover_of(image)->item + offsetof(struct iq_section, length), &claimed, sizeof(claimed));
	handover_of(image)->items_size = size;
	iq_handover_seal(image);
	status = iq_handover_check(image, IMAGE);
	free(image);
	return status;
}

static void test_items_that_lie(void **state)
{
	const uint32_t rule = sizeof(struct iq_rule), head = sizeof(struct iq_section);

	(void)state;
	assert_int_equal(with_item(head + rule, rule, rule), IQ_OK);
	assert_int_equal(with_item(head + rule, rule - 1, rule), IQ_MALFORMED);
	assert_int_equal(with_item(head + rule, rule + 8, rule), IQ_MALFORMED);
	assert_int_equal(with_item(head + rule, UINT32_MAX, rule), IQ_MALFORMED);
	assert_int_equal(with_item(head + rule, UINT32_MAX - 7, rule), IQ_MALFORMED);
	assert_int_equal(with_item(head + rule - 4, rule, rule), IQ_MALFORMED);
	assert_int_equal(with_item(4, 0, 0), IQ_MALFORMED);
	assert_int_equal(with_item(IQ_HANDOVER_ITEMS + 8, IQ_HANDOVER_ITEMS, 0), IQ_MALFORMED);
	assert_int_equal(with_item(UINT32_MAX - 7, 0, 0), IQ_MALFORMED);
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
		cmocka_unit_test(test_flags_that_are_not_known),
		cmocka_unit_test(test_consoles),
		cmocka_unit_test(test_items_are_found_in_order),
		cmocka_unit_test(test_items_have_their_limit),
		cmocka_unit_test(test_items_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
