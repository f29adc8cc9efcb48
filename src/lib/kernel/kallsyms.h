/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of the kernel's symbols, from the table that it keeps for its own messages (kernel, scripts/kallsyms.c).
 * Kernels from 6.0 on say in their vmcoreinfo where that table is.
 */
#ifndef KALLSYMS_H
#define KALLSYMS_H

#include "memory.h"

/* A symbol that is asked for. */
struct symbol {
	const char *name;
	uint64_t address; /* 0: there is none of this name */
};

/*
 * Fill in the addresses of the @count symbols at @symbol. A name that the kernel does not have is no error; false with
 * @reason if the table cannot be read or does not agree with vmcoreinfo about symbols that are in both.
 */
bool kallsyms_find(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct symbol *symbol, size_t count,
		   struct kq_reason *reason);

#endif
