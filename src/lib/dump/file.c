/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that were opened ahead, and those that are read through the index of a flattened dump.
 */
#include "file.h"

#include "bits.h"
#include "flat.h"
#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that were opened ahead and nobody took yet. */
static struct {
	struct prepared {
		const char *path; /* NULL: file_take() took it */
		int fd, error;
	} * file;
	size_t count;
} prepared;

bool file_give(const char *path, int fd)
{
	const int error = errno;
	struct prepared *more = realloc(prepared.file, (prepared.count + 1) * sizeof(*more));

	if (!more)
		return false;
	prepared.file = more;
	more[prepared.count++] = (struct prepared){ .path = path, .fd = fd, .error = error };
	return true;
}

bool file_prepare(const char *path)
{
	return file_give(path, open(path, O_RDONLY | O_CLOEXEC));
}

int file_take(const char *path)
{
	for (size_t i = 0; i < prepared.count; i++) {
		struct prepared *file = &prepared.file[i];

		if (!file->path || strcmp(file->path, path))
			continue;
		file->path = NULL;
		errno = file->error;
		return file->fd;
	}
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool file_open(const char *path, struct dump_file *file, struct kq_reason *reason)
{
	uint8_t head[FLAT_MAGIC_SIZE];
	struct stat st;

	*file = (struct dump_file){ .fd = file_take(path) };
	if (file->fd < 0)
		return kq_fail(reason, "%s", strerror(errno));
	if (fstat(file->fd, &st)) {
		kq_fail(reason, "%s", strerror(errno));
	} else {
		file->size = (uint64_t)st.st_size;
		if (file_head(file, head, sizeof(head)) < sizeof(head) || !flat_probe(head))
			return true;
		file->flat = flat_open(file->fd, file->size, reason);
		if (file->flat) {
			file->size = flat_size(file->flat);
			return true;
		}
	}
	file_close(file);
	return false;
}

void file_close(struct dump_file *file)
{
	flat_close(file->flat);
	file->flat = NULL;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

bool file_read(const struct dump_file *file, uint64_t offset, void *to, size_t size, const char *what,
	       struct kq_reason *reason)
{
	if (file->flat)
		return flat_read(file->flat, offset, to, size, what, reason);
	return plain_read(file->fd, offset, to, size, what, reason);
}

size_t file_head(const struct dump_file *file, uint8_t *head, size_t size)
{
	struct kq_reason unused;

	if (!file->flat)
		return plain_head(file->fd, head, size);
	size = (size_t)iq_min(size, file->size);
	return flat_read(file->flat, 0, head, size, "header", &unused) ? size : 0;
}

uint64_t file_next(const struct dump_file *file, uint64_t offset)
{
	return file->flat ? iq_min(offset, file->size) : plain_next(file->fd, offset, file->size);
}

uint64_t file_stored(const struct dump_file *file)
{
	struct stat st;

	if (!file->flat)
		return plain_stored(file->fd, file->size);
	return fstat(file->fd, &st) ? 0 : plain_stored(file->fd, (uint64_t)st.st_size);
}
