/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers are converted once, when they are read. There may be more than 65,534 program headers (ELF gABI, PN_XNUM).
 */
#include "elf-file.h"

#include "base/budget.h"

#include <inttypes.h>
#include <stdlib.h>

void elf_convert_header(enum byte_order order, Elf64_Ehdr *header)
{
	header->e_type = order_16(order, header->e_type);
	header->e_machine = order_16(order, header->e_machine);
	header->e_version = order_32(order, header->e_version);
	header->e_entry = order_64(order, header->e_entry);
	header->e_phoff = order_64(order, header->e_phoff);
	header->e_shoff = order_64(order, header->e_shoff);
	header->e_flags = order_32(order, header->e_flags);
	header->e_ehsize = order_16(order, header->e_ehsize);
	header->e_phentsize = order_16(order, header->e_phentsize);
	header->e_phnum = order_16(order, header->e_phnum);
	header->e_shentsize = order_16(order, header->e_shentsize);
	header->e_shnum = order_16(order, header->e_shnum);
	header->e_shstrndx = order_16(order, header->e_shstrndx);
}

void elf_convert_segment(enum byte_order order, Elf64_Phdr *segment)
{
	segment->p_type = order_32(order, segment->p_type);
	segment->p_flags = order_32(order, segment->p_flags);
	segment->p_offset = order_64(order, segment->p_offset);
	segment->p_vaddr = order_64(order, segment->p_vaddr);
	segment->p_paddr = order_64(order, segment->p_paddr);
	segment->p_filesz = order_64(order, segment->p_filesz);
	segment->p_memsz = order_64(order, segment->p_memsz);
	segment->p_align = order_64(order, segment->p_align);
}

void elf_convert_section(enum byte_order order, Elf64_Shdr *section)
{
	section->sh_name = order_32(order, section->sh_name);
	section->sh_type = order_32(order, section->sh_type);
	section->sh_flags = order_64(order, section->sh_flags);
	section->sh_addr = order_64(order, section->sh_addr);
	section->sh_offset = order_64(order, section->sh_offset);
	section->sh_size = order_64(order, section->sh_size);
	section->sh_link = order_32(order, section->sh_link);
	section->sh_info = order_32(order, section->sh_info);
	section->sh_addralign = order_64(order, section->sh_addralign);
	section->sh_entsize = order_64(order, section->sh_entsize);
}

uint8_t elf_data(enum byte_order order)
{
	return order == ORDER_BIG ? ELFDATA2MSB : ELFDATA2LSB;
}

static bool count_segments(const struct dump_file *file, const Elf64_Ehdr *header, uint32_t *count, struct kq_reason *reason)
{
	Elf64_Shdr section;

	*count = header->e_phnum;
	if (header->e_phnum == PN_XNUM) {
		if (header->e_shentsize != sizeof(section))
			return kq_fail(reason, "section headers of %u bytes", header->e_shentsize);
		if (!file_read(file, header->e_shoff, &section, sizeof(section), "section header 0", reason))
			return false;
		elf_convert_section(file->arch.order, &section);
		*count = section.sh_info;
	}
	if (*count > kq_budget_limit(KQ_BUDGET_SEGMENTS))
		return kq_budget_exceeded(KQ_BUDGET_SEGMENTS, reason);
	if (*count && header->e_phentsize != sizeof(Elf64_Phdr))
		return kq_fail(reason, "program headers of %u bytes at offset 0x%zx", header->e_phentsize,
			       offsetof(Elf64_Ehdr, e_phentsize));
	return true;
}

bool elf_headers_read(const struct dump_file *file, struct elf_headers *headers, struct kq_reason *reason)
{
	Elf64_Ehdr header;

	headers->segment = NULL;
	headers->count = 0;
	if (!file_read(file, 0, &header, sizeof(header), "ELF header", reason))
		return false;
	elf_convert_header(file->arch.order, &header);
	if (!count_segments(file, &header, &headers->count, reason))
		return false;
	headers->segment = calloc(headers->count ? headers->count : 1, sizeof(*headers->segment));
	if (!headers->segment)
		return kq_fail(reason, "out of memory");
	if (!file_read(file, header.e_phoff, headers->segment, headers->count * sizeof(*headers->segment),
		       "program headers", reason)) {
		elf_headers_free(headers);
		return false;
	}
	for (uint32_t i = 0; i < headers->count; i++)
		elf_convert_segment(file->arch.order, &headers->segment[i]);
	return true;
}

void elf_headers_free(struct elf_headers *headers)
{
	free(headers->segment);
	headers->segment = NULL;
	headers->count = 0;
}
