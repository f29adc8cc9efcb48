/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file is written in one go: ELF header, program headers, notes, pages. Runs of pages are found twice, once for the
 * headers and once to be written, so that they need not be kept.
 */
#include "snapshot.h"

#include "base/progress.h"
#include "elf-file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (16 * IQ_PAGE_SIZE)

struct writer {
	const struct snapshot *snapshot;
	int fd;
	struct kq_reason *reason;
	uint64_t at; /* file offset behind the last byte, written or in the buffer */
	size_t used;
	uint8_t buffer[BUFFER];
};

static bool flush(struct writer *writer)
{
	const uint8_t *from = writer->buffer;

	while (writer->used) {
		const ssize_t done = write(writer->fd, from, writer->used);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kq_fail(writer->reason, "%s", strerror(errno));
		from += done;
		writer->used -= (size_t)done;
	}
	return true;
}

static bool put(struct writer *writer, const void *bytes, size_t size)
{
	if (BUFFER - writer->used < size && !flush(writer))
		return false;
	memcpy(writer->buffer + writer->used, bytes, size);
	writer->used += size;
	writer->at += size;
	return true;
}

static bool pad(struct writer *writer)
{
	static const uint8_t zeros[64];

	while (writer->at % IQ_PAGE_SIZE)
		if (!put(writer, zeros, (size_t)iq_min(sizeof(zeros), IQ_PAGE_SIZE - writer->at % IQ_PAGE_SIZE)))
			return false;
	return true;
}

/* How many pages from number @first on follow each other without a gap. */
static size_t run_of(const struct page_set *pages, size_t first)
{
	size_t count = 1;

	while (first + count < pages->count &&
	       pages->slot[first + count] - pages->slot[first + count - 1] == IQ_PAGE_SIZE)
		count++;
	return count;
}

static size_t runs(const struct page_set *pages)
{
	size_t count = 0;

	for (size_t i = 0; i < pages->count; i += run_of(pages, i))
		count++;
	return count;
}

/* The ELF header; with 65,535 segments or more a section header that counts them (ELF gABI, PN_XNUM). */
static bool put_header(struct writer *writer, size_t segments)
{
	const struct dump_arch *arch = &writer->snapshot->arch;
	const bool many = segments >= PN_XNUM;
	Elf64_Ehdr header = {
	    .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, elf_data(arch->order), EV_CURRENT},
	    .e_type = ET_CORE,
	    .e_machine = arch->machine,
	    .e_version = EV_CURRENT,
	    .e_phoff = sizeof(header) + (many ? sizeof(Elf64_Shdr) : 0),
	    .e_shoff = many ? sizeof(header) : 0,
	    .e_ehsize = sizeof(header),
	    .e_phentsize = sizeof(Elf64_Phdr),
	    .e_phnum = many ? PN_XNUM : (Elf64_Half)segments,
	    .e_shentsize = sizeof(Elf64_Shdr),
	    .e_shnum = many,
	};
	Elf64_Shdr section = {.sh_size = 1, .sh_info = (Elf64_Word)segments};

	elf_convert_header(arch->order, &header);
	elf_convert_section(arch->order, &section);
	return put(writer, &header, sizeof(header)) && (!many || put(writer, &section, sizeof(section)));
}

static bool put_segment(struct writer *writer, Elf64_Phdr segment)
{
	elf_convert_segment(writer->snapshot->arch.order, &segment);
	return put(writer, &segment, sizeof(segment));
}

/* Program headers: of the notes, of all memory that there was, and of the pages that are in the file. */
static bool put_segments(struct writer *writer, uint64_t offset)
{
	const struct snapshot *snapshot = writer->snapshot;
	const struct page_set *pages = snapshot->pages;
	size_t run;

	for (size_t i = 0; i < snapshot->notes_count; i++) {
		const uint64_t size = snapshot->notes[i].size;
		const Elf64_Phdr header = {.p_type = PT_NOTE, .p_offset = offset, .p_filesz = size, .p_memsz = size};

		if (!put_segment(writer, header))
			return false;
		offset += size;
	}
	offset = iq_round_up(offset, IQ_PAGE_SIZE);
	for (size_t i = 0; i < snapshot->ranges; i++) {
		const struct snapshot_range *range = &snapshot->range[i];
		const Elf64_Phdr header = {.p_type = PT_LOAD,
		                           .p_offset = offset,
		                           .p_vaddr = range->start,
		                           .p_paddr = range->start,
		                           .p_memsz = range->length};

		if (!put_segment(writer, header))
			return false;
	}
	for (size_t i = 0; i < pages->count; i += run) {
		Elf64_Phdr header = {.p_type = PT_LOAD, .p_flags = PF_R, .p_offset = offset, .p_align = IQ_PAGE_SIZE};

		run = run_of(pages, i);
		header.p_vaddr = header.p_paddr = pages->slot[i];
		header.p_filesz = header.p_memsz = run * IQ_PAGE_SIZE;
		if (!put_segment(writer, header))
			return false;
		offset += header.p_filesz;
	}
	return true;
}

static bool put_notes(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	uint8_t piece[IQ_PAGE_SIZE];

	for (size_t i = 0; i < snapshot->notes_count; i++) {
		const struct notes_span *notes = &snapshot->notes[i];

		for (uint64_t done = 0; done < notes->size;) {
			const size_t size = (size_t)iq_min(sizeof(piece), notes->size - done);

			if (!snapshot->read_notes(snapshot, notes->offset + done, piece, size, writer->reason) ||
			    !put(writer, piece, size))
				return false;
			done += size;
		}
	}
	return pad(writer);
}

static bool put_pages(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	const struct page_set *pages = snapshot->pages;

	for (size_t i = 0; i < pages->count; i++) {
		const void *page = pages->below->map(pages->below, pages->slot[i], IQ_PAGE_SIZE);

		if (!page)
			return kq_fail(writer->reason, "page 0x%016" PRIx64 " could be read before and cannot be read now",
			               pages->slot[i]);
		if (!put(writer, page, IQ_PAGE_SIZE))
			return false;
		kq_progress("writing pages", i, pages->count);
	}
	return true;
}

bool snapshot_write(const struct snapshot *snapshot, int fd, uint64_t *written, struct kq_reason *reason)
{
	struct writer writer = {.snapshot = snapshot, .fd = fd, .reason = reason};
	size_t segments;
	uint64_t offset;

	page_set_sort(snapshot->pages);
	segments = snapshot->notes_count + snapshot->ranges + runs(snapshot->pages);
	if (segments > UINT32_MAX)
		return kq_fail(reason, "%zu segments are too many", segments);
	offset = sizeof(Elf64_Ehdr) + (segments >= PN_XNUM ? sizeof(Elf64_Shdr) : 0) + segments * sizeof(Elf64_Phdr);
	if (!put_header(&writer, segments) || !put_segments(&writer, offset) || !put_notes(&writer) ||
	    !put_pages(&writer) || !flush(&writer))
		return false;
	*written = writer.at;
	return true;
}
