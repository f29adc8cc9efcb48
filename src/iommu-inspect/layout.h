/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a kernel was built to keep the members of its structures: from the BTF in its dump or from the DWARF of its
 * vmlinux.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "message.h"

#include <stddef.h>
#include <stdint.h>

/* A member that is asked for, also when it stands in an unnamed struct or union of @structure. */
struct member {
	const char *structure, *name;
	bool found;
	uint32_t bit;  /* where it begins, in bits from the start of the structure */
	uint32_t bits; /* how many it has; 0 for what is no number and no pointer */
};

/*
 * Fill in those of the @count members at @member that the @size bytes of BTF at @bytes know. A member that is not there
 * is no error; false with @reason if this is not BTF or damaged. (kernel, Documentation/bpf/btf.rst)
 */
bool btf_find(const uint8_t *bytes, size_t size, struct member *member, size_t count, struct kq_reason *reason);

#endif
