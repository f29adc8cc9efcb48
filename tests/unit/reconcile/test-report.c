/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report about units of two families: one has neither registers nor tables, since its entries come from the kernel's structures; the
 * other has both.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static uint64_t tables(const struct iq_unit *unit)
{
	return unit->value[0];
}

static const struct iq_register registers[] = { { "STATUS", 0x10, 64, .after = true } };
static const struct iq_family bridges = { .name = "bridges", .id = 999 };
static const struct iq_family chips = {
	.name = "chips", .id = 998, .registers = registers, .register_count = 1, .tables = tables
};

static char *text; /* text of the last report */
static size_t size;

static void write_report(void (*report)(const struct reconcile *reconcile, struct kq_output *out))
{
	struct iq_unit now[] = {
		{ .family = &bridges, .index = 0, .segment = 1, .status = IQ_OK },
		{ .family = &chips, .index = 1, .base = 0xfed80000, .status = IQ_OK, .value = { 0x1234000 } },
	};
	struct evidence_unit unit[] = { { .unit = now[0] }, { .unit = now[1] } };
	static struct reconcile reconcile;
	struct kq_output out;
	FILE *file;

	free(text);
	file = open_memstream(&text, &size);
	assert_non_null(file);
	memset(&reconcile, 0, sizeof(reconcile));
	reconcile.dump = "vmcore";
	reconcile.crashed.units = UNITS_SYMBOLS;
	reconcile.crashed.state = OLD_NO_RECORD;
	reconcile.crashed.evidence.unit = unit;
	reconcile.crashed.evidence.units = 2;
	reconcile.running.now = now;
	kq_output_start(&out, file);
	report(&reconcile, &out);
	assert_true(kq_output_flush(&out));
	fclose(file);
}

static void a_unit_without_registers_has_no_address(void **state)
{
	(void)state;
	write_report(report_text);
	assert_non_null(strstr(text, "unit 0: bridges, segment 0001: ok; now ok\n"));
	assert_non_null(strstr(text, "unit 1: chips at 0x00000000fed80000, segment 0000: ok; now ok, tables at 0x0000000001234000, "
				     "STATUS 0x1234000\n"));
}

static void in_json_the_base_of_a_unit_without_registers_is_null(void **state)
{
	(void)state;
	write_report(report_json);
	assert_non_null(strstr(text, "\"family\": \"bridges\", \"segment\": 1, \"base\": null"));
	assert_non_null(strstr(text, "\"family\": \"chips\", \"segment\": 0, \"base\": \"0x00000000fed80000\""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_unit_without_registers_has_no_address),
		cmocka_unit_test(in_json_the_base_of_a_unit_without_registers_is_null),
	};
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return failed;
}
