/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel memory for tests, on a made-up machine of either byte order. Kernel address ROOM_START + n is physical address
 * ROOM_PHYSICAL + n. There is no other memory.
 */
#ifndef KERNEL_ROOM_H
#define KERNEL_ROOM_H

#include "kernel/memory.h"

#define ROOM_START    UINT64_C(0xc000000000000000)
#define ROOM_PHYSICAL UINT64_C(0x40000)
#define ROOM_SIZE     UINT64_C(0x10000)

/* for (EACH_ORDER(order)) */
#define EACH_ORDER(order) enum byte_order order = ORDER_LITTLE; order <= ORDER_BIG; order++

struct room {
	struct iq_memory memory; /* first */
	struct kernel_memory kernel;
	enum byte_order order;
	uint64_t used;
	uint8_t bytes[ROOM_SIZE];
};

/* The made-up machine of byte order @order. */
const struct kernel_machine *room_machine(enum byte_order order);
void room_start(struct room *room, enum byte_order order);
/* Allocate @size zeroed bytes, 8-aligned. Returns their kernel address. */
uint64_t room_take(struct room *room, uint64_t size);
/* Copy the @size bytes at @from into the room. Returns their kernel address. */
uint64_t room_copy(struct room *room, const void *from, uint64_t size);
/* Write a number of @bytes bytes to the kernel address @address, in the byte order of the room. */
void room_put(struct room *room, uint64_t address, uint64_t value, unsigned int bytes);
/* The same to any memory of this program. */
void put_in_order(enum byte_order order, uint8_t *at, uint64_t value, unsigned int bytes);

#endif
