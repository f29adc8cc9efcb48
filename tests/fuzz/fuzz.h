/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fuzz targets share: the entry that libFuzzer and replay.c call, properties that must hold, memory and files made
 * of the input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "io.h"

#include <stdlib.h>

#define FUZZ_PAGES 24u
#define FUZZ_CHUNK 256u /* bytes of input that a page begins with; the rest of it is zeros */

/* The target: it must survive any input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A property of the code under test. */
static inline void require(bool holds)
{
	if (!holds)
		abort();
}

/* Memory of a few pages that lead to each other: every address is in one of them or in a hole. */
struct fuzz_memory {
	struct iq_memory memory; /* first */
	unsigned int pages;
	uint64_t calls;
	uint8_t *page[FUZZ_PAGES]; /* each an allocation of its own, so that a sanitizer sees who leaves it */
};

/* The pages of the @size bytes at @bytes, as many as fit. */
void fuzz_memory_start(struct fuzz_memory *memory, const uint8_t *bytes, size_t size);
void fuzz_memory_end(struct fuzz_memory *memory);

/* A file that holds @bytes; its name goes to @path. To be closed. */
int fuzz_file(const uint8_t *bytes, size_t size, char path[32]);

#endif
