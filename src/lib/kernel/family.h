/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux's driver of an IOMMU family keeps, and how it is read: one const table a family, in a file of its own, which the
 * core's families.def names.
 */
#ifndef KERNEL_FAMILY_H
#define KERNEL_FAMILY_H

#include "objects.h"
#include "record/evidence.h"
#include "words.h"

#define KERNEL_UNITS_MAX 1024u /* of all families together */

/* Units while they are read. */
struct kernel_units {
	struct kernel_objects objects;
	const struct kernel_family *family; /* that is being read */
	struct evidence *evidence;	    /* units are added here */
};

struct kernel_family {
	const struct iq_family *family;
	/* Symbols that it asks for. A kernel that does not have the first one was built without the driver. */
	const char *const *symbols;
	unsigned int symbol_count;
	/* Members that it asks for: structure and member, as struct member names them. */
	const char *const (*members)[2];
	unsigned int member_count;
	/* Add every unit that the driver knew, up to the first trouble. */
	void (*units)(struct kernel_units *units);
	/*
	 * Words of a unit that is given by hand, besides those that every family has, as --help writes them; and the place of
	 * its tables, in words.
	 */
	const char *words, *root;
	/* Fill in the registers of @unit from @words. False with @reason. */
	bool (*by_hand)(struct unit_words *words, struct evidence_unit *unit, struct kq_reason *reason);
};

/* Add a unit that was read. A unit that is there already is a failure. */
void kernel_unit_add(struct kernel_units *units, const struct evidence_unit *unit);
/* Say that @unit had @value in register number @number. */
void kernel_unit_register(struct evidence_unit *unit, unsigned int number, uint64_t value);

#endif
