/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux's driver of an IOMMU family keeps, and how it is read: one const table a family, in a file of its own, which the
 * core's families.def names.
 */
#ifndef KERNEL_FAMILY_H
#define KERNEL_FAMILY_H

#include "given.h"
#include "objects.h"
#include "record/evidence.h"
#include "words.h"

/* Of all units of all families together. */
#define KERNEL_UNITS_MAX   1024u
#define KERNEL_ENTRIES_MAX (UINT32_C(1) << 16)
#define KERNEL_RANGES_MAX  (UINT32_C(1) << 20)

/* Units while they are read. */
struct kernel_units {
	struct kernel_objects objects;
	const struct kernel_family *family; /* that is being read */
	struct evidence *evidence;	    /* units are added here */
	/* Of the unit that is added next. */
	struct iq_given *given; /* NULL: it has none */
	struct iq_functions *range;
	uint32_t ranges;
	struct evidence_unflushed *unflushed; /* NULL: it has none */
	uint32_t all_entries, all_ranges; /* of all units so far */
};

struct kernel_family {
	const struct iq_family *family;
	uint16_t machine; /* EM_* of <elf.h>: of the kernels that can have the driver */
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
	/* Fill in the registers of @unit from @words. False with @reason. NULL: its units cannot be given by hand. */
	bool (*by_hand)(struct unit_words *words, struct evidence_unit *unit, struct kq_reason *reason);
	/*
	 * Text that is in each line that the driver writes to the kernel's log, and text that is in those about a refused
	 * request. NULL is behind the last.
	 */
	const char *const *log_lines, *const *log_faults;
};

/*
 * Say that the unit that is added next has @entry, because the driver's structures say so. For families without registers, whose
 * readers have the operations of given.h.
 */
void kernel_entry_add(struct kernel_units *units, const struct iq_entry *entry);
/*
 * Say that the source ids from @id on, of the unit that is added next, are those of @function and of the @more functions behind
 * it. For families whose source ids are no requester ids.
 */
void kernel_functions_add(struct kernel_units *units, iq_source_id id, const struct iq_function *function, uint16_t more);
/* Say that the @bytes at @iova were unmapped from the unit that is added next and not flushed, in any order. */
void kernel_unflushed_add(struct kernel_units *units, uint64_t iova, uint64_t bytes);
/* Add a unit that was read, with its entries, functions and unflushed IOVAs. A unit that is there already is a failure. */
void kernel_unit_add(struct kernel_units *units, const struct evidence_unit *unit);
/* Forget what was said of a unit that was not added. */
void kernel_units_drop(struct kernel_units *units);
/* Say that @unit had @value in register number @number. */
void kernel_unit_register(struct evidence_unit *unit, unsigned int number, uint64_t value);

#endif
