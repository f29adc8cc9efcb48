/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What CPU architectures differ in when the memory of a kernel is read at its virtual addresses: one const table of operations
 * an architecture, in a file of its own, and one line in machines.c. For memory.c, and for iommu-inspect's --c-bit.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "base/message.h"
#include "dump/arch.h"
#include "status.h"
#include "vmcoreinfo.h"

struct iq_memory;
struct kernel_memory;

struct kernel_machine {
	uint16_t machine; /* EM_* of <elf.h> */
	enum byte_order order;
	const char *name; /* as uname has it */
	/*
	 * Prepare @kernel for translate(): @info is the kernel's vmcoreinfo. False with @reason if it does not name what is
	 * needed.
	 */
	bool (*start)(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct kq_reason *reason);
	/*
	 * The physical address, in *@physical, of the page of 4 KiB at the kernel's address @page. IQ_UNREACHABLE: page tables
	 * on the way are not in the dump; any other status but IQ_OK: the kernel has no memory there.
	 */
	enum iq_status (*translate)(struct kernel_memory *kernel, uint64_t page, uint64_t *physical);
	/*
	 * The address bit, as a mask, by which this kernel marked encrypted memory in every address that it gave to an IOMMU; 0:
	 * none. NULL: these machines have no such bit.
	 */
	uint64_t (*encryption)(const struct vmcoreinfo *info);
	/*
	 * The physical address of an ELF note with vmcoreinfo that these kernels leave in @memory, for dumps that have no note.
	 * False if this one left none. NULL: they leave none.
	 */
	bool (*note)(struct iq_memory *memory, uint64_t *address);
	bool plugin; /* there is one of kdump-quiesce for these machines */
};

#endif
