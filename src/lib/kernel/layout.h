/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a kernel was built to keep the members of its structures: from the BTF in its dump or from the DWARF of its
 * vmlinux.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "base/message.h"
#include "base/order.h"

#include <stddef.h>
#include <stdint.h>

/* A member that is asked for. */
struct member {
	const char *structure; /* a struct or union that has a name */
	/*
	 * Members of members are joined by dots: "ioda.pe_list". Structs and unions without a name are looked into without being
	 * named. "": the structure itself, for its size.
	 */
	const char *name;
	bool found;
	uint32_t bit;	/* where it begins, in bits from the start of the structure, as order_bits() counts them */
	uint32_t bits;	/* of a number or a pointer, of one element of an array of these; 0 for anything else */
	uint32_t count; /* elements of an array, 0 if it does not say; 1 for anything else */
	uint32_t size;	/* bytes of it, of one element of an array */
};

/* BTF that is read in pieces. */
struct btf_bytes {
	/* Copy the @size bytes at @at, which are within @bytes->size. */
	bool (*read)(struct btf_bytes *bytes, uint64_t at, void *to, size_t size, struct kq_reason *reason);
	uint64_t size;
	enum byte_order order; /* of the machine whose types it describes */
};

/* BTF in the memory of this program. */
struct btf_memory {
	struct btf_bytes bytes; /* first */
	const uint8_t *memory;
};

struct btf_memory btf_memory(const uint8_t *memory, size_t size, enum byte_order order);
/*
 * Fill in those of the @count members at @member that @bytes know; names have less than 64 characters. A member that
 * is not there is no error; false with @reason if this is not BTF, damaged, or cannot be read. (kernel,
 * Documentation/bpf/btf.rst)
 */
bool btf_find(struct btf_bytes *bytes, struct member *member, size_t count, struct kq_reason *reason);

#endif
