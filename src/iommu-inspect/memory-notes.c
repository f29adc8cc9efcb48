/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An elfcorehdr is an ELF core header on a page of its own; the offsets of its segments are their physical addresses
 * (kexec-tools; kernel, crash_prepare_elf64_headers()). Loaders place it high in the memory that is reserved for the capture
 * kernel, and that memory is as high as possible below 4 GiB or in all of memory. So the search goes from the last page down.
 */
#include "memory-notes.h"

#include "firmware/acpi.h"
#include "base/budget.h"
#include "base/message.h"
#include "base/progress.h"
#include "dump/elf-file.h"
#include "dump/notes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FOUR_GIB     (UINT64_C(1) << 32)
#define REGION_MAX   (UINT64_C(1) << 30) /* how far below one elfcorehdr another one is looked for: the memory for a capture kernel is not larger */
#define RANGES_MAX   256u /* of memory; where there are more, the last one reaches to the end of them all */
#define SEGMENTS_MAX 65535u

/* Memory of a dump, and the kind of machine that it is of. */
struct place {
	struct iq_memory *memory;
	const struct dump_arch *arch;
};

static bool read_header(const struct place *in, uint64_t address, Elf64_Ehdr *header)
{
	const Elf64_Ehdr *at = in->memory->map(in->memory, address, sizeof(*at));

	if (!at || memcmp(at->e_ident, ELFMAG, SELFMAG))
		return false;
	*header = *at;
	elf_convert_header(in->arch->order, header);
	return header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == elf_data(in->arch->order) &&
	       header->e_type == ET_CORE && header->e_machine == in->arch->machine &&
	       header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phoff >= sizeof(*header) &&
	       header->e_phoff < IQ_PAGE_SIZE && header->e_phnum && header->e_phnum < SEGMENTS_MAX;
}

struct notes {
	uint8_t *bytes;
	size_t size;
};

/* Bytes of notes that may still be read. What is read twice, by a search and then by its caller, is not counted twice. */
struct allowance {
	uint64_t left;
	bool exceeded; /* more were met */
};

static struct allowance new_allowance(void)
{
	return (struct allowance){ .left = kq_budget_limit(KQ_BUDGET_NOTE_BYTES) };
}

/* Append the notes of @segment, as far as they can be read. False if memory ran out or there are too many. */
static bool append_notes(const struct place *in, const Elf64_Phdr *segment, struct allowance *allowance, struct notes *to)
{
	const uint64_t length = segment->p_memsz;
	uint8_t *more;

	if (!length)
		return true;
	if (length > allowance->left) {
		allowance->exceeded = true;
		return false;
	}
	allowance->left -= length;
	more = realloc(to->bytes, to->size + length);
	if (!more)
		return false;
	to->bytes = more;
	/* A segment may be larger than its notes. */
	if (iq_memory_read(in->memory, segment->p_offset, more + to->size, (uint32_t)length))
		to->size += notes_length(in->arch->order, more + to->size, length);
	return true;
}

/* The notes that the elfcorehdr at @address leads to. False if there is none. */
static bool read_notes(const struct place *in, uint64_t address, struct allowance *allowance, struct notes *notes)
{
	unsigned int loads = 0;
	Elf64_Ehdr header;

	*notes = (struct notes){ 0 };
	if (!read_header(in, address, &header))
		return false;
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		const uint64_t at = address + header.e_phoff + i * sizeof(Elf64_Phdr);
		Elf64_Phdr segment;

		if (!iq_memory_read(in->memory, at, &segment, sizeof(segment)))
			break;
		elf_convert_segment(in->arch->order, &segment);
		loads += segment.p_type == PT_LOAD && segment.p_offset == segment.p_paddr;
		if (segment.p_type == PT_NOTE && !append_notes(in, &segment, allowance, notes))
			break;
	}
	if (loads && notes->size)
		return true;
	free(notes->bytes);
	return false;
}

bool memory_notes_read(struct iq_memory *memory, const struct dump_arch *arch, uint64_t address, uint8_t **bytes,
		       size_t *size, struct kq_reason *reason)
{
	const struct place in = { memory, arch };
	struct allowance allowance = new_allowance();
	struct notes notes;

	if (!read_notes(&in, address, &allowance, &notes))
		return allowance.exceeded ? kq_budget_exceeded(KQ_BUDGET_NOTE_BYTES, reason) :
					    kq_fail(reason, "no elfcorehdr with notes and memory at 0x%" PRIx64, address);
	*bytes = notes.bytes;
	*size = notes.size;
	return true;
}

/* Whether there is an elfcorehdr at @address, and whether @name is among its notes. */
static bool examine(struct source *source, uint64_t address, const char *name, struct allowance *allowance, bool *named)
{
	const struct place in = { &source->memory, source_arch(source) };
	struct notes notes;

	if (!read_notes(&in, address, allowance, &notes))
		return false;
	*named = notes_have(in.arch->order, notes.bytes, notes.size, name);
	free(notes.bytes);
	return true;
}

/* The state of a search. */
struct progress_of_search {
	uint64_t found;	 /* UINT64_MAX: nothing */
	struct allowance allowance;
	uint64_t done;	 /* pages */
};

/* Search [@start, @end) from its last page down. True if the search is over. */
static bool search_range(struct source *source, uint64_t start, uint64_t end, const char *name, struct progress_of_search *so_far)
{
	for (uint64_t page = end; page > start; ++so_far->done) {
		bool named = false;

		page -= IQ_PAGE_SIZE;
		if (so_far->found != UINT64_MAX && page + REGION_MAX < so_far->found)
			return true;
		if (examine(source, page, name, &so_far->allowance, &named) && (named || so_far->found == UINT64_MAX)) {
			so_far->found = page;
			if (named)
				return true;
		}
		kq_progress("looking for the record in memory", so_far->done, 2 * FOUR_GIB / IQ_PAGE_SIZE);
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
	while (source->format->range(source, from, &start, &length)) {
		from = start + length;
		if (ranges->count < RANGES_MAX)
			ranges->start[ranges->count++] = iq_round_up(start, IQ_PAGE_SIZE);
		ranges->top = ranges->end[ranges->count - 1] = from & IQ_PAGE_MASK;
	}
}

bool memory_notes_search(struct source *source, const char *name, uint64_t *address)
{
	struct progress_of_search so_far = { .found = UINT64_MAX, .allowance = new_allowance() };
	struct kq_reason reason;
	struct ranges ranges;

	find_ranges(source, &ranges);
	/* Below 4 GiB, then the last 4 GiB of what is above. */
	for (unsigned int high = 0; high < 2 && so_far.found == UINT64_MAX; high++) {
		const uint64_t last = high ? ranges.top : FOUR_GIB;
		const uint64_t first = high ? (ranges.top > 2 * FOUR_GIB ? ranges.top - FOUR_GIB : FOUR_GIB) : 0;

		for (unsigned int i = ranges.count; i-- && first < last;) {
			const uint64_t start = ranges.start[i] > first ? ranges.start[i] : first;

			if (search_range(source, start, iq_min(ranges.end[i], last), name, &so_far))
				break;
		}
	}
	kq_progress_end();
	if (so_far.allowance.exceeded && !kq_budget_exceeded(KQ_BUDGET_NOTE_BYTES, &reason))
		kq_warn("looking for the record in memory: %s: not all is seen", reason.text);
	*address = so_far.found;
	return so_far.found != UINT64_MAX;
}
