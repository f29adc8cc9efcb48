/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's page tables begin in its image, of which vmcoreinfo says where it lies: the walk itself is the core's.
 */
#include "memory.h"

#include <inttypes.h>
#include <string.h>

/* Where the image would be without randomization (kernel, page_64_types.h, __START_KERNEL_map). */
#define IMAGE_MAP UINT64_C(0xffffffff80000000)

bool kernel_memory_open(struct kernel_memory *kernel, struct iq_memory *physical, const struct vmcoreinfo *info,
			struct kq_reason *reason)
{
	uint64_t root, base, five = 0, encrypted = 0;

	memset(kernel, 0, sizeof(*kernel));
	if (!vmcoreinfo_symbol(info, "swapper_pg_dir", &root) || !vmcoreinfo_number(info, "phys_base", &base))
		return kq_fail(reason, "vmcoreinfo names no swapper_pg_dir or no phys_base: not of an x86-64 kernel");
	vmcoreinfo_number(info, "pgtable_l5_enabled", &five);
	vmcoreinfo_number(info, "sme_mask", &encrypted);
	kernel->physical = physical;
	kernel->form = iq_form_x86_64;
	kernel->form.address &= ~encrypted;
	kernel->page = UINT64_MAX;
	kernel->root = (struct iq_radix_root){
		.form = &kernel->form,
		.table = (root - IMAGE_MAP + base) & kernel->form.address,
		.levels = five ? 5 : 4,
		.read = true,
		.write = true,
	};
	return true;
}

bool kernel_physical(struct kernel_memory *kernel, uint64_t address, const char *what, uint64_t *physical,
		     struct kq_reason *reason)
{
	const uint64_t page = address & IQ_PAGE_MASK;
	struct iq_radix_path path;
	enum iq_status status;

	if (page != kernel->page) {
		status = iq_radix_translate(kernel->physical, &kernel->root, page, &path);
		if (status == IQ_UNREACHABLE)
			return kq_fail(reason, "%s: the kernel's page tables for 0x%016" PRIx64 " are not in the dump",
				       what, address);
		if (status != IQ_OK)
			return kq_fail(reason, "%s: the kernel has no memory at 0x%016" PRIx64, what, address);
		kernel->page = page;
		kernel->frame = path.mapping.physical + (page - path.mapping.iova);
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
