/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOMMUs as the crashed kernel's drivers knew them: where their tables are, without a record of ours. One
 * kernel-*.c a family says which symbols and members it takes and how it reads them.
 */
#ifndef KERNEL_UNITS_H
#define KERNEL_UNITS_H

#include "record/evidence.h"
#include "kallsyms.h"
#include "memory.h"
#include "layout.h"

#define KERNEL_UNITS_MAX 1024u /* of one family: more is a list that leads in a circle */

struct kernel_units {
	struct kernel_memory memory;
	struct member *member; /* of the family that is read, in its order */
	const struct kernel_family *family;
	struct evidence *evidence; /* units are added here */
};

/* A unit as it is given by hand. */
struct unit_words {
	uint64_t root, size, base; /* size 0: none was given */
	uint16_t segment;
	bool scalable;
};

/* What Linux keeps for a family. */
struct kernel_family {
	const struct iq_family *family;
	const char *list;		 /* symbol of the list head of its units */
	const char *flag;		 /* symbol of a number that it wants too; NULL: none */
	const char *const (*members)[2]; /* structure and member */
	unsigned int count;
	unsigned int link, next; /* which of the members are list_head in the units' structure, and list_head.next */
	/* Add the unit in the structure at @object. @flag is the number's value, 0 without one. */
	bool (*unit)(struct kernel_units *units, uint64_t object, uint32_t flag, struct kq_reason *reason);
	/* Registers of a unit that is given by hand. False with @reason if @words are not for this family. */
	bool (*by_hand)(const struct unit_words *words, struct evidence_unit *unit, struct kq_reason *reason);
};

extern const struct kernel_family kernel_amdvi;
extern const struct kernel_family kernel_vtd;

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
	struct vmcoreinfo info;
	const struct kernel_build *build; /* NULL: the dump's own kallsyms and BTF */
};

/*
 * Add the units that the kernel in @memory knew to @evidence. False with @reason if they cannot be found; those in
 * front of the trouble were added.
 */
bool kernel_units_find(struct iq_memory *memory, const struct kernel_clues *clues, struct evidence *evidence,
		       struct kq_reason *reason);

/* Add the unit that @text describes: FAMILY,root=ADDRESS[,WORD]... */
bool kernel_unit_by_hand(const char *text, struct evidence *evidence, struct kq_reason *reason);

/* For the families: the value of member number @member of the structure at @object; bit-fields and pointers too. */
bool kernel_member(struct kernel_units *units, uint64_t object, unsigned int member, uint64_t *value,
		   struct kq_reason *reason);
/* The same for a pointer: the physical address that it leads to, 0 for NULL. */
bool kernel_member_physical(struct kernel_units *units, uint64_t object, unsigned int member, uint64_t *physical,
			    struct kq_reason *reason);

/* Add a unit that was read; not one that is there already. */
bool kernel_unit_add(struct kernel_units *units, const struct evidence_unit *unit, struct kq_reason *reason);

#endif
