/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory at the virtual addresses of the kernel that a dump is of. For all who read that kernel's symbols, types and objects.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include "machine.h"
#include "radix.h"

struct kernel_memory {
	const struct kernel_machine *machine;
	struct iq_memory *physical;
	uint64_t page, frame; /* the last page that was translated, and where it led */
	struct iq_radix_root root;   /* of the kernel's page tables, filled in by a machine that walks them */
	struct iq_radix_view view;   /* of @root, where that is @walkable: pages are translated by the thousand */
	bool walkable;
	/* Of a machine that has them: where physical memory is mapped one to one, and where the image is and was loaded. */
	uint64_t identity, image, image_physical;
};

/* Start from what vmcoreinfo, @info, says; @kernel must stay where it is. False with @reason if that is not enough for @machine. */
bool kernel_memory_open(struct kernel_memory *kernel, const struct kernel_machine *machine, struct iq_memory *physical,
			const struct vmcoreinfo *info, struct kq_reason *reason);
/* For machines: kernel_machine.translate() by the page tables at kernel->root. */
enum iq_status kernel_memory_walk(struct kernel_memory *kernel, uint64_t page, uint64_t *physical);
/* The physical address that @address leads to. @what says in the message what was looked for there. */
bool kernel_physical(struct kernel_memory *kernel, uint64_t address, const char *what, uint64_t *physical,
		     struct kq_reason *reason);
/* Read exactly @size bytes at @address, as they lie there. */
bool kernel_read(struct kernel_memory *kernel, uint64_t address, void *to, size_t size, const char *what,
		 struct kq_reason *reason);

/* The byte order of numbers in this kernel's memory. */
static inline enum byte_order kernel_order(const struct kernel_memory *kernel)
{
	return kernel->machine->order;
}

#endif
