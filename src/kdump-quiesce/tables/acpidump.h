/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables out of text, as reports carry them: acpidump(8) prints each as a line "DMAR @ 0x0000000012345678" and lines of sixteen bytes
 * in hexadecimal. What is around them, and in front of each line ("> "), does not matter. Used by `tables`.
 */
#ifndef KQ_ACPIDUMP_H
#define KQ_ACPIDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kq_acpidump_table {
	char signature[5];
	unsigned int line; /* of its heading, from 1 */
	uint8_t *bytes;	   /* to be freed, also when it is empty */
	size_t length;
	unsigned int broken; /* the first line whose offset does not follow from those before, 0: none */
};

/*
 * Read the next table of the text from *@at to @end; *@line is the number of the line at *@at. Bytes behind a line that does not
 * follow are not taken. False at the end of the text, or when out of memory.
 */
bool kq_acpidump_next(struct kq_acpidump_table *table, const char **at, const char *end, unsigned int *line);

enum kq_table_file {
	KQ_FILE_BINARY,	  /* not text */
	KQ_FILE_ACPIDUMP, /* text with at least one table */
	KQ_FILE_SOURCE,	  /* what iasl(1) compiles, or made of a table */
	KQ_FILE_TEXT,	  /* any other */
};

/* What is the file with these bytes? */
enum kq_table_file kq_table_file(const char *bytes, size_t length);

#endif
