/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing ELF cores.
 */
#include "corefile.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

char *kq_corefile_make(const struct kq_piece *pieces, unsigned int count, size_t *length)
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)count,
	};
	size_t at = sizeof(header) + count * sizeof(Elf64_Phdr);
	char *file;

	if (count >= PN_XNUM)
		return NULL;
	*length = at;
	for (unsigned int i = 0; i < count; i++)
		*length += pieces[i].length;
	file = malloc(*length);
	if (!file)
		return NULL;
	memcpy(file, &header, sizeof(header));
	for (unsigned int i = 0; i < count; i++) {
		const Elf64_Phdr segment = {
			.p_type = PT_LOAD,
			.p_flags = PF_R,
			.p_offset = at,
			.p_paddr = pieces[i].address,
			.p_filesz = pieces[i].length,
			.p_memsz = pieces[i].length,
			.p_align = 1,
		};

		memcpy(file + sizeof(header) + i * sizeof(segment), &segment, sizeof(segment));
		memcpy(file + at, pieces[i].bytes, pieces[i].length);
		at += pieces[i].length;
	}
	return file;
}
