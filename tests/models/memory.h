/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sparse physical memory of a model machine. Every page has two contents: what the CPUs see, and what is in DRAM behind their
 * caches. A device that does not snoop sees DRAM only.
 */
#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_PAGE	 UINT64_C(4096)
#define MODEL_RAM_RANGES 8

struct model_page {
	uint64_t address;
	uint8_t cpu[MODEL_PAGE];
	uint8_t dram[MODEL_PAGE];
};

struct model_memory {
	struct {
		uint64_t start, length;
	} ram[MODEL_RAM_RANGES];
	unsigned int ranges;
	struct model_page **slot; /* hash of pages by address, a power of two of slots */
	size_t slots, used;
};

void model_memory_init(struct model_memory *memory);
void model_memory_free(struct model_memory *memory);
/* Declare [@start, @start + @length) as RAM; it reads as zeros. */
void model_memory_add(struct model_memory *memory, uint64_t start, uint64_t length);
bool model_memory_has(const struct model_memory *memory, uint64_t address, uint64_t length);
/* The page that contains @address; NULL outside of RAM. The pointer is valid until model_memory_free(). */
struct model_page *model_memory_page(struct model_memory *memory, uint64_t address);

/* Read bytes, which may cross pages, as the CPUs see them (@snoop) or from DRAM. False if any byte is outside of RAM. */
bool model_memory_read(struct model_memory *memory, uint64_t address, void *to, size_t length, bool snoop);
/* Write bytes to DRAM and to every cache, like a store with a write-back, or DMA. */
bool model_memory_write(struct model_memory *memory, uint64_t address, const void *from, size_t length);
/* Write bytes to a CPU cache only. model_memory_write_back() writes them to DRAM. */
bool model_memory_store(struct model_memory *memory, uint64_t address, const void *from, size_t length);
void model_memory_write_back(struct model_memory *memory, uint64_t address, uint64_t length);

/* A copy of @from with what the CPUs see. Free it with model_memory_free(). */
struct model_memory model_memory_copy(const struct model_memory *from);
/* The first page outside of [@from, @end) in which @now differs from @before, UINT64_MAX if none does. */
uint64_t model_memory_changed(const struct model_memory *now, const struct model_memory *before, uint64_t from,
			      uint64_t end);

/* One 64-bit word as the CPUs see it; 0 outside RAM. */
uint64_t model_memory_get64(struct model_memory *memory, uint64_t address);
void model_memory_set64(struct model_memory *memory, uint64_t address, uint64_t value);

#endif
