/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flattened dumps (makedumpfile -F, QEMU's dump-guest-memory -z): a stream of records, each of which says at which offset of
 * the dump its bytes belong. They are read in place: only an index of the records is kept, no second copy of the dump is made.
 */
#ifndef FLAT_H
#define FLAT_H

#include "base/message.h"

#include <stddef.h>
#include <stdint.h>

#define FLAT_MAGIC_SIZE 16u

struct flat;

/* Whether a file that begins with the FLAT_MAGIC_SIZE bytes at @head is a flattened dump. */
bool flat_probe(const uint8_t *head);
/* Index the records of the file @fd of @size bytes; @fd stays the caller's. NULL with @reason. */
struct flat *flat_open(int fd, uint64_t size, struct kq_reason *reason);
void flat_close(struct flat *flat);
/* Bytes of the rearranged dump. */
uint64_t flat_size(const struct flat *flat);
/*
 * Read exactly @size bytes at @offset of the rearranged dump. Bytes that no record has read as zeros, as the gaps of a
 * rearranged file do; in a stream that was cut off they are an error.
 */
bool flat_read(const struct flat *flat, uint64_t offset, void *to, size_t size, const char *what,
	       struct kq_reason *reason);

#endif
