/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a whole small dump of a kernel, an ELF core, from its notes by its symbols and structures to what its IOMMUs' tables let
 * through. The input is a byte of which bit 0 is set for a big-endian machine, and then as for the target kernel: the text of vmcoreinfo,
 * ended by a 0, and pages: frame number (4 bytes), length (2 bytes), the page's first bytes. What is behind these is zero, or with bit 1 of
 * the first byte not in the dump.
 */
#include "fuzz.h"

#include "base/budget.h"
#include "dump/notes.h"
#include "dump/source.h"
#include "kernel/family.h"
#include "kernel/units.h"
#include "record/reach.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#define PAGES	    64u
#define PAGE_HEAD   6u
#define FILE_SIZE   (UINT32_C(1) << 20)
#define TABLES_MAX  256u
#define IDS_MAX	    64u /* of a unit */
#define NOTE_HEADER 12u
#define NOTE_NAME   12u /* with its end, in fours */

/* A dump that is being put together. */
struct file {
	bool big;
	size_t size;
	unsigned int segments;
	uint8_t byte[FILE_SIZE];
};

static void put(struct file *file, size_t at, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		file->byte[at + (file->big ? bytes - 1 - i : i)] = (uint8_t)(value >> (8 * i));
}

/* One more program header, of @size bytes at the file's end. */
static void add_segment(struct file *file, uint32_t type, uint64_t address, const void *bytes, size_t size, uint64_t memory)
{
	const size_t at = sizeof(Elf64_Ehdr) + file->segments++ * sizeof(Elf64_Phdr);

	put(file, at, type, 4);
	put(file, at + offsetof(Elf64_Phdr, p_offset), file->size, 8);
	put(file, at + offsetof(Elf64_Phdr, p_paddr), address, 8);
	put(file, at + offsetof(Elf64_Phdr, p_filesz), size, 8);
	put(file, at + offsetof(Elf64_Phdr, p_memsz), memory, 8);
	memcpy(file->byte + file->size, bytes, size);
	file->size += size;
}

/* The last segment's @length bytes are the beginning of a page of zeros. */
static void fill_page(struct file *file, size_t length)
{
	put(file, sizeof(Elf64_Ehdr) + (file->segments - 1) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_filesz), IQ_PAGE_SIZE, 8);
	file->size += IQ_PAGE_SIZE - length;
}

static void add_info(struct file *file, const char *text, size_t length)
{
	static uint8_t note[NOTE_HEADER + NOTE_NAME + FILE_SIZE / 4];

	memset(note, 0, NOTE_HEADER + NOTE_NAME);
	memcpy(note + NOTE_HEADER, VMCOREINFO_NOTE, sizeof(VMCOREINFO_NOTE));
	memcpy(note + NOTE_HEADER + NOTE_NAME, text, length);
	add_segment(file, PT_NOTE, 0, note, NOTE_HEADER + NOTE_NAME + length, 0);
	put(file, file->size - length - NOTE_NAME - NOTE_HEADER, sizeof(VMCOREINFO_NOTE), 4);
	put(file, file->size - length - NOTE_NAME - NOTE_HEADER + 4, length, 4);
}

/* False if the input is none, or too long. */
static bool make(struct file *file, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size > 1 ? memchr(bytes + 1, 0, size - 1) : NULL;
	bool cut;

	if (!end || size > FILE_SIZE / 4)
		return false;
	memset(file, 0, sizeof(*file));
	file->big = bytes[0] & 1;
	cut = bytes[0] & 2;
	file->size = sizeof(Elf64_Ehdr) + (PAGES + 1) * sizeof(Elf64_Phdr);
	memcpy(file->byte, ELFMAG, SELFMAG);
	file->byte[EI_CLASS] = ELFCLASS64;
	file->byte[EI_DATA] = file->big ? ELFDATA2MSB : ELFDATA2LSB;
	file->byte[EI_VERSION] = EV_CURRENT;
	put(file, offsetof(Elf64_Ehdr, e_type), ET_CORE, 2);
	put(file, offsetof(Elf64_Ehdr, e_machine), file->big ? EM_S390 : EM_X86_64, 2);
	put(file, offsetof(Elf64_Ehdr, e_version), EV_CURRENT, 4);
	put(file, offsetof(Elf64_Ehdr, e_phoff), sizeof(Elf64_Ehdr), 8);
	put(file, offsetof(Elf64_Ehdr, e_ehsize), sizeof(Elf64_Ehdr), 2);
	put(file, offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr), 2);
	add_info(file, (const char *)bytes + 1, (size_t)(end - bytes - 1));
	size -= (size_t)(end + 1 - bytes);
	for (bytes = end + 1; size >= PAGE_HEAD && file->segments <= PAGES;) {
		const size_t length = iq_min(iq_min(iq_le16(bytes + 4), IQ_PAGE_SIZE), size - PAGE_HEAD);

		add_segment(file, PT_LOAD, iq_le32(bytes) * (uint64_t)IQ_PAGE_SIZE, bytes + PAGE_HEAD, length, IQ_PAGE_SIZE);
		if (!cut)
			fill_page(file, length);
		bytes += PAGE_HEAD + length;
		size -= PAGE_HEAD + length;
	}
	put(file, offsetof(Elf64_Ehdr, e_phnum), file->segments, 2);
	return true;
}

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	(void)visitor;
	for (unsigned int i = 0; i < count; i++)
		require(mapping[i].read || mapping[i].write);
	return true;
}

/* What the first requesters of a unit can reach. */
static void look_at(struct source *source, const struct iq_unit *unit)
{
	const struct iq_reader *reader = iq_reader_of(unit->family);
	struct iq_radix_visitor visitor = { .mappings = on_mappings };
	struct iq_radix_totals totals;
	iq_source_id id = 0;

	for (unsigned int i = 0; i < IDS_MAX && reader->next(&source->memory, unit, &id); i++) {
		struct iq_entry entry;

		if (reader->entry(&source->memory, unit, id, &entry) == IQ_OK) {
			reach_walk(&source->memory, &entry, TABLES_MAX, &visitor, &totals);
			require(totals.tables <= TABLES_MAX);
		}
		if (!++id)
			break;
	}
}

static void ask(struct source *source)
{
	struct kernel_clues clues = { .arch = source_arch(source) };
	struct evidence evidence = { 0 };
	struct kq_reason reason = { .text = "" };
	void *text = NULL;
	size_t size = 0;

	if (notes_find(source, VMCOREINFO_NOTE, VMCOREINFO_TYPE, &text, &size, &reason) == NOTES_FOUND && source_start(source, &reason)) {
		clues.info = (struct vmcoreinfo){ .text = text, .size = size };
		reason.text[0] = 0;
		require(kernel_units_find(&source->memory, &clues, &evidence, &reason) || reason.text[0]);
		require(evidence.units <= KERNEL_UNITS_MAX);
		for (unsigned int i = 0; i < evidence.units; i++)
			look_at(source, &evidence.unit[i].unit);
	}
	evidence_close(&evidence);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct file file;
	char path[32], *paths[] = { path };
	struct kq_reason reason;
	struct source *source;
	int fd;

	if (!make(&file, bytes, size))
		return 0;
	fd = fuzz_file(file.byte, file.size, path);
	source = source_open(source_only_elf, paths, 1, false, &reason);
	require(source);
	ask(source);
	source_close(source);
	close(fd);
	return 0;
}
