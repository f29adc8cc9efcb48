/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory at the virtual addresses of the kernel that a dump is of, translated by that kernel's own page tables, so that
 * neither randomized addresses nor the layout of its mappings need to be known. x86-64.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include "base/message.h"
#include "radix.h"
#include "vmcoreinfo.h"

struct kernel_memory {
	struct iq_memory *physical;
	struct iq_radix_form form; /* the CPU's, without the bit that says "encrypted" (AMD SME) */
	struct iq_radix_root root; /* swapper_pg_dir, 4 or 5 levels */
	uint64_t page, frame;	   /* where the last address led */
};

/* Start from what @info says. False with @reason if that is not enough. */
bool kernel_memory_open(struct kernel_memory *kernel, struct iq_memory *physical, const struct vmcoreinfo *info,
			struct kq_reason *reason);
/* The physical address that @address leads to; @what stands there, for the message. */
bool kernel_physical(struct kernel_memory *kernel, uint64_t address, const char *what, uint64_t *physical,
		     struct kq_reason *reason);
/* Read exactly @size bytes at @address. */
bool kernel_read(struct kernel_memory *kernel, uint64_t address, void *to, size_t size, const char *what,
		 struct kq_reason *reason);

#endif
