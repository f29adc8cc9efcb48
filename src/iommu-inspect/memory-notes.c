/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An elfcorehdr is an ELF core header on a page of its own whose segments lie at their physical addresses (kexec-tools;
 * kernel, crash_prepare_elf64_headers()). Loaders place it high in the memory that is reserved for the capture kernel,
 * and that is reserved as high as possible below 4 GiB or in all of memory: so pages are looked at from above.
 */
#include "memory-notes.h"

#include "acpi.h"
#include "cleanup.h"
#include "notes.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#define FOUR_GIB     (UINT64_C(1) << 32)
#define REGION_MAX   (UINT64_C(1) << 30) /* of a capture kernel: how far below one elfcorehdr another is looked for */
#define RANGES_MAX   256u
#define SEGMENTS_MAX 65535u
#define NOTES_MAX    (UINT64_C(16) << 20) /* bytes in all segments */

static bool read_header(struct iq_memory *memory, uint64_t address, Elf64_Ehdr *header)
{
	const Elf64_Ehdr *at = memory->map(memory, address, sizeof(*at));

	if (!at || memcmp(at->e_ident, ELFMAG, SELFMAG))
		return false;
	*header = *at;
	return header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       header->e_type == ET_CORE && header->e_machine == EM_X86_64 &&
	       header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phoff >= sizeof(*header) &&
	       header->e_phoff < IQ_PAGE_SIZE && header->e_phnum && header->e_phnum < SEGMENTS_MAX;
}

/* Append the notes at @segment; what cannot be read is left out. False if memory ran out or there are too many. */
static bool append_notes(struct iq_memory *memory, const Elf64_Phdr *segment, uint8_t **bytes, size_t *size)
{
	uint8_t *more;
	size_t used;

	if (!segment->p_memsz || segment->p_memsz > NOTES_MAX - *size ||
	    !iq_no_wrap(segment->p_offset, segment->p_memsz))
		return false;
	more = realloc(*bytes, *size + segment->p_memsz);
	if (!more)
		return false;
	*bytes = more;
	if (!iq_memory_read(memory, segment->p_offset, more + *size, (uint32_t)segment->p_memsz))
		return true;
	/* Room behind the last note of a segment belongs to none. */
	used = notes_length(more + *size, segment->p_memsz);
	*size += used;
	return true;
}

bool memory_notes_read(struct iq_memory *memory, uint64_t address, uint8_t **bytes, size_t *size,
		       struct kq_reason *reason)
{
	unsigned int loads = 0;
	Elf64_Ehdr header;

	*bytes = NULL;
	*size = 0;
	if (!read_header(memory, address, &header))
		return kq_fail(reason, "no elfcorehdr at 0x%" PRIx64, address);
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		if (!iq_memory_read(memory, address + header.e_phoff + i * sizeof(segment), &segment, sizeof(segment)))
			break;
		loads += segment.p_type == PT_LOAD && segment.p_offset == segment.p_paddr;
		if (segment.p_type == PT_NOTE && !append_notes(memory, &segment, bytes, size))
			break;
	}
	if (loads && *size)
		return true;
	free(*bytes);
	*bytes = NULL;
	return kq_fail(reason, "an ELF header without memory or notes at 0x%" PRIx64, address);
}

/* Whether there is an elfcorehdr at @address, and whether @name is among its notes. */
static bool examine(struct source *source, uint64_t address, const char *name, bool *named)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct kq_reason reason;
	Elf64_Ehdr header;
	size_t size;

	if (!read_header(&source->memory, address, &header) ||
	    !memory_notes_read(&source->memory, address, &bytes, &size, &reason))
		return false;
	*named = notes_have(bytes, size, name);
	return true;
}

/* Search [@start, @end) from its last page down. True if the search is over. */
static bool search_range(struct source *source, uint64_t start, uint64_t end, const char *name, uint64_t *found,
			 struct memory_search *search, uint64_t *done, uint64_t total)
{
	for (uint64_t page = end; page > start; ++*done) {
		bool named = false;

		page -= IQ_PAGE_SIZE;
		if (*found != UINT64_MAX && page + REGION_MAX < *found)
			return true;
		if (examine(source, page, name, &named) && (named || *found == UINT64_MAX)) {
			*found = page;
			if (named)
				return true;
		}
		if (search->progress)
			search->progress(search, *done, total);
	}
	return false;
}

struct ranges {
	uint64_t start[RANGES_MAX], end[RANGES_MAX];
	unsigned int count;
	uint64_t top;
};

static void find_ranges(struct source *source, struct ranges *ranges)
{
	uint64_t start, length, from = 0;

	ranges->count = 0;
	ranges->top = 0;
	while (ranges->count < RANGES_MAX && source->ops->range(source, from, &start, &length)) {
		from = start + length;
		ranges->start[ranges->count] = iq_round_up(start, IQ_PAGE_SIZE);
		ranges->end[ranges->count] = from & IQ_PAGE_MASK;
		ranges->top = ranges->end[ranges->count++];
	}
}

bool memory_notes_search(struct source *source, const char *name, struct memory_search *search)
{
	struct ranges ranges;
	uint64_t found = UINT64_MAX, done = 0;

	find_ranges(source, &ranges);
	/* Below 4 GiB, then the last 4 GiB of what is above. */
	for (unsigned int high = 0; high < 2; high++) {
		const uint64_t last = high ? ranges.top : FOUR_GIB;
		const uint64_t first = high ? (ranges.top > 2 * FOUR_GIB ? ranges.top - FOUR_GIB : FOUR_GIB) : 0;

		for (unsigned int i = ranges.count; i-- && first < last;) {
			const uint64_t start = ranges.start[i] > first ? ranges.start[i] : first;

			if (search_range(source, start, iq_min(ranges.end[i], last), name, &found, search, &done,
					 2 * FOUR_GIB / IQ_PAGE_SIZE))
				break;
		}
		if (found != UINT64_MAX)
			break;
	}
	search->address = found;
	return found != UINT64_MAX;
}
