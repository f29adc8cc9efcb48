/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of an open file as they are. For file.c, and for flat.c, which puts those of a flattened dump in order.
 */
#ifndef DUMP_PLAIN_H
#define DUMP_PLAIN_H

#include "base/message.h"

#include <stddef.h>
#include <stdint.h>

/* Read exactly @size bytes at @offset of the file @fd. @what names them in the message. */
bool plain_read(int fd, uint64_t offset, void *to, size_t size, const char *what, struct kq_reason *reason);
/* Read up to @size bytes from its start. Returns how many there were. */
size_t plain_head(int fd, uint8_t *head, size_t size);
/*
 * Where the next bytes from @offset on lie that are no hole, of a file of @size bytes; @size behind the last. @offset itself where
 * the file system does not say.
 */
uint64_t plain_next(int fd, uint64_t offset, uint64_t size);
/* How many of its @size bytes are no holes. */
uint64_t plain_stored(int fd, uint64_t size);

#endif
