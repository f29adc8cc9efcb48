/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the notes of an ELF core. The input says where its segments of notes lie, in steps of 4 bytes, and what is in them.
 */
#include "fuzz.h"

#include "base/budget.h"
#include "dump/notes.h"
#include "record.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#define PLACE	     4096u /* of the notes in the file */
#define SEGMENTS_MAX 16u
#define NOTE_BYTES   (UINT64_C(1) << 20)

struct place {
	uint16_t offset, size; /* in 4 bytes */
};

/* A file with @count segments of notes at @place, and the @size bytes at @bytes for them. */
static int make_file(const struct place *place, unsigned int count, enum byte_order order, const uint8_t *bytes, size_t size,
		     char path[32])
{
	static uint8_t file[PLACE + 80000];
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   order == ORDER_BIG ? ELFDATA2MSB : ELFDATA2LSB, EV_CURRENT },
			      .e_type = order_16(order, ET_CORE),
			      .e_machine = order_16(order, EM_X86_64),
			      .e_phoff = order_64(order, sizeof(header)),
			      .e_phentsize = order_16(order, sizeof(Elf64_Phdr)),
			      .e_phnum = order_16(order, (uint16_t)count) };

	size = size < sizeof(file) - PLACE ? size : sizeof(file) - PLACE;
	memset(file, 0, PLACE);
	memcpy(file, &header, sizeof(header));
	for (unsigned int i = 0; i < count; i++) {
		const Elf64_Phdr segment = { .p_type = order_32(order, PT_NOTE),
					     .p_offset = order_64(order, PLACE + UINT64_C(4) * place[i].offset),
					     .p_filesz = order_64(order, UINT64_C(4) * place[i].size) };

		memcpy(file + sizeof(header) + i * sizeof(segment), &segment, sizeof(segment));
	}
	memcpy(file + PLACE, bytes, size);
	return fuzz_file(file, PLACE + size, path);
}

/* Places are in order, none is empty, none lies in another, and all together are within the budget. */
static void check_places(struct source *source)
{
	const struct notes_span *span;
	struct kq_reason reason;
	uint64_t sum = 0;
	size_t count;

	if (!notes_spans(source, &span, &count, &reason))
		return;
	for (size_t i = 0; i < count; i++) {
		require(span[i].size);
		require(!i || (span[i].offset > span[i - 1].offset &&
			       span[i].offset + span[i].size > span[i - 1].offset + span[i - 1].size));
		sum += span[i].size;
	}
	require(sum == kq_budget_limit(KQ_BUDGET_NOTE_BYTES) - kq_budget_left(KQ_BUDGET_NOTE_BYTES));
}

static void find(struct source *source, const char *name, uint32_t type)
{
	struct kq_reason reason;
	void *bytes = NULL;
	size_t size = 0;

	if (notes_find(source, name, type, &bytes, &size, &reason) == NOTES_FOUND)
		require(bytes && size <= NOTE_BYTES);
	free(bytes);
}

/* Notes in memory: whole ones are found again when what is behind them is cut off. */
static void find_in_memory(enum byte_order order, const uint8_t *notes, size_t size)
{
	const size_t whole = notes_length(order, notes, size);
	struct kq_reason reason;
	void *bytes = NULL;
	size_t length = 0;
	enum notes_answer answer;

	require(whole <= size && notes_length(order, notes, whole) == whole);
	answer = notes_find_in(order, notes, whole, IQ_NOTE_NAME, IQ_NOTE_TYPE, &bytes, &length, &reason);
	require(answer != NOTES_DAMAGED && (answer == NOTES_NONE || length <= whole));
	require(answer == NOTES_NONE || notes_have(order, notes, size, IQ_NOTE_NAME));
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct place place[SEGMENTS_MAX];
	struct kq_reason reason;
	struct source *source;
	enum byte_order order;
	unsigned int count;
	char path[32], *paths[] = { path };
	int fd;

	if (!size)
		return 0;
	kq_budget_set(KQ_BUDGET_NOTE_BYTES, NOTE_BYTES);
	order = bytes[0] & 0x80 ? ORDER_BIG : ORDER_LITTLE;
	count = bytes[0] % SEGMENTS_MAX;
	if (size < 1 + count * sizeof(*place))
		return 0;
	memcpy(place, bytes + 1, count * sizeof(*place));
	bytes += 1 + count * sizeof(*place);
	size -= 1 + count * sizeof(*place);
	find_in_memory(order, bytes, size);
	fd = make_file(place, count, order, bytes, size, path);
	source = source_open(source_only_elf, paths, 1, false, &reason);
	require(source);
	find(source, IQ_NOTE_NAME, IQ_NOTE_TYPE);
	find(source, "CORE", 1);
	check_places(source);
	source_close(source);
	close(fd);
	return 0;
}
