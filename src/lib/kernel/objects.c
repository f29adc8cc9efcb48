/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that is read is hostile: pointers are followed through the machine's translation only, arrays have the bounds
 * that their types have, and a list that leads in a circle or has no end is a failure.
 */
#include "objects.h"

#include "base/budget.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WHAT_ROOM 128u

bool kernel_fail(struct kernel_objects *kernel, const char *format, ...)
{
	va_list arguments;

	if (!kernel->failed) {
		va_start(arguments, format);
		vsnprintf(kernel->reason->text, sizeof(kernel->reason->text), format, arguments);
		va_end(arguments);
	}
	kernel->failed = true;
	return false;
}

uint64_t kernel_symbol(const struct kernel_objects *kernel, unsigned int symbol)
{
	return kernel->symbol[symbol].address;
}

bool kernel_bytes(struct kernel_objects *kernel, uint64_t address, void *to, size_t size, const char *what)
{
	if (!kernel->failed && !kernel_read(&kernel->memory, address, to, size, what, kernel->reason))
		kernel->failed = true;
	return !kernel->failed;
}

/* The number of @count bits that begins @bit bits behind @address. */
static uint64_t read_bits(struct kernel_objects *kernel, uint64_t address, uint64_t bit, unsigned int count,
			  const char *what)
{
	const unsigned int first = (unsigned int)(bit % 8);
	uint8_t bytes[16] = { 0 };

	if (!kernel_bytes(kernel, address + bit / 8, bytes, (first + count + 7) / 8, what))
		return 0;
	return order_bits(kernel_order(&kernel->memory), bytes, first, count);
}

uint64_t kernel_number(struct kernel_objects *kernel, uint64_t address, unsigned int bytes, const char *what)
{
	return read_bits(kernel, address, 0, 8 * bytes, what);
}

uint64_t kernel_physical_of(struct kernel_objects *kernel, uint64_t pointer, const char *what)
{
	uint64_t physical = 0;

	if (!pointer || kernel->failed)
		return 0;
	if (kernel_physical(&kernel->memory, pointer, what, &physical, kernel->reason))
		return physical;
	kernel->failed = true;
	return 0;
}

static bool is_there(struct kernel_objects *kernel, const struct member *member)
{
	return member->found ||
	       kernel_fail(kernel, "struct %s of this kernel has no member %s", member->structure, member->name);
}

static uint64_t get(struct kernel_objects *kernel, uint64_t object, const struct member *member, uint64_t index)
{
	char what[WHAT_ROOM];

	if (!is_there(kernel, member))
		return 0;
	snprintf(what, sizeof(what), "%s.%s", member->structure, member->name);
	if (!member->bits || member->bits > 64) {
		kernel_fail(kernel, "%s is no number in this kernel", what);
		return 0;
	}
	if (index >= member->count) {
		kernel_fail(kernel, "%s has %u elements: there is no number %" PRIu64, what, member->count, index);
		return 0;
	}
	return read_bits(kernel, object, member->bit + UINT64_C(8) * member->size * index, member->bits, what);
}

bool kernel_has(const struct kernel_objects *kernel, unsigned int member)
{
	return kernel->member[member].found;
}

uint64_t kernel_get(struct kernel_objects *kernel, uint64_t object, unsigned int member)
{
	return get(kernel, object, &kernel->member[member], 0);
}

uint64_t kernel_get_element(struct kernel_objects *kernel, uint64_t object, unsigned int member, uint64_t index)
{
	return get(kernel, object, &kernel->member[member], index);
}

uint64_t kernel_at(struct kernel_objects *kernel, uint64_t object, unsigned int member)
{
	return is_there(kernel, &kernel->member[member]) ? object + kernel->member[member].bit / 8 : 0;
}

uint64_t kernel_object_of(struct kernel_objects *kernel, uint64_t address, unsigned int member)
{
	return is_there(kernel, &kernel->member[member]) ? address - kernel->member[member].bit / 8 : 0;
}

uint32_t kernel_size(struct kernel_objects *kernel, unsigned int member)
{
	return is_there(kernel, &kernel->member[member]) ? kernel->member[member].size : 0;
}

uint32_t kernel_count(struct kernel_objects *kernel, unsigned int member)
{
	return is_there(kernel, &kernel->member[member]) ? kernel->member[member].count : 0;
}

struct kernel_list kernel_list(uint64_t head, unsigned int link)
{
	return (struct kernel_list){ .head = head, .at = head, .link = link, .mark = head, .turn = 1 };
}

/*
 * Whether the walk can go on. Entries 1, 2, 4, 8... are marked: a list that leads in a circle, away from its head, comes to a
 * marked entry again (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980).
 */
static bool can_go_on(struct kernel_objects *kernel, struct kernel_list *list)
{
	const struct member *link = &kernel->member[list->link];
	struct kq_reason why;

	if (!list->at)
		return kernel_fail(kernel, "%s.%s: the list at 0x%016" PRIx64 " ends in NULL", link->structure, link->name,
				   list->head);
	if (list->at == list->mark)
		return kernel_fail(kernel, "%s.%s at 0x%016" PRIx64 " leads in a circle", link->structure, link->name,
				   list->at);
	if (++kernel->steps > kq_budget_limit(KQ_BUDGET_OBJECTS)) {
		kq_budget_exceeded(KQ_BUDGET_OBJECTS, &why);
		return kernel_fail(kernel, "%s.%s at 0x%016" PRIx64 ": %s", link->structure, link->name, list->at, why.text);
	}
	if (++list->steps == list->turn) {
		list->mark = list->at;
		list->turn *= 2;
	}
	return true;
}

bool kernel_list_next(struct kernel_objects *kernel, struct kernel_list *list, uint64_t *object)
{
	*object = 0;
	list->at = get(kernel, list->at, kernel->next, 0);
	if (kernel->failed || list->at == list->head || !can_go_on(kernel, list))
		return false;
	*object = kernel_object_of(kernel, list->at, list->link);
	return !kernel->failed;
}
