/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checking the ELF core header as the capture kernel will (fs/proc/vmcore.c: parse_crash_elf64_headers), and inserting one
 * program header behind the leading PT_NOTEs.
 */
#include "elfcorehdr.h"

/* ELF-64 Object File Format 1.5, figures 2 and 6. Offsets into the file header, then into a program header. */
#define EHDR_SIZE      IQ_ELFCOREHDR_HEAD
#define EHDR_MAGIC     0u  /* 0x7f "ELF" */
#define EHDR_CLASS     4u  /* 2: 64-bit objects */
#define EHDR_DATA      5u  /* 1: little-endian */
#define EHDR_TYPE      16u /* 4: ET_CORE */
#define EHDR_PHOFF     32u
#define EHDR_EHSIZE    52u
#define EHDR_PHENTSIZE 54u
#define EHDR_PHNUM     56u

#define PHDR_SIZE   56u
#define PHDR_TYPE   0u
#define PHDR_OFFSET 8u
#define PHDR_PADDR  24u
#define PHDR_FILESZ 32u
#define PHDR_MEMSZ  40u

#define PT_LOAD	   1u
#define PT_NOTE	   4u
#define PHNUM_MAX  0xfffeu /* 0xffff is PN_XNUM: the number is elsewhere, which the kernel does not support here */
#define NOTE_ALIGN 4u

static enum iq_status malformed(uint32_t *offset, uint32_t at)
{
	*offset = at;
	return IQ_MALFORMED;
}

uint32_t iq_elfcorehdr_used(const void *header)
{
	return EHDR_SIZE + iq_le16((const uint8_t *)header + EHDR_PHNUM) * PHDR_SIZE;
}

enum iq_status iq_elfcorehdr_check(const void *header, uint32_t size, struct iq_elfcorehdr *found, uint32_t *offset)
{
	static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };
	const uint8_t *bytes = header;
	uint32_t at;

	*offset = 0;
	if (size < EHDR_SIZE || !iq_equal(bytes + EHDR_MAGIC, magic, sizeof(magic)))
		return malformed(offset, EHDR_MAGIC);
	if (bytes[EHDR_CLASS] != 2)
		return malformed(offset, EHDR_CLASS);
	if (bytes[EHDR_DATA] != 1)
		return malformed(offset, EHDR_DATA);
	if (iq_le16(bytes + EHDR_TYPE) != 4)
		return malformed(offset, EHDR_TYPE);
	/* The kernel takes the program headers from behind the file header, whatever e_phoff says. */
	if (iq_le64(bytes + EHDR_PHOFF) != EHDR_SIZE)
		return malformed(offset, EHDR_PHOFF);
	if (iq_le16(bytes + EHDR_EHSIZE) != EHDR_SIZE)
		return malformed(offset, EHDR_EHSIZE);
	if (iq_le16(bytes + EHDR_PHENTSIZE) != PHDR_SIZE)
		return malformed(offset, EHDR_PHENTSIZE);
	found->phnum = iq_le16(bytes + EHDR_PHNUM);
	found->notes = 0;
	found->used = iq_elfcorehdr_used(header);
	found->one_more = found->used + PHDR_SIZE;
	if (!found->phnum || found->phnum > PHNUM_MAX || found->used > size)
		return malformed(offset, EHDR_PHNUM);
	for (uint16_t i = 0; i < found->phnum; i++) {
		at = EHDR_SIZE + i * PHDR_SIZE;
		if (iq_le32(bytes + at + PHDR_TYPE) != PT_NOTE)
			continue;
		if (found->notes != i)
			return malformed(offset, at + PHDR_TYPE);
		found->notes++;
	}
	return IQ_OK;
}

bool iq_elfcorehdr_has_note(const void *header, uint32_t size, uint64_t note, uint32_t note_size)
{
	struct iq_elfcorehdr found;
	uint32_t offset;

	if (iq_elfcorehdr_check(header, size, &found, &offset) != IQ_OK)
		return false;
	for (uint16_t i = 0; i < found.notes; i++) {
		const uint8_t *phdr = (const uint8_t *)header + EHDR_SIZE + i * PHDR_SIZE;

		if (iq_le64(phdr + PHDR_OFFSET) == note && iq_le64(phdr + PHDR_MEMSZ) == note_size)
			return true;
	}
	return false;
}

bool iq_elfcorehdr_has_memory(const void *header, uint32_t size, uint64_t address, uint64_t length)
{
	struct iq_elfcorehdr found;
	uint32_t offset;

	if (iq_elfcorehdr_check(header, size, &found, &offset) != IQ_OK)
		return false;
	for (uint32_t at = EHDR_SIZE; at < found.used; at += PHDR_SIZE) {
		const uint8_t *phdr = (const uint8_t *)header + at;
		const uint64_t start = iq_le64(phdr + PHDR_PADDR), memory = iq_le64(phdr + PHDR_MEMSZ);

		if (iq_le32(phdr + PHDR_TYPE) == PT_LOAD && address >= start && address - start < memory &&
		    length <= memory - (address - start))
			return true;
	}
	return false;
}

enum iq_status iq_elfcorehdr_insert_note(void *header, uint32_t limit, uint64_t note, uint32_t note_size)
{
	const struct {
		uint32_t type, flags;
		uint64_t offset, vaddr, paddr, filesz, memsz, align;
	} phdr = { PT_NOTE, 0, note, 0, note, note_size, note_size, NOTE_ALIGN };
	struct iq_elfcorehdr found;
	uint8_t *bytes = header;
	uint32_t offset, at;
	enum iq_status status;

	_Static_assert(sizeof(phdr) == PHDR_SIZE, "a program header has no padding");
	status = iq_elfcorehdr_check(header, limit, &found, &offset);
	if (status != IQ_OK)
		return status;
	if (!iq_no_wrap(note, note_size))
		return IQ_MALFORMED;
	if (found.one_more > limit || found.phnum == PHNUM_MAX)
		return IQ_NO_ROOM;
	at = EHDR_SIZE + found.notes * PHDR_SIZE;
	for (uint32_t i = found.used; i-- > at;)
		bytes[i + PHDR_SIZE] = bytes[i];
	iq_copy(bytes + at, &phdr, sizeof(phdr));
	found.phnum++;
	iq_copy(bytes + EHDR_PHNUM, &found.phnum, sizeof(found.phnum));
	return IQ_OK;
}
