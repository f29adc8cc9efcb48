/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes BTF: all types, then the strings.
 */
#include "types.h"

#include "room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEADER 24u

static void put(struct types *types, uint32_t value)
{
	assert_true(types->size + 4 <= TYPES_ROOM);
	put_in_order(types->order, types->bytes + types->size, value, 4);
	types->size += 4;
}

static uint32_t string(struct types *types, const char *text)
{
	const uint32_t at = types->strings_size;

	if (!text)
		return 0;
	assert_true(at + strlen(text) < TYPES_ROOM);
	strcpy(types->strings + at, text);
	types->strings_size += (uint32_t)strlen(text) + 1;
	return at;
}

static uint32_t type(struct types *types, const char *name, uint32_t kind, bool flag, uint32_t members, uint32_t size)
{
	put(types, string(types, name));
	put(types, (uint32_t)flag << 31 | kind << 24 | members);
	put(types, size);
	return ++types->count;
}

void types_start(struct types *types, enum byte_order order)
{
	memset(types, 0, sizeof(*types));
	types->order = order;
	types->strings_size = 1;
}

uint32_t types_int(struct types *types, uint32_t bytes)
{
	const uint32_t id = type(types, "number", 1, false, 0, bytes);

	put(types, 8 * bytes);
	return id;
}

uint32_t types_pointer(struct types *types, uint32_t to)
{
	return type(types, NULL, 2, false, 0, to);
}

uint32_t types_array(struct types *types, uint32_t of, uint32_t count)
{
	const uint32_t id = type(types, NULL, 3, false, 0, 0);

	put(types, of);
	put(types, of);
	put(types, count);
	return id;
}

uint32_t types_typedef(struct types *types, const char *name, uint32_t of)
{
	return type(types, name, 8, false, 0, of);
}

uint32_t types_struct(struct types *types, const char *name, uint32_t size, const struct types_member *member)
{
	uint32_t members = 0, id;
	bool flag = false;

	for (; member[members].type; members++)
		flag |= member[members].bits != 0;
	id = type(types, name, 4, flag, members, size);
	for (uint32_t i = 0; i < members; i++) {
		put(types, string(types, member[i].name));
		put(types, member[i].type);
		put(types, member[i].bits << 24 | member[i].bit);
	}
	return id;
}

uint32_t types_write(const struct types *types, uint8_t *to)
{
	const enum byte_order order = types->order;

	memset(to, 0, HEADER);
	put_in_order(order, to, 0xeb9f, 2);
	to[2] = 1;
	put_in_order(order, to + 4, HEADER, 4);
	put_in_order(order, to + 12, types->size, 4);
	put_in_order(order, to + 16, types->size, 4);
	put_in_order(order, to + 20, types->strings_size, 4);
	memcpy(to + HEADER, types->bytes, types->size);
	memcpy(to + HEADER + types->size, types->strings, types->strings_size);
	return HEADER + types->size + types->strings_size;
}
