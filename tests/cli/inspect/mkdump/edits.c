/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements that change the finished file: what no tool writes.
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>

void add_edit(struct edit *edit, unsigned int *count, char **word, unsigned int bytes)
{
	if (*count == EDITS)
		die("too many edits");
	edit[(*count)++] = (struct edit){ number(word[1]), number(word[2]), bytes };
}

void do_set(char **word)
{
	add_edit(mkdump.set, &mkdump.sets, word, 1);
}

void do_put(char **word)
{
	add_edit(mkdump.set, &mkdump.sets, word, (unsigned int)number(word[3]));
}

void do_cut(char **word)
{
	mkdump.cut = number(word[1]);
}

void do_hole(char **word)
{
	mkdump.hole = number(word[1]);
}

void do_add_notes(char **word)
{
	mkdump.added_notes = (struct added_notes){ number(word[1]), number(word[2]), number(word[3]) };
}

/* Write all program headers again behind the end of the file, and the new ones after them. */
static uint8_t *add_segments(uint8_t *file, size_t *length)
{
	const struct added_notes *notes = &mkdump.added_notes;
	const Elf64_Phdr added = { .p_type = PT_NOTE, .p_offset = notes->offset, .p_filesz = notes->size, .p_memsz = notes->size };
	const struct memory *memory = &mkdump.memory;
	const size_t old = get_number(memory, file + offsetof(Elf64_Ehdr, e_phnum), 2), at = iq_round_up(*length, IQ_PAGE_SIZE);
	const size_t count = old + notes->count, size = at + count * sizeof(Elf64_Phdr);
	uint8_t *more = realloc(file, size);

	if (!more)
		die("out of memory");
	memset(more + *length, 0, size - *length);
	memcpy(more + at, more + sizeof(Elf64_Ehdr), old * sizeof(Elf64_Phdr));
	for (size_t i = old; i < count; i++)
		put_elf_segment(memory, more + at + i * sizeof(Elf64_Phdr), &added);
	put_number(memory, more + offsetof(Elf64_Ehdr, e_phoff), at, 8);
	put_number(memory, more + offsetof(Elf64_Ehdr, e_phnum), count, 2);
	*length = size;
	return more;
}

uint8_t *edit_file(uint8_t *file, size_t *length)
{
	if (mkdump.added_notes.count)
		file = add_segments(file, length);
	for (unsigned int i = 0; i < mkdump.sets; i++) {
		const struct edit *set = &mkdump.set[i];

		if (set->offset < *length && set->bytes <= *length - set->offset)
			put_number(&mkdump.memory, file + set->offset, set->value, set->bytes);
	}
	if (mkdump.cut && mkdump.cut < *length)
		*length = mkdump.cut;
	return file;
}
