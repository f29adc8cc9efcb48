/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksum, the text for the console, and the names of numbers.
 */
#include "crc32.h"
#include "machine.h"
#include "record.h"
#include "text.h"

#include "cmocka-all.h"

#include <string.h>

/* Bit by bit, from the polynomial's definition. ISO 3309, reflected: 0xedb88320 */
static uint32_t slow_crc32(uint32_t crc, const uint8_t *bytes, size_t length)
{
	crc = ~crc;
	while (length--) {
		crc ^= *bytes++;
		for (unsigned int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void test_the_checksum_is_the_well_known_one(void **state)
{
	uint8_t bytes[400];

	(void)state;
	assert_int_equal(iq_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(iq_crc32(0, "", 0), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i + 3 * i);
	for (size_t start = 0; start < 9; start++)
		for (size_t length = 0; length < 300; length++)
			assert_int_equal(iq_crc32(0, bytes + start, length), slow_crc32(0, bytes + start, length));
}

static void test_the_checksum_goes_on_from_any_place(void **state)
{
	static const char text[] = "stops DMA at its source, blocks it in the IOMMU, flushes, waits";

	(void)state;
	for (size_t cut = 0; cut <= sizeof(text); cut++)
		assert_int_equal(iq_crc32(iq_crc32(0, text, cut), text + cut, sizeof(text) - cut),
				 iq_crc32(0, text, sizeof(text)));
}

static void test_lines_of_text(void **state)
{
	struct iq_text text;

	(void)state;
	iq_text_start(&text);
	assert_string_equal(text.line, "");
	iq_text_string(&text, "unit ");
	iq_text_number(&text, 0);
	iq_text_string(&text, " ");
	iq_text_number(&text, UINT64_MAX);
	iq_text_string(&text, " ");
	iq_text_hex(&text, 0xfd000000, 1);
	iq_text_string(&text, " ");
	iq_text_hex(&text, 0, 1);
	iq_text_string(&text, " ");
	iq_text_hex(&text, 0x1f, 4);
	iq_text_string(&text, " ");
	iq_text_hex(&text, UINT64_MAX, 16);
	assert_string_equal(text.line, "unit 0 18446744073709551615 fd000000 0 001f ffffffffffffffff");
}

static void test_long_lines_are_cut_off(void **state)
{
	struct iq_text text;

	(void)state;
	iq_text_start(&text);
	for (unsigned int i = 0; i < 50; i++) {
		iq_text_string(&text, "twelve chars");
		iq_text_number(&text, 123456789);
		iq_text_hex(&text, UINT64_MAX, 16);
	}
	assert_int_equal(strlen(text.line), sizeof(text.line) - 1);
}

static void test_every_number_has_a_word(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= IQ_INTERRUPTED; i++)
		for (unsigned int n = 0; n < i; n++) {
			assert_string_not_equal(iq_status_name(i), "unknown");
			assert_string_not_equal(iq_status_name(i), iq_status_name(n));
		}
	assert_string_equal(iq_status_name(IQ_OK), "ok");
	assert_string_equal(iq_status_name(IQ_TIMEOUT), "timeout");
	assert_string_equal(iq_status_name(0xffff), "unknown");
	assert_string_equal(iq_stage_name(IQ_STAGE_FLUSH), "flush");
	assert_string_equal(iq_stage_name(0xffff), "unknown");
	assert_string_equal(iq_mode_name(IQ_MODE_PRESERVE), "preserve");
	assert_string_equal(iq_mode_name(0xff), "unknown");
	assert_string_not_equal(iq_reason_name(IQ_REASON_RESERVED), iq_reason_name(IQ_REASON_POLICY));
	assert_string_equal(iq_reason_name(0xff), "unknown");
}

static void test_a_checksum_does_not_cover_itself(void **state)
{
	uint8_t bytes[] = "1234....56789", zeros[] = "1234\0\0\0\0" "56789";

	(void)state;
	assert_int_equal(iq_crc32_without(bytes, sizeof(bytes), 4), iq_crc32(0, zeros, sizeof(zeros)));
	bytes[4] ^= 1;
	assert_int_equal(iq_crc32_without(bytes, sizeof(bytes), 4), iq_crc32(0, zeros, sizeof(zeros)));
	bytes[8] ^= 1;
	assert_int_not_equal(iq_crc32_without(bytes, sizeof(bytes), 4), iq_crc32(0, zeros, sizeof(zeros)));
}

static void test_exceptions_are_named_in_the_machines_words(void **state)
{
	struct iq_trap_words words;

	(void)state;
	iq_trap_words(&words, IQ_MACHINE_X86_64, 14);
	assert_string_equal(words.cause, "#PF page fault");
	assert_string_equal(words.syndrome, "error code");
	/* Reserved, and beyond the last. */
	iq_trap_words(&words, IQ_MACHINE_X86_64, 15);
	assert_null(words.cause);
	for (uint32_t cause = 31; cause; cause <<= 1) {
		iq_trap_words(&words, IQ_MACHINE_X86_64, cause | 31);
		assert_null(words.cause);
	}
	iq_trap_words(&words, IQ_MACHINE_AARCH64, 4);
	assert_null(words.cause);
	assert_string_equal(words.syndrome, "syndrome");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_checksum_is_the_well_known_one),
		cmocka_unit_test(test_the_checksum_goes_on_from_any_place),
		cmocka_unit_test(test_a_checksum_does_not_cover_itself),
		cmocka_unit_test(test_exceptions_are_named_in_the_machines_words),
		cmocka_unit_test(test_lines_of_text),
		cmocka_unit_test(test_long_lines_are_cut_off),
		cmocka_unit_test(test_every_number_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
