/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of ELF cores of 64 bits, read as hostile input. For ELF dumps, for elfcorehdrs in the memory of a dump, and for
 * snapshots, which are written with them.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include "file.h"

#include <elf.h>

struct elf_headers {
	Elf64_Phdr *segment; /* in the byte order of this host */
	uint32_t count;
};

/*
 * Turn a header of a file in byte order @order, copied as it lies there, into one of this host; or the other way round. Swapping
 * undoes itself.
 */
void elf_convert_header(enum byte_order order, Elf64_Ehdr *header);
void elf_convert_segment(enum byte_order order, Elf64_Phdr *segment);
void elf_convert_section(enum byte_order order, Elf64_Shdr *section);

/* EI_DATA of @order. */
uint8_t elf_data(enum byte_order order);
/* Read all program headers of the ELF file @file, in the byte order that its probe found. */
bool elf_headers_read(const struct dump_file *file, struct elf_headers *headers, struct kq_reason *reason);
void elf_headers_free(struct elf_headers *headers);

#endif
