/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small memory with page tables, for the tests of the walker.
 */
#include "table-memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Returns a copy of exactly the requested length, and keeps as many copies as the contract of map() promises. So a sanitizer sees
 * reads beyond the end, and reads of mappings that are not valid any more.
 */
static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct table_memory *m = (struct table_memory *)memory;
	const uint64_t offset = address - MEMORY_BASE;
	uint8_t **copy = &m->copy[m->maps++ % COPIES];

	assert_true(length && length <= IQ_PAGE_SIZE);
	assert_true(address / IQ_PAGE_SIZE == (address + length - 1) / IQ_PAGE_SIZE);
	free(*copy);
	*copy = NULL;
	if (address < MEMORY_BASE || offset / IQ_PAGE_SIZE >= m->pages)
		return NULL;
	if (address - m->hole < m->hole_length)
		return NULL;
	*copy = malloc(length);
	assert_non_null(*copy);
	memcpy(*copy, (uint8_t *)m->page + offset, length);
	return *copy;
}

struct table_memory *table_memory_of(unsigned int pages)
{
	struct table_memory *m = calloc(1, sizeof(*m) + pages * IQ_PAGE_SIZE);

	assert_non_null(m);
	m->memory.map = map;
	m->pages = pages;
	return m;
}

struct table_memory *table_memory_new(void)
{
	return table_memory_of(MEMORY_PAGES);
}

void table_memory_free(struct table_memory *m)
{
	for (unsigned int i = 0; i < COPIES; i++)
		free(m->copy[i]);
	free(m);
}

uint64_t table_new_of(struct table_memory *m, uint64_t bytes)
{
	const uint64_t at = iq_round_up(m->used, bytes);

	assert_true(at + bytes <= m->pages * IQ_PAGE_SIZE);
	m->used = at + bytes;
	return MEMORY_BASE + at;
}

uint64_t table_new(struct table_memory *m)
{
	return table_new_of(m, IQ_PAGE_SIZE);
}

uint64_t *table_at(struct table_memory *m, uint64_t address)
{
	return &m->page[(address - MEMORY_BASE) / IQ_PAGE_SIZE][address % IQ_PAGE_SIZE / sizeof(uint64_t)];
}

struct iq_radix_root root_of(const struct iq_radix_form *form, uint64_t table, unsigned int levels)
{
	return (struct iq_radix_root){
		.form = form, .table = table, .levels = (uint8_t)levels, .read = true, .write = true,
	};
}

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct seen *seen = (struct seen *)visitor;

	assert_true(seen->mappings + count <= SEEN_MAX);
	memcpy(seen->mapping + seen->mappings, mapping, count * sizeof(*mapping));
	seen->mappings += count;
	return !seen->stop_after || seen->mappings < seen->stop_after;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct seen *seen = (struct seen *)visitor;

	if (seen->errors < SEEN_MAX)
		seen->error[seen->errors++] = *error;
	return true;
}

struct seen *seen_new(void)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	assert_non_null(seen);
	seen->visitor.mappings = on_mappings;
	seen->visitor.error = on_error;
	return seen;
}

uint64_t random_below(uint64_t below)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % below;
}

/* Translate one address of @run through the tables. */
static void check_one(struct table_memory *m, const struct iq_radix_root *root, const struct iq_mapping *run, uint64_t at)
{
	struct iq_radix_path path;

	assert_int_equal(iq_radix_translate(&m->memory, root, run->iova + at, &path), IQ_OK);
	assert_true(run->iova + at - path.mapping.iova < path.mapping.length);
	assert_int_equal(path.mapping.physical + (run->iova + at - path.mapping.iova), run->physical + at);
	assert_int_equal(path.mapping.read, run->read);
	assert_int_equal(path.mapping.write, run->write);
}

void check_by_translation(struct table_memory *m, const struct iq_radix_root *root, const struct seen *seen)
{
	uint64_t iova = 0;

	for (unsigned int i = 0; i < seen->mappings; i++) {
		const struct iq_mapping *run = &seen->mapping[i];

		check_one(m, root, run, 0);
		check_one(m, root, run, run->length - 1);
		check_one(m, root, run, random_below(run->length));
		/* No address between two runs is mapped: each hole that translating reports ends at the next run or before it. */
		for (unsigned int tries = 0; iova != run->iova && tries < 64; tries++) {
			struct iq_radix_path path;

			assert_int_not_equal(iq_radix_translate(&m->memory, root, iova, &path), IQ_OK);
			assert_true(iova - path.mapping.iova < path.mapping.length);
			iova = path.mapping.iova + path.mapping.length;
			assert_true(iova <= run->iova);
		}
		iova = run->iova + run->length;
	}
}

static struct seen *run(struct table_memory *m, const struct iq_radix_root *root, uint64_t max_tables,
			unsigned int stop_after)
{
	struct seen *seen = seen_new();

	seen->stop_after = stop_after;
	seen->status = iq_radix_walk(&m->memory, root, max_tables ? max_tables : IQ_RADIX_TABLES_MAX, &seen->visitor,
				     &seen->totals);
	return seen;
}

struct seen *walk(struct table_memory *m, const struct iq_radix_root *root, uint64_t max_tables)
{
	return run(m, root, max_tables, 0);
}

struct seen *walk_until(struct table_memory *m, const struct iq_radix_root *root, unsigned int runs)
{
	return run(m, root, 0, runs);
}

void assert_run(const struct seen *seen, unsigned int index, uint64_t iova, uint64_t physical, uint64_t length,
		const char *flags)
{
	assert_true(index < seen->mappings);
	assert_int_equal(seen->mapping[index].iova, iova);
	assert_int_equal(seen->mapping[index].physical, physical);
	assert_int_equal(seen->mapping[index].length, length);
	assert_int_equal(seen->mapping[index].read, strchr(flags, 'r') != NULL);
	assert_int_equal(seen->mapping[index].write, strchr(flags, 'w') != NULL);
}

void assert_error(const struct seen *seen, unsigned int index, enum iq_status status, unsigned int level,
		  unsigned int entry_index, uint64_t table, uint64_t entry, uint64_t iova)
{
	assert_true(index < seen->errors);
	assert_int_equal(seen->error[index].status, status);
	assert_int_equal(seen->error[index].level, level);
	assert_int_equal(seen->error[index].index, entry_index);
	assert_int_equal(seen->error[index].table, table);
	assert_int_equal(seen->error[index].entry, entry);
	assert_int_equal(seen->error[index].iova, iova);
}

static uint64_t flag(const char *flags, char c, uint64_t bits)
{
	return strchr(flags, c) ? bits : 0;
}

uint64_t amd(uint64_t address, unsigned int next, const char *flags)
{
	return address | 1 | (uint64_t)next << 9 | flag(flags, 'r', IQ_BIT(61)) | flag(flags, 'w', IQ_BIT(62));
}

uint64_t amd_encoded(uint64_t address, uint64_t size, const char *flags)
{
	return amd(address | ((size / 2 - 1) & IQ_PAGE_MASK), 7, flags);
}

uint64_t x86(uint64_t address, const char *flags)
{
	return address | flag(flags, 'r', 5) | flag(flags, 'w', 7) | flag(flags, 'p', 1) | flag(flags, 'L', IQ_BIT(7));
}

uint64_t vtd(uint64_t address, const char *flags)
{
	return address | flag(flags, 'r', 1) | flag(flags, 'w', 2) | flag(flags, 'L', IQ_BIT(7));
}
