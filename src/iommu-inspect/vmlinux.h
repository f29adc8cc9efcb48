/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's vmlinux as its build left it, or the file of debug information that a distribution made of it: symbols, and
 * layouts from its DWARF or BTF. For dumps whose own kallsyms or BTF are missing.
 */
#ifndef VMLINUX_H
#define VMLINUX_H

#include "dump/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/layout.h"

struct vmlinux;

/*
 * Open the ELF file @path, a kernel of @arch. NULL with @reason; also where it is of another machine, and where this program
 * was built without elfutils.
 */
struct vmlinux *vmlinux_open(const char *path, const struct dump_arch *arch, struct kq_reason *reason);
void vmlinux_close(struct vmlinux *vmlinux);
/* As kallsyms_find(); @offset is how far the kernel was moved from where it was linked (KERNELOFFSET). */
bool vmlinux_symbols(struct vmlinux *vmlinux, uint64_t offset, struct symbol *symbol, size_t count,
		     struct kq_reason *reason);
/* As btf_find(), from DWARF if there is some, else from a section .BTF. */
bool vmlinux_layout(struct vmlinux *vmlinux, struct member *member, size_t count, struct kq_reason *reason);
/* What vmlinux_layout() reads: "DWARF" or "BTF". */
const char *vmlinux_types(const struct vmlinux *vmlinux);

#endif
