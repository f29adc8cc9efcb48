/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commits the fault that its argument names; `none`: the control. The sanitizers must find it. The faults have no other effect than
 * the sanitizers' reports. test-planted-faults runs this program.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/acpi.h"
#include "plan.h"

int main(int argc, char **argv)
{
	const char *fault = argc == 2 ? argv[1] : "none";
	struct iq_plan *plan = malloc(sizeof(*plan) + 1);
	uint8_t *cell = calloc(1, 8);
	volatile int number = INT_MAX;
	volatile unsigned int place = 8;

	if (!cell || !plan)
		return 2;
	/* volatile: otherwise the compiler would see the faults too. */
	__asm__("" : "+r"(cell), "+r"(plan));
	if (!strcmp(fault, "heap"))
		cell[place] = 1;
	else if (!strcmp(fault, "heap-core"))
		number = iq_acpi_sum(cell, 9);
	else if (!strcmp(fault, "overflow"))
		number += 1;
	else if (!strcmp(fault, "misaligned-core"))
		iq_plan_start((struct iq_plan *)(void *)((char *)plan + 1));
	free(cell);
	free(plan);
	puts("nobody saw anything");
	return 0;
}
