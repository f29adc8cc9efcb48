/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of physical memory as an ELF core, in which kq_physical_read() finds them again: the /proc/kcore of a saved
 * machine.
 */
#ifndef KQ_COREFILE_H
#define KQ_COREFILE_H

#include <stddef.h>
#include <stdint.h>

struct kq_piece {
	uint64_t address;
	const void *bytes;
	size_t length;
};

/* The file, to be freed; NULL when out of memory. */
char *kq_corefile_make(const struct kq_piece *pieces, unsigned int count, size_t *length);

#endif
