/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the firmware tables of real machines: in tests/data/firmware, and in the directory that FIRMWARE_TABLES names, if it is set.
 * For unit tests that read them all.
 */
#ifndef DATA_REAL_TABLES_H
#define DATA_REAL_TABLES_H

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/core/cmocka-all.h"

/* Get the paths of all tables. The test fails if a directory has none. The caller frees them with globfree(). */
static inline void real_tables(glob_t *found)
{
	const char *top = getenv("top_srcdir"), *more = getenv("FIRMWARE_TABLES");
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/tests/data/firmware/*.aml", top ? top : ".");
	assert_int_equal(glob(pattern, 0, NULL, found), 0);
	if (more && *more) {
		snprintf(pattern, sizeof(pattern), "%s/*.aml", more);
		assert_int_equal(glob(pattern, GLOB_APPEND, NULL, found), 0);
	}
}

#endif
