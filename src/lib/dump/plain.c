/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read returns all bytes that were asked for, or fails with a reason.
 */
#include "plain.h"

#include "bits.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define PIECES_MAX 65536u /* of a file between its holes that are looked at; the rest counts as a whole */

bool plain_read(int fd, uint64_t offset, void *to, size_t size, const char *what, struct kq_reason *reason)
{
	uint8_t *at = to;

	if (offset > INT64_MAX - size)
		return kq_fail(reason, "%s: 0x%" PRIx64 " is no offset in a file", what, offset);
	while (size) {
		ssize_t got = pread(fd, at, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return kq_fail(reason, "%s at offset 0x%" PRIx64 ": %s", what, offset, strerror(errno));
		if (!got)
			return kq_fail(reason, "%s: the file ends before offset 0x%" PRIx64 ", %zu bytes are missing",
				       what, offset + size, size);
		at += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

size_t plain_head(int fd, uint8_t *head, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = pread(fd, head + used, size - used, (off_t)used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	return used;
}

uint64_t plain_next(int fd, uint64_t offset, uint64_t size)
{
	const off_t data = offset < size ? lseek(fd, (off_t)offset, SEEK_DATA) : -1;

	if (data >= 0)
		return iq_min((uint64_t)data, size);
	return offset < size && errno != ENXIO ? offset : size;
}

uint64_t plain_stored(int fd, uint64_t size)
{
	uint64_t stored = 0, at = 0;

	for (unsigned int i = 0; i < PIECES_MAX; i++) {
		const uint64_t start = plain_next(fd, at, size);
		const off_t hole = start < size ? lseek(fd, (off_t)start, SEEK_HOLE) : -1;

		if (start == size)
			return stored;
		at = start;
		if (hole < 0 || (uint64_t)hole <= start)
			break;
		at = iq_min((uint64_t)hole, size);
		stored += at - start;
	}
	return stored + (size - at);
}
