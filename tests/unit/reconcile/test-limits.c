/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading old memory fails after its limit of time or amount, and damaged memory is reported.
 */
#include "limits.h"

#include "base/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR	3600u
#define OUTSIDE UINT64_C(0x20000000) /* memory ends here */
#define DAMAGED UINT64_C(0x40000000) /* memory from here on cannot be read */
#define READS	10000u

static uint8_t page[IQ_PAGE_SIZE];

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct source *source = (struct source *)memory;

	(void)length;
	source->answer = address < OUTSIDE ? SOURCE_READ : address < DAMAGED ? SOURCE_OUTSIDE : SOURCE_DAMAGED;
	return source->answer == SOURCE_READ ? page : NULL;
}

const char *source_trouble(struct source *source)
{
	(void)source;
	return "damaged";
}

static struct source *new_source(void)
{
	struct source *source = aligned_alloc(64, sizeof(*source));

	assert_non_null(source);
	source->memory.map = map;
	return source;
}

static const void *look(struct limits *limits, uint64_t address)
{
	return limits->memory.map(&limits->memory, address, 8);
}

static void reading_in_time_ends_nowhere(void **state)
{
	struct source *source = new_source();
	struct limits limits;

	(void)state;
	kq_budget_time(HOUR);
	limits_start(&limits, source);
	for (unsigned int i = 0; i < READS; i++)
		assert_ptr_equal(look(&limits, i * IQ_PAGE_SIZE), page);
	assert_false(limits_reached(&limits));
	free(source);
}

static void reading_ends_when_time_is_over(void **state)
{
	struct source *source = new_source();
	struct limits limits;

	(void)state;
	kq_budget_time(0);
	limits_start(&limits, source);
	assert_true(limits_reached(&limits));
	for (unsigned int i = 0; i < READS; i++)
		assert_null(look(&limits, 0));
	assert_true(limits.late && !limits.many);
	limits.off = true;
	assert_ptr_equal(look(&limits, 0), page);
	free(source);
}

static void reading_ends_when_too_many_pages_were_read(void **state)
{
	struct source *source = new_source();
	struct page_set pages;
	struct limits limits;
	uint64_t found = 0;

	(void)state;
	kq_budget_time(HOUR);
	kq_budget_set(KQ_BUDGET_PAGES, LIMITS_PAGES);
	limits_start(&limits, source);
	page_set_start(&pages, &limits.memory);
	limits.pages = &pages;
	for (uint64_t i = 0; i < OUTSIDE / IQ_PAGE_SIZE; i++)
		found += pages.memory.map(&pages.memory, i * IQ_PAGE_SIZE, 8) != NULL;
	assert_int_equal(found, LIMITS_PAGES);
	assert_null(pages.memory.map(&pages.memory, 0, 8));
	assert_true(limits.many);
	limits.off = true;
	assert_ptr_equal(pages.memory.map(&pages.memory, 0, 8), page);
	page_set_free(&pages);
	free(source);
}

static void damaged_memory_is_distinguished_from_missing_memory(void **state)
{
	struct source *source = new_source();
	struct limits limits;

	(void)state;
	kq_budget_time(HOUR);
	limits_start(&limits, source);
	assert_null(look(&limits, OUTSIDE));
	assert_int_equal(limits.damaged, 0);
	assert_null(look(&limits, DAMAGED));
	assert_null(look(&limits, DAMAGED));
	assert_int_equal(limits.damaged, 2);
	assert_string_equal(limits.why.text, "damaged");
	free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_in_time_ends_nowhere),
		cmocka_unit_test(reading_ends_when_time_is_over),
		cmocka_unit_test(reading_ends_when_too_many_pages_were_read),
		cmocka_unit_test(damaged_memory_is_distinguished_from_missing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
