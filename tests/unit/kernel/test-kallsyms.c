/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols of a kernel of either byte order, in every encoding of addresses that kernels use; and damaged tables.
 */
#include "kernel/kallsyms.h"
#include "room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STEXT	 UINT64_C(0xc000000000001000)
#define LIST	 UINT64_C(0xc000000000002340)
#define UTS	 UINT64_C(0xc000000000002100)
#define PER_CPU	 UINT64_C(0x1000)
#define TOKEN	 256u
#define END_TEXT 1024u

enum encoding { FROM_BASE, PER_CPU_ABOVE, FROM_PLACE, ENCODINGS };

/* In the order of the table. The first and the last symbol are not in vmcoreinfo. */
static const struct {
	const char *name;
	uint64_t address;
} symbols[] = {
	{ "Dper_cpu", PER_CPU }, { "T_stext", STEXT },	   { "dinit_uts", UTS - 8 },
	{ "Dinit_uts_ns", UTS }, { "dhose_list", LIST },   { "Dhose_list_", LIST + 16 },
};
#define SYMBOLS IQ_ARRAY_SIZE(symbols)

struct tables {
	struct room room;
	uint64_t names, count, token_table, token_index, offsets, base;
	char text[END_TEXT];
};

static void say(struct tables *tables, const char *name, uint64_t address)
{
	const size_t used = strlen(tables->text);

	snprintf(tables->text + used, END_TEXT - used, "SYMBOL(%s)=%" PRIx64 "\n", name, address);
}

/* Every token is one character, except for number 1, which is "ose_l". */
static void make_names(struct tables *tables)
{
	uint8_t names[256], tokens[2 * TOKEN + 16];
	uint64_t size = 0;
	uint16_t at = 0;

	for (size_t i = 0; i < SYMBOLS; i++) {
		const char *ose = strstr(symbols[i].name, "ose_l"), *name = symbols[i].name;
		const size_t length = size++;

		for (; *name; name += name == ose ? 5 : 1)
			names[size++] = name == ose ? 1 : (uint8_t)*name;
		names[length] = (uint8_t)(size - length - 1);
	}
	tables->names = room_copy(&tables->room, names, size);
	tables->token_index = room_take(&tables->room, 2 * TOKEN);
	for (unsigned int i = 0; i < TOKEN; i++) {
		const char one[2] = { (char)i, '\0' }, *text = i == 1 ? "ose_l" : one;

		room_put(&tables->room, tables->token_index + UINT64_C(2) * i, at, 2);
		memcpy(tokens + at, text, strlen(text) + 1);
		at = (uint16_t)(at + strlen(text) + 1);
	}
	tables->token_table = room_copy(&tables->room, tokens, at);
}

static uint32_t encode(const struct tables *tables, enum encoding encoding, size_t i)
{
	const uint64_t address = symbols[i].address;

	if (encoding == FROM_PLACE)
		return (uint32_t)(address - (tables->offsets + 4 * i));
	if (encoding == FROM_BASE)
		return (uint32_t)(address - STEXT);
	return (uint32_t)(address == PER_CPU ? address : STEXT - 1 - address);
}

static void make(struct tables *tables, enum byte_order order, enum encoding encoding)
{
	memset(tables, 0, sizeof(*tables));
	room_start(&tables->room, order);
	make_names(tables);
	tables->count = room_take(&tables->room, 4);
	room_put(&tables->room, tables->count, SYMBOLS, 4);
	tables->offsets = room_take(&tables->room, 4 * SYMBOLS);
	for (size_t i = 0; i < SYMBOLS; i++)
		room_put(&tables->room, tables->offsets + 4 * i, encode(tables, encoding, i), 4);
	if (encoding != FROM_PLACE) {
		tables->base = room_take(&tables->room, 8);
		room_put(&tables->room, tables->base, STEXT, 8);
		say(tables, "kallsyms_relative_base", tables->base);
	}
	say(tables, "kallsyms_names", tables->names);
	say(tables, "kallsyms_num_syms", tables->count);
	say(tables, "kallsyms_token_table", tables->token_table);
	say(tables, "kallsyms_token_index", tables->token_index);
	say(tables, "kallsyms_offsets", tables->offsets);
	say(tables, "_stext", STEXT);
	say(tables, "init_uts_ns", UTS);
}

static bool find(struct tables *tables, struct symbol wanted[3], struct kq_reason *reason)
{
	const struct vmcoreinfo info = { tables->text, strlen(tables->text) };

	wanted[0] = (struct symbol){ "hose_list", 1 };
	wanted[1] = (struct symbol){ "zpci_list", 1 };
	wanted[2] = (struct symbol){ "per_cpu", 1 };
	reason->text[0] = '\0';
	return kallsyms_find(&tables->room.kernel, &info, wanted, 3, reason);
}

static void symbols_are_found_in_every_byte_order_and_encoding(void **state)
{
	struct symbol wanted[3];
	struct kq_reason reason;
	struct tables tables;

	(void)state;
	for (EACH_ORDER(order)) {
		for (enum encoding encoding = FROM_BASE; encoding < ENCODINGS; encoding++) {
			make(&tables, order, encoding);
			assert_true(find(&tables, wanted, &reason));
			assert_int_equal(wanted[0].address, LIST);
			assert_int_equal(wanted[1].address, 0);
			if (encoding == PER_CPU_ABOVE)
				assert_int_equal(wanted[2].address, PER_CPU);
		}
	}
}

/* A dump that is read in the wrong byte order. */
static void tables_in_the_other_byte_order_are_refused(void **state)
{
	struct symbol wanted[3];
	struct kq_reason reason;
	struct tables tables;

	(void)state;
	for (EACH_ORDER(order)) {
		make(&tables, order, FROM_BASE);
		tables.room.kernel.machine = room_machine(order == ORDER_BIG ? ORDER_LITTLE : ORDER_BIG);
		assert_false(find(&tables, wanted, &reason));
		assert_non_null(strstr(reason.text, "100663296 symbols"));
	}
}

static void refused(struct tables *tables, const char *why)
{
	struct symbol wanted[3];
	struct kq_reason reason;

	assert_false(find(tables, wanted, &reason));
	if (!strstr(reason.text, why))
		fail_msg("\"%s\", expected \"%s\"", reason.text, why);
}

static void tables_that_are_damaged_are_refused(void **state)
{
	struct tables tables;

	(void)state;
	for (EACH_ORDER(order)) {
		make(&tables, order, FROM_BASE);
		room_put(&tables.room, tables.count, 0, 4);
		refused(&tables, "kallsyms: 0 symbols");
		make(&tables, order, FROM_BASE);
		room_put(&tables.room, tables.count, UINT32_MAX, 4);
		refused(&tables, "kallsyms: 4294967295 symbols");
		make(&tables, order, FROM_BASE);
		room_put(&tables.room, tables.token_index + 2 * 'h', 0xffff, 2);
		refused(&tables, "kallsyms_token_table: ");
		make(&tables, order, FROM_BASE);
		memset(tables.room.bytes + (tables.token_table - ROOM_START), 'x', 2 * TOKEN);
		refused(&tables, "has no end");
		make(&tables, order, FROM_BASE);
		room_put(&tables.room, tables.base, STEXT + 8, 8);
		refused(&tables, "do not lead to the symbols that vmcoreinfo names");
		make(&tables, order, FROM_PLACE);
		room_put(&tables.room, tables.offsets + 4, 7, 4);
		refused(&tables, "do not lead to the symbols that vmcoreinfo names");
	}
}

/* The names have no end, so the reader reaches the end of memory. */
static void tables_that_are_cut_off_are_refused(void **state)
{
	struct tables tables;

	(void)state;
	for (EACH_ORDER(order)) {
		make(&tables, order, FROM_BASE);
		room_put(&tables.room, tables.count, 1 << 20, 4);
		refused(&tables, "kallsyms_names: ");
		make(&tables, order, FROM_BASE);
		*strstr(tables.text, "SYMBOL(kallsyms_offsets)") = '#';
		say(&tables, "kallsyms_offsets", ROOM_START + ROOM_SIZE - 2);
		refused(&tables, "kallsyms_offsets: ");
		make(&tables, order, FROM_BASE);
		*strstr(tables.text, "SYMBOL(kallsyms_token_index)") = '#';
		say(&tables, "kallsyms_token_index", ROOM_START + ROOM_SIZE - TOKEN);
		refused(&tables, "kallsyms_token_index: ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_are_found_in_every_byte_order_and_encoding),
		cmocka_unit_test(tables_in_the_other_byte_order_are_refused),
		cmocka_unit_test(tables_that_are_damaged_are_refused),
		cmocka_unit_test(tables_that_are_cut_off_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
