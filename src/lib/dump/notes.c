/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding a note: the dump's format says where notes lie; the notes themselves are the same in all formats (ELF gABI, Note
 * Section). Every offset and size comes from the file and is checked.
 */
#include "notes.h"

#include "base/budget.h"
#include "base/cleanup.h"
#include "base/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_HEADER 12u

struct search {
	enum byte_order order;
	const char *name;
	uint32_t type;
	void *bytes;
	size_t size;
	uint64_t notes; /* that were passed */
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

/*
 * The note at *@at of the @size bytes at @notes; moves *@at behind it. False behind the last: notes end where their bytes do or
 * at the first note without a name. @cut: the bytes end within a note.
 */
static bool next_note(enum byte_order order, const uint8_t *notes, uint64_t size, uint64_t *at, struct note *note,
		      bool *cut)
{
	uint64_t descriptor;

	*cut = false;
	if (size - *at < NOTE_HEADER)
		return false;
	note->name_size = order_get32(order, notes + *at);
	note->descriptor_size = order_get32(order, notes + *at + 4);
	note->type = order_get32(order, notes + *at + 8);
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

/* The @size bytes of notes at @notes, which lie at file offset @offset. */
static bool search_bytes(struct search *search, const uint8_t *notes, uint64_t size, uint64_t offset)
{
	struct note note;
	uint64_t at = 0;
	bool cut;

	while (next_note(search->order, notes, size, &at, &note, &cut)) {
		kq_progress("reading notes", search->notes, 0);
		if (++search->notes > kq_budget_limit(KQ_BUDGET_NOTES))
			return kq_budget_exceeded(KQ_BUDGET_NOTES, search->reason);
		if (is_wanted(search, note.name, note.name_size, note.type) &&
		    !keep(search, note.descriptor, note.descriptor_size))
			return false;
	}
	return !cut ||
	       kq_fail(search->reason, "note at offset 0x%" PRIx64 " reaches beyond the notes' end", offset + at);
}

/* The notes in the @size bytes at offset @offset of @file. */
static bool search_file(struct search *search, const struct dump_file *file, uint64_t offset, uint64_t size)
{
	_cleanup_free_ uint8_t *notes = malloc(size);

	if (!notes)
		return kq_fail(search->reason, "out of memory");
	return file_read(file, offset, notes, size, "notes", search->reason) &&
	       search_bytes(search, notes, size, offset);
}

size_t notes_length(enum byte_order order, const uint8_t *notes, size_t size)
{
	struct note note;
	uint64_t at = 0;
	bool cut;

	while (next_note(order, notes, size, &at, &note, &cut))
		;
	return (size_t)at;
}

bool notes_have(enum byte_order order, const uint8_t *notes, size_t size, const char *name)
{
	struct note note;
	uint64_t at = 0;
	bool cut;

	while (next_note(order, notes, size, &at, &note, &cut))
		if (note.name_size == strlen(name) + 1 && !memcmp(note.name, name, note.name_size))
			return true;
	return false;
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

/* By offset; of those that begin at the same one, the largest first. */
static int by_place(const void *left, const void *right)
{
	const struct notes_span *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->size > b->size ? -1 : a->size < b->size;
}

/* Leave out spans that lie in another one: their notes would be read, and copied into a snapshot, several times. */
static size_t drop_repeated(struct notes_span *span, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(span, count, sizeof(*span), by_place);
	for (size_t i = 0; i < count; i++) {
		const struct notes_span *last = kept ? &span[kept - 1] : NULL;

		if (span[i].size && (!last || last->size < span[i].size ||
				     span[i].offset - last->offset > last->size - span[i].size))
			span[kept++] = span[i];
	}
	return kept;
}

static bool take_span(const struct dump_file *file, const struct notes_span *span, struct kq_reason *reason)
{
	if (file->size && (span->size > file->size || span->offset > file->size - span->size))
		return kq_fail(reason, "notes of 0x%" PRIx64 " bytes at offset 0x%" PRIx64 ": the file has 0x%" PRIx64, span->size,
			       span->offset, file->size);
	return kq_budget_take(KQ_BUDGET_NOTE_BYTES, span->size, reason);
}

bool notes_spans(struct source *source, const struct notes_span **span, size_t *count, struct kq_reason *reason)
{
	struct notes_places *notes = &source->notes;

	if (!notes->known) {
		_cleanup_free_ struct notes_span *found = NULL;

		if (!source->format->notes(&source->file[0], &found, count, reason))
			return false;
		*count = drop_repeated(found, *count);
		for (size_t i = 0; i < *count; i++)
			if (!take_span(&source->file[0], &found[i], reason))
				return false;
		*notes = (struct notes_places){ .known = true, .span = found, .count = *count };
		found = NULL;
	}
	*span = notes->span;
	*count = notes->count;
	return true;
}

enum notes_answer notes_find(struct source *source, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason)
{
	struct search search = { .order = source_arch(source)->order, .name = name, .type = type, .reason = reason };
	const struct notes_span *span = NULL;
	size_t count = 0;
	bool whole;

	reason->text[0] = '\0';
	whole = notes_spans(source, &span, &count, reason);
	for (size_t i = 0; whole && i < count; i++)
		whole = kq_budget_in_time(reason) && search_file(&search, &source->file[0], span[i].offset, span[i].size);
	return answer(&search, whole, bytes, size);
}

enum notes_answer notes_find_in(enum byte_order order, const uint8_t *notes, size_t length, const char *name,
				uint32_t type, void **bytes, size_t *size, struct kq_reason *reason)
{
	struct search search = { .order = order, .name = name, .type = type, .reason = reason };

	reason->text[0] = '\0';
	return answer(&search, search_bytes(&search, notes, length, 0), bytes, size);
}
