/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of real machines and made-up ones, cut off at every byte, and with one wrong bit in every byte. Printing and planning end
 * and stay inside of the table, and every byte is printed.
 */
#include "unit/core/cmocka-all.h"
#include "iort-table.h"
#include "base/message.h"
#include "data/real-tables.h"
#include "models/vtd-firmware.h"
#include "plan.h"
#include "tables/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_TABLE 65536u

static unsigned int warnings;

/* The program's messages on stderr. */
void kq_warn(const char *format, ...)
{
	(void)format;
	warnings++;
}

/* An output that counts how often each byte is printed. */
struct counting_sink {
	struct kq_sink sink;
	uint32_t length;
	unsigned int depth;
	uint8_t *times;
};

static void on_table(struct kq_sink *sink, const char *file, const struct kq_heading *heading)
{
	(void)file;
	assert_int_equal(heading->length, ((struct counting_sink *)sink)->length);
	((struct counting_sink *)sink)->depth = 1;
}

static void on_begin(struct kq_sink *sink, const struct kq_heading *heading)
{
	struct counting_sink *counting = (struct counting_sink *)sink;

	assert_true(heading->offset <= counting->length && heading->length <= counting->length - heading->offset);
	assert_true(++counting->depth <= KQ_DUMP_DEPTH);
}

static void on_field(struct kq_sink *sink, const struct kq_value *value)
{
	struct counting_sink *counting = (struct counting_sink *)sink;

	assert_true(value->offset <= counting->length && value->size <= counting->length - value->offset);
	for (uint32_t i = 0; i < value->size; i++)
		if (counting->times[value->offset + i] < 255)
			counting->times[value->offset + i]++;
}

static void on_flaw(struct kq_sink *sink, const char *structure, uint32_t offset, const char *text)
{
	assert_true(*structure && *text);
	assert_in_range(offset, 0, ((struct counting_sink *)sink)->length);
}

static void on_end(struct kq_sink *sink)
{
	((struct counting_sink *)sink)->depth--;
}

static void on_table_end(struct kq_sink *sink)
{
	assert_int_equal(((struct counting_sink *)sink)->depth, 1);
}

/*
 * Print the @length bytes and make a plan from them, in a copy of exactly this size, so that a sanitizer sees every read beyond it.
 * Returns whether the table is sound.
 */
static bool survive(const uint8_t *bytes, uint32_t length)
{
	struct counting_sink counting = {
		.sink = { on_table, on_begin, on_field, on_flaw, on_end, on_table_end },
		.length = length,
		.times = calloc(1, length + 1),
	};
	uint8_t *copy = malloc(length ? length : 1);
	static struct iq_plan plan;
	uint32_t offset;
	bool sound;

	memcpy(copy, bytes, length);
	sound = kq_dump_table(&counting.sink, "table", copy, length, NULL);
	for (uint32_t at = 0; at < length; at++) {
		assert_true(counting.times[at]);
		/* The arrays of an IORT's nodes may overlap. */
		if (memcmp(copy, "IORT", length < 4 ? length : 4))
			assert_int_equal(counting.times[at], 1);
	}
	iq_plan_start(&plan);
	iq_plan_from_table(&plan, copy, length, NULL, &offset);
	assert_in_range(offset, 0, length);
	assert_in_range(plan.units, 0, IQ_PLAN_UNITS);
	/* A unit that the crash path cannot use is reported, so the table is not sound. */
	assert_true(!sound || !plan.units_left_out || plan.units == IQ_PLAN_UNITS);
	free(counting.times);
	free(copy);
	return sound;
}

static void cut_off_everywhere(const uint8_t *bytes, uint32_t length)
{
	for (uint32_t cut = 0; cut < length; cut++)
		assert_false(survive(bytes, cut));
}

/* The checksum finds every wrong bit. A table with a wrong checksum is still printed. */
static void wrong_everywhere(uint8_t *bytes, uint32_t length)
{
	for (uint32_t at = 0; at < length; at++) {
		const uint8_t bit = (uint8_t)(1u << at % 8);

		bytes[at] ^= bit;
		assert_false(survive(bytes, length));
		bytes[at] ^= bit;
	}
}

/* As above, with a right checksum: only the contents are wrong. */
static void lying_everywhere(uint8_t *bytes, uint32_t length)
{
	for (uint32_t at = 36; at < length; at++) {
		const uint8_t before = bytes[at];

		for (unsigned int value = 0; value < 256; value += before == 0 ? 51 : 85) {
			bytes[at] = (uint8_t)value;
			model_acpi_seal(bytes, length);
			survive(bytes, length);
		}
		bytes[at] = before;
	}
	model_acpi_seal(bytes, length);
}

static void sweep(uint8_t *bytes, uint32_t length, bool sound)
{
	assert_int_equal(survive(bytes, length), sound);
	cut_off_everywhere(bytes, length);
	wrong_everywhere(bytes, length);
}

static void test_ivrs(void **state)
{
	static const uint8_t entries[] = { 0x03, 0x00, 0x00, 0, 0x04, 0xff, 0x0f, 0, 0x48, 0, 0, 0xd7, 0, 0xa0, 0, 1,
					   0x43, 0, 0xff, 0, 0, 0xa5, 0, 0, 0x04, 0xff, 0xff, 0 };
	uint8_t hid[22 + 3] = { 0xf0, 0x00, 0x80, 0x40 };
	struct model_ivrs ivrs;

	(void)state;
	hid[20] = 2;
	hid[21] = 3;
	memcpy(hid + 22, "FUR", 3);
	model_ivrs_start(&ivrs);
	model_ivrs_unit(&ivrs, 0x10, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(&ivrs, entries, sizeof(entries));
	model_ivrs_unit(&ivrs, 0x40, 0, 0x0002, 0xfd000000);
	model_ivrs_entry(&ivrs, entries, sizeof(entries));
	model_ivrs_entry(&ivrs, hid, sizeof(hid));
	model_ivrs_memory(&ivrs, 0x22, 0, 0x0020, 0x0027, 0x1000, 0x1000);
	sweep(ivrs.bytes, ivrs.length, true);
	lying_everywhere(ivrs.bytes, ivrs.length);
}

static void test_dmar(void **state)
{
	static const uint8_t other[] = { 4, 16, 20, 4, 4, 20 }; /* ATSR becomes a type that is not defined yet */
	static const uint8_t path[] = { 0x1c, 4, 0x02, 1 };
	struct model_dmar dmar;

	(void)state;
	model_dmar_start(&dmar);
	model_dmar_unit(&dmar, 0, 0xfed90000, false);
	model_dmar_scope(&dmar, MODEL_SCOPE_ENDPOINT, 0, path, 2);
	model_dmar_unit(&dmar, 0, 0xfed91000, true);
	model_dmar_scope(&dmar, MODEL_SCOPE_IOAPIC, 0xf0, path, 1);
	model_dmar_reserved(&dmar, 0, 0x7d000000, 0x7dffffff);
	model_dmar_scope(&dmar, MODEL_SCOPE_HIERARCHY, 0, path, 1);
	for (uint16_t i = 0; i < sizeof(other); i++)
		model_dmar_other(&dmar, 2 + i, other[i]);
	sweep(dmar.bytes, dmar.length, true);
	lying_everywhere(dmar.bytes, dmar.length);
}

static void test_mcfg(void **state)
{
	uint8_t mcfg[44 + 32] = {
		'M', 'C', 'F', 'G', [8] = 1, [44] = LE64(0xe0000000), LE16(0), 0, 0x7f, LE32(0),
		LE64(0xd0000000), LE16(1), 0x80, 0xff, LE32(0),
	};

	(void)state;
	model_acpi_seal(mcfg, sizeof(mcfg));
	sweep(mcfg, sizeof(mcfg), true);
	lying_everywhere(mcfg, sizeof(mcfg));
}

static void test_iort(void **state)
{
	uint8_t table[IORT_END];

	(void)state;
	memcpy(table, iort_table, sizeof(table));
	model_acpi_seal(table, sizeof(table));
	sweep(table, sizeof(table), true);
	lying_everywhere(table, sizeof(table));
}

static void test_real_tables(void **state)
{
	static uint8_t bytes[SIZE_MAX_TABLE];
	uint32_t length;
	glob_t found;
	FILE *file;

	(void)state;
	real_tables(&found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		file = fopen(found.gl_pathv[i], "rb");
		assert_non_null(file);
		length = (uint32_t)fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		/* The only unit of this table is at address 0. */
		sweep(bytes, length, !strstr(found.gl_pathv[i], "DMAR.D19FB82D46CF"));
	}
	print_message("%zu real tables, %u warnings\n", found.gl_pathc, warnings);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ivrs),
		cmocka_unit_test(test_dmar),
		cmocka_unit_test(test_mcfg),
		cmocka_unit_test(test_iort),
		cmocka_unit_test(test_real_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
