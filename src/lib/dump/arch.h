/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of machine a dump is of. The probe of its format finds it out; all who read bytes of the dump take the byte
 * order from here.
 */
#ifndef DUMP_ARCH_H
#define DUMP_ARCH_H

#include "base/order.h"

struct dump_arch {
	enum byte_order order;
	uint16_t machine; /* EM_* of <elf.h>; EM_NONE: the dump names one that has no number here */
	char name[40];	  /* for messages: as uname has it, or what the dump says instead */
};

/* A machine by its number in an ELF header. */
struct dump_arch dump_arch_by_machine(uint16_t machine, enum byte_order order);
/* A machine by its name as uname has it, in the at most @size bytes at @name. A name that is not known is kept, machine EM_NONE. */
struct dump_arch dump_arch_by_name(const char *name, size_t size, enum byte_order order);
/* Whether both are machines of one kind. */
bool dump_arch_same(const struct dump_arch *a, const struct dump_arch *b);

#endif
