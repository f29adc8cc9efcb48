/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program headers of an ELF core, read as hostile input.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include "file.h"

#include <elf.h>

struct elf_headers {
	Elf64_Phdr *segment;
	uint32_t count;
	uint16_t machine; /* EM_* */
};

/* Read all program headers of the 64-bit little-endian ELF file @file. */
bool elf_headers_read(const struct dump_file *file, struct elf_headers *headers, struct kq_reason *reason);
void elf_headers_free(struct elf_headers *headers);

#endif
