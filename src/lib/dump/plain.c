/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read returns all bytes that were asked for, or fails with a reason.
 */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

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
