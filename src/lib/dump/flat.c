/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of a flattened dump (makedumpfile.h): 4096 bytes of header, then records of offset, size and bytes; an offset of
 * -1 ends the stream. Its numbers are big-endian whatever machine the dump is of. A later record replaces what an earlier
 * one wrote to the same place: makedumpfile writes its header twice.
 */
#include "flat.h"

#include "base/budget.h"
#include "base/order.h"
#include "base/progress.h"
#include "plain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE   4096u
#define HEADER_TYPE   16u /* offset of the type, which is 1 */
#define RECORD_HEADER 16u
#define END_OFFSET    UINT64_MAX

/* Bytes [start, end) of the dump stand at @position of the file. */
struct piece {
	uint64_t start, end, position;
};

struct pieces {
	struct piece *piece;
	size_t count, room;
};

struct flat {
	int fd;
	uint64_t size;
	bool cut; /* the file ends before the stream does */
	struct pieces pieces; /* sorted, none overlaps another */
};

static uint64_t number(const uint8_t *at)
{
	return order_get64(ORDER_BIG, at);
}

bool flat_probe(const uint8_t *head)
{
	return !memcmp(head, "makedumpfile\0\0\0\0", FLAT_MAGIC_SIZE);
}

static bool append(struct pieces *to, const struct piece *piece, struct kq_reason *reason)
{
	if (to->count == to->room) {
		const size_t room = to->room ? 2 * to->room : 256;
		struct piece *more = realloc(to->piece, room * sizeof(*more));

		if (!more)
			return kq_fail(reason, "out of memory");
		to->piece = more;
		to->room = room;
	}
	to->piece[to->count++] = *piece;
	return true;
}

/* The records in the order of the file. */
static bool read_records(struct flat *flat, uint64_t size, struct pieces *records, struct kq_reason *reason)
{
	uint64_t at = HEADER_SIZE;

	for (;;) {
		uint8_t head[RECORD_HEADER];
		struct piece piece;
		uint64_t length;

		kq_progress("reading the records of a flattened dump", at, size);
		flat->cut = at > size || size - at < sizeof(head);
		if (flat->cut)
			return true;
		if (!kq_budget_take(KQ_BUDGET_FLAT_RECORDS, 1, reason) || !kq_budget_in_time(reason) ||
		    !plain_read(flat->fd, at, head, sizeof(head), "record of a flattened dump", reason))
			return false;
		piece.start = number(head);
		length = number(head + 8);
		if (piece.start == END_OFFSET)
			return true;
		if (piece.start > INT64_MAX || length > INT64_MAX - piece.start)
			return kq_fail(reason, "flattened dump: the record at offset 0x%" PRIx64 " has 0x%" PRIx64
				       " bytes for offset 0x%" PRIx64, at, length, piece.start);
		at += sizeof(head);
		piece.position = at;
		flat->cut = length > size - at;
		piece.end = piece.start + (flat->cut ? size - at : length);
		if (piece.start + length > flat->size)
			flat->size = piece.start + length;
		if (piece.end > piece.start && !append(records, &piece, reason))
			return false;
		if (flat->cut)
			return true;
		at += length;
	}
}

static int by_start(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

/* A heap of the records that have bytes for the place where the sweep is; the last one in the file is on top. */
struct heap {
	const struct piece **top;
	size_t count;
};

static void heap_push(struct heap *heap, const struct piece *piece)
{
	size_t at = heap->count++;

	for (; at && heap->top[(at - 1) / 2]->position < piece->position; at = (at - 1) / 2)
		heap->top[at] = heap->top[(at - 1) / 2];
	heap->top[at] = piece;
}

static void heap_pop(struct heap *heap)
{
	const struct piece *last = heap->top[--heap->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < heap->count && heap->top[child + 1]->position > heap->top[child]->position)
			child++;
		if (child >= heap->count || heap->top[child]->position < last->position)
			break;
		heap->top[at] = heap->top[child];
		at = child;
	}
	heap->top[at] = last;
}

/* Make pieces that do not overlap of @records, which are sorted by start: each byte is taken from the last record that has it. */
static bool resolve(const struct pieces *records, struct heap *heap, struct pieces *to, struct kq_reason *reason)
{
	const struct piece *record = records->piece;
	uint64_t at = 0;
	size_t i = 0;

	while (i < records->count || heap->count) {
		struct piece piece;

		if (!heap->count)
			at = record[i].start;
		while (i < records->count && record[i].start <= at)
			heap_push(heap, &record[i++]);
		while (heap->count && heap->top[0]->end <= at)
			heap_pop(heap);
		if (!heap->count)
			continue;
		piece.start = at;
		piece.position = heap->top[0]->position + (at - heap->top[0]->start);
		piece.end = i < records->count ? iq_min(heap->top[0]->end, record[i].start) : heap->top[0]->end;
		at = piece.end;
		if (to->count && to->piece[to->count - 1].end == piece.start &&
		    piece.position - to->piece[to->count - 1].position == piece.start - to->piece[to->count - 1].start)
			to->piece[to->count - 1].end = piece.end;
		else if (!append(to, &piece, reason))
			return false;
	}
	return true;
}

static bool make_index(struct flat *flat, uint64_t size, struct kq_reason *reason)
{
	struct pieces records = { 0 };
	struct heap heap = { 0 };
	bool ok = read_records(flat, size, &records, reason);

	if (ok && !records.count)
		ok = kq_fail(reason, "flattened dump: it ends before its first record: it was cut off, copy it again");
	if (ok) {
		qsort(records.piece, records.count, sizeof(*records.piece), by_start);
		heap.top = calloc(records.count, sizeof(struct piece *));
		ok = heap.top ? resolve(&records, &heap, &flat->pieces, reason) : kq_fail(reason, "out of memory");
	}
	free(heap.top);
	free(records.piece);
	return ok;
}

struct flat *flat_open(int fd, uint64_t size, struct kq_reason *reason)
{
	struct flat *flat = calloc(1, sizeof(*flat));
	uint8_t type[8];

	if (!flat) {
		kq_fail(reason, "out of memory");
		return NULL;
	}
	flat->fd = fd;
	if (plain_read(fd, HEADER_TYPE, type, sizeof(type), "header of a flattened dump", reason)) {
		if (number(type) != 1)
			kq_fail(reason, "flattened dump: type %" PRIu64 " at offset 0x%x, this program reads type 1",
				number(type), HEADER_TYPE);
		else if (make_index(flat, size, reason))
			return flat;
	}
	flat_close(flat);
	return NULL;
}

void flat_close(struct flat *flat)
{
	if (flat)
		free(flat->pieces.piece);
	free(flat);
}

uint64_t flat_size(const struct flat *flat)
{
	return flat->size;
}

/* The first piece that ends behind @offset. */
static size_t piece_at(const struct flat *flat, uint64_t offset)
{
	size_t low = 0, high = flat->pieces.count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (flat->pieces.piece[middle].end <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool flat_read(const struct flat *flat, uint64_t offset, void *to, size_t size, const char *what,
	       struct kq_reason *reason)
{
	uint8_t *at = to;

	if (offset > flat->size || size > flat->size - offset)
		return kq_fail(reason, "%s: the flattened dump ends before offset 0x%" PRIx64, what, offset + size);
	for (size_t i = piece_at(flat, offset); size; i++) {
		const struct piece *piece = i < flat->pieces.count ? &flat->pieces.piece[i] : NULL;
		size_t length = size;

		if (!piece || piece->start > offset) {
			if (flat->cut)
				return kq_fail(reason, "%s: the flattened dump was cut off before its offset 0x%" PRIx64
					       " came", what, offset);
			if (piece)
				length = (size_t)iq_min(size, piece->start - offset);
			memset(at, 0, length);
			i--;
		} else {
			length = (size_t)iq_min(size, piece->end - offset);
			if (!plain_read(flat->fd, piece->position + (offset - piece->start), at, length, what, reason))
				return false;
		}
		at += length;
		offset += length;
		size -= length;
	}
	return true;
}
