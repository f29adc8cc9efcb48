/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partial walks: from some IOVA on, or only the runs that lead to some memory. They are compared with the whole walk, on random
 * tables.
 */
#include "table-memory.h"

#include "amd-vi/amd-v1.h"
#include "vt-d/second-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define TABLES 8u
#define ROUNDS 200u
#define C_BIT  IQ_BIT(47)
#define RUNS   8192u

struct runs {
	struct iq_radix_visitor visitor; /* first */
	struct iq_mapping run[RUNS];
	unsigned int count;
};

static const struct iq_radix_form *const forms[] = {&iq_form_amd_v1, &iq_form_x86_64, &iq_form_vtd_second};
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static bool keep(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct runs *runs = (struct runs *)visitor;

	for (unsigned int i = 0; i < count; i++) {
		assert_true(runs->count < RUNS);
		runs->run[runs->count++] = mapping[i];
	}
	return true;
}

static struct runs *new_runs(void)
{
	struct runs *runs = calloc(1, sizeof(*runs));

	assert_non_null(runs);
	runs->visitor.mappings = keep;
	return runs;
}

static uint64_t entry_of(const struct iq_radix_form *form, uint64_t address, unsigned int level, bool leaf)
{
	const char *flags = draw(8) ? "rw" : "r";

	if (form == &iq_form_amd_v1)
		return amd(address, leaf ? 0 : level - 1, flags);
	address |= leaf && level > 1 ? IQ_BIT(7) : 0; /* PS */
	return form == &iq_form_x86_64 ? x86(address, flags) : vtd(address, flags);
}

/* A tree of @levels. Its tables have some pages and, above level 1, some entries of tables of the next lower level. */
static uint64_t plant(struct table_memory *m, const struct iq_radix_form *form, unsigned int levels)
{
	uint64_t table[6][TABLES];

	for (unsigned int level = 1; level <= levels; level++) {
		for (unsigned int n = 0; n < TABLES; n++) {
			uint64_t *entries = table_at(m, table[level - 1][n] = table_new(m));

			for (unsigned int i = 0; i < 12; i++) {
				const unsigned int at = (unsigned int)(i < 6 ? draw(512) : i + draw(3));
				const uint64_t page = UINT64_C(1) << (12 + 9 * (level - 1));
				const bool leaf = level == 1 || (level <= 3 && draw(3) == 0);

				entries[at] = leaf ? entry_of(form, page * draw(64), level, true)
						   : entry_of(form, table[level - 2][draw(TABLES)], level, false);
			}
		}
	}
	return table[levels - 1][0];
}

static bool same(const struct iq_mapping *a, const struct iq_mapping *b)
{
	return a->iova == b->iova && a->physical == b->physical && a->length == b->length && a->read == b->read &&
	       a->write == b->write;
}

/* A walk from a run's first address finds that run and all later ones. From inside a run it finds at least the rest of it. */
static void check_from(struct table_memory *m, const struct iq_radix_root *root, const struct runs *whole,
                       unsigned int n)
{
	struct runs *part = new_runs();

	iq_radix_walk_from(&m->memory, root, whole->run[n].iova, IQ_RADIX_TABLES_MAX, &part->visitor, NULL);
	assert_int_equal(part->count, whole->count - n);
	for (unsigned int i = 0; i < part->count; i++)
		assert_true(same(&part->run[i], &whole->run[n + i]));
	part->count = 0;
	iq_radix_walk_from(&m->memory, root, whole->run[n].iova + whole->run[n].length - 1, IQ_RADIX_TABLES_MAX,
	                   &part->visitor, NULL);
	assert_int_equal(part->count, whole->count - n);
	assert_int_equal(part->run[0].iova + part->run[0].length, whole->run[n].iova + whole->run[n].length);
	assert_int_equal(part->run[0].physical - part->run[0].iova, whole->run[n].physical - whole->run[n].iova);
	free(part);
}

static uint64_t bytes_in(const struct runs *runs, uint64_t first, uint64_t last)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < runs->count; i++) {
		const struct iq_mapping *run = &runs->run[i];
		const uint64_t end = iq_min(run->physical + run->length - 1, last);

		if (run->physical <= last && end >= first)
			bytes += end - (run->physical > first ? run->physical : first) + 1;
	}
	return bytes;
}

static void check_filter(struct table_memory *m, const struct iq_radix_root *root, const struct runs *whole,
                         unsigned int n)
{
	struct runs *part = new_runs();
	const uint64_t first = whole->run[n].physical + draw(whole->run[n].length), last = first + draw(0x4000);

	part->visitor.filtered = true;
	part->visitor.first = first;
	part->visitor.last = last;
	iq_radix_walk(&m->memory, root, IQ_RADIX_TABLES_MAX, &part->visitor, NULL);
	assert_int_equal(bytes_in(part, first, last), bytes_in(whole, first, last));
	for (unsigned int i = 0; i < part->count; i++)
		assert_true(part->run[i].physical <= last && part->run[i].physical + part->run[i].length > first);
	free(part);
}

static void parts_agree_with_the_whole(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		const struct iq_radix_form *form = forms[round / 3 % IQ_ARRAY_SIZE(forms)];
		const uint8_t levels = (uint8_t)(1 + round % 3);
		struct table_memory *m = table_memory_new();
		struct runs *whole = new_runs();
		struct iq_radix_root root = {.form = form, .levels = levels, .read = true, .write = true};

		seed = 88172645463325252u + round;
		root.table = plant(m, form, levels);
		iq_radix_walk(&m->memory, &root, IQ_RADIX_TABLES_MAX, &whole->visitor, NULL);
		assert_int_not_equal(whole->count, 0);
		for (unsigned int i = 0; i < 8; i++) {
			check_from(m, &root, whole, (unsigned int)draw(whole->count));
			check_filter(m, &root, whole, (unsigned int)draw(whole->count));
		}
		free(whole);
		table_memory_free(m);
	}
}

static void a_walk_from_behind_the_last_run_finds_nothing(void **state)
{
	struct table_memory *m = table_memory_new();
	struct iq_radix_root root = {.form = &iq_form_amd_v1, .levels = 2, .read = true, .write = true};
	struct runs *runs = new_runs();
	struct iq_radix_totals totals;

	(void)state;
	root.table = table_new(m);
	table_at(m, root.table)[3] = amd(0x200000, 0, "rw");
	assert_int_equal(iq_radix_walk_from(&m->memory, &root, 0x800000, 16, &runs->visitor, &totals), IQ_OK);
	assert_int_equal(iq_radix_walk_from(&m->memory, &root, IQ_BIT(40), 16, &runs->visitor, &totals), IQ_OK);
	assert_int_equal(iq_radix_walk_from(&m->memory, &root, ~UINT64_C(0), 16, &runs->visitor, &totals), IQ_OK);
	assert_int_equal(runs->count, 0);
	free(runs);
	table_memory_free(m);
}

/* AMD 56421, Secure Memory Encryption: every address in the kernel's entries has the C-bit set. */
static void the_encryption_bit_is_no_part_of_an_address(void **state)
{
	struct table_memory *m = table_memory_new();
	struct iq_radix_root root = {.form = &iq_form_amd_v1, .levels = 2, .read = true, .write = true};
	struct runs *runs = new_runs();
	struct iq_radix_path path;
	uint64_t low;

	(void)state;
	root.table = table_new(m);
	low = table_new(m);
	table_at(m, root.table)[0] = amd(low | C_BIT, 1, "rw");
	table_at(m, root.table)[1] = amd(0x40000000 | C_BIT, 0, "rw");
	table_at(m, low)[0] = amd(0x5000 | C_BIT, 0, "rw");
	for (unsigned int i = 4; i < 8; i++)
		table_at(m, low)[i] = amd_encoded(0x8000 | C_BIT, 0x4000, "rw");
	assert_int_equal(iq_radix_translate(&m->memory, &root, 0x123, &path), IQ_UNREACHABLE);
	root.encryption = C_BIT;
	assert_int_equal(iq_radix_walk(&m->memory, &root, 16, &runs->visitor, NULL), IQ_OK);
	assert_int_equal(runs->count, 3);
	assert_int_equal(runs->run[0].physical, 0x5000);
	assert_int_equal(runs->run[1].physical, 0x8000);
	assert_int_equal(runs->run[1].length, 0x4000);
	assert_int_equal(runs->run[2].physical, 0x40000000);
	assert_int_equal(iq_radix_translate(&m->memory, &root, 0x4123, &path), IQ_OK);
	assert_int_equal(path.mapping.physical, 0x8000);
	free(runs);
	table_memory_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts_agree_with_the_whole),
	    cmocka_unit_test(a_walk_from_behind_the_last_run_finds_nothing),
	    cmocka_unit_test(the_encryption_bit_is_no_part_of_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
