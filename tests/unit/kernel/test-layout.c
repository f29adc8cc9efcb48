/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF in both byte orders: the offsets of members, also of members of members, arrays and bit-fields; and damaged BTF.
 */
#include "room.h"
#include "types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * A host bridge has the data of its partitions in an anonymous struct, like PowerNV's. A partition has bit-fields, and a struct with
 * an array of pointers.
 */
static void make_types(struct types *types, enum byte_order order)
{
	uint32_t word, byte, pointer, list, table, group, bus, alias;

	types_start(types, order);
	word = types_int(types, 4);
	byte = types_int(types, 1);
	pointer = types_pointer(types, word);
	list = types_struct(types, "list_head", 16,
			    (struct types_member[]){ { "next", pointer, 0, 0 }, { "prev", pointer, 64, 0 }, { 0 } });
	group = types_struct(types, "table_group", 32,
			     (struct types_member[]){ { "start", word, 0, 0 },
						      { "tables", types_array(types, pointer, 2), 64, 0 },
						      { "grid", types_array(types, types_array(types, byte, 3), 2), 192, 0 },
						      { 0 } });
	bus = types_struct(types, NULL, 40,
			   (struct types_member[]){ { "count", word, 0, 0 },
						    { "list", list, 64, 0 },
						    { "map", types_array(types, word, 4), 192, 0 },
						    { 0 } });
	alias = types_typedef(types, "bus_t", bus);
	table = types_struct(types, NULL, 8, (struct types_member[]){ { "deep", word, 32, 0 }, { 0 } });
	types_struct(types, "bridge", 72,
		     (struct types_member[]){ { "number", word, 0, 0 },
					      { "bus", alias, 64, 0 },
					      { NULL, table, 384, 0 },
					      { "flexible", types_array(types, word, 0), 576, 0 },
					      { 0 } });
	types_struct(types, "partition", 64,
		     (struct types_member[]){ { "link", list, 0, 0 },
					      { "group", group, 128, 0 },
					      { "low", word, 384, 3 },
					      { "high", word, 387, 11 },
					      { "plain", word, 416, 0 },
					      { 0 } });
}

struct expected {
	const char *structure, *name;
	bool found;
	uint32_t bit, bits, count, size;
};

static const struct expected expected[] = {
	{ "list_head", "next", true, 0, 64, 1, 8 },
	{ "bridge", "number", true, 0, 32, 1, 4 },
	{ "bridge", "bus", true, 64, 0, 1, 40 },
	{ "bridge", "bus.list", true, 128, 0, 1, 16 },
	{ "bridge", "bus.list.prev", true, 192, 64, 1, 8 },
	{ "bridge", "bus.map", true, 256, 32, 4, 4 },
	{ "bridge", "deep", true, 416, 32, 1, 4 },
	{ "bridge", "flexible", true, 576, 32, 0, 4 },
	{ "bridge", "", true, 0, 0, 1, 72 },
	{ "partition", "group.tables", true, 192, 64, 2, 8 },
	{ "partition", "group.grid", true, 320, 8, 6, 1 },
	{ "partition", "low", true, 384, 3, 1, 4 },
	{ "partition", "high", true, 387, 11, 1, 4 },
	{ "partition", "plain", true, 416, 32, 1, 4 },
	{ "partition", "group.absent", false, 0, 0, 0, 0 },
	{ "partition", "plain.of", false, 0, 0, 0, 0 },
	{ "partition", "grou", false, 0, 0, 0, 0 },
	{ "partition", "group.", false, 0, 0, 0, 0 },
	{ "partition", ".group", false, 0, 0, 0, 0 },
	{ "absent", "", false, 0, 0, 0, 0 },
};
#define EXPECTED IQ_ARRAY_SIZE(expected)

static bool find(const uint8_t *bytes, size_t size, enum byte_order order, struct member member[EXPECTED],
		 struct kq_reason *reason)
{
	/* An allocation of exactly this size, so that a sanitizer sees every read beyond it. */
	uint8_t *copy = malloc(size ? size : 1);
	struct btf_memory memory;
	bool found;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	memory = btf_memory(copy, size, order);
	memset(member, 0, EXPECTED * sizeof(*member));
	for (size_t i = 0; i < EXPECTED; i++) {
		member[i].structure = expected[i].structure;
		member[i].name = expected[i].name;
	}
	reason->text[0] = '\0';
	found = btf_find(&memory.bytes, member, EXPECTED, reason);
	free(copy);
	return found;
}

static void members_are_found_in_both_byte_orders(void **state)
{
	struct member member[EXPECTED];
	uint8_t bytes[2 * TYPES_ROOM];
	struct kq_reason reason;
	struct types types;

	(void)state;
	for (EACH_ORDER(order)) {
		make_types(&types, order);
		assert_true(find(bytes, types_write(&types, bytes), order, member, &reason));
		for (size_t i = 0; i < EXPECTED; i++) {
			assert_int_equal(member[i].found, expected[i].found);
			assert_int_equal(member[i].bit, expected[i].bit);
			assert_int_equal(member[i].bits, expected[i].bits);
			assert_int_equal(member[i].count, expected[i].count);
			assert_int_equal(member[i].size, expected[i].size);
		}
	}
}

static void the_other_byte_order_is_told(void **state)
{
	struct member member[EXPECTED];
	uint8_t bytes[2 * TYPES_ROOM];
	struct kq_reason reason;
	struct types types;

	(void)state;
	for (EACH_ORDER(order)) {
		make_types(&types, order);
		assert_false(find(bytes, types_write(&types, bytes), order == ORDER_BIG ? ORDER_LITTLE : ORDER_BIG, member,
				  &reason));
		assert_string_equal(reason.text, "BTF: it is not in the byte order of its machine");
	}
}

static void types_that_are_cut_off_anywhere_are_refused(void **state)
{
	struct member member[EXPECTED];
	uint8_t bytes[2 * TYPES_ROOM];
	struct kq_reason reason;
	struct types types;

	(void)state;
	for (EACH_ORDER(order)) {
		uint32_t size;

		make_types(&types, order);
		size = types_write(&types, bytes);
		for (uint32_t cut = 0; cut < size; cut++) {
			assert_false(find(bytes, cut, order, member, &reason));
			assert_true(reason.text[0]);
		}
	}
}

/* The header's length of types is too small; the strings stay where they are. */
static void types_that_end_within_one_are_refused(void **state)
{
	struct member member[EXPECTED];
	uint8_t bytes[2 * TYPES_ROOM];
	struct kq_reason reason;
	struct types types;

	(void)state;
	for (EACH_ORDER(order)) {
		uint32_t size, refused = 0;

		make_types(&types, order);
		size = types_write(&types, bytes);
		for (uint32_t cut = 0; cut < types.size; cut++) {
			put_in_order(order, bytes + 12, cut, 4);
			if (find(bytes, size, order, member, &reason))
				continue;
			assert_non_null(strstr(reason.text, "is cut off"));
			refused++;
		}
		/* Every cut is refused, except for those between two types. */
		assert_int_equal(refused, types.size - types.count);
	}
}

/* Each byte in turn gets values that make ids, counts and offsets small, large and negative. */
static void a_byte_that_is_wrong_does_no_harm(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct member member[EXPECTED];
	uint8_t bytes[2 * TYPES_ROOM];
	struct kq_reason reason;
	struct types types;

	(void)state;
	for (EACH_ORDER(order)) {
		uint32_t size;

		make_types(&types, order);
		size = types_write(&types, bytes);
		for (uint32_t at = 0; at < size * IQ_ARRAY_SIZE(values); at++) {
			const uint8_t old = bytes[at % size];

			bytes[at % size] = values[at / size];
			if (!find(bytes, size, order, member, &reason))
				assert_true(reason.text[0]);
			bytes[at % size] = old;
		}
	}
}

static void types_in_a_circle_end(void **state)
{
	static const struct types_member itself[] = { { NULL, 1, 0, 0 }, { 0 } };
	struct member member[EXPECTED];
	uint8_t bytes[2 * TYPES_ROOM];
	struct kq_reason reason;
	struct types types;

	(void)state;
	for (EACH_ORDER(order)) {
		types_start(&types, order);
		types_struct(&types, "bridge", 8, itself);
		types_typedef(&types, "one", 3);
		types_typedef(&types, "other", 2);
		types_array(&types, 4, 2);
		types_struct(&types, "partition", 8,
			     (struct types_member[]){ { "low", 2, 0, 0 }, { "plain", 4, 0, 0 }, { 0 } });
		assert_true(find(bytes, types_write(&types, bytes), order, member, &reason));
		assert_false(member[1].found);
		assert_true(member[11].found);
		assert_int_equal(member[11].bits, 0);
		assert_int_equal(member[11].count, 0);
		assert_true(member[13].found);
		assert_int_equal(member[13].count, 0);
	}
}

/* Compilers put the first bit-field of a word into its lowest bits (little-endian) or its highest (big-endian). */
static void bits_are_counted_as_the_machine_counts_them(void **state)
{
	uint8_t bytes[16] = { 0 };

	(void)state;
	put_in_order(ORDER_LITTLE, bytes, 5 | 0x6a5 << 3, 4);
	assert_int_equal(order_bits(ORDER_LITTLE, bytes, 0, 3), 5);
	assert_int_equal(order_bits(ORDER_LITTLE, bytes, 3, 11), 0x6a5);
	put_in_order(ORDER_BIG, bytes, 5u << 29 | 0x6a5u << 18, 4);
	assert_int_equal(order_bits(ORDER_BIG, bytes, 0, 3), 5);
	assert_int_equal(order_bits(ORDER_BIG, bytes, 3, 11), 0x6a5);
	for (EACH_ORDER(order)) {
		put_in_order(order, bytes, 0x8899aabbccddeeff, 8);
		assert_int_equal(order_bits(order, bytes, 0, 64), 0x8899aabbccddeeff);
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(order_bits(order, bytes, 7, 64), UINT64_MAX);
		assert_int_equal(order_bits(order, bytes, 7, 1), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_in_both_byte_orders),
		cmocka_unit_test(the_other_byte_order_is_told),
		cmocka_unit_test(types_that_are_cut_off_anywhere_are_refused),
		cmocka_unit_test(types_that_end_within_one_are_refused),
		cmocka_unit_test(a_byte_that_is_wrong_does_no_harm),
		cmocka_unit_test(types_in_a_circle_end),
		cmocka_unit_test(bits_are_counted_as_the_machine_counts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
