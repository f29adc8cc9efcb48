/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a made-up machine. A physical address is a kernel address plus a constant.
 */
#include "room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	const struct room *room = (struct room *)memory;

	assert_true(length && length <= IQ_PAGE_SIZE - address % IQ_PAGE_SIZE);
	return address >= ROOM_PHYSICAL && address - ROOM_PHYSICAL < ROOM_SIZE ? room->bytes + (address - ROOM_PHYSICAL)
									     : NULL;
}

static bool start(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct kq_reason *reason)
{
	(void)kernel;
	(void)info;
	(void)reason;
	return true;
}

/* The page after the room has an address but no memory, like a page that was left out of a dump. */
static enum iq_status translate(struct kernel_memory *kernel, uint64_t page, uint64_t *physical)
{
	(void)kernel;
	if (page < ROOM_START || page - ROOM_START > ROOM_SIZE)
		return IQ_NOT_FOUND;
	*physical = page - ROOM_START + ROOM_PHYSICAL;
	return IQ_OK;
}

const struct kernel_machine *room_machine(enum byte_order order)
{
	static const struct kernel_machine little = {
		.order = ORDER_LITTLE, .name = "little", .start = start, .translate = translate
	};
	static const struct kernel_machine big = {
		.order = ORDER_BIG, .name = "big", .start = start, .translate = translate
	};

	return order == ORDER_BIG ? &big : &little;
}

void room_start(struct room *room, enum byte_order order)
{
	const struct vmcoreinfo info = { NULL, 0 };
	struct kq_reason reason;

	memset(room, 0, sizeof(*room));
	room->memory.map = map;
	room->order = order;
	assert_true(kernel_memory_open(&room->kernel, room_machine(order), &room->memory, &info, &reason));
}

uint64_t room_take(struct room *room, uint64_t size)
{
	const uint64_t at = room->used;

	room->used = iq_round_up(at + size, 8);
	assert_true(room->used <= ROOM_SIZE);
	return ROOM_START + at;
}

uint64_t room_copy(struct room *room, const void *from, uint64_t size)
{
	const uint64_t address = room_take(room, size);

	memcpy(room->bytes + (address - ROOM_START), from, size);
	return address;
}

void put_in_order(enum byte_order order, uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[order == ORDER_BIG ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

void room_put(struct room *room, uint64_t address, uint64_t value, unsigned int bytes)
{
	assert_true(address >= ROOM_START && address - ROOM_START + bytes <= ROOM_SIZE);
	put_in_order(room->order, room->bytes + (address - ROOM_START), value, bytes);
}
