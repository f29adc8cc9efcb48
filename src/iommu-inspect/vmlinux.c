/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmlinux through elfutils: its symbol table, its DWARF, its section .BTF.
 */
#include "vmlinux.h"

#include "base/budget.h"
#include "base/progress.h"

#include "config.h"

#include <stdlib.h>

#ifdef HAVE_DWARF

#include "dump/file.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 16u

struct vmlinux {
	int fd;
	Elf *elf;
	Dwarf *dwarf; /* NULL: it has none */
	uint64_t left; /* entries that may still be looked at: those of a damaged file may lead in circles */
	enum byte_order order;
};

static bool is_of(const struct vmlinux *vmlinux, const struct dump_arch *arch, struct kq_reason *reason)
{
	struct dump_arch own;
	GElf_Ehdr header;

	if (!gelf_getehdr(vmlinux->elf, &header) || header.e_ident[EI_CLASS] != ELFCLASS64)
		return kq_fail(reason, "not an ELF file of a 64-bit machine");
	own = dump_arch_by_machine(header.e_machine,
				   header.e_ident[EI_DATA] == ELFDATA2MSB ? ORDER_BIG : ORDER_LITTLE);
	return (own.machine == arch->machine && own.order == arch->order) ||
	       kq_fail(reason, "a kernel of %s, the dump is one of %s", own.name, arch->name);
}

struct vmlinux *vmlinux_open(const char *path, const struct dump_arch *arch, struct kq_reason *reason)
{
	struct vmlinux *vmlinux = calloc(1, sizeof(*vmlinux));

	if (!vmlinux) {
		kq_fail(reason, "out of memory");
		return NULL;
	}
	elf_version(EV_CURRENT);
	vmlinux->fd = file_take(path);
	if (vmlinux->fd < 0) {
		kq_fail(reason, "%s", strerror(errno));
	} else {
		vmlinux->elf = elf_begin(vmlinux->fd, ELF_C_READ_MMAP, NULL);
		if (!vmlinux->elf || elf_kind(vmlinux->elf) != ELF_K_ELF)
			kq_fail(reason,
				"not an ELF file; /boot/vmlinuz is not one, the vmlinux of the kernel's debug package is");
		else if (is_of(vmlinux, arch, reason)) {
			vmlinux->order = arch->order;
			vmlinux->dwarf = dwarf_begin_elf(vmlinux->elf, DWARF_C_READ, NULL);
			return vmlinux;
		}
	}
	vmlinux_close(vmlinux);
	return NULL;
}

void vmlinux_close(struct vmlinux *vmlinux)
{
	if (!vmlinux)
		return;
	dwarf_end(vmlinux->dwarf);
	elf_end(vmlinux->elf);
	if (vmlinux->fd >= 0)
		close(vmlinux->fd);
	free(vmlinux);
}

/* The first section of @type, with @name unless that is NULL. */
static Elf_Scn *section_of(Elf *elf, uint32_t type, const char *name, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		const char *found = gelf_getshdr(section, header) ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (found && header->sh_type == type && (!name || !strcmp(found, name)))
			return section;
	}
	return NULL;
}

bool vmlinux_symbols(struct vmlinux *vmlinux, uint64_t offset, struct symbol *symbol, size_t count,
		     struct kq_reason *reason)
{
	GElf_Shdr header;
	Elf_Scn *section = section_of(vmlinux->elf, SHT_SYMTAB, NULL, &header);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
	GElf_Sym found;

	if (!data || !header.sh_entsize)
		return kq_fail(reason, "it has no symbol table");
	for (size_t i = 0; i < count; i++)
		symbol[i].address = 0;
	for (int i = 0; gelf_getsym(data, i, &found); i++) {
		const char *name = elf_strptr(vmlinux->elf, header.sh_link, found.st_name);

		for (size_t n = 0; name && n < count; n++)
			if (!symbol[n].address && found.st_shndx != SHN_UNDEF && !strcmp(symbol[n].name, name))
				symbol[n].address = found.st_value + offset;
	}
	return true;
}

static uint32_t attribute(Dwarf_Die *die, unsigned int name, uint32_t none)
{
	Dwarf_Attribute found;
	Dwarf_Word value;

	return dwarf_attr_integrate(die, name, &found) && !dwarf_formudata(&found, &value) ? (uint32_t)value : none;
}

static bool is_name_or_qualifier(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* The type of @die behind all names and qualifiers, and its tag; DW_TAG_invalid if there is none. */
static int type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute found;
	int tag = DW_TAG_typedef;

	/* dwarf_peel_type() does the same, but follows a circle for ever. */
	for (unsigned int depth = 0; is_name_or_qualifier(tag); depth++) {
		if (depth > DEPTH_MAX || !dwarf_attr_integrate(die, DW_AT_type, &found) ||
		    !dwarf_formref_die(&found, type))
			return DW_TAG_invalid;
		die = type;
		tag = dwarf_tag(type);
	}
	return tag;
}

static bool is_composite(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static uint32_t bits_of(Dwarf_Die *type, int tag)
{
	if (tag != DW_TAG_base_type && tag != DW_TAG_pointer_type && tag != DW_TAG_enumeration_type)
		return 0;
	return 8 * attribute(type, DW_AT_byte_size, 8);
}

/* The entry behind @die on its level. */
static bool next(struct vmlinux *vmlinux, Dwarf_Die *die)
{
	kq_progress("reading debug information", kq_budget_limit(KQ_BUDGET_DEBUG_ENTRIES) - vmlinux->left, 0);
	return vmlinux->left && vmlinux->left-- && !dwarf_siblingof(die, die);
}

/* Elements of the array type @array, all its dimensions together; 0 if it does not say. DWARF 5, 5.13 */
static uint64_t elements_of(struct vmlinux *vmlinux, Dwarf_Die *array)
{
	uint64_t count = 1;
	Dwarf_Die die;

	if (dwarf_child(array, &die))
		return 0;
	do {
		if (dwarf_tag(&die) != DW_TAG_subrange_type)
			continue;
		if (dwarf_hasattr(&die, DW_AT_count))
			count *= attribute(&die, DW_AT_count, 0);
		else
			count *= (uint64_t)attribute(&die, DW_AT_upper_bound, UINT32_MAX) + 1;
		if (count > UINT32_MAX)
			return 0;
	} while (next(vmlinux, &die));
	return count;
}

/* Where @die, a member of a number of @storage bits, begins, from the start of its structure. DWARF 5, 5.7.6 */
static uint32_t bit_of(const struct vmlinux *vmlinux, Dwarf_Die *die, uint32_t storage)
{
	const uint32_t byte = attribute(die, DW_AT_data_member_location, 0), bits = attribute(die, DW_AT_bit_size, 0);
	const uint32_t from_top = attribute(die, DW_AT_bit_offset, UINT32_MAX);

	/* DWARF 3 counts from the most significant bit of the storage unit: on big-endian machines that is where it begins. */
	if (from_top != UINT32_MAX)
		return 8 * byte + (vmlinux->order == ORDER_BIG ? from_top : storage - from_top - bits);
	return 8 * byte + attribute(die, DW_AT_data_bit_offset, 0);
}

/* What @member is: @die describes it, its type is @type with @tag. Arrays of arrays count as one. */
static void describe(struct vmlinux *vmlinux, Dwarf_Die *die, Dwarf_Die *type, int tag, struct member *member)
{
	uint64_t count = 1;
	Dwarf_Die element;

	for (unsigned int depth = 0; tag == DW_TAG_array_type && depth < DEPTH_MAX; depth++) {
		count = iq_min(count * elements_of(vmlinux, type), UINT64_C(1) << 32);
		tag = type_of(type, &element);
		*type = element;
	}
	member->bits = attribute(die, DW_AT_bit_size, bits_of(type, tag));
	member->size = attribute(type, DW_AT_byte_size, tag == DW_TAG_pointer_type ? 8 : 0);
	member->count = count > UINT32_MAX ? 0 : (uint32_t)count;
}

/* Look for the member called @path in @in, which begins @bit bits into the structure that is asked about. */
/* NOLINTNEXTLINE(misc-no-recursion): up to DEPTH_MAX, and @left entries */
static bool find_in(struct vmlinux *vmlinux, Dwarf_Die *in, uint32_t bit, unsigned int depth, const char *path,
		    struct member *member)
{
	const size_t part = strcspn(path, ".");
	Dwarf_Die die, type;

	if (depth > DEPTH_MAX || dwarf_child(in, &die))
		return false;
	do {
		const char *name = dwarf_diename(&die);
		const int tag = dwarf_tag(&die) == DW_TAG_member ? type_of(&die, &type) : DW_TAG_invalid;
		uint32_t own;

		if (tag == DW_TAG_invalid || (name && (strlen(name) != part || memcmp(name, path, part))))
			continue;
		own = bit + bit_of(vmlinux, &die, bits_of(&type, tag));
		if (!name || path[part]) {
			if (is_composite(tag) &&
			    find_in(vmlinux, &type, own, depth + 1, name ? path + part + 1 : path, member))
				return true;
			continue;
		}
		member->found = true;
		member->bit = own;
		describe(vmlinux, &die, &type, tag, member);
		return true;
	} while (next(vmlinux, &die));
	return false;
}

/* @die is the structure that @member is asked of, or only says that there is one. */
static void find_member(struct vmlinux *vmlinux, Dwarf_Die *die, struct member *member)
{
	if (*member->name) {
		find_in(vmlinux, die, 0, 0, member->name, member);
		return;
	}
	member->size = attribute(die, DW_AT_byte_size, 0);
	member->found = member->size;
	member->count = member->found;
}

/* Look at the structures of one unit. True if nothing is missing any more. */
static bool search_unit(struct vmlinux *vmlinux, Dwarf_Die *unit, struct member *member, size_t count)
{
	size_t missing = 0;
	Dwarf_Die die;

	if (dwarf_child(unit, &die))
		return false;
	do {
		const char *name = is_composite(dwarf_tag(&die)) ? dwarf_diename(&die) : NULL;

		for (size_t i = 0; name && i < count; i++)
			if (!member[i].found && !strcmp(member[i].structure, name))
				find_member(vmlinux, &die, &member[i]);
	} while (next(vmlinux, &die));
	for (size_t i = 0; i < count; i++)
		missing += !member[i].found;
	return !missing;
}

static bool search_dwarf(struct vmlinux *vmlinux, struct member *member, size_t count, struct kq_reason *reason)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;
	int more;

	vmlinux->left = kq_budget_limit(KQ_BUDGET_DEBUG_ENTRIES);
	while (!(more = dwarf_get_units(vmlinux->dwarf, unit, &unit, NULL, &type, &die, NULL)))
		if (search_unit(vmlinux, &die, member, count))
			return true;
	if (!vmlinux->left)
		return kq_budget_exceeded(KQ_BUDGET_DEBUG_ENTRIES, reason);
	return more > 0 || kq_fail(reason, "its DWARF cannot be read: %s", dwarf_errmsg(-1));
}

static Elf_Data *btf_of(const struct vmlinux *vmlinux)
{
	GElf_Shdr header;
	Elf_Scn *section = section_of(vmlinux->elf, SHT_PROGBITS, ".BTF", &header);

	return section ? elf_rawdata(section, NULL) : NULL;
}

bool vmlinux_layout(struct vmlinux *vmlinux, struct member *member, size_t count, struct kq_reason *reason)
{
	struct btf_memory memory;
	Elf_Data *btf;

	if (vmlinux->dwarf)
		return search_dwarf(vmlinux, member, count, reason);
	btf = btf_of(vmlinux);
	if (!btf || !btf->d_buf)
		return kq_fail(reason, "it has neither DWARF nor BTF");
	memory = btf_memory(btf->d_buf, btf->d_size, vmlinux->order);
	return btf_find(&memory.bytes, member, count, reason);
}

const char *vmlinux_types(const struct vmlinux *vmlinux)
{
	return vmlinux->dwarf ? "DWARF" : "BTF";
}

#else

struct vmlinux *vmlinux_open(const char *path, const struct dump_arch *arch, struct kq_reason *reason)
{
	(void)path;
	(void)arch;
	kq_fail(reason, "this program was built without elfutils (libdw) and cannot read it");
	return NULL;
}

void vmlinux_close(struct vmlinux *vmlinux)
{
	(void)vmlinux;
}

bool vmlinux_symbols(struct vmlinux *vmlinux, uint64_t offset, struct symbol *symbol, size_t count,
		     struct kq_reason *reason)
{
	(void)vmlinux;
	(void)offset;
	(void)symbol;
	(void)count;
	return kq_fail(reason, "not built in");
}

bool vmlinux_layout(struct vmlinux *vmlinux, struct member *member, size_t count, struct kq_reason *reason)
{
	(void)vmlinux;
	(void)member;
	(void)count;
	return kq_fail(reason, "not built in");
}

const char *vmlinux_types(const struct vmlinux *vmlinux)
{
	(void)vmlinux;
	return "none";
}

#endif
