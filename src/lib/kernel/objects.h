/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of the kernel in a dump: members of its structures, members of members, arrays, lists in lists. For the readers of
 * the drivers' structures (family.h), which name members and symbols by their numbers in tables of their own.
 *
 * The first trouble ends it all: it fills in @reason and sets @failed. From then on numbers read as 0 and lists end, so that a
 * reader can ask for all that it wants and look at @failed once.
 */
#ifndef KERNEL_OBJECTS_H
#define KERNEL_OBJECTS_H

#include "kallsyms.h"
#include "layout.h"
#include "memory.h"

struct kernel_objects {
	struct kernel_memory memory;
	const struct symbol *symbol; /* those of the reader, in its order */
	const struct member *member; /* the same */
	const struct member *next;   /* list_head.next */
	uint32_t steps;		     /* along lists, so far */
	bool failed;
	struct kq_reason *reason;
};

/* Set @failed; the first time @reason is filled in. Always false. */
bool kernel_fail(struct kernel_objects *kernel, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The address of symbol number @symbol; 0 if this kernel has none. */
uint64_t kernel_symbol(const struct kernel_objects *kernel, unsigned int symbol);
/* The number of @bytes bytes, 1 to 8, at @address; @what it is, for the message. */
uint64_t kernel_number(struct kernel_objects *kernel, uint64_t address, unsigned int bytes, const char *what);
/* Copy @size bytes at @address to @to, as they lie there. False: it failed. */
bool kernel_bytes(struct kernel_objects *kernel, uint64_t address, void *to, size_t size, const char *what);
/* The physical address that the pointer @pointer leads to; 0 for NULL. */
uint64_t kernel_physical_of(struct kernel_objects *kernel, uint64_t pointer, const char *what);

/* Whether this kernel has member number @member. For members that only some versions have. */
bool kernel_has(const struct kernel_objects *kernel, unsigned int member);
/* The value of member number @member of the object at @object: a number, a bit-field, a pointer; of an array element 0. */
uint64_t kernel_get(struct kernel_objects *kernel, uint64_t object, unsigned int member);
/* Element @index of the array that member number @member of the object at @object is. */
uint64_t kernel_get_element(struct kernel_objects *kernel, uint64_t object, unsigned int member, uint64_t index);
/* The address of member number @member of the object at @object: of a structure, an array or a list head in it. */
uint64_t kernel_at(struct kernel_objects *kernel, uint64_t object, unsigned int member);
/* The object whose member number @member is at @address. */
uint64_t kernel_object_of(struct kernel_objects *kernel, uint64_t address, unsigned int member);
/* Bytes of member number @member, of one element if it is an array; how many elements it has. */
uint32_t kernel_size(struct kernel_objects *kernel, unsigned int member);
uint32_t kernel_count(struct kernel_objects *kernel, unsigned int member);

/* A walk along a list. Lists may be walked in lists. */
struct kernel_list {
	uint64_t head, at;
	unsigned int link;
	uint64_t mark; /* an entry that was passed, to find out that the list leads in a circle */
	uint32_t steps, turn;
};

/* The list whose list_head is at @head, of objects that have it as member number @link. */
struct kernel_list kernel_list(uint64_t head, unsigned int link);
/* The next object on @list goes to *@object. False behind the last, and after a failure. */
bool kernel_list_next(struct kernel_objects *kernel, struct kernel_list *list, uint64_t *object);

#endif
