/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of the bitmap are kept by their number. A machine's memory mostly has bits for all of it or for nothing: 64 of them are
 * looked at together, and holes of the file are passed over.
 */
#include "bitmap.h"

#include "base/budget.h"
#include "base/progress.h"
#include "bits.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK	    4096u /* bytes: of 128 MiB of memory */
#define BLOCKS_KEPT 256u
#define WORD	    64u	  /* bits */
#define RANK	    4096u /* bits; of them every one has a count */
#define BITS	    (UINT64_C(8) * BLOCK)

bool bitmap_open(struct bitmap *bitmap, const struct dump_file *file, uint64_t offset, uint64_t bytes,
		 struct kq_reason *reason)
{
	*bitmap = (struct bitmap){ .file = file, .offset = offset, .bytes = bytes };
	bitmap->blocks = (size_t)iq_min(bytes / BLOCK + 1, BLOCKS_KEPT);
	bitmap->block = calloc(bitmap->blocks, BLOCK);
	bitmap->has = calloc(bitmap->blocks, sizeof(*bitmap->has));
	return (bitmap->block && bitmap->has) || kq_fail(reason, "out of memory");
}

void bitmap_close(struct bitmap *bitmap)
{
	free(bitmap->block);
	free(bitmap->has);
	free(bitmap->rank);
	*bitmap = (struct bitmap){ 0 };
}

/* Block @number of the bitmap, with zeros behind its end. NULL with @reason. */
static const uint8_t *block_at(struct bitmap *bitmap, uint64_t number, struct kq_reason *reason)
{
	const size_t slot = number % bitmap->blocks;
	uint8_t *block = bitmap->block + slot * BLOCK;
	const uint64_t left = bitmap->bytes - number * BLOCK;

	if (bitmap->has[slot] == number + 1)
		return block;
	bitmap->has[slot] = 0;
	if (left < BLOCK)
		memset(block + left, 0, BLOCK - left);
	if (!file_read(bitmap->file, bitmap->offset + number * BLOCK, block, (size_t)iq_min(left, BLOCK), "bitmap", reason))
		return NULL;
	bitmap->has[slot] = number + 1;
	return block;
}

/* The word of @block that has @bit. */
static uint64_t word_of(const uint8_t *block, uint64_t bit)
{
	return iq_le64(block + bit % BITS / WORD * (WORD / 8));
}

/* How many bits are set in front of @bit, in its part of RANK bits. */
static uint64_t count_before(const uint8_t *block, uint64_t bit)
{
	const uint64_t word = bit / WORD * WORD;
	uint64_t count = (uint64_t)__builtin_popcountll(word_of(block, bit) & ((UINT64_C(1) << bit % WORD) - 1));

	for (uint64_t at = bit / RANK * RANK; at < word; at += WORD)
		count += (uint64_t)__builtin_popcountll(word_of(block, at));
	return count;
}

/* How many bits are set in the part of RANK bits that begins with @bit. */
static uint64_t count_all(const uint8_t *block, uint64_t bit)
{
	const uint64_t last = bit + RANK - 1;

	return count_before(block, last) + (word_of(block, last) >> (WORD - 1));
}

/* The first bit behind the hole of the file that @bit, the first of a block, may be in. */
static uint64_t behind_hole(const struct bitmap *bitmap, uint64_t bit)
{
	const uint64_t next = file_next(bitmap->file, bitmap->offset + bit / 8) - bitmap->offset;

	return next < bitmap->bytes ? next / BLOCK * BITS : UINT64_MAX;
}

/* Bits that are set in front of @bit, from the first part on that has a count. */
static bool count_to(struct bitmap *bitmap, uint64_t bit, uint64_t *count, struct kq_reason *reason)
{
	const uint64_t part = bit / RANK - bitmap->first / RANK;
	const uint8_t *block = part < bitmap->ranks ? block_at(bitmap, bit / BITS, reason) : NULL;

	if (part == bitmap->ranks)
		*count = bitmap->all;
	else if (block)
		*count = bitmap->rank[part] + count_before(block, bit);
	return block || part == bitmap->ranks;
}

static bool count_parts(struct bitmap *bitmap, struct kq_reason *reason)
{
	uint64_t at = bitmap->first / RANK * RANK, hole = 0, last = 0;

	for (uint64_t i = 0; i < bitmap->ranks; i++, at += RANK) {
		const uint8_t *block;

		kq_progress("reading bitmaps", i, bitmap->ranks);
		if (bitmap->all)
			bitmap->rank[i] = bitmap->all;
		if (at % BITS == 0 && at >= hole && !last)
			hole = behind_hole(bitmap, at);
		if (at < hole)
			continue;
		block = block_at(bitmap, at / BITS, reason);
		if (!block)
			return false;
		last = count_all(block, at);
		bitmap->all += last;
	}
	return true;
}

bool bitmap_count(struct bitmap *bitmap, uint64_t first, uint64_t end, struct kq_reason *reason)
{
	uint64_t before, until;

	end = iq_min(end, 8 * bitmap->bytes);
	bitmap->first = iq_min(first, end);
	bitmap->ranks = (end + RANK - 1) / RANK - bitmap->first / RANK;
	if (!kq_budget_take(KQ_BUDGET_BITMAP_BYTES, bitmap->ranks * sizeof(*bitmap->rank), reason))
		return false;
	bitmap->rank = calloc(bitmap->ranks + 1, sizeof(*bitmap->rank));
	if (!bitmap->rank)
		return kq_fail(reason, "out of memory");
	if (!count_parts(bitmap, reason) || !count_to(bitmap, bitmap->first, &before, reason) ||
	    !count_to(bitmap, end, &until, reason))
		return false;
	bitmap->before = before;
	bitmap->set = until - before;
	return true;
}

bool bitmap_sum(struct bitmap *bitmap, uint64_t *count, struct kq_reason *reason)
{
	*count = 0;
	for (uint64_t at = behind_hole(bitmap, 0); at / 8 < bitmap->bytes;) {
		const uint8_t *block = block_at(bitmap, at / BITS, reason);
		uint64_t set = 0;

		kq_progress("reading bitmaps", at / 8, bitmap->bytes);
		if (!block)
			return false;
		for (uint64_t part = at; part < at + BITS; part += RANK)
			set += count_all(block, part);
		*count += set;
		at += BITS;
		if (!set && at / 8 < bitmap->bytes)
			at = behind_hole(bitmap, at);
	}
	return true;
}

bool bitmap_next(struct bitmap *bitmap, uint64_t from, bool wanted, uint64_t *bit, struct kq_reason *reason)
{
	const uint64_t bits = 8 * bitmap->bytes;

	while (from < bits) {
		const uint64_t at = wanted && from % BITS == 0 ? behind_hole(bitmap, from) : from;
		const uint8_t *block;
		uint64_t word;

		if (at > from) {
			from = at;
			continue;
		}
		block = block_at(bitmap, from / BITS, reason);
		if (!block)
			return false;
		word = (word_of(block, from) ^ (wanted ? 0 : UINT64_MAX)) & UINT64_MAX << from % WORD;
		from = from / WORD * WORD + (word ? (uint64_t)__builtin_ctzll(word) : WORD);
		if (word)
			break;
	}
	*bit = iq_min(from, bits);
	return true;
}

bool bitmap_get(struct bitmap *bitmap, uint64_t bit, bool *set, struct kq_reason *reason)
{
	const uint8_t *block;

	*set = false;
	if (bit / 8 >= bitmap->bytes)
		return true;
	block = block_at(bitmap, bit / BITS, reason);
	if (block)
		*set = word_of(block, bit) >> bit % WORD & 1;
	return block;
}

bool bitmap_rank(struct bitmap *bitmap, uint64_t bit, uint64_t *count, struct kq_reason *reason)
{
	if (!count_to(bitmap, bit, count, reason))
		return false;
	*count -= bitmap->before;
	return true;
}
