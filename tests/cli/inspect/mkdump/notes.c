/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes, and the statements that say what they are: in the dump, or in its memory as a loader leaves them.
 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void do_note(char **word)
{
	snprintf(mkdump.note_name, sizeof(mkdump.note_name), "%s", word[1]);
	mkdump.note_type = (uint32_t)number(word[2]);
}

void do_vmcoreinfo(char **word)
{
	char *line, *after, *text = NULL;
	const size_t length = strlen(word[1]);

	for (line = mkdump.vmcoreinfo; line && *line; line = strchr(line, '\n') + 1)
		if (!strncmp(line, word[1], length) && line[length] == '=')
			break;
	if (!line || !*line) {
		if (asprintf(&text, "%s%s=%s\n", mkdump.vmcoreinfo ? mkdump.vmcoreinfo : "", word[1], word[2]) < 0)
			die("out of memory");
		free(mkdump.vmcoreinfo);
		mkdump.vmcoreinfo = text;
		return;
	}
	after = strchr(line, '\n');
	if (!strcmp(word[2], "-")
		    ? asprintf(&text, "%.*s%s", (int)(line - mkdump.vmcoreinfo), mkdump.vmcoreinfo, after + 1) < 0
		    : asprintf(&text, "%.*s%s=%s%s", (int)(line - mkdump.vmcoreinfo), mkdump.vmcoreinfo, word[1],
			       word[2], after) < 0)
		die("out of memory");
	free(mkdump.vmcoreinfo);
	mkdump.vmcoreinfo = text;
}

void do_elfcorehdr(char **word)
{
	mkdump.elfcorehdr = number(word[1]);
}

void do_poke(char **word)
{
	add_edit(mkdump.poke, &mkdump.pokes, word, 1);
}

static size_t add_note(uint8_t *to, const char *name, uint32_t type, const uint8_t *descriptor, size_t size)
{
	const size_t length = strlen(name) + 1, behind = 12 + iq_round_up(length, 4);

	put_number(&mkdump.memory, to, length, 4);
	put_number(&mkdump.memory, to + 4, size, 4);
	put_number(&mkdump.memory, to + 8, type, 4);
	memcpy(to + 12, name, length);
	memcpy(to + behind, descriptor, size);
	return behind + iq_round_up(size, 4);
}

/* A CPU's registers, then our record, in the kernel's order. */
size_t make_notes(uint8_t *notes)
{
	static const uint8_t registers[336];
	struct iq_record_view view;
	size_t size = add_note(notes, "CORE", 1, registers, sizeof(registers));

	if (mkdump.vmcoreinfo)
		size += add_note(notes + size, "VMCOREINFO", 0, (const uint8_t *)mkdump.vmcoreinfo,
				 strlen(mkdump.vmcoreinfo));
	if (!mkdump.has_record)
		return size;
	iq_record_look(&mkdump.record, &view);
	for (unsigned int i = 0; i < mkdump.pokes; i++)
		mkdump.bytes[mkdump.poke[i].offset % CAPACITY] = (uint8_t)mkdump.poke[i].value;
	return size + add_note(notes + size, mkdump.note_name, mkdump.note_type, mkdump.bytes, view.size);
}

static void put_bytes(uint64_t address, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		memory_page(&mkdump.memory, address + i, true)[(address + i) % IQ_PAGE_SIZE] =
			((const uint8_t *)from)[i];
}

/* As a loader leaves them: the ELF core header, which also describes memory, and the notes after it. The dump has only QEMU's note. */
size_t make_elfcorehdr(uint8_t *notes, size_t size)
{
	static const uint8_t state[440];
	const uint64_t address = mkdump.elfcorehdr, behind = address + 0x200;
	uint8_t bytes[sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr)];
	const Elf64_Phdr segment[2] = {
		{ .p_type = PT_NOTE,
		  .p_offset = behind,
		  .p_paddr = behind,
		  .p_filesz = size + 64,
		  .p_memsz = size + 64 },
		{ .p_type = PT_LOAD,
		  .p_offset = mkdump.memory.ram[0].start,
		  .p_paddr = mkdump.memory.ram[0].start,
		  .p_filesz = mkdump.memory.ram[0].length,
		  .p_memsz = mkdump.memory.ram[0].length },
	};

	put_elf_header(&mkdump.memory, bytes, 2);
	for (unsigned int i = 0; i < 2; i++)
		put_elf_segment(&mkdump.memory, bytes + sizeof(Elf64_Ehdr) + i * sizeof(Elf64_Phdr), &segment[i]);
	put_bytes(address, bytes, sizeof(bytes));
	put_bytes(behind, notes, size);
	return add_note(notes, "QEMU", 0, state, sizeof(state));
}
