/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of a dump: its bytes, those of a flattened file as if it had been rearranged; and what kind of machine they are of.
 */
#ifndef FILE_H
#define FILE_H

#include "arch.h"
#include "base/message.h"

#include <stddef.h>
#include <stdint.h>

struct flat;

struct dump_file {
	int fd;
	uint64_t size;	   /* of the dump, rearranged if it is flattened */
	struct flat *flat; /* NULL: plain */
	struct dump_arch arch; /* filled in by the probe of the dump's format */
};

/*
 * Keep @fd, or errno if it is negative, for the file_take() of @path that comes later. The string itself is kept too. False when out
 * of memory.
 */
bool file_give(const char *path, int fd);
/*
 * Open the file @path now and keep it, and an error too, for the file_take() that comes when no file can be opened any more.
 * The string itself is kept too. False when out of memory.
 */
bool file_prepare(const char *path);
/* The file that file_prepare() opened as @path, else open it for reading. Negative with errno set. */
int file_take(const char *path);
/* Open the file @path; its header says whether it is a flattened dump. */
bool file_open(const char *path, struct dump_file *file, struct kq_reason *reason);
void file_close(struct dump_file *file);
/* Read exactly @size bytes at @offset of @file. @what names them in the message. */
bool file_read(const struct dump_file *file, uint64_t offset, void *to, size_t size, const char *what,
	       struct kq_reason *reason);
/* Where the next bytes of @file from @offset on lie that are no hole; its size behind the last. */
uint64_t file_next(const struct dump_file *file, uint64_t offset);
/* How many bytes it takes from its file system: holes do not count. */
uint64_t file_stored(const struct dump_file *file);
/* Read up to @size bytes from the start of @file to @head. Returns how many there were. */
size_t file_head(const struct dump_file *file, uint8_t *head, size_t size);

#endif
