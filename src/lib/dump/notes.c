/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding a note: through the program headers of an ELF core, or the sub header of a kdump-compressed file, which carries
 * the PT_NOTE segment as it was (makedumpfile, diskdump_mod.h). Every offset and size is the file's word and is checked.
 */
#include "notes.h"

#include "bits.h"
#include "base/cleanup.h"
#include "elf-file.h"
#include "kdump-file.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#define NOTES_MAX   (UINT64_C(64) << 20) /* bytes of notes that are looked at: 64 MiB hold 100,000 CPUs */
#define NOTE_HEADER 12u

struct search {
	const struct dump_file *file;
	const char *name;
	uint32_t type;
	void *bytes;
	size_t size;
	struct kq_reason *reason;
};

static bool is_wanted(struct search *search, const uint8_t *name, uint32_t name_size, uint32_t type)
{
	if (name_size != strlen(search->name) + 1 || memcmp(name, search->name, name_size))
		return false;
	if (type == search->type)
		return true;
	kq_fail(search->reason, "its %s note has type 0x%08x, this program reads 0x%08x", search->name, type,
		search->type);
	return false;
}

static bool keep(struct search *search, const uint8_t *descriptor, uint32_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		return kq_fail(search->reason, "out of memory");
	memcpy(copy, descriptor, size);
	free(search->bytes);
	search->bytes = copy;
	search->size = size;
	return true;
}

/* A note, its name and its descriptor. */
struct note {
	const uint8_t *name, *descriptor;
	uint32_t name_size, descriptor_size, type;
};

/* The note at *@at of the @size bytes at @notes; moves *@at behind it. False behind the last, with @cut if it is cut off. */
static bool next_note(const uint8_t *notes, uint64_t size, uint64_t *at, struct note *note, bool *cut)
{
	uint64_t descriptor;

	*cut = false;
	if (size - *at < NOTE_HEADER)
		return false;
	note->name_size = iq_le32(notes + *at);
	note->descriptor_size = iq_le32(notes + *at + 4);
	note->type = iq_le32(notes + *at + 8);
	if (!note->name_size)
		return false;
	descriptor = *at + NOTE_HEADER + iq_round_up(note->name_size, 4);
	*cut = descriptor > size || note->descriptor_size > size - descriptor;
	if (*cut)
		return false;
	note->name = notes + *at + NOTE_HEADER;
	note->descriptor = notes + descriptor;
	*at = iq_min(size, descriptor + iq_round_up(note->descriptor_size, 4));
	return true;
}

/* The @size bytes of notes at @notes. They end at their end or at the first without a name. */
static bool search_bytes(struct search *search, const uint8_t *notes, uint64_t size, uint64_t offset)
{
	struct note note;
	uint64_t at = 0;
	bool cut;

	while (next_note(notes, size, &at, &note, &cut))
		if (is_wanted(search, note.name, note.name_size, note.type) &&
		    !keep(search, note.descriptor, note.descriptor_size))
			return false;
	return !cut ||
	       kq_fail(search->reason, "note at offset 0x%" PRIx64 " reaches beyond the notes' end", offset + at);
}

/* The notes in the @size bytes at file offset @offset. */
static bool search_notes(struct search *search, uint64_t offset, uint64_t size)
{
	_cleanup_free_ uint8_t *notes = NULL;

	if (size > NOTES_MAX)
		return kq_fail(search->reason, "notes of 0x%" PRIx64 " bytes at offset 0x%" PRIx64, size, offset);
	notes = malloc(size ? size : 1);
	if (!notes)
		return kq_fail(search->reason, "out of memory");
	return file_read(search->file, offset, notes, size, "notes", search->reason) &&
	       search_bytes(search, notes, size, offset);
}

size_t notes_length(const uint8_t *notes, size_t size)
{
	struct note note;
	uint64_t at = 0;
	bool cut;

	while (next_note(notes, size, &at, &note, &cut))
		;
	return (size_t)at;
}

bool notes_have(const uint8_t *notes, size_t size, const char *name)
{
	struct note note;
	uint64_t at = 0;
	bool cut;

	while (next_note(notes, size, &at, &note, &cut))
		if (note.name_size == strlen(name) + 1 && !memcmp(note.name, name, note.name_size))
			return true;
	return false;
}

static bool search_elf(struct search *search)
{
	struct elf_headers headers;
	bool whole = elf_headers_read(search->file, &headers, search->reason);

	for (uint32_t i = 0; whole && i < headers.count; i++)
		if (headers.segment[i].p_type == PT_NOTE)
			whole = search_notes(search, headers.segment[i].p_offset, headers.segment[i].p_filesz);
	elf_headers_free(&headers);
	return whole;
}

static bool search_kdump(struct search *search)
{
	struct kdump_file file;

	return kdump_file_read(search->file, &file, search->reason) &&
	       search_notes(search, file.notes, file.notes_size);
}

static enum notes_answer answer(struct search *search, bool whole, void **bytes, size_t *size)
{
	if (!whole) {
		free(search->bytes);
		return NOTES_DAMAGED;
	}
	if (!search->bytes)
		return NOTES_NONE;
	*bytes = search->bytes;
	*size = search->size;
	return NOTES_FOUND;
}

enum notes_answer notes_find(const struct dump_file *file, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason)
{
	struct search search = { .file = file, .name = name, .type = type, .reason = reason };
	char magic[SELFMAG];
	bool whole;

	reason->text[0] = '\0';
	whole = file_read(file, 0, magic, sizeof(magic), "header", reason) &&
		(memcmp(magic, ELFMAG, SELFMAG) ? search_kdump(&search) : search_elf(&search));
	return answer(&search, whole, bytes, size);
}

enum notes_answer notes_find_in(const uint8_t *notes, size_t length, const char *name, uint32_t type, void **bytes,
				size_t *size, struct kq_reason *reason)
{
	struct search search = { .name = name, .type = type, .reason = reason };

	reason->text[0] = '\0';
	return answer(&search, search_bytes(&search, notes, length, 0), bytes, size);
}

static uint16_t machine_named(const char *name)
{
	static const struct {
		const char *name;
		uint16_t machine;
	} known[] = {
		{ "x86_64", EM_X86_64 },
		{ "aarch64", EM_AARCH64 },
		{ "ppc64le", EM_PPC64 },
		{ "riscv64", EM_RISCV },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++)
		if (!strcmp(name, known[i].name))
			return known[i].machine;
	return EM_NONE;
}

static bool segments_elf(const struct dump_file *file, struct kq_snapshot_notes **notes, size_t *count,
			 uint16_t *machine, struct kq_reason *reason)
{
	struct elf_headers headers;

	if (!elf_headers_read(file, &headers, reason))
		return false;
	*machine = headers.machine;
	*notes = calloc(headers.count ? headers.count : 1, sizeof(**notes));
	for (uint32_t i = 0; *notes && i < headers.count; i++)
		if (headers.segment[i].p_type == PT_NOTE && headers.segment[i].p_filesz <= NOTES_MAX)
			(*notes)[(*count)++] =
				(struct kq_snapshot_notes){ headers.segment[i].p_offset, headers.segment[i].p_filesz };
	elf_headers_free(&headers);
	return *notes || kq_fail(reason, "out of memory");
}

static bool segments_kdump(const struct dump_file *file, struct kq_snapshot_notes **notes, size_t *count,
			   uint16_t *machine, struct kq_reason *reason)
{
	struct kdump_file kdump;

	if (!kdump_file_read(file, &kdump, reason))
		return false;
	*notes = calloc(1, sizeof(**notes));
	if (!*notes)
		return kq_fail(reason, "out of memory");
	**notes = (struct kq_snapshot_notes){ kdump.notes, kdump.notes_size };
	*count = 1;
	*machine = machine_named(kdump.machine);
	return true;
}

bool notes_segments(const struct dump_file *file, struct kq_snapshot_notes **notes, size_t *count, uint16_t *machine,
		    struct kq_reason *reason)
{
	char magic[SELFMAG];

	*notes = NULL;
	*count = 0;
	if (!file_read(file, 0, magic, sizeof(magic), "header", reason))
		return false;
	if (memcmp(magic, ELFMAG, SELFMAG))
		return segments_kdump(file, notes, count, machine, reason);
	return segments_elf(file, notes, count, machine, reason);
}
