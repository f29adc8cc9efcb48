/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding a note: through the program headers of an ELF core, or the sub header of a kdump-compressed file, which carries
 * the PT_NOTE segment as it was (makedumpfile, diskdump_mod.h). Every offset and size is the file's word and is checked.
 */
#include "notes.h"

#include "bits.h"
#include "cleanup.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define NOTES_MAX     (UINT64_C(64) << 20) /* bytes of notes that are looked at: 64 MiB hold 100,000 CPUs */
#define NOTE_HEADER   12u
#define SEGMENTS_MAX  65536u

/* kdump-compressed: disk_dump_header, kdump_sub_header */
#define KDUMP_VERSION	  8u
#define KDUMP_BLOCK_SIZE  428u
#define KDUMP_NOTE_SINCE  4u /* header version */
#define SUB_OFFSET_NOTE	  48u
#define SUB_SIZE_NOTE	  56u
#define SUB_END		  64u

struct search {
	int fd;
	const char *name;
	uint32_t type;
	void *bytes;
	size_t size;
	struct kq_reason *reason;
};

/* Exactly @size bytes at @offset. */
static bool read_at(const struct search *search, uint64_t offset, void *to, size_t size, const char *what)
{
	uint8_t *at = to;

	if (offset > INT64_MAX - size)
		return kq_fail(search->reason, "%s: offset 0x%" PRIx64 " is no file offset", what, offset);
	while (size) {
		ssize_t got = pread(search->fd, at, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return kq_fail(search->reason, "%s at offset 0x%" PRIx64 ": %s", what, offset, strerror(errno));
		if (!got)
			return kq_fail(search->reason, "%s: the file ends at offset 0x%" PRIx64 ", %zu bytes short", what,
				       offset, size);
		at += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

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

/* The notes in the @size bytes at file offset @offset. They end at their end or at the first without a name. */
static bool search_notes(struct search *search, uint64_t offset, uint64_t size)
{
	_cleanup_free_ uint8_t *notes = NULL;
	uint64_t at = 0;

	if (size > NOTES_MAX)
		return kq_fail(search->reason, "notes of 0x%" PRIx64 " bytes at offset 0x%" PRIx64, size, offset);
	notes = malloc(size ? size : 1);
	if (!notes)
		return kq_fail(search->reason, "out of memory");
	if (!read_at(search, offset, notes, size, "notes"))
		return false;
	while (size - at >= NOTE_HEADER) {
		const uint32_t name_size = iq_le32(notes + at), descriptor_size = iq_le32(notes + at + 4);
		const uint64_t name = at + NOTE_HEADER, descriptor = name + iq_round_up(name_size, 4);

		if (!name_size)
			break;
		if (descriptor > size || descriptor_size > size - descriptor)
			return kq_fail(search->reason, "note at offset 0x%" PRIx64 " reaches beyond the notes' end",
				       offset + at);
		if (is_wanted(search, notes + name, name_size, iq_le32(notes + at + 8)) &&
		    !keep(search, notes + descriptor, descriptor_size))
			return false;
		at = iq_min(size, descriptor + iq_round_up(descriptor_size, 4));
	}
	return true;
}

/* How many program headers there are; more than 65,534 are counted in section header 0 (ELF gABI, PN_XNUM). */
static bool count_segments(struct search *search, const Elf64_Ehdr *header, uint32_t *count)
{
	Elf64_Shdr section;

	*count = header->e_phnum;
	if (header->e_phnum != PN_XNUM)
		return true;
	if (header->e_shentsize != sizeof(section))
		return kq_fail(search->reason, "section headers of %u bytes", header->e_shentsize);
	if (!read_at(search, header->e_shoff, &section, sizeof(section), "section header 0"))
		return false;
	*count = section.sh_info;
	return true;
}

static bool search_elf(struct search *search)
{
	Elf64_Ehdr header;
	uint32_t count;

	if (!read_at(search, 0, &header, sizeof(header), "ELF header") || !count_segments(search, &header, &count))
		return false;
	if (header.e_phentsize != sizeof(Elf64_Phdr))
		return kq_fail(search->reason, "program headers of %u bytes at offset 0x%zx", header.e_phentsize,
			       offsetof(Elf64_Ehdr, e_phentsize));
	if (header.e_phoff > INT64_MAX / 2)
		return kq_fail(search->reason, "program headers at offset 0x%" PRIx64, (uint64_t)header.e_phoff);
	for (uint32_t i = 0; i < count && i < SEGMENTS_MAX; i++) {
		Elf64_Phdr segment;

		if (!read_at(search, header.e_phoff + i * sizeof(segment), &segment, sizeof(segment), "program header"))
			return false;
		if (segment.p_type == PT_NOTE && !search_notes(search, segment.p_offset, segment.p_filesz))
			return false;
	}
	return true;
}

static bool search_kdump(struct search *search)
{
	uint8_t header[KDUMP_BLOCK_SIZE + 4], sub[SUB_END];
	uint32_t version, block;

	if (!read_at(search, 0, header, sizeof(header), "kdump header"))
		return false;
	version = iq_le32(header + KDUMP_VERSION);
	block = iq_le32(header + KDUMP_BLOCK_SIZE);
	if (version < KDUMP_NOTE_SINCE)
		return true;
	if (block < 512 || block > (1u << 20) || block & (block - 1))
		return kq_fail(search->reason, "block size %u at offset 0x%x of the kdump header", block,
			       KDUMP_BLOCK_SIZE);
	if (!read_at(search, block, sub, sizeof(sub), "kdump sub header"))
		return false;
	return search_notes(search, iq_le64(sub + SUB_OFFSET_NOTE), iq_le64(sub + SUB_SIZE_NOTE));
}

enum notes_answer notes_find(int fd, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason)
{
	struct search search = { .fd = fd, .name = name, .type = type, .reason = reason };
	char magic[SELFMAG];
	bool whole;

	reason->text[0] = '\0';
	whole = read_at(&search, 0, magic, sizeof(magic), "header") &&
		(memcmp(magic, ELFMAG, SELFMAG) ? search_kdump(&search) : search_elf(&search));
	if (!whole) {
		free(search.bytes);
		return NOTES_DAMAGED;
	}
	if (!search.bytes)
		return NOTES_NONE;
	*bytes = search.bytes;
	*size = search.size;
	return NOTES_FOUND;
}
