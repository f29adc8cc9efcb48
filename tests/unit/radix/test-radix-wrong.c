/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Impossible forms, layouts and windows are refused and never crash the walker. Also: steps with impossible answers, and windows that
 * cut a large page.
 */
#include "table-memory.h"

#include "amd-vi/amd-v1.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) (KIB(1024) * (n))
#define GIB(n) (MIB(1024) * (n))

#define RANDOM_FORMS 20000u

static int setup(void **state)
{
	*state = table_memory_new();
	return 0;
}

static int teardown(void **state)
{
	table_memory_free(*state);
	return 0;
}

/* A valid form of three levels that uses every feature. */
static struct iq_radix_form right(void)
{
	return (struct iq_radix_form){
		.name = "right",
		.max_levels = 3,
		.page_levels = 3,
		.layout.shift = { 12, 21, 30, 39 },
		.absent = IQ_ALL_CLEAR(IQ_BIT(0)),
		.lowest_absent = IQ_ALL_CLEAR(IQ_BIT(0)),
		.table = IQ_ALL_CLEAR(IQ_BIT(7)),
		.lowest_page = IQ_ALL_CLEAR(IQ_BIT(8)),
		.address = IQ_MASK(47, 12),
		.high = IQ_MASK(11, 9),
		.high_left = 39,
		.read = IQ_ALL_SET(IQ_BIT(1)),
		.write = IQ_ALL_CLEAR(IQ_BIT(2)),
	};
}

/* Do all functions that take a root refuse @root? */
static bool refused(struct table_memory *m, const struct iq_radix_root *root)
{
	struct seen *seen = walk(m, root, 0);
	struct iq_radix_path path;
	const bool refused = seen->status == IQ_MALFORMED && !seen->errors && !seen->mappings && !m->maps;

	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, root, 0, &path) == IQ_MALFORMED && !path.steps && !m->maps, refused);
	if (refused) {
		/* A root that cannot be read counts as open. */
		assert_true(iq_radix_root_lets(&m->memory, root, false));
		assert_int_equal(m->maps, 0);
	}
	m->maps = 0;
	return refused;
}

static void forms_that_contradict_themselves_are_refused(void **state)
{
	struct table_memory *m = *state;
	struct iq_radix_form form = right();
	const struct iq_radix_root root = root_of(&form, table_new(m), 3);

	assert_false(refused(m, &root));
#define REFUSED(change) \
	do { \
		form = right(); \
		change; \
		assert_true(refused(m, &root)); \
	} while (0)
	REFUSED(form.max_levels = 0);
	REFUSED(form.max_levels = 2);
	REFUSED(form.max_levels = IQ_RADIX_LEVELS + 1);
	REFUSED(form.max_levels = 255);
	REFUSED(form.address = 0);
	REFUSED(form.high_left = 64);
	REFUSED(form.high_left = 55); /* bit 9 would be bit 64 */
	REFUSED(form.absent.mask = 0);
	REFUSED(form.lowest_absent.mask = 0);
	REFUSED(form.absent.value = IQ_BIT(1)); /* a value that no entry can have */
	REFUSED(form.lowest_absent.value = IQ_BIT(1));
	REFUSED(form.table.value = IQ_BIT(1));
	REFUSED(form.lowest_page.value = IQ_BIT(1));
	REFUSED(form.read.value = IQ_BIT(3));
	REFUSED(form.write.value = IQ_BIT(3));
	REFUSED(form.table_read.value = IQ_BIT(3));
	REFUSED(form.table_write.value = IQ_BIT(3));
	REFUSED(form.encoded_level = 7);
	REFUSED(form.encoded_level = 7; form.next_level = IQ_MASK(11, 9); form.layout.shift[0] = 13);
	REFUSED(form.layout.shift[0] = 0);
	REFUSED(form.layout.shift[0] = 11);
	REFUSED(form.layout.shift[1] = 12); /* tables of one entry */
	REFUSED(form.layout.shift[1] = 0);
	REFUSED(form.layout.shift[1] = 30);
	REFUSED(form.layout.shift[2] = 255);
	REFUSED(form.layout.shift[3] = 65);
	REFUSED(form.layout.shift[3] = 62); /* 2^32 entries */
#undef REFUSED
}

static void roots_that_cannot_be_are_refused(void **state)
{
	struct table_memory *m = *state;
	struct iq_radix_form form = right();
	struct iq_radix_root root;
	const uint64_t table = table_new_of(m, KIB(8));

#define REFUSED(change) \
	do { \
		root = root_of(&form, table, 3); \
		change; \
		assert_true(refused(m, &root)); \
	} while (0)
	REFUSED(root.form = NULL);
	REFUSED(root.levels = 0);
	REFUSED(root.levels = 4);
	REFUSED(root.table += 8);
	REFUSED(root.table |= IQ_BIT(51));
	REFUSED(root.layout.shift[0] = 12); /* and no more */
	REFUSED(root.base = 8);
	REFUSED(root.base = -KIB(4)); /* everything after the first page is beyond the last address */
	REFUSED(root.last = KIB(4));
	REFUSED(root.first = KIB(8); root.last = KIB(8) - 1);
	REFUSED(root.first = 4; root.last = KIB(8) - 1);
	REFUSED(root.first = GIB(512); root.last = GIB(513) - 1); /* beyond the table's range */
	REFUSED(root.base = GIB(512); root.first = KIB(4); root.last = GIB(512) - 1);
	form.canonical = true;
	REFUSED(root.base = GIB(512));
#undef REFUSED
}

static enum iq_radix_kind answer_kind;
static struct iq_radix_target answer;

static enum iq_radix_kind step(const struct iq_radix_root *root, unsigned int level, uint64_t entry, enum iq_radix_kind kind,
			       struct iq_radix_target *target)
{
	assert_true(level && level <= root->levels && entry && (kind == IQ_RADIX_PAGE || kind == IQ_RADIX_TABLE));
	if (level == 2)
		*target = answer;
	return level == 2 ? answer_kind : kind;
}

static void steps_that_answer_nonsense_are_malformed(void **state)
{
	struct table_memory *m = *state;
	const uint64_t top = table_new(m), low = table_new(m);
	struct iq_radix_form form = right();
	const struct iq_radix_root root = root_of(&form, top, 2);
	const struct {
		enum iq_radix_kind kind;
		struct iq_radix_target target;
		unsigned int errors;
	} answers[] = {
		{ IQ_RADIX_TABLE, { .address = low, .level = 1, .end = 4 }, 0 },
		{ IQ_RADIX_TABLE, { .address = low, .level = 1, .first = 9, .end = 4 }, 0 },
		{ IQ_RADIX_TABLE, { .address = low, .level = 1, .end = UINT32_MAX }, 0 },
		{ IQ_RADIX_PAGE, { .address = MIB(2), .size = MIB(2) }, 0 },
		{ IQ_RADIX_ABSENT, { .level = 7 }, 0 },
		{ IQ_RADIX_TABLE, { .address = low, .level = 0, .end = 4 }, 1 },
		{ IQ_RADIX_TABLE, { .address = low, .level = 2, .end = 4 }, 1 },
		{ IQ_RADIX_TABLE, { .address = low, .level = 255, .end = 4 }, 1 },
		{ IQ_RADIX_TABLE, { .address = low + 8, .level = 1, .end = 4 }, 1 },
		{ IQ_RADIX_PAGE, { .size = 0 }, 1 },
		{ IQ_RADIX_PAGE, { .size = MIB(1) }, 1 },
		{ IQ_RADIX_PAGE, { .size = MIB(3) }, 1 },
		{ IQ_RADIX_PAGE, { .size = GIB(1) }, 1 },
		{ IQ_RADIX_PAGE, { .size = IQ_BIT(63) }, 1 },
		{ IQ_RADIX_MALFORMED, { .level = 7 }, 1 },
	};

	form.step = step;
	assert_true(refused(m, &root)); /* no level given */
	form.step_level = 1;
	table_at(m, top)[5] = low | 1;
	table_at(m, low)[1] = MIB(1) | 1;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(answers); i++) {
		struct iq_radix_path path;
		struct seen *seen;

		answer_kind = answers[i].kind;
		answer = answers[i].target;
		seen = walk(m, &root, 0);
		assert_int_equal(seen->errors, answers[i].errors);
		check_by_translation(m, &root, seen);
		free(seen);
		assert_int_equal(iq_radix_translate(&m->memory, &root, MIB(10), &path) == IQ_MALFORMED, answers[i].errors);
	}
	/* A step that changes the rights of base pages is called for each of them. */
	answer_kind = IQ_RADIX_TABLE;
	answer = answers[0].target;
	form.step_level = 3;
	form.max_levels = 3;
	assert_false(refused(m, &root));
}

/* A window has the middle of a page of 1 GiB: both walking and translating cut the page at both ends. */
static void windows_cut_large_pages(void **state)
{
	struct table_memory *m = *state;
	const uint64_t top = table_new(m);
	struct iq_radix_root root = root_of(&iq_form_vtd_second, top, 3);
	struct iq_radix_path path;
	struct seen *seen;

	root.first = GIB(1) + KIB(4);
	root.last = GIB(4) - MIB(1) - 1;
	for (unsigned int i = 0; i < 5; i++)
		table_at(m, top)[i] = vtd(GIB(i + 8), i == 2 ? "rL" : "rwL");
	seen = walk(m, &root, 0);
	assert_int_equal(seen->status, IQ_OK);
	assert_int_equal(seen->mappings, 3);
	assert_run(seen, 0, GIB(1) + KIB(4), GIB(9) + KIB(4), GIB(1) - KIB(4), "rw");
	assert_run(seen, 1, GIB(2), GIB(10), GIB(1), "r");
	assert_run(seen, 2, GIB(3), GIB(11), GIB(1) - MIB(1), "rw");
	assert_int_equal(seen->totals.bytes, GIB(3) - KIB(4) - MIB(1));
	check_by_translation(m, &root, seen);
	free(seen);

	seen = calloc(1, sizeof(*seen));
	assert_non_null(seen);
	assert_int_equal(iq_radix_walk_from(&m->memory, &root, GIB(4), 16, &seen->visitor, &seen->totals), IQ_OK);
	assert_int_equal(seen->totals.mappings, 0);
	free(seen);

	/* A window of one base page within one page of 1 GiB. */
	root.last = root.first + KIB(4) - 1;
	seen = walk(m, &root, 0);
	assert_int_equal(seen->mappings, 1);
	assert_run(seen, 0, GIB(1) + KIB(4), GIB(9) + KIB(4), KIB(4), "rw");
	free(seen);
	assert_int_equal(iq_radix_translate(&m->memory, &root, root.first + 5, &path), IQ_OK);
	assert_int_equal(path.mapping.length, KIB(4));

	/* Entries of the root table that are outside of the window do not matter. */
	table_at(m, top)[1] = 0;
	assert_false(iq_radix_root_lets(&m->memory, &root, false));
}

/* With random bytes as form and tables, a walk ends within its limit. */
static void random_forms_end_within_the_limit(void **state)
{
	struct table_memory *m = *state;
	unsigned int walked = 0;

	for (unsigned int round = 0; round < RANDOM_FORMS; round++) {
		struct iq_radix_form form = round % 2 ? iq_form_amd_v1 : right();
		struct iq_radix_root root = root_of(&form, MEMORY_BASE, 1 + (unsigned int)random_below(4));
		uint8_t *const bytes = (uint8_t *)&form.max_levels;
		const size_t size = offsetof(struct iq_radix_form, step) - offsetof(struct iq_radix_form, max_levels);
		struct seen *seen;

		for (unsigned int i = 0; i < 1 + round % 3; i++) {
			const size_t at = random_below(size);

			/* The compiler may assume that a bool is 0 or 1. */
			if (bytes + at == (uint8_t *)&form.canonical || bytes + at == (uint8_t *)&form.layout.big_endian)
				bytes[at] = (uint8_t)random_below(2);
			else
				bytes[at] = (uint8_t)(random_below(2) ? random_below(256) : bytes[at] ^ 1u << random_below(8));
		}
		form.step = NULL;
		for (unsigned int i = 0; i < 64; i++) {
			const uint64_t entry = random_below(4) ? MEMORY_BASE + random_below(16) * KIB(4) : random_below(UINT64_MAX);

			m->page[random_below(4)][random_below(512)] = entry | (random_below(8) ? 1 | random_below(5) << 9 : 0);
		}
		if (random_below(4) == 0)
			root.base = random_below(64) << 12;
		seen = calloc(1, sizeof(*seen));
		assert_non_null(seen);
		seen->status = iq_radix_walk(&m->memory, &root, 32, &seen->visitor, &seen->totals);
		assert_true(seen->totals.tables <= 32);
		walked += seen->totals.tables > 1;
		for (unsigned int i = 0; i < 8; i++) {
			struct iq_radix_path path;

			iq_radix_translate(&m->memory, &root, random_below(UINT64_MAX) >> random_below(64), &path);
			assert_true(path.steps <= IQ_RADIX_LEVELS);
		}
		iq_radix_root_lets(&m->memory, &root, round % 2);
		free(seen);
	}
	assert_true(walked > RANDOM_FORMS / 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(forms_that_contradict_themselves_are_refused),
		TEST(roots_that_cannot_be_are_refused),
		TEST(steps_that_answer_nonsense_are_malformed),
		TEST(windows_cut_large_pages),
		TEST(random_forms_end_within_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
