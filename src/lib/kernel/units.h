/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOMMUs as the crashed kernel's drivers knew them: where their tables are, without a record of ours. For iommu-inspect and
 * iommu-reconcile; families.c lists the drivers.
 */
#ifndef KERNEL_UNITS_H
#define KERNEL_UNITS_H

#include "dump/arch.h"
#include "kallsyms.h"
#include "layout.h"
#include "record/evidence.h"

/* Symbols and layouts from elsewhere than the dump. */
struct kernel_build {
	/* As kallsyms_find(); @moved is how far the kernel is from where it was linked (KERNELOFFSET). */
	bool (*symbols)(const struct kernel_build *build, uint64_t moved, struct symbol *symbol, size_t count,
			struct kq_reason *reason);
	/* As btf_find(). */
	bool (*layout)(const struct kernel_build *build, struct member *member, size_t count, struct kq_reason *reason);
	void *context; /* of the two */
};

/* What there is to read a kernel's structures by. */
struct kernel_clues {
	const struct dump_arch *arch; /* of the dump */
	struct vmcoreinfo info;
	const struct kernel_build *build; /* NULL: the dump's own kallsyms and BTF */
};

/*
 * Add the units that the kernel in @memory knew to @evidence. False with @reason if they cannot all be found; those in
 * front of the trouble were added.
 */
bool kernel_units_find(struct iq_memory *memory, const struct kernel_clues *clues, struct evidence *evidence,
		       struct kq_reason *reason);

#endif
