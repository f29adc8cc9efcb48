/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines are put together from pieces of the file as they come, so that a pipe is read as it is filled.
 */
#include "input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 65536u

/* A line that is not complete yet. */
struct rest {
	char text[EXPLAIN_LINE];
	size_t used;
	bool longer; /* than there is room */
};

static void end_line(struct rest *rest, struct explain_collect *collect, uint64_t *cut)
{
	struct explain_line line;

	explain_line(&line, rest->text, rest->used);
	explain_collect_line(collect, &line);
	*cut += rest->longer;
	rest->used = 0;
	rest->longer = false;
}

static void add(struct rest *rest, const char *bytes, size_t size)
{
	const size_t room = sizeof(rest->text) - rest->used;

	memcpy(rest->text + rest->used, bytes, size < room ? size : room);
	rest->used += size < room ? size : room;
	rest->longer |= size > room;
}

static void take(struct rest *rest, const char *bytes, size_t size, struct explain_collect *collect, uint64_t *cut)
{
	while (size) {
		const char *end = memchr(bytes, '\n', size);
		const size_t length = end ? (size_t)(end - bytes) : size;

		add(rest, bytes, length);
		if (!end)
			return;
		end_line(rest, collect, cut);
		bytes += length + 1;
		size -= length + 1;
	}
}

static void finish(struct rest *rest, struct explain_collect *collect, uint64_t *cut)
{
	if (rest->used)
		end_line(rest, collect, cut);
	explain_collect_end(collect);
}

bool explain_read(int fd, struct explain_collect *collect, uint64_t *cut, struct kq_reason *reason)
{
	static char piece[PIECE];
	struct rest rest = { .used = 0 };
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			take(&rest, piece, (size_t)got, collect, cut);
	if (got < 0)
		kq_fail(reason, "%s", strerror(errno));
	finish(&rest, collect, cut);
	return !got;
}

void explain_read_bytes(const char *bytes, size_t size, struct explain_collect *collect, uint64_t *cut)
{
	struct rest rest = { .used = 0 };

	take(&rest, bytes, size, collect, cut);
	finish(&rest, collect, cut);
}
