/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the dump file itself, with messages that name the part and the offset.
 */
#ifndef FILE_H
#define FILE_H

#include "message.h"

#include <stddef.h>
#include <stdint.h>

/* Exactly @size bytes at @offset of @fd; @what they are, for the message. */
bool file_read(int fd, uint64_t offset, void *to, size_t size, const char *what, struct kq_reason *reason);

#endif
