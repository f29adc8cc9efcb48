/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one list of machines by number, byte order and name. A machine in it can be named; whether its kernel's structures
 * can be read is for kernel/machine.h.
 */
#include "arch.h"

#include <ctype.h>
#include <elf.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint16_t machine;
	enum byte_order order;
	const char *name; /* as uname has it */
} known[] = {
	{ EM_X86_64, ORDER_LITTLE, "x86_64" },	 { EM_AARCH64, ORDER_LITTLE, "aarch64" },
	{ EM_AARCH64, ORDER_BIG, "aarch64_be" }, { EM_PPC64, ORDER_LITTLE, "ppc64le" },
	{ EM_PPC64, ORDER_BIG, "ppc64" },	 { EM_RISCV, ORDER_LITTLE, "riscv64" },
	{ EM_S390, ORDER_BIG, "s390x" },
};

struct dump_arch dump_arch_by_machine(uint16_t machine, enum byte_order order)
{
	struct dump_arch arch = { .order = order, .machine = machine };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++) {
		if (known[i].machine != machine || known[i].order != order)
			continue;
		snprintf(arch.name, sizeof(arch.name), "%s", known[i].name);
		return arch;
	}
	snprintf(arch.name, sizeof(arch.name), "ELF machine %u, %s-endian", machine,
		 order == ORDER_BIG ? "big" : "little");
	return arch;
}

struct dump_arch dump_arch_by_name(const char *name, size_t size, enum byte_order order)
{
	struct dump_arch arch = { .order = order, .machine = EM_NONE };

	size = strnlen(name, iq_min(size, sizeof(arch.name) - 1));
	for (size_t i = 0; i < size; i++)
		arch.name[i] = isalnum((unsigned char)name[i]) || name[i] == '_' ? name[i] : '?';
	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++)
		if (known[i].order == order && !strcmp(known[i].name, arch.name))
			arch.machine = known[i].machine;
	if (!size)
		snprintf(arch.name, sizeof(arch.name), "a machine without a name");
	return arch;
}

bool dump_arch_same(const struct dump_arch *a, const struct dump_arch *b)
{
	return a->order == b->order && a->machine == b->machine && !strcmp(a->name, b->name);
}
