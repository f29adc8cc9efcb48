/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that our sanitizers do not see, and that has no effect except for valgrind's report. It is the control of all tests that run
 * under valgrind.
 */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	char *cell = malloc(1);

	/* volatile: otherwise the compiler would see the fault too. */
	__asm__("" : "+r"(cell));
	if (cell && *cell)
		puts("nobody wrote this");
	free(cell);
	return 0;
}
