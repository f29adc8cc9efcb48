/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical memory of a running machine, read only: RAM through /proc/kcore, registers through /dev/mem. A saved machine
 * has both in its /proc/kcore, an ELF core whose segments say their physical addresses.
 */
#ifndef KQ_PHYSICAL_H
#define KQ_PHYSICAL_H

#include "host.h"

struct kq_physical_range {
	uint64_t first, end; /* physical addresses */
	uint64_t offset;     /* in the file */
};

struct kq_physical {
	int core, memory; /* /proc/kcore and /dev/mem; negative: not open */
	struct kq_physical_range *range;
	unsigned int ranges;
	struct kq_reason no_ram;       /* why RAM cannot be read, empty if it can */
	struct kq_reason no_registers; /* the same for registers */
};

/* Open both. For each that cannot be opened, @physical has a reason. */
void kq_physical_open(struct kq_physical *physical, const struct kq_host *host);
void kq_physical_close(struct kq_physical *physical);
/* Read @length bytes of RAM at @address; on a saved machine also registers. False if they are not there. */
bool kq_physical_read(const struct kq_physical *physical, uint64_t address, void *to, size_t length);
/*
 * Map @length bytes of registers at the page @base, for reading. NULL if that is not possible, with errno set. To be
 * unmapped with munmap(2).
 */
const volatile void *kq_physical_map(const struct kq_physical *physical, uint64_t base, size_t length);

#endif
