/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What readers of families share: adding a unit, its entries, its functions and what it is yet to flush to those that were found.
 */
#include "family.h"

#include "record/unflushed.h"

#include <inttypes.h>
#include <stdlib.h>

void kernel_unit_register(struct evidence_unit *unit, unsigned int number, uint64_t value)
{
	unit->unit.value[number] = value;
	unit->known[number] = true;
}

/* Room for one more element of @size bytes behind the @count at @at, which has @head bytes in front of them. NULL: none. */
static void *grow(struct kernel_units *units, void *at, uint32_t count, size_t head, size_t size)
{
	void *more = at;

	/* It grows to the next power of two. */
	if (!(count & (count - 1)))
		more = realloc(at, head + (count ? 2 * (size_t)count : 1) * size);
	if (!more)
		kernel_fail(&units->objects, "out of memory");
	return more;
}

void kernel_entry_add(struct kernel_units *units, const struct iq_entry *entry)
{
	struct kernel_objects *kernel = &units->objects;
	const uint32_t count = units->given ? units->given->count : 0;
	struct iq_given *given;

	if (!kernel->failed && units->all_entries++ == KERNEL_ENTRIES_MAX)
		kernel_fail(kernel, "%s: more than %u entries", units->family->symbols[0], KERNEL_ENTRIES_MAX);
	given = kernel->failed ? NULL : grow(units, units->given, count, sizeof(*given), sizeof(*entry));
	if (!given)
		return;
	given->entry[count] = *entry;
	given->count = count + 1;
	units->given = given;
}

void kernel_functions_add(struct kernel_units *units, iq_source_id id, const struct iq_function *function, uint16_t more)
{
	struct kernel_objects *kernel = &units->objects;
	struct iq_functions *range;

	if (!kernel->failed && units->all_ranges++ == KERNEL_RANGES_MAX)
		kernel_fail(kernel, "%s: more than %u functions", units->family->symbols[0], KERNEL_RANGES_MAX);
	range = kernel->failed ? NULL : grow(units, units->range, units->ranges, 0, sizeof(*range));
	if (!range)
		return;
	range[units->ranges++] = (struct iq_functions){
		.segment = function->segment, .first = id, .requester = function->requester, .more = more
	};
	units->range = range;
}

void kernel_unflushed_add(struct kernel_units *units, uint64_t iova, uint64_t bytes)
{
	struct kernel_objects *kernel = &units->objects;
	const uint32_t count = units->unflushed ? units->unflushed->count : 0;
	struct evidence_unflushed *unflushed;

	if (!kernel->failed && (!bytes || iova + (bytes - 1) < iova))
		kernel_fail(kernel, "%s: 0x%" PRIx64 " bytes to flush at IOVA 0x%" PRIx64, units->family->symbols[0], bytes, iova);
	if (!kernel->failed && units->all_ranges++ == KERNEL_RANGES_MAX)
		kernel_fail(kernel, "%s: more than %u ranges to flush", units->family->symbols[0], KERNEL_RANGES_MAX);
	unflushed = kernel->failed ? NULL
				   : grow(units, units->unflushed, count, sizeof(*unflushed), sizeof(unflushed->range[0]));
	if (!unflushed)
		return;
	unflushed->range[count] = (struct evidence_range){ iova, iova + (bytes - 1) };
	unflushed->count = count + 1;
	units->unflushed = unflushed;
}

/* False with kernel->reason. */
static bool add(struct kernel_units *units, struct evidence_unit unit)
{
	if (!unit.unit.family->register_count)
		unit.unit.given = units->given;
	if (units->unflushed)
		unflushed_order(units->unflushed);
	unit.driver.unflushed = units->unflushed;
	if (!evidence_add(units->evidence, &unit, units->objects.reason))
		return false;
	for (uint32_t i = 0; i < units->ranges; i++) {
		units->range[i].unit = unit.unit.index;
		if (!evidence_add_functions(units->evidence, &units->range[i], units->objects.reason))
			return false;
	}
	return true;
}

void kernel_unit_add(struct kernel_units *units, const struct evidence_unit *unit)
{
	struct kernel_objects *kernel = &units->objects;

	if (kernel->failed)
		return;
	if (evidence_same(units->evidence, unit) < units->evidence->units)
		kernel_fail(kernel, "%s has the unit at 0x%" PRIx64 " twice", units->family->symbols[0], unit->unit.base);
	else if (units->evidence->units == KERNEL_UNITS_MAX)
		kernel_fail(kernel, "%s: more than %u units", units->family->symbols[0], KERNEL_UNITS_MAX);
	else if (!add(units, *unit))
		kernel->failed = true;
	kernel_units_drop(units);
}

void kernel_units_drop(struct kernel_units *units)
{
	free(units->given);
	free(units->range);
	free(units->unflushed);
	units->unflushed = NULL;
	units->given = NULL;
	units->range = NULL;
	units->ranges = 0;
}
