/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and files for fuzz targets.
 */
#include "fuzz.h"

#include "base/budget.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The pages and one hole repeat over all addresses, so a random pointer often leads to a page. */
static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct fuzz_memory *fuzz = (struct fuzz_memory *)memory;
	const uint64_t number = address / IQ_PAGE_SIZE % (fuzz->pages + 1);

	require(length && length <= IQ_PAGE_SIZE && (address & ~IQ_PAGE_MASK) + length <= IQ_PAGE_SIZE);
	fuzz->calls++;
	return number < fuzz->pages ? fuzz->page[number] + (address & ~IQ_PAGE_MASK) : NULL;
}

void fuzz_memory_start(struct fuzz_memory *memory, const uint8_t *bytes, size_t size)
{
	kq_budget_start();
	memset(memory, 0, sizeof(*memory));
	memory->memory.map = map;
	while (size && memory->pages < FUZZ_PAGES) {
		const size_t part = size < FUZZ_CHUNK ? size : FUZZ_CHUNK;
		uint8_t *page = calloc(1, IQ_PAGE_SIZE);

		require(page);
		memcpy(page, bytes, part);
		memory->page[memory->pages++] = page;
		bytes += part;
		size -= part;
	}
}

void fuzz_memory_end(struct fuzz_memory *memory)
{
	for (unsigned int i = 0; i < memory->pages; i++)
		free(memory->page[i]);
	memory->pages = 0;
}

int fuzz_file(const uint8_t *bytes, size_t size, char path[32])
{
	const int fd = memfd_create("dump", MFD_CLOEXEC);

	kq_budget_start();
	require(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}
