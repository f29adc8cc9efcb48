/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds a kernel to the dump: its image, its page tables, kallsyms in any of the kernels' encodings, BTF, vmcoreinfo.
 */
#include "mkdump.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_MAP   UINT64_C(0xffffffff80000000)
#define DIRECT_MAP  UINT64_C(0xffff888000000000)
#define DIRECT_SIZE UINT64_C(0x4000000)
#define TOKENS	    256u
#define SYMBOLS	    256u

struct symbol {
	char name[256];
	uint64_t address;
};

struct kernel {
	struct memory *memory;
	uint8_t *file;
	size_t size;
	uint64_t phys_base;
	uint64_t next; /* address of the next addition after the image */
	struct symbol symbol[SYMBOLS];
	unsigned int symbols, listed; /* number of all symbols; of those in kallsyms */
	char text[4096];	      /* vmcoreinfo */
};

static struct kernel *the_kernel; /* the kernel that was added last */

static uint64_t physical(const struct kernel *kernel, uint64_t address)
{
	return address - IMAGE_MAP + kernel->phys_base;
}

static void put(struct kernel *kernel, uint64_t address, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const uint64_t at = physical(kernel, address + i);

		memory_page(kernel->memory, at, true)[at % IQ_PAGE_SIZE] = ((const uint8_t *)from)[i];
	}
}

/* Add @size bytes after the image. Returns their address. */
static uint64_t append(struct kernel *kernel, const void *from, size_t size)
{
	const uint64_t at = kernel->next;

	put(kernel, at, from, size);
	kernel->next = iq_round_up(at + size, 16);
	return at;
}

static void add_symbol(struct kernel *kernel, const char *name, uint64_t address)
{
	if (kernel->symbols == SYMBOLS)
		die("more than %u symbols", SYMBOLS);
	snprintf(kernel->symbol[kernel->symbols].name, sizeof(kernel->symbol[0].name), "D%s", name);
	kernel->symbol[kernel->symbols++].address = address;
}

static void load_file(struct kernel *kernel, const char *path)
{
	FILE *file = fopen(path, "rb");
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
		die("%s cannot be read", path);
	kernel->size = (size_t)size;
	kernel->file = malloc(kernel->size);
	if (!kernel->file || fread(kernel->file, kernel->size, 1, file) != 1)
		die("%s cannot be read", path);
	fclose(file);
}

static void add_image(struct kernel *kernel)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)kernel->file;
	const Elf64_Phdr *part = (const Elf64_Phdr *)(kernel->file + header->e_phoff);

	for (unsigned int i = 0; i < header->e_phnum; i++) {
		if (part[i].p_type != PT_LOAD)
			continue;
		put(kernel, part[i].p_vaddr, kernel->file + part[i].p_offset, part[i].p_filesz);
		if (kernel->next < part[i].p_vaddr + part[i].p_memsz)
			kernel->next = part[i].p_vaddr + part[i].p_memsz;
	}
	kernel->next = iq_round_up(kernel->next, IQ_PAGE_SIZE);
}

static void add_sections(struct kernel *kernel)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)kernel->file;
	const Elf64_Shdr *section = (const Elf64_Shdr *)(kernel->file + header->e_shoff);
	const char *names = (const char *)kernel->file + section[header->e_shstrndx].sh_offset;

	for (unsigned int i = 0; i < header->e_shnum; i++) {
		const uint8_t *bytes = kernel->file + section[i].sh_offset;

		if (!strcmp(names + section[i].sh_name, ".BTF")) {
			const uint64_t at = append(kernel, bytes, section[i].sh_size);

			add_symbol(kernel, "__start_BTF", at);
			add_symbol(kernel, "__stop_BTF", at + section[i].sh_size);
		}
		if (section[i].sh_type != SHT_SYMTAB)
			continue;
		for (size_t n = 0; n < section[i].sh_size / sizeof(Elf64_Sym); n++) {
			const Elf64_Sym *symbol = (const Elf64_Sym *)bytes + n;
			const char *name =
				(const char *)kernel->file + section[section[i].sh_link].sh_offset + symbol->st_name;

			if (ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT)
				add_symbol(kernel, name, symbol->st_value);
		}
	}
}

static uint64_t address_of(const struct kernel *kernel, const char *name)
{
	for (unsigned int i = 0; kernel && i < kernel->symbols; i++)
		if (!strcmp(kernel->symbol[i].name + 1, name))
			return kernel->symbol[i].address;
	die("the kernel has no %s", name);
}

uint64_t kernel_symbol(const char *name, bool virtual)
{
	const uint64_t address = address_of(the_kernel, name);

	return virtual ? address : physical(the_kernel, address);
}

static int by_address(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	return a->address < b->address ? -1 : a->address > b->address;
}

static void say(struct kernel *kernel, const char *kind, const char *name, uint64_t value)
{
	const size_t used = strlen(kernel->text);

	if (!strcmp(kind, "NUMBER"))
		snprintf(kernel->text + used, sizeof(kernel->text) - used, "NUMBER(%s)=%" PRId64 "\n", name,
			 (int64_t)value);
	else
		snprintf(kernel->text + used, sizeof(kernel->text) - used, "SYMBOL(%s)=%" PRIx64 "\n", name, value);
	if (!strncmp(name, "kallsyms", 8))
		add_symbol(kernel, name, value);
}

/* Tokens: each character is one, and unused numbers are tokens of several characters. */
static unsigned int token(unsigned int number, char text[16])
{
	static const char *const long_tokens[] = { "iommu", "_list", "D__", "_ab", "cde" };

	if (number < IQ_ARRAY_SIZE(long_tokens))
		return (unsigned int)snprintf(text, 16, "%s", long_tokens[number]);
	text[0] = (char)number;
	text[1] = '\0';
	return 1;
}

/* The longest token at the beginning of @name, and its length. */
static unsigned int choose(const char *name, unsigned int *length)
{
	unsigned int best = 0;
	char text[16];

	*length = 0;
	for (unsigned int i = 0; i < TOKENS; i++) {
		const unsigned int own = token(i, text);

		if (text[0] && !strncmp(name, text, own) && own > *length) {
			best = i;
			*length = own;
		}
	}
	return best;
}

static size_t pack_name(const char *name, uint8_t *to)
{
	uint8_t tokens[256];
	unsigned int count = 0, length;
	size_t used = 0;

	for (; *name; name += length)
		tokens[count++] = (uint8_t)choose(name, &length);
	if (count > 127) {
		to[used++] = (uint8_t)(count & 0x7f) | 0x80;
		to[used++] = (uint8_t)(count >> 7);
	} else {
		to[used++] = (uint8_t)count;
	}
	memcpy(to + used, tokens, count);
	return used + count;
}

static void add_names(struct kernel *kernel)
{
	static uint8_t names[SYMBOLS * 260];
	uint8_t table[TOKENS * 16];
	uint16_t index[TOKENS], at = 0;
	size_t used = 0;
	uint32_t count = kernel->listed;

	for (unsigned int i = 0; i < kernel->listed; i++)
		used += pack_name(kernel->symbol[i].name, names + used);
	for (unsigned int i = 0; i < TOKENS; i++) {
		char text[16];
		const unsigned int length = token(i, text);

		index[i] = at;
		memcpy(table + at, text, length + 1);
		at = (uint16_t)(at + length + 1);
	}
	say(kernel, "SYMBOL", "kallsyms_names", append(kernel, names, used));
	say(kernel, "SYMBOL", "kallsyms_num_syms", append(kernel, &count, sizeof(count)));
	say(kernel, "SYMBOL", "kallsyms_token_table", append(kernel, table, at));
	say(kernel, "SYMBOL", "kallsyms_token_index", append(kernel, index, sizeof(index)));
}

static void add_offsets(struct kernel *kernel, const char *encoding)
{
	const uint64_t base = kernel->symbol[1].address, at = kernel->next;
	uint32_t offset[SYMBOLS] = { 0 };

	for (unsigned int i = 0; i < kernel->listed; i++) {
		const uint64_t address = kernel->symbol[i].address;

		if (!strcmp(encoding, "from-place"))
			offset[i] = (uint32_t)(address - (at + UINT64_C(4) * i));
		else if (!strcmp(encoding, "from-base"))
			offset[i] = (uint32_t)(address - base);
		else
			offset[i] = (uint32_t)(address < IMAGE_MAP ? address : base - 1 - address);
	}
	say(kernel, "SYMBOL", "kallsyms_offsets", append(kernel, offset, kernel->listed * sizeof(offset[0])));
	if (strcmp(encoding, "from-place"))
		say(kernel, "SYMBOL", "kallsyms_relative_base", append(kernel, &base, sizeof(base)));
}

static void add_page_tables(struct kernel *kernel, uint64_t start, unsigned int levels)
{
	const uint64_t root = physical(kernel, address_of(kernel, "swapper_pg_dir"));
	const uint64_t first = start & IQ_PAGE_MASK;

	table_map(kernel->memory, &iq_form_x86_64, root, levels, first, physical(kernel, first),
		  iq_round_up(kernel->next - first, IQ_PAGE_SIZE), 12, true, true);
	table_map(kernel->memory, &iq_form_x86_64, root, levels, DIRECT_MAP, 0, DIRECT_SIZE, 21, true, true);
}

char *kernel_add(struct memory *memory, const char *path, const char *encoding, uint64_t phys_base, unsigned int levels,
		 uint64_t moved)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		die("out of memory");
	the_kernel = kernel;
	kernel->memory = memory;
	kernel->phys_base = phys_base;
	load_file(kernel, path);
	add_image(kernel);
	add_symbol(kernel, "per_cpu_counter", 0x1000);
	add_sections(kernel);
	qsort(kernel->symbol, kernel->symbols, sizeof(kernel->symbol[0]), by_address);
	kernel->listed = kernel->symbols;
	snprintf(kernel->text, sizeof(kernel->text), "OSRELEASE=6.1.0-test\nPAGESIZE=4096\nKERNELOFFSET=%" PRIx64 "\n",
		 moved);
	say(kernel, "SYMBOL", "_stext", address_of(kernel, "_stext"));
	say(kernel, "SYMBOL", "swapper_pg_dir", address_of(kernel, "swapper_pg_dir"));
	say(kernel, "SYMBOL", "init_uts_ns", address_of(kernel, "init_uts_ns"));
	say(kernel, "NUMBER", "phys_base", phys_base);
	say(kernel, "NUMBER", "pgtable_l5_enabled", levels == 5);
	say(kernel, "NUMBER", "sme_mask", 0);
	if (strcmp(encoding, "none")) {
		add_names(kernel);
		add_offsets(kernel, encoding);
	}
	add_page_tables(kernel, kernel->symbol[1].address, levels);
	free(kernel->file);
	return strdup(kernel->text);
}
