/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's clock: every wait ends, whatever the time stamp counter does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"

#define KHZ 3000000u

/* Number of polls until 1000 us have passed, if the counter moves by @advance at each poll. */
static unsigned int polls(int64_t advance)
{
	struct clock clock;
	uint64_t raw = UINT64_C(1) << 40, end;
	unsigned int n;

	clock_start(&clock, raw, KHZ);
	end = clock_now(&clock, raw) + KHZ;
	for (n = 0; clock_now(&clock, raw) < end; n++) {
		assert_true(n < 10000000);
		raw += (uint64_t)advance;
		clock_poll(&clock, raw);
	}
	return n;
}

static void running_counter_is_followed(void **state)
{
	(void)state;
	assert_int_equal(polls(300), KHZ / 300);
	assert_int_equal(polls(3000), KHZ / 3000);
}

static void standing_counter_moves_1us_a_poll(void **state)
{
	(void)state;
	assert_in_range(polls(0), 990, 1000);
}

static void counter_that_runs_back_still_ends_a_wait(void **state)
{
	(void)state;
	assert_in_range(polls(-12345), 990, 1000);
}

static void crawling_counter_still_ends_a_wait(void **state)
{
	(void)state;
	assert_in_range(polls(1), 60000, 64000);
}

static void time_never_goes_back(void **state)
{
	static const uint64_t raw[] = { 100, 200, 150, 151, 0, UINT64_C(1) << 63, 5, 5 };
	struct clock clock;
	uint64_t last = 0, now;

	(void)state;
	clock_start(&clock, 100, KHZ);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(raw); i++) {
		now = clock_now(&clock, raw[i]);
		assert_true(now >= last);
		last = now;
		clock_poll(&clock, raw[i]);
		now = clock_now(&clock, raw[i]);
		assert_true(now > last);
		last = now;
	}
}

static void counter_that_jumped_back_counts_on(void **state)
{
	struct clock clock;

	(void)state;
	clock_start(&clock, 1000000, KHZ);
	clock_now(&clock, 10);
	assert_int_equal(clock_now(&clock, 510), 1000500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_counter_is_followed),
		cmocka_unit_test(standing_counter_moves_1us_a_poll),
		cmocka_unit_test(counter_that_runs_back_still_ends_a_wait),
		cmocka_unit_test(crawling_counter_still_ends_a_wait),
		cmocka_unit_test(time_never_goes_back),
		cmocka_unit_test(counter_that_jumped_back_counts_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
