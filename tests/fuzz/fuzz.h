/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by all fuzz targets: the entry that libFuzzer and replay.c call, the check of properties, and memory and files made from the
 * input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "io.h"

#include <stdlib.h>

#define FUZZ_PAGES 24u
#define FUZZ_CHUNK 256u /* bytes of input at the beginning of a page; the rest of the page is zero */

/* The target: it must survive any input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Abort unless a property of the code under test holds. */
static inline void require(bool holds)
{
	if (!holds)
		abort();
}

/* Memory of a few pages. Every address lies in one of them or in a hole, so that pages can lead to each other. */
struct fuzz_memory {
	struct iq_memory memory; /* first */
	unsigned int pages;
	uint64_t calls;
	uint8_t *page[FUZZ_PAGES]; /* each is an allocation, so that a sanitizer sees reads beyond it */
};

/* Fill the pages from the @size bytes at @bytes, as far as they reach. A new run begins, with a whole budget; as with fuzz_file(). */
void fuzz_memory_start(struct fuzz_memory *memory, const uint8_t *bytes, size_t size);
void fuzz_memory_end(struct fuzz_memory *memory);

/* Make a file that contains @bytes; its name goes to @path. Returns its descriptor, which the caller closes. */
int fuzz_file(const uint8_t *bytes, size_t size, char path[32]);

#endif
