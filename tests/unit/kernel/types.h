/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF for tests, written in either byte order (kernel, Documentation/bpf/btf.rst).
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include "kernel/layout.h"

#define TYPES_ROOM 8192u

/* BTF that is being written. Ids of types count from 1. */
struct types {
	enum byte_order order;
	uint32_t count, size, strings_size;
	uint8_t bytes[TYPES_ROOM];
	char strings[TYPES_ROOM];
};

/* A member of a structure. */
struct types_member {
	const char *name; /* NULL: none */
	uint32_t type;
	uint32_t bit;  /* its offset */
	uint32_t bits; /* width of a bit-field; 0: no bit-field */
};

void types_start(struct types *types, enum byte_order order);
uint32_t types_int(struct types *types, uint32_t bytes);
uint32_t types_pointer(struct types *types, uint32_t to);
uint32_t types_array(struct types *types, uint32_t of, uint32_t count);
uint32_t types_typedef(struct types *types, const char *name, uint32_t of);
/* Add a struct of @size bytes called @name; NULL: it has no name. A member of type 0 ends the list. */
uint32_t types_struct(struct types *types, const char *name, uint32_t size, const struct types_member *member);
/* Write all types as BTF to @to, which has 2 * TYPES_ROOM bytes. Returns the number of bytes. */
uint32_t types_write(const struct types *types, uint8_t *to);

#endif
