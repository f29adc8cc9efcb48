/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a dump: those of a plain file, or of a flattened one as if it had been rearranged.
 */
#ifndef FILE_H
#define FILE_H

#include "base/message.h"

#include <stddef.h>
#include <stdint.h>

struct flat;

struct dump_file {
	int fd;
	uint64_t size;	   /* of the dump, rearranged if it is flattened */
	struct flat *flat; /* NULL: plain */
};

/*
 * Open @path, which stays where it is, now and for whoever opens it later, when files cannot be opened any more. An error is
 * for then, too. False when out of memory.
 */
bool file_prepare(const char *path);
/* Open @path for reading, or take what file_prepare() opened. Negative with errno set. */
int file_take(const char *path);
/* Open @path. A flattened dump is told by its header. */
bool file_open(const char *path, struct dump_file *file, struct kq_reason *reason);
void file_close(struct dump_file *file);
/* Read exactly @size bytes at @offset of @file; @what they are, for the message. */
bool file_read(const struct dump_file *file, uint64_t offset, void *to, size_t size, const char *what,
	       struct kq_reason *reason);
/* Up to @size bytes from the start of @file; how many there were. */
size_t file_head(const struct dump_file *file, uint8_t *head, size_t size);
/* Read exactly @size bytes at @offset of @fd itself. */
bool file_read_plain(int fd, uint64_t offset, void *to, size_t size, const char *what, struct kq_reason *reason);

#endif
