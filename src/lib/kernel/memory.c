/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine translates page by page; the last page is remembered, since neighbours are read one after the other.
 */
#include "memory.h"

#include <inttypes.h>
#include <string.h>

#define NO_PAGE UINT64_MAX

bool kernel_memory_open(struct kernel_memory *kernel, const struct kernel_machine *machine, struct iq_memory *physical,
			const struct vmcoreinfo *info, struct kq_reason *reason)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->machine = machine;
	kernel->physical = physical;
	kernel->page = NO_PAGE;
	if (!machine->start(kernel, info, reason))
		return false;
	kernel->walkable = iq_radix_view(&kernel->root, &kernel->view);
	return true;
}

enum iq_status kernel_memory_walk(struct kernel_memory *kernel, uint64_t page, uint64_t *physical)
{
	struct iq_radix_path path;
	const enum iq_status status =
		kernel->walkable ? iq_radix_translate_by(kernel->physical, &kernel->view, page, &path) : IQ_MALFORMED;

	if (status == IQ_OK)
		*physical = path.mapping.physical + (page - path.mapping.iova);
	return status;
}

bool kernel_physical(struct kernel_memory *kernel, uint64_t address, const char *what, uint64_t *physical,
		     struct kq_reason *reason)
{
	const uint64_t page = address & IQ_PAGE_MASK;

	if (page != kernel->page) {
		const enum iq_status status = kernel->machine->translate(kernel, page, &kernel->frame);

		kernel->page = status == IQ_OK ? page : NO_PAGE;
		if (status == IQ_UNREACHABLE)
			return kq_fail(reason, "%s: the kernel's page tables for 0x%016" PRIx64 " are not in the dump",
				       what, address);
		if (status != IQ_OK)
			return kq_fail(reason, "%s: the kernel has no memory at 0x%016" PRIx64, what, address);
	}
	*physical = kernel->frame + (address - page);
	return true;
}

bool kernel_read(struct kernel_memory *kernel, uint64_t address, void *to, size_t size, const char *what,
		 struct kq_reason *reason)
{
	uint8_t *at = to;

	while (size) {
		const size_t part = (size_t)iq_min(size, IQ_PAGE_SIZE - address % IQ_PAGE_SIZE);
		uint64_t physical;
		const void *found;

		if (!kernel_physical(kernel, address, what, &physical, reason))
			return false;
		found = kernel->physical->map(kernel->physical, physical, part);
		if (!found)
			return kq_fail(reason, "%s: 0x%016" PRIx64 " at 0x%016" PRIx64 " is not in the dump", what,
				       physical, address);
		memcpy(at, found, part);
		at += part;
		address += part;
		size -= part;
	}
	return true;
}
