/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdump makes crash dumps with IOMMU tables and a record from a script, for tests. See mkdump.c for the language.
 */
#ifndef MKDUMP_H
#define MKDUMP_H

#include "radix.h"
#include "record.h"

#include <elf.h>
#include <stddef.h>

#define RANGES 16
#define SLOTS  65536

struct range {
	uint64_t start, length;
};

/* Sparse memory of the dump, and its machine. */
struct memory {
	uint16_t machine; /* EM_* */
	const char *uname;
	bool big; /* it is a big-endian machine */
	const char *host; /* its name, */
	uint64_t time;	  /* and when the dump was made */
	struct range ram[RANGES], excluded[RANGES];
	unsigned int rams, exclusions;
	struct {
		uint64_t address;
		uint8_t *bytes;
	} page[SLOTS];
	uint64_t tables; /* address of the next page table */
};

/* End the program with a one-line message: a mistake in the script, or no memory. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The page at @address; a new page is zeroed. NULL if the page does not exist and @make is false. */
uint8_t *memory_page(struct memory *memory, uint64_t address, bool make);
void memory_set64(struct memory *memory, uint64_t address, uint64_t value);
uint64_t memory_get64(struct memory *memory, uint64_t address);
bool memory_has(const struct memory *memory, uint64_t address);
bool memory_excludes(const struct memory *memory, uint64_t address);

/* A zeroed page for a table. */
uint64_t table_take(struct memory *memory);
/* Map [@iova, @iova + @size) to @physical below @root of @levels levels in pages of 2^@shift bytes. */
void table_map(struct memory *memory, const struct iq_radix_form *form, uint64_t root, unsigned int levels,
	       uint64_t iova, uint64_t physical, uint64_t size, unsigned int shift, bool read, bool write);

/*
 * Load the kernel in the ELF file @path into @memory, with its kallsyms in @encoding (from-base, per-cpu, from-place; none: without
 * kallsyms), and with page tables at memory->tables. Returns its vmcoreinfo, which the caller frees.
 */
char *kernel_add(struct memory *memory, const char *path, const char *encoding, uint64_t phys_base, unsigned int levels,
		 uint64_t moved);
/* The address of a symbol in the kernel that was added last. */
uint64_t kernel_symbol(const char *name, bool virtual);

/* A compressor of kdump-compressed dumps. */
struct packing {
	const char *name;
	uint32_t flag;
	size_t (*pack)(const uint8_t *from, size_t size, uint8_t *to, size_t room);
};

/* The compressor called @name; NULL if there is none. */
const struct packing *packing_named(const char *name);
/* Returns the number of bytes written to @to; 0: store @from uncompressed. */
size_t pack(const struct packing *packing, const uint8_t *from, size_t size, uint8_t *to, size_t room);

/* Write a number of @bytes bytes to @at, in the byte order of @memory's machine. */
void put_number(const struct memory *memory, uint8_t *at, uint64_t value, unsigned int bytes);
/* The number of @bytes bytes at @at. */
uint64_t get_number(const struct memory *memory, const uint8_t *at, unsigned int bytes);
/* Write to @at the header of an ELF core, with @segments program headers right after it; or one of these program headers. */
void put_elf_header(const struct memory *memory, uint8_t at[sizeof(Elf64_Ehdr)], unsigned int segments);
void put_elf_segment(const struct memory *memory, uint8_t at[sizeof(Elf64_Phdr)], const Elf64_Phdr *segment);
/* Make the whole dump file, with the @size bytes of notes at @notes, in memory that the caller frees. */
uint8_t *dump_elf(struct memory *memory, const uint8_t *notes, size_t size, size_t *length);
uint8_t *dump_kdump(struct memory *memory, const struct packing *packing, const struct range *split,
		    const uint8_t *notes, size_t size, size_t *length);
uint8_t *dump_flatten(const uint8_t *dump, size_t size, size_t *length);

#endif
