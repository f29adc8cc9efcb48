/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables in a toy memory, for the tests of the walker.
 */
#include "table-memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct table_memory *m = (struct table_memory *)memory;
	uint64_t offset = address - MEMORY_BASE;

	assert_true(length && length <= IQ_PAGE_SIZE);
	assert_true(address / IQ_PAGE_SIZE == (address + length - 1) / IQ_PAGE_SIZE);
	if (address < MEMORY_BASE || offset / IQ_PAGE_SIZE >= MEMORY_PAGES)
		return NULL;
	return (uint8_t *)m->page + offset;
}

struct table_memory *table_memory_new(void)
{
	struct table_memory *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->memory.map = map;
	return m;
}

uint64_t table_new(struct table_memory *m)
{
	assert_true(m->used < MEMORY_PAGES);
	return MEMORY_BASE + m->used++ * IQ_PAGE_SIZE;
}

uint64_t *table_at(struct table_memory *m, uint64_t address)
{
	return m->page[(address - MEMORY_BASE) / IQ_PAGE_SIZE];
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

static struct seen *run(struct table_memory *m, const struct iq_radix_root *root, uint64_t max_tables,
			unsigned int stop_after)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	assert_non_null(seen);
	seen->visitor.mappings = on_mappings;
	seen->visitor.error = on_error;
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
