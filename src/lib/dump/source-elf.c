/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format of ELF cores, in either byte order: /proc/vmcore, /proc/kcore, makedumpfile -E, QEMU, snapshots. Bytes that are
 * missing because the file was cut off are an error; they do not read as zeros. Segments may overlap (the kernel's text has
 * one of its own) and need not start on a page. Section headers are not looked at, except the one that counts segments:
 * QEMU 7.2 writes others in the wrong byte order for s390x.
 */
#include "source.h"

#include "elf-file.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

struct segment {
	uint64_t start, stored, end; /* physical addresses: the file has [start, stored), and nothing of [stored, end) */
	uint64_t offset;
	uint64_t reach; /* the largest end of this segment and all before it */
	uint64_t whole; /* pages below are in no segment behind, and whole in the mapped file; 0: none are */
};

struct elf_source {
	struct segment *segment; /* sorted by start */
	size_t segments;
	size_t last;	   /* the segment that had the last page */
	uint8_t *mapped;   /* the whole file; NULL: it is read page by page */
	uint64_t size;
};

static enum probe_answer probe(struct dump_file *file, const uint8_t *head, size_t size, struct kq_reason *reason)
{
	enum byte_order order;

	if (size < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG))
		return PROBE_OTHER;
	if (size < sizeof(Elf64_Ehdr))
		kq_fail(reason, "an ELF file that ends in its header, after %zu bytes", size);
	else if (head[EI_CLASS] != ELFCLASS64)
		kq_fail(reason, "an ELF file of class %u at offset %u: only dumps of 64-bit machines (class 2) are read; crash reads those "
				"of 32-bit machines, gdb cores of processes", head[EI_CLASS], EI_CLASS);
	else if (head[EI_DATA] != ELFDATA2LSB && head[EI_DATA] != ELFDATA2MSB)
		kq_fail(reason, "an ELF file in byte order %u at offset %u, which is neither little-endian nor big-endian",
			head[EI_DATA], EI_DATA);
	else {
		order = head[EI_DATA] == ELFDATA2MSB ? ORDER_BIG : ORDER_LITTLE;
		file->arch = dump_arch_by_machine(order_get16(order, head + offsetof(Elf64_Ehdr, e_machine)), order);
		return PROBE_TAKEN;
	}
	return PROBE_REFUSED;
}

static bool notes(const struct dump_file *file, struct notes_span **span, size_t *count, struct kq_reason *reason)
{
	struct elf_headers headers;

	*count = 0;
	*span = NULL;
	if (!elf_headers_read(file, &headers, reason))
		return false;
	*span = calloc(headers.count ? headers.count : 1, sizeof(**span));
	for (uint32_t i = 0; *span && i < headers.count; i++)
		if (headers.segment[i].p_type == PT_NOTE)
			(*span)[(*count)++] =
				(struct notes_span){ headers.segment[i].p_offset, headers.segment[i].p_filesz };
	elf_headers_free(&headers);
	return *span || kq_fail(reason, "out of memory");
}

/* SIGBUS: the mapped file became shorter, or cannot be read. */
static void give_up(int signal)
{
	static const char text[] = ": the dump cannot be read any more: it became shorter, or its disk failed\n";
	const char *program = program_invocation_short_name;

	(void)signal;
	if (write(STDERR_FILENO, program, strlen(program)) < 0 || write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

/* Find out which pages of segment @i can be read where they are mapped, as page() would read them. */
static void find_whole(struct elf_source *elf, size_t i)
{
	struct segment *segment = &elf->segment[i];
	const uint64_t length = segment->stored - segment->start;

	if ((segment->offset - segment->start) % 8 || segment->offset >= elf->size)
		return;
	segment->whole = segment->start + iq_min(length, elf->size - segment->offset);
	if (i + 1 < elf->segments && segment->whole > elf->segment[i + 1].start)
		segment->whole = elf->segment[i + 1].start;
}

/* Map a plain file of a real file system, so that a walk reads its tables in place. A file that is not mapped costs only time. */
static void map_file(struct elf_source *elf, const struct dump_file *file)
{
	const struct sigaction on_bus_error = { .sa_handler = give_up };
	struct statfs fs;
	void *mapped;

	if (file->flat || !file->size || fstatfs(file->fd, &fs) || fs.f_type == PROC_SUPER_MAGIC)
		return;
	mapped = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
	if (mapped == MAP_FAILED)
		return;
	sigaction(SIGBUS, &on_bus_error, NULL);
	elf->mapped = mapped;
	elf->size = file->size;
	for (size_t i = 0; i < elf->segments; i++)
		find_whole(elf, i);
}

static int by_start(const void *left, const void *right)
{
	const struct segment *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

static bool range(const struct source *source, uint64_t from, uint64_t *start, uint64_t *length)
{
	const struct elf_source *elf = source->private;
	uint64_t end;
	size_t i = 0;

	while (i < elf->segments && elf->segment[i].reach <= from)
		i++;
	if (i == elf->segments)
		return false;
	*start = elf->segment[i].start > from ? elf->segment[i].start : from;
	end = elf->segment[i].reach;
	while (++i < elf->segments && elf->segment[i].start <= end)
		end = elf->segment[i].reach;
	*length = end - *start;
	return true;
}

/* Every page that some segment has a part of, once. */
static uint64_t count_frames(const struct source *source)
{
	uint64_t start, length, from = 0, frames = 0;

	while (range(source, from, &start, &length)) {
		from = start + length;
		frames += (from - 1) / IQ_PAGE_SIZE - start / IQ_PAGE_SIZE + 1;
	}
	return frames;
}

/*
 * Pages that some segment has a part of in the file. Segments may have the same bytes of it, and claim more than it has: they are no
 * more than what is stored, and what segments add that begin and end within a page.
 */
static uint64_t count_stored(const struct elf_source *elf, const struct dump_file *file)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < elf->segments; i++) {
		const struct segment *segment = &elf->segment[i];

		if (segment->stored > segment->start)
			pages += (segment->stored - 1) / IQ_PAGE_SIZE - segment->start / IQ_PAGE_SIZE + 1;
	}
	return iq_min(pages, file_stored(file) / IQ_PAGE_SIZE + 2 * elf->segments);
}

static bool start(struct source *source, struct kq_reason *reason)
{
	struct elf_source *elf = calloc(1, sizeof(*elf));
	struct elf_headers headers;
	uint64_t reach = 0;

	source->private = elf;
	if (!elf)
		return kq_fail(reason, "out of memory");
	if (!elf_headers_read(&source->file[0], &headers, reason))
		return false;
	elf->segment = calloc(headers.count ? headers.count : 1, sizeof(*elf->segment));
	if (!elf->segment) {
		elf_headers_free(&headers);
		return kq_fail(reason, "out of memory");
	}
	for (uint32_t i = 0; i < headers.count; i++) {
		const Elf64_Phdr *header = &headers.segment[i];

		/* /proc/kcore has segments of virtual memory, whose physical address is -1. */
		if (header->p_type != PT_LOAD || !header->p_memsz || header->p_paddr == UINT64_MAX ||
		    header->p_filesz > header->p_memsz || !iq_no_wrap(header->p_paddr, header->p_memsz))
			continue;
		elf->segment[elf->segments++] = (struct segment){
			.start = header->p_paddr,
			.stored = header->p_paddr + header->p_filesz,
			.end = header->p_paddr + header->p_memsz,
			.offset = header->p_offset,
		};
	}
	elf_headers_free(&headers);
	if (!elf->segments)
		return kq_fail(reason, "an ELF file without memory in it");
	qsort(elf->segment, elf->segments, sizeof(*elf->segment), by_start);
	for (size_t i = 0; i < elf->segments; i++) {
		if (elf->segment[i].end > reach)
			reach = elf->segment[i].end;
		elf->segment[i].reach = reach;
	}
	source->frames = count_frames(source);
	source->stored = count_stored(elf, &source->file[0]);
	if (!source->by_page)
		map_file(elf, &source->file[0]);
	return true;
}

static void close_elf(struct source *source)
{
	struct elf_source *elf = source->private;

	if (elf && elf->mapped)
		munmap(elf->mapped, elf->size);
	if (elf)
		free(elf->segment);
	free(elf);
}

/* How many segments start at or before @address. */
static size_t starting_until(const struct elf_source *elf, uint64_t address)
{
	size_t low = 0, high = elf->segments;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (elf->segment[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether the page at @address can be read where segment @i is mapped. */
static inline bool has_page(const struct elf_source *elf, size_t i, uint64_t address)
{
	return elf->segment[i].start <= address && elf->segment[i].whole > address + (IQ_PAGE_SIZE - 1);
}

static const void *direct(struct source *source, uint64_t address)
{
	struct elf_source *elf = source->private;

	if (!elf->mapped)
		return NULL;
	if (!has_page(elf, elf->last, address)) {
		const size_t until = starting_until(elf, address + (IQ_PAGE_SIZE - 1));

		if (!until || !has_page(elf, until - 1, address))
			return NULL;
		elf->last = until - 1;
	}
	return elf->mapped + elf->segment[elf->last].offset + (address - elf->segment[elf->last].start);
}

static bool read_part(const struct source *source, const struct segment *segment, uint64_t from, uint64_t to, void *at,
		      struct kq_reason *reason)
{
	return file_read(&source->file[0], segment->offset + (from - segment->start), at, to - from, "memory", reason);
}

static enum source_answer page(struct source *source, uint64_t address, void *to, struct kq_reason *reason)
{
	const struct elf_source *elf = source->private;
	const uint64_t last = address + (IQ_PAGE_SIZE - 1);
	enum source_answer answer = SOURCE_OUTSIDE;

	for (size_t i = starting_until(elf, last); i-- && elf->segment[i].reach > address;) {
		const struct segment *segment = &elf->segment[i];
		const uint64_t from = segment->start > address ? segment->start : address;

		if (segment->end <= address)
			continue;
		if (segment->stored <= from) {
			if (answer == SOURCE_OUTSIDE)
				answer = SOURCE_EXCLUDED;
			continue;
		}
		/* Of a page of which only a part is stored, the rest reads as zeros. */
		if (answer != SOURCE_READ)
			memset(to, 0, IQ_PAGE_SIZE);
		answer = SOURCE_READ;
		if (!read_part(source, segment, from, iq_min(segment->stored - 1, last) + 1,
			       (uint8_t *)to + (from - address), reason))
			return SOURCE_DAMAGED;
		if (from == address && segment->stored > last)
			break;
	}
	return answer;
}

const struct source_format source_elf = {
	.name = "an ELF core",
	.files = 1,
	.probe = probe,
	.notes = notes,
	.start = start,
	.close = close_elf,
	.page = page,
	.direct = direct,
	.range = range,
};

const struct source_format *const source_only_elf[] = {
	&source_elf,
	NULL,
};
