/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes dump files: ELF as the kernel and makedumpfile -E write it, kdump-compressed version 6, and the flattened form
 * (makedumpfile.h, diskdump_mod.h; offsets as on 64-bit machines). Numbers are in the machine's byte order; those of the flattened form
 * are big-endian.
 */
#include "mkdump.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK IQ_PAGE_SIZE

void put_number(const struct memory *memory, uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[memory->big ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

uint64_t get_number(const struct memory *memory, const uint8_t *at, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint64_t)at[memory->big ? bytes - 1 - i : i] << (8 * i);
	return value;
}

static void put_big(uint8_t *at, uint64_t value)
{
	for (unsigned int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint8_t *grow(uint8_t *file, size_t *length, size_t to)
{
	uint8_t *more = realloc(file, to);

	if (!more)
		die("out of memory");
	memset(more + *length, 0, to - *length);
	*length = to;
	return more;
}

static void copy_page(struct memory *memory, uint64_t address, uint8_t *to)
{
	const uint8_t *page = memory_page(memory, address, false);

	if (page)
		memcpy(to, page, BLOCK);
}

/* A program header for the stored pages from @start on, and for the pages after them that are not stored. */
static uint64_t segment_end(const struct memory *memory, uint64_t start, uint64_t end, bool excluded)
{
	while (start < end && memory_excludes(memory, start) == excluded)
		start += BLOCK;
	return start;
}

/* Write @value to member @field of struct @type. */
#define PUT_FIELD(memory, at, type, field, value) \
	put_number(memory, (at) + offsetof(type, field), value, sizeof(((type *)0)->field))

void put_elf_header(const struct memory *memory, uint8_t at[sizeof(Elf64_Ehdr)], unsigned int segments)
{
	memset(at, 0, sizeof(Elf64_Ehdr));
	memcpy(at, ELFMAG, SELFMAG);
	at[EI_CLASS] = ELFCLASS64;
	at[EI_DATA] = memory->big ? ELFDATA2MSB : ELFDATA2LSB;
	at[EI_VERSION] = EV_CURRENT;
	PUT_FIELD(memory, at, Elf64_Ehdr, e_type, ET_CORE);
	PUT_FIELD(memory, at, Elf64_Ehdr, e_machine, memory->machine);
	PUT_FIELD(memory, at, Elf64_Ehdr, e_version, EV_CURRENT);
	PUT_FIELD(memory, at, Elf64_Ehdr, e_phoff, sizeof(Elf64_Ehdr));
	PUT_FIELD(memory, at, Elf64_Ehdr, e_ehsize, sizeof(Elf64_Ehdr));
	PUT_FIELD(memory, at, Elf64_Ehdr, e_phentsize, sizeof(Elf64_Phdr));
	PUT_FIELD(memory, at, Elf64_Ehdr, e_phnum, segments);
}

void put_elf_segment(const struct memory *memory, uint8_t at[sizeof(Elf64_Phdr)], const Elf64_Phdr *segment)
{
	memset(at, 0, sizeof(Elf64_Phdr));
	PUT_FIELD(memory, at, Elf64_Phdr, p_type, segment->p_type);
	PUT_FIELD(memory, at, Elf64_Phdr, p_offset, segment->p_offset);
	PUT_FIELD(memory, at, Elf64_Phdr, p_vaddr, segment->p_vaddr);
	PUT_FIELD(memory, at, Elf64_Phdr, p_paddr, segment->p_paddr);
	PUT_FIELD(memory, at, Elf64_Phdr, p_filesz, segment->p_filesz);
	PUT_FIELD(memory, at, Elf64_Phdr, p_memsz, segment->p_memsz);
}

uint8_t *dump_elf(struct memory *memory, const uint8_t *notes, size_t size, size_t *length)
{
	Elf64_Phdr segment[2 * RANGES + 1] = { { .p_type = PT_NOTE } };
	unsigned int count = 1;
	uint8_t *file = NULL;

	*length = 0;
	file = grow(file, length, BLOCK + iq_round_up(size, BLOCK));
	memcpy(file + BLOCK, notes, size);
	segment[0].p_offset = BLOCK;
	segment[0].p_filesz = segment[0].p_memsz = size;
	for (unsigned int i = 0; i < memory->rams; i++) {
		const uint64_t end = memory->ram[i].start + memory->ram[i].length;

		for (uint64_t start = memory->ram[i].start; start < end;) {
			const uint64_t stored = segment_end(memory, start, end, false);
			const uint64_t next = segment_end(memory, stored, end, true);

			if (count == 2 * RANGES + 1)
				die("too many segments");
			segment[count++] = (Elf64_Phdr){
				.p_type = PT_LOAD,
				.p_offset = *length,
				.p_paddr = start,
				.p_vaddr = UINT64_C(0xffff888000000000) + start,
				.p_filesz = stored - start,
				.p_memsz = next - start,
			};
			file = grow(file, length, *length + (stored - start));
			for (uint64_t left = stored - start; left; left -= BLOCK)
				copy_page(memory, stored - left, file + *length - left);
			start = next;
		}
	}
	put_elf_header(memory, file, count);
	for (unsigned int i = 0; i < count; i++)
		put_elf_segment(memory, file + sizeof(Elf64_Ehdr) + i * sizeof(Elf64_Phdr), &segment[i]);
	return file;
}

/* Is @frame stored in the file of a split set for the addresses @split? A dump that is not split has all frames. */
static bool in_part(const struct range *split, uint64_t frame)
{
	return !split->length || frame * BLOCK - split->start < split->length;
}

static uint64_t frames(const struct memory *memory)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < memory->rams; i++)
		if (memory->ram[i].start + memory->ram[i].length > end)
			end = memory->ram[i].start + memory->ram[i].length;
	return end / BLOCK;
}

/* Append the page at @address to @file, compressed as @packing says. Its descriptor goes to @descriptor. */
static uint8_t *add_page(struct memory *memory, const struct packing *packing, uint64_t address, uint8_t *file,
			 size_t *length, uint64_t descriptor)
{
	static const uint8_t zeros[BLOCK];
	const uint8_t *page = memory_page(memory, address, false);
	uint8_t packed[2 * BLOCK];
	size_t size = pack(packing, page ? page : zeros, BLOCK, packed, sizeof(packed));
	const bool is_packed = size && size < BLOCK;
	const size_t at = *length;

	if (!is_packed)
		size = BLOCK;
	file = grow(file, length, at + size);
	memcpy(file + at, is_packed ? packed : page ? page : zeros, size);
	put_number(memory, file + descriptor, at, 8);
	put_number(memory, file + descriptor + 8, size, 4);
	put_number(memory, file + descriptor + 12, is_packed ? packing->flag : 0, 4);
	return file;
}

uint8_t *dump_kdump(struct memory *memory, const struct packing *packing, const struct range *split,
		    const uint8_t *notes, size_t size, size_t *length)
{
	const uint64_t count = frames(memory), bitmap = iq_round_up((count + 7) / 8, BLOCK) / BLOCK;
	const uint64_t sub = 1 + (size + BLOCK - 1) / BLOCK, first = (1 + sub) * BLOCK;
	uint64_t stored = 0, descriptor, n = 0, zeros = 0;
	uint8_t *file = NULL;

	*length = 0;
	file = grow(file, length, first + 2 * bitmap * BLOCK);
	memcpy(file, "KDUMP   ", 8);
	put_number(memory, file + 8, 6, 4);
	memcpy(file + 12, "Linux", 5);
	memcpy(file + 12 + 65, memory->host, strlen(memory->host));
	memcpy(file + 12 + 2 * 65, "6.1.0", 5);
	memcpy(file + 12 + 4 * 65, memory->uname, strlen(memory->uname));
	put_number(memory, file + 408, memory->time, 8);
	put_number(memory, file + 428, BLOCK, 4);
	put_number(memory, file + 432, sub, 4);
	put_number(memory, file + 436, 2 * bitmap, 4);
	put_number(memory, file + 440, count, 4);
	put_number(memory, file + 460, 1, 4);
	put_number(memory, file + BLOCK + 48, 2 * BLOCK, 8);
	put_number(memory, file + BLOCK + 56, size, 8);
	put_number(memory, file + BLOCK + 96, count, 8);
	if (split->length) {
		put_number(memory, file + BLOCK + 12, 1, 4);
		put_number(memory, file + BLOCK + 80, split->start / BLOCK, 8);
		put_number(memory, file + BLOCK + 88, (split->start + split->length) / BLOCK, 8);
	}
	memcpy(file + 2 * BLOCK, notes, size);
	for (uint64_t frame = 0; frame < count; frame++) {
		if (!memory_has(memory, frame * BLOCK))
			continue;
		file[first + frame / 8] |= (uint8_t)(1 << frame % 8);
		if (memory_excludes(memory, frame * BLOCK))
			continue;
		file[first + bitmap * BLOCK + frame / 8] |= (uint8_t)(1 << frame % 8);
		stored += in_part(split, frame);
	}
	descriptor = *length;
	file = grow(file, length, descriptor + iq_round_up(stored * 24, BLOCK));
	for (uint64_t frame = 0; frame < count; frame++) {
		if (!memory_has(memory, frame * BLOCK) || memory_excludes(memory, frame * BLOCK) ||
		    !in_part(split, frame))
			continue;
		/* As in makedumpfile, all zero pages share one. */
		if (!memory_page(memory, frame * BLOCK, false)) {
			if (!zeros)
				file = add_page(memory, packing, frame * BLOCK, file, length,
						zeros = descriptor + 24 * n);
			memcpy(file + descriptor + 24 * n, file + zeros, 24);
		} else {
			file = add_page(memory, packing, frame * BLOCK, file, length, descriptor + 24 * n);
		}
		n++;
	}
	return file;
}

static uint8_t *add_record(uint8_t *file, size_t *length, uint64_t offset, const uint8_t *bytes, size_t size)
{
	const size_t at = *length;

	file = grow(file, length, at + 16 + size);
	put_big(file + at, offset);
	put_big(file + at + 8, size);
	memcpy(file + at + 16, bytes, size);
	return file;
}

/* The records are out of order, and the first page is written twice: the last one counts. */
uint8_t *dump_flatten(const uint8_t *dump, size_t size, size_t *length)
{
	const size_t half = size / 2 / BLOCK * BLOCK + 100;
	uint8_t wrong[BLOCK], *file;

	memset(wrong, 0xee, sizeof(wrong));
	*length = 0;
	file = grow(NULL, length, 4096);
	memcpy(file, "makedumpfile", 12);
	put_big(file + 16, 1);
	put_big(file + 24, 1);
	file = add_record(file, length, 0, wrong, sizeof(wrong));
	file = add_record(file, length, half, dump + half, size - half);
	file = add_record(file, length, 0, dump, 10);
	file = add_record(file, length, 10, dump + 10, half - 10);
	file = grow(file, length, *length + 16);
	memset(file + *length - 16, 0xff, 16);
	return file;
}
