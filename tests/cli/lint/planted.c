/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One fault for each tool of scripts/lint. This file is never compiled.
 */
#include <stdlib.h>
#include <string.h>

/* For clang's analyzer. */
int planted_null(int *pointer)
{
	if (pointer)
		return 0;
	return *pointer;
}

/* For clang-tidy's own checks. */
char *planted_size(const char *text)
{
	return malloc(strlen(text + 1));
}

/* For cppcheck. */
int planted_bounds(void)
{
	int array[4] = { 0 };

	return array[4];
}
