/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that no sanitizer of ours sees, and that changes nothing but what valgrind says: the control of all tests that it
 * watches.
 */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	char *cell = malloc(1);

	/* The compiler would see it, too. */
	__asm__("" : "+r"(cell));
	if (cell && *cell)
		puts("nobody wrote this");
	free(cell);
	return 0;
}
