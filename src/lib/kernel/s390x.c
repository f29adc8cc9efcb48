/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * s390x: physical memory is mapped one to one, from the address on that vmcoreinfo names (IDENTITYBASE; 0 before 6.10), and from 6.10
 * on the image lies elsewhere (KERNELOFFSET, KERNELOFFPHYS). All other addresses, as those of vmalloc(), are translated by the
 * kernel's page tables. (Linux, arch/s390/kernel/machine_kexec.c, arch_crash_save_vmcoreinfo(); arch/s390/boot/startup.c)
 */
#include "form-z.h"
#include "machine.h"
#include "memory.h"

#include <elf.h>

/*
 * Where a kernel leaves the address of the note with its vmcoreinfo for those who take a dump from outside (Linux,
 * arch/s390/include/asm/lowcore.h, vmcore_info).
 */
#define LOWCORE_VMCORE_INFO UINT64_C(0xe0c)

static bool note(struct iq_memory *memory, uint64_t *address)
{
	uint64_t found;

	if (!iq_memory_read(memory, LOWCORE_VMCORE_INFO, &found, sizeof(found)))
		return false;
	*address = order_64(ORDER_BIG, found);
	return *address;
}

/* Where @page is by its address alone. False if it is neither in the image nor in the memory that is mapped one to one. */
static bool is_linear(const struct kernel_memory *kernel, uint64_t page, uint64_t *physical)
{
	if (page >= kernel->image) {
		*physical = page - kernel->image + kernel->image_physical;
		return true;
	}
	*physical = page - kernel->identity;
	return page >= kernel->identity && kernel->physical->map(kernel->physical, *physical, IQ_PAGE_SIZE);
}

/* The root of the kernel's page tables, whose entries say of which type they are. Without it, only linear addresses are known. */
static void find_root(struct kernel_memory *kernel, uint64_t address)
{
	uint64_t table, entry;

	if (!is_linear(kernel, address, &table) ||
	    !iq_memory_read(kernel->physical, table, &entry, sizeof(entry)))
		return;
	kernel->root = (struct iq_radix_root){
		.form = &iq_form_z_cpu,
		.table = table,
		.levels = (uint8_t)(iq_field(order_64(ORDER_BIG, entry), IQ_Z_TYPE) + IQ_Z_SEGMENT),
		.read = true,
		.write = true,
	};
}

static bool start(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct kq_reason *reason)
{
	uint64_t root;

	if (!vmcoreinfo_symbol(info, "swapper_pg_dir", &root))
		return kq_fail(reason, "vmcoreinfo names no swapper_pg_dir");
	vmcoreinfo_hex(info, "IDENTITYBASE", &kernel->identity);
	if (!vmcoreinfo_hex(info, "KERNELOFFSET", &kernel->image) ||
	    !vmcoreinfo_hex(info, "KERNELOFFPHYS", &kernel->image_physical))
		kernel->image = UINT64_MAX;
	if ((kernel->image != UINT64_MAX && kernel->image & ~IQ_PAGE_MASK) || kernel->image_physical & ~IQ_PAGE_MASK ||
	    kernel->identity & ~IQ_PAGE_MASK)
		return kq_fail(reason, "vmcoreinfo: KERNELOFFSET, KERNELOFFPHYS or IDENTITYBASE is no multiple of a page");
	find_root(kernel, root);
	return true;
}

static enum iq_status translate(struct kernel_memory *kernel, uint64_t page, uint64_t *physical)
{
	if (is_linear(kernel, page, physical))
		return IQ_OK;
	return kernel->walkable ? kernel_memory_walk(kernel, page, physical) : IQ_UNREACHABLE;
}

const struct kernel_machine kernel_s390x = {
	.machine = EM_S390,
	.order = ORDER_BIG,
	.name = "s390x",
	.start = start,
	.translate = translate,
	.note = note,
};
