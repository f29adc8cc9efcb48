/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings that somebody else made reach a terminal without what it would obey, in text and in messages; JSON keeps their bytes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/shown.h"

static const struct {
	const char *text, *shown, *json;
} cases[] = {
	{ "plain \\ \"text\"", "plain \\ \"text\"", "plain \\\\ \\\"text\\\"" },
	{ "\033]0;title\a", "\\x1b]0;title\\x07", "\\u001b]0;title\\u0007" },
	{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d", "a\\u000ab\\u0009c\\u000d" },
	{ "\x7f", "\\x7f", "\\u007f" },
	{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
	/* The other form of ESC [ : U+009B, and the byte alone. */
	{ "\xc2\x9b" "1m", "\\xc2\\x9b1m", "\\u009b1m" },
	{ "\x9b" "1m", "\\x9b1m", "\\u009b1m" },
	/* No UTF-8: overlong, a surrogate, above U+10FFFF, cut off. */
	{ "\xc0\xaf", "\\xc0\\xaf", "\\u00c0\\u00af" },
	{ "\xe0\x80\x8a", "\\xe0\\x80\\x8a", "\\u00e0\\u0080\\u008a" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\u00ed\\u00a0\\u0080" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\u00f4\\u0090\\u0080\\u0080" },
	{ "\xe2\x82", "\\xe2\\x82", "\\u00e2\\u0082" },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void test_what_cannot_be_printed_is_a_number(void **state)
{
	char shown[128];

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		assert_int_equal(kq_shown(shown, sizeof(shown), cases[i].text, strlen(cases[i].text)), strlen(cases[i].shown));
		assert_string_equal(shown, cases[i].shown);
	}
	assert_int_equal(kq_shown(shown, sizeof(shown), "a\0b", 3), 6);
	assert_string_equal(shown, "a\\x00b");
}

static void test_what_finds_no_room_is_cut_off_at_a_character(void **state)
{
	char shown[8];

	(void)state;
	assert_int_equal(kq_shown(shown, sizeof(shown), "abcd\033", 5), 4);
	assert_string_equal(shown, "abcd");
	assert_int_equal(kq_shown(shown, sizeof(shown), "abcde\xe2\x82\xac", 8), 5);
	assert_string_equal(shown, "abcde");
	assert_int_equal(kq_shown(shown, sizeof(shown), "abc\033", 4), 7);
}

static struct kq_output output;
static char *written;
static size_t size;

static void begin(void)
{
	kq_output_start(&output, open_memstream(&written, &size));
}

static const char *end(void)
{
	static char text[4096];

	assert_true(kq_output_flush(&output));
	fclose(output.file);
	snprintf(text, sizeof(text), "%s", written);
	free(written);
	return text;
}

static void test_formatted_output_obeys_no_argument(void **state)
{
	char expected[128];

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		begin();
		kq_output_format(&output, "\n%s: %d\n", cases[i].text, 7);
		snprintf(expected, sizeof(expected), "\n%s: 7\n", cases[i].shown);
		assert_string_equal(end(), expected);
	}
	begin();
	kq_output_format(&output, "%s\n", "forged\n\nunit 0: fine\n");
	assert_string_equal(end(), "forged\\x0a\\x0aunit 0: fine\\x0a\n");
	begin();
	kq_output_format(&output, "\n");
	assert_string_equal(end(), "\n");
}

static void test_a_line_that_is_cut_off_still_ends(void **state)
{
	char *text = malloc(5000);
	const char *said;

	(void)state;
	memset(text, 'a', 4999);
	text[4999] = 0;
	begin();
	kq_output_format(&output, "%s\n", text);
	said = end();
	assert_int_equal(strlen(said), 1024);
	assert_int_equal(said[1022], 'a');
	assert_int_equal(said[1023], '\n');
	free(text);
}

static void test_json_keeps_every_byte(void **state)
{
	struct kq_json json;
	char expected[128];

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		begin();
		kq_json_start(&json, &output);
		kq_json_string(&json, NULL, cases[i].text);
		snprintf(expected, sizeof(expected), "\"%s\"", cases[i].json);
		assert_string_equal(end(), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_cannot_be_printed_is_a_number),
		cmocka_unit_test(test_what_finds_no_room_is_cut_off_at_a_character),
		cmocka_unit_test(test_formatted_output_obeys_no_argument),
		cmocka_unit_test(test_a_line_that_is_cut_off_still_ends),
		cmocka_unit_test(test_json_keeps_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
