/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bitmap that is looked into in parts answers as one that is read bit by bit, whatever holes the file has.
 */
#include "dump/bitmap.h"

#include "base/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define OFFSET	  12288u /* of the bitmap in its file */
#define BYTES_MAX 50000u
#define ASKED	  2000u
#define TIB	  (UINT64_C(1) << 40)

struct room {
	struct dump_file file;
	struct bitmap bitmap;
	struct kq_reason reason;
	uint8_t bytes[BYTES_MAX + 1];
	uint64_t bits;
	uint32_t seed;
};

static uint32_t chance(struct room *room, uint32_t below)
{
	room->seed = room->seed * 1103515245 + 12345;
	return room->seed / 65536 % below;
}

/* A bitmap of @size bytes, in which runs of zeros, of ones and of anything take turns. */
static void make(struct room *room, size_t size)
{
	size_t at = 0;

	room->bits = 8 * size;
	room->file.fd = memfd_create("bitmap", 0);
	assert_true(room->file.fd >= 0);
	while (at < size) {
		const size_t length = iq_min(size - at, chance(room, 9000) + 1);
		const uint32_t kind = chance(room, 3);

		for (size_t i = at; i < at + length; i++)
			room->bytes[i] = (uint8_t)(kind ? kind == 1 ? 0xff : chance(room, 256) : 0);
		if (kind)
			assert_int_equal(pwrite(room->file.fd, room->bytes + at, length, OFFSET + (off_t)at), length);
		at += length;
	}
	/* What lies behind is not of the bitmap. */
	assert_int_equal(pwrite(room->file.fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, OFFSET + (off_t)size), 8);
	room->file.size = OFFSET + size + 8;
	assert_true(bitmap_open(&room->bitmap, &room->file, OFFSET, size, &room->reason));
}

static void forget(struct room *room)
{
	bitmap_close(&room->bitmap);
	close(room->file.fd);
}

static bool is_set(const struct room *room, uint64_t bit)
{
	return bit < room->bits && room->bytes[bit / 8] >> bit % 8 & 1;
}

static void ask(struct room *room)
{
	const uint64_t bit = chance(room, (uint32_t)room->bits + 2) * (uint64_t)chance(room, 2);
	const bool wanted = chance(room, 2);
	uint64_t next = bit, found;
	bool set;

	assert_true(bitmap_get(&room->bitmap, bit, &set, &room->reason));
	assert_int_equal(set, is_set(room, bit));
	while (next < room->bits && is_set(room, next) != wanted)
		next++;
	assert_true(bitmap_next(&room->bitmap, bit, wanted, &found, &room->reason));
	assert_int_equal(found, iq_min(next, room->bits));
}

static void count(struct room *room)
{
	const uint64_t first = chance(room, (uint32_t)room->bits + 1);
	const uint64_t end = chance(room, 3) ? first + chance(room, (uint32_t)room->bits + 1) : UINT64_MAX;
	uint64_t set = 0, all = 0, found;

	for (uint64_t bit = 0; bit < room->bits; bit++)
		all += is_set(room, bit);
	assert_true(bitmap_sum(&room->bitmap, &found, &room->reason));
	assert_int_equal(found, all);
	assert_true(bitmap_count(&room->bitmap, first, end, &room->reason));
	for (uint64_t bit = first; bit < end && bit < room->bits; bit++) {
		if (chance(room, 100) == 0) {
			assert_true(bitmap_rank(&room->bitmap, bit, &found, &room->reason));
			assert_int_equal(found, set);
		}
		set += is_set(room, bit);
	}
	assert_int_equal(room->bitmap.set, set);
}

static void it_answers_as_one_that_is_read_bit_by_bit(void **state)
{
	static const size_t sizes[] = { 1, 7, 8, 511, 512, 4095, 4096, 4097, 12288, BYTES_MAX };
	static struct room room;

	(void)state;
	for (uint32_t seed = 0; seed < 4; seed++) {
		for (size_t i = 0; i < IQ_ARRAY_SIZE(sizes); i++) {
			room.seed = seed;
			make(&room, sizes[i]);
			count(&room);
			for (unsigned int n = 0; n < ASKED / 10; n++)
				ask(&room);
			forget(&room);
		}
	}
}

/* 2^46 bits in a file of 8 TiB, of which one page is no hole. */
static void holes_cost_nothing(void **state)
{
	const uint64_t bytes = 8 * TIB, place = 5 * TIB;
	struct dump_file file = { .fd = memfd_create("holes", 0), .size = bytes };
	struct kq_reason reason;
	struct bitmap bitmap;
	uint64_t found;

	(void)state;
	assert_int_equal(ftruncate(file.fd, (off_t)bytes), 0);
	assert_int_equal(pwrite(file.fd, "\x10", 1, (off_t)place), 1);
	assert_true(bitmap_open(&bitmap, &file, 0, bytes, &reason));
	assert_true(bitmap_sum(&bitmap, &found, &reason));
	assert_int_equal(found, 1);
	assert_true(bitmap_next(&bitmap, 0, true, &found, &reason));
	assert_int_equal(found, 8 * place + 4);
	assert_true(bitmap_next(&bitmap, found + 1, true, &found, &reason));
	assert_int_equal(found, 8 * bytes);
	/* To count all of it would take 128 GiB. */
	assert_false(bitmap_count(&bitmap, 0, UINT64_MAX, &reason));
	assert_non_null(strstr(reason.text, "--limit bitmap-bytes="));
	bitmap_close(&bitmap);
	close(file.fd);
}

static void a_file_that_ends_is_an_error(void **state)
{
	struct dump_file file = { .fd = memfd_create("short", 0), .size = 10000 };
	struct kq_reason reason;
	struct bitmap bitmap;
	uint64_t found;
	bool set;

	(void)state;
	assert_true(bitmap_open(&bitmap, &file, 0, 10000, &reason));
	assert_false(bitmap_get(&bitmap, 5000, &set, &reason));
	assert_false(bitmap_next(&bitmap, 5000, false, &found, &reason));
	assert_false(bitmap_rank(&bitmap, 0, &found, &reason) && found);
	bitmap_close(&bitmap);
	close(file.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_answers_as_one_that_is_read_bit_by_bit),
		cmocka_unit_test(holes_cost_nothing),
		cmocka_unit_test(a_file_that_ends_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
