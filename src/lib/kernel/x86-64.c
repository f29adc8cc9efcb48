/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64: every kernel address is translated by the kernel's own page tables, so that neither randomized addresses nor the
 * layout of its mappings need to be known. The tables begin in the kernel's image, and vmcoreinfo says where that lies.
 */
#include "machine.h"
#include "memory.h"

#include <elf.h>

/* Where the image would be without randomization (kernel, page_64_types.h, __START_KERNEL_map). */
#define IMAGE_MAP UINT64_C(0xffffffff80000000)
/* Where the bit of encrypted memory can be: above memory, within an address. */
#define ENCRYPTION_BITS IQ_MASK(51, 32)

/* AMD SME: the kernel exports the mask, 0 where it encrypts nothing (arch_crash_save_vmcoreinfo()). */
static uint64_t encryption(const struct vmcoreinfo *info)
{
	uint64_t mask = 0;

	vmcoreinfo_number(info, "sme_mask", &mask);
	return mask & (mask - 1) || mask & ~ENCRYPTION_BITS ? 0 : mask;
}

static bool start(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct kq_reason *reason)
{
	const uint64_t encrypted = encryption(info);
	uint64_t root, base, five = 0;

	if (!vmcoreinfo_symbol(info, "swapper_pg_dir", &root) || !vmcoreinfo_number(info, "phys_base", &base))
		return kq_fail(reason, "vmcoreinfo names no swapper_pg_dir or no phys_base: not of an x86-64 kernel");
	vmcoreinfo_number(info, "pgtable_l5_enabled", &five);
	kernel->root = (struct iq_radix_root){
		.form = &iq_form_x86_64,
		.table = (root - IMAGE_MAP + base) & iq_form_x86_64.address & ~encrypted,
		.levels = five ? 5 : 4,
		.read = true,
		.write = true,
		.encryption = encrypted,
	};
	return true;
}

static enum iq_status translate(struct kernel_memory *kernel, uint64_t page, uint64_t *physical)
{
	return kernel_memory_walk(kernel, page, physical);
}

const struct kernel_machine kernel_x86_64 = {
	.machine = EM_X86_64,
	.order = ORDER_LITTLE,
	.name = "x86_64",
	.start = start,
	.translate = translate,
	.encryption = encryption,
	.plugin = true,
};
