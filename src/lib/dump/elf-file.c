/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Program headers, also more than 65,534 of them (ELF gABI, PN_XNUM).
 */
#include "elf-file.h"

#include <inttypes.h>
#include <stdlib.h>

#define SEGMENTS_MAX 1000000u

static bool count_segments(const struct dump_file *file, const Elf64_Ehdr *header, uint32_t *count, struct kq_reason *reason)
{
	Elf64_Shdr section;

	*count = header->e_phnum;
	if (header->e_phnum == PN_XNUM) {
		if (header->e_shentsize != sizeof(section))
			return kq_fail(reason, "section headers of %u bytes", header->e_shentsize);
		if (!file_read(file, header->e_shoff, &section, sizeof(section), "section header 0", reason))
			return false;
		*count = section.sh_info;
	}
	if (*count > SEGMENTS_MAX)
		return kq_fail(reason, "%u program headers", *count);
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
	if (!file_read(file, 0, &header, sizeof(header), "ELF header", reason) ||
	    !count_segments(file, &header, &headers->count, reason))
		return false;
	headers->machine = header.e_machine;
	headers->segment = calloc(headers->count ? headers->count : 1, sizeof(*headers->segment));
	if (!headers->segment)
		return kq_fail(reason, "out of memory");
	if (file_read(file, header.e_phoff, headers->segment, headers->count * sizeof(*headers->segment),
		      "program headers", reason))
		return true;
	elf_headers_free(headers);
	return false;
}

void elf_headers_free(struct elf_headers *headers)
{
	free(headers->segment);
	headers->segment = NULL;
	headers->count = 0;
}
